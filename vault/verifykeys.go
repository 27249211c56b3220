package vault

import (
	"bytes"
	"errors"
	"strings"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// files looks at what the head does not cover: the key files, of which each
// segment has one, and names that don't belong here.
func (t *checkedChain) files() {
	if t.listing == nil || t.local {
		return
	}
	keys := map[uint64]bool{}
	for i := range t.listing.files {
		name := t.base + "/" + t.listing.files[i].Name
		n, ok := store.ParseName(name)
		switch {
		case !ok:
			t.c.unknown(name, "no file of a log or journal has such a name")
		case n.Newcomer != "":
			t.c.find(audit.Finding{Code: audit.Equivocation, Device: n.Device, File: name, Other: besides(name), Detail: "two files claim one name"})
		case n.Form == store.FormLogKey, n.Form == store.FormRunKey:
			keys[n.Number] = true
		}
	}
	for _, name := range t.listing.fresh {
		if n, _ := store.ParseName(t.base + "/" + name); n.Form == store.FormLogKey || n.Form == store.FormRunKey {
			t.keyFile(t.base + "/" + name)
		}
	}
	if t.report.State == nil || !t.report.Proven {
		return
	}
	for n := range uint64(len(t.report.State.Segments)) {
		if !keys[n+1] {
			t.c.find(audit.Finding{Code: audit.MissingWrite, Device: t.spec.Device, File: chain.KeyName(t.base, n+1),
				Detail: "the key of a segment is gone: auditors can't open its details"})
		}
	}
}

// keyFile checks the form of a key file; an own one is the same as in the original.
func (t *checkedChain) keyFile(name string) {
	v := t.c.v
	data, err := v.dir.Read(name, 8<<10)
	if err != nil {
		t.c.unreadable(name, err)
		return
	}
	if _, err = statement.Dearmor(data); err == nil && t.spec.Device == v.me.Device {
		base := v.logBase()
		if t.spec.Run != "" {
			base = v.runBase(t.spec.Run)
		}
		own, readErr := v.state.Read(base+strings.TrimPrefix(name, t.base), 8<<10)
		if readErr == nil && !bytes.Equal(own, data) {
			err = errors.New("it is not the key that this device wrote")
		}
	}
	if err != nil {
		t.c.find(audit.Finding{Code: chain.Edit, Device: t.spec.Device, File: name, Detail: err.Error()})
	}
}
