package store_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

const (
	device = "k7q2m4x5c6v7b2n3"
	signer = "abcdefgh234567ab"
	entry  = "m4x5c6v7b2n3k7q2m4x5c6v7b2"
	hash   = "0123456789abcdef"
)

// everyForm has one name of each form, with what it is made of.
func everyForm() map[string]store.Name {
	return map[string]store.Name{
		"opsvault.yaml":                       {Form: store.FormMarker},
		".gitattributes":                      {Form: store.FormAttributes},
		"policy/000004-0123456789abcdef.yaml": {Form: store.FormPolicy, Number: 4, Hash: hash},
		"policy/000004-0123456789abcdef-" + device + ".sign": {Form: store.FormSign, Number: 4, Hash: hash, Device: device},
		"devices/" + device + ".device":                      {Form: store.FormDevice, Device: device},
		"safes/@catalogue/1-0123456789abcdef.recipient":      {Form: store.FormRecipient, Safe: "@catalogue", Number: 1, Hash: hash},
		"safes/a-1/120-0123456789abcdef.recipient":           {Form: store.FormRecipient, Safe: "a-1", Number: 120, Hash: hash},
		"keys/" + device + "/999999-0123456789abcdef.keys":   {Form: store.FormKeys, Device: device, Number: 999999, Hash: hash},
		"entries/m4/" + entry + "-000003-" + device + ".entry": {
			Form: store.FormEntry, ID: entry, Number: 3, Device: device},
		"acts/202612/0123456789abcdef-" + device + ".act": {Form: store.FormAct, Month: "202612", Hash: hash, Device: device},
		"packets/0123456789abcdef/fedcba9876543210.packet": {
			Form: store.FormPacket, Act: hash, Hash: "fedcba9876543210"},
		"quorum/bank/d1/box":            {Form: store.FormQuorum, Safe: "bank", Deal: "d1", Rest: "box"},
		"quorum/@audit/d1/ceremony/1.x": {Form: store.FormQuorum, Safe: "@audit", Deal: "d1", Rest: "ceremony/1.x"},
		"runbooks/no-internet/000001-" + device + ".md": {
			Form: store.FormText, Slug: "no-internet", Number: 1, Device: device},
		"runbooks/no-internet/000001-" + device + "-" + signer + ".publish": {
			Form: store.FormPublish, Slug: "no-internet", Number: 1, Device: device, Signer: signer},
		"runbooks/no-internet/000001-" + device + "-" + signer + ".approve": {
			Form: store.FormApprove, Slug: "no-internet", Number: 1, Device: device, Signer: signer},
		"runs/" + signer + "/" + device + "/000001.jsonl": {
			Form: store.FormRunLines, Run: signer, Device: device, Number: 1},
		"runs/" + signer + "/" + device + "/000001.key": {Form: store.FormRunKey, Run: signer, Device: device, Number: 1},
		"runs/" + signer + "/" + device + "/head":       {Form: store.FormRunHead, Run: signer, Device: device},
		"logs/" + device + "/000012.jsonl":              {Form: store.FormLogLines, Device: device, Number: 12},
		"logs/" + device + "/000012.key":                {Form: store.FormLogKey, Device: device, Number: 12},
		"logs/" + device + "/head":                      {Form: store.FormLogHead, Device: device},
	}
}

func TestParseName(t *testing.T) {
	seen := make(map[store.Form]bool)
	for text, want := range everyForm() {
		got, ok := store.ParseName(text)
		if !ok || got != want {
			t.Errorf("ParseName(%q) = %+v, %v", text, got, ok)
		}
		if got.String() != text {
			t.Errorf("%q comes back as %q", text, got.String())
		}
		seen[want.Form] = true
		beside, ok := store.ParseName(text + "~01234567")
		if ok != want.Form.Once() || ok && beside.String() != text+"~01234567" {
			t.Errorf("%s~01234567: %+v, %v", text, beside, ok)
		}
	}
	for form := store.FormMarker; form <= store.FormLogHead; form++ {
		if !seen[form] {
			t.Errorf("form %d has no example", form)
		}
	}
}

