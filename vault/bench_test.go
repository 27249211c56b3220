package vault_test

import (
	"testing"

	"opsvault/vault"
)

// BenchmarkReveal opens the vault anew each time, as a command does.
func BenchmarkReveal(b *testing.B) {
	d := benchDesk(b)
	p := path(b, "telephony/sip-trunk")
	for b.Loop() {
		if _, err := d.open().Reveal(p, vault.Purpose{Fields: []string{"password"}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEdit(b *testing.B) {
	d := benchDesk(b)
	for i := 0; b.Loop(); i++ {
		if _, err := d.open().Edit(path(b, "telephony/sip-trunk"), replacePassword(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShow(b *testing.B) {
	d := benchDesk(b)
	for b.Loop() {
		if _, _, err := d.open().Show(path(b, "telephony/sip-trunk"), false); err != nil {
			b.Fatal(err)
		}
	}
}

func benchDesk(b *testing.B) *desk {
	d := newDesk(b)
	if _, err := d.create().Insert(path(b, "telephony/sip-trunk"), secretDraft("hunter2")); err != nil {
		b.Fatal(err)
	}
	return d
}
