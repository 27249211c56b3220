package statement

import (
	"bytes"
	"testing"
)

func BenchmarkOpen(b *testing.B) {
	f := newFixture(b)
	file := f.signed(f.entry())
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Open(file, f.keyOf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenHead(b *testing.B) {
	f := newFixture(b)
	file := f.signed(f.head())
	for b.Loop() {
		if _, err := Open(file, f.keyOf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignHead(b *testing.B) {
	f := newFixture(b)
	head := f.head()
	for b.Loop() {
		h, err := head.Header()
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := Sign(h, nil, f.signer, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	f := newFixture(b)
	plain := bytes.Repeat([]byte("a"), 400)
	for b.Loop() {
		if _, err := Seal(plain, f.recipient()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnseal(b *testing.B) {
	f := newFixture(b)
	for b.Loop() {
		if _, err := Unseal(f.secret, f.identity); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseHeader(b *testing.B) {
	f := newFixture(b)
	header := f.header(f.entry()).bytes()
	b.SetBytes(int64(len(header)))
	for b.Loop() {
		if _, err := ParseHeader(header); err != nil {
			b.Fatal(err)
		}
	}
}