// Names that look nearly right. (TestBadNames has those that no file can have.)
func TestParseNameRefuses(t *testing.T) {
	names := []string{
		"tmp/x", "tmp", "readme", "opsvault.yml", "x/opsvault.yaml", "opsvault.yaml/x", "other/a/b",
		"policy/4-0123456789abcdef.yaml", "policy/000000-0123456789abcdef.yaml", "policy/0000004-0123456789abcdef.yaml",
		"policy/+00004-0123456789abcdef.yaml", "policy/00000a-0123456789abcdef.yaml", "policy/000004-0123456789abcdeg.yaml",
		"policy/000004-0123456789abcde.yaml", "policy/000004-0123456789abcdef.yml", "policy/000004-0123456789abcdef.yaml.x",
		"policy/000004-0123456789abcdef.sign", "policy/000004-0123456789abcdef", "policy/x/000004-0123456789abcdef.yaml",
		"devices/k7q2m4x5c6v7b8n9.device", "devices/k7q2m4x5c6v7b2n.device", "devices/.device", "devices/" + device,
		"safes/-a/1-0123456789abcdef.recipient", "safes/a-/1-0123456789abcdef.recipient",
		"safes/@other/1-0123456789abcdef.recipient", "safes/" + strings.Repeat("a", 33) + "/1-0123456789abcdef.recipient",
		"safes/a/01-0123456789abcdef.recipient", "safes/a/0-0123456789abcdef.recipient",
		"safes/a/1000000-0123456789abcdef.recipient", "safes/a/-0123456789abcdef.recipient",
		"entries/m5/" + entry + "-000003-" + device + ".entry", "entries/m4x/" + entry + "-000003-" + device + ".entry",
		"entries/m4/" + entry[1:] + "-000003-" + device + ".entry", "entries/m4/" + entry + "-000003.entry",
		"entries/" + entry + "-000003-" + device + ".entry", "entries/m4/" + entry + "-000000-" + device + ".entry",
		"acts/202613/0123456789abcdef-" + device + ".act", "acts/202600/0123456789abcdef-" + device + ".act",
		"acts/20261/0123456789abcdef-" + device + ".act", "packets/x/fedcba9876543210.packet",
		"quorum/bank/d1", "quorum/bank/-d/x", "quorum/bank/d1/a/b/c", "quorum/b@nk/d1/x",
		"runbooks/a/000001-" + device + ".publish", "runbooks/a/000001-" + device + "-" + signer + ".md",
		"runbooks/a/000001.md", "runbooks/@audit/000001-" + device + ".md",
		"runs/" + signer + "/" + device + "/tail", "runs/x/" + device + "/head", "runs/" + signer + "/head",
		"logs/" + device + "/1.jsonl", "logs/" + device + "/000000.jsonl", "logs/" + device + "/000001", "logs/x/head",
		"logs/" + device + "/head.x", "logs/" + device + "/000001.jsonl~01234567", "logs/" + device + "/head~01234567",
	}
	for _, name := range names {
		if n, ok := store.ParseName(name); ok {
			t.Errorf("%q is taken for %+v", name, n)
		}
	}
}

// drawName draws a valid Name of any form.
func drawName(t *rapid.T) store.Name {
	base32 := func(n int) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune("abcxyz234567")), n, n, n).Draw(t, "id")
	}
	hex := func(n int) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune("0189abcdef")), n, n, n).Draw(t, "hash")
	}
	word := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?`).Draw(t, "word")
	if _, err := storetest.New().Dir("").Stat(word); errors.Is(err, store.ErrUnsafe) {
		word = "x" // it was con or the like
	}
	n := store.Name{Form: rapid.Custom(drawForm).Draw(t, "form")}
	number := rapid.Uint64Range(1, store.MaxNumber).Draw(t, "number")
	month := rapid.StringMatching(`[0-9]{4}(0[1-9]|1[0-2])`).Draw(t, "month")
	switch n.Form {
	case store.FormPolicy:
		n.Number, n.Hash = number, hex(16)
	case store.FormSign, store.FormKeys:
		n.Number, n.Hash, n.Device = number, hex(16), base32(16)
	case store.FormDevice, store.FormLogHead:
		n.Device = base32(16)
	case store.FormRecipient:
		n.Safe, n.Number, n.Hash = word, number, hex(16)
	case store.FormEntry:
		n.ID, n.Number, n.Device = base32(26), number, base32(16)
	case store.FormAct:
		n.Month, n.Hash, n.Device = month, hex(16), base32(16)
	case store.FormPacket:
		n.Act, n.Hash = hex(16), hex(16)
	case store.FormQuorum:
		n.Safe, n.Deal, n.Rest = "@catalogue", word, word+"/"+word
	case store.FormText:
		n.Slug, n.Number, n.Device = word, number, base32(16)
	case store.FormPublish, store.FormApprove:
		n.Slug, n.Number, n.Device, n.Signer = word, number, base32(16), base32(16)
	case store.FormRunLines, store.FormRunKey:
		n.Run, n.Device, n.Number = base32(16), base32(16), number
	case store.FormRunHead:
		n.Run, n.Device = base32(16), base32(16)
	case store.FormLogLines, store.FormLogKey:
		n.Device, n.Number = base32(16), number
	}
	if n.Form.Once() && rapid.Bool().Draw(t, "beside") {
		n.Newcomer = hex(8)
	}
	return n
}

func drawForm(t *rapid.T) store.Form {
	return store.Form(rapid.IntRange(int(store.FormMarker), int(store.FormLogHead)).Draw(t, "n"))
}

// What a name is made of comes back out of it, and a Dir can store it.
func TestNamesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawName(t)
		text := n.String()
		if back, ok := store.ParseName(text); !ok || back != n {
			t.Fatalf("%q: %+v, not %+v", text, back, n)
		}
	})
}

// A name that is accepted is the one spelling of what it was taken apart to.
func FuzzParseName(f *testing.F) {
	seeds := 0
	for name := range everyForm() {
		f.Add(name)
		f.Add(name + "~01234567")
		seeds++
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, name string) {
		n, ok := store.ParseName(name)
		if !ok {
			if n != (store.Name{}) {
				t.Errorf("%q is refused with %+v", name, n)
			}
			return
		}
		if n.String() != name {
			t.Errorf("%q comes back as %q", name, n.String())
		}
		if strings.HasPrefix(name, store.TempDir+"/") {
			t.Errorf("%q is in tmp/", name)
		}
	})
}
