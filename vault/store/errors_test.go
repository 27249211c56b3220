package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

func writers() []operation {
	var out []operation
	for _, op := range append(operations(), onDirectories()...) {
		switch op.name {
		case "Read", "Open", "Stat", "List":
		default:
			out = append(out, op)
		}
	}
	return out
}

func TestReadOnly(t *testing.T) {
	for _, op := range writers() {
		t.Run(op.name, func(t *testing.T) {
			m := storetest.New()
			d := m.Dir("")
			name := "dir/other"
			if op.name == "AppendAt 3" || op.name == "Truncate" || op.name == "Remove" {
				name = "dir/name"
			}
			must(t, d.WriteOnce("dir/name", []byte("12345")))
			m.ReadOnly(true)
			err := op.do(d, name)
			is(t, err, store.ErrReadOnly)
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%v does not name the file", err)
			}
			holds(t, d, "dir/name", "12345")
		})
	}
}

// What may not be read is not called unwritable.
func TestForbidden(t *testing.T) {
	m := storetest.New()
	d := m.Dir("")
	must(t, d.WriteOnce("dir/name", nil))
	m.Watch(func(op storetest.Op, _ string) error {
		if op == storetest.OpNames || op == storetest.OpOpen {
			return fs.ErrPermission
		}
		return nil
	})
	_, errList := d.List("dir")
	_, errRead := d.Read("dir/name", 1)
	for _, err := range []error{errList, errRead} {
		is(t, err, fs.ErrPermission)
		if errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%v", err)
		}
	}
}

// What is written already needs no writing, also on a medium that is read-only.
func TestSameBytesOnDiskThatRefuses(t *testing.T) {
	m := storetest.New()
	must(t, m.Dir("").WriteOnce("dir/name", []byte("12345")))
	m.Watch(func(op storetest.Op, name string) error {
		if op == storetest.OpCreate || op == storetest.OpMkdir {
			t.Errorf("%s %s", op, name)
		}
		return nil
	})
	must(t, m.Dir("").WriteOnce("dir/name", []byte("12345")))
}

// The disk is full at every byte of a write; afterwards there is room again.
func TestFullAtEveryByte(t *testing.T) {
	before, data := []byte("before"), []byte("0123456789")
	cases := []struct {
		name string
		do   func(d *store.Dir) error
		torn bool // a part of data may be there
	}{
		{"WriteOnce", func(d *store.Dir) error { return d.WriteOnce("new", data) }, false},
		{"WriteGroup", func(d *store.Dir) error { return d.WriteGroup([]store.Blob{{Name: "new", Data: data}}) }, false},
		{"Replace", func(d *store.Dir) error { return d.Replace("old", data) }, false},
		{"AppendAt", func(d *store.Dir) error { return d.AppendAt("old", 6, data, true) }, true},
	}
	for _, c := range cases {
		for room := range int64(len(data)) {
			m := storetest.New()
			d := m.Dir("")
			must(t, d.Replace("old", before))
			m.Room(room)
			is(t, c.do(d), store.ErrFull)
			tmpIsEmpty(t, d)
			if _, err := d.Stat("new"); !errors.Is(err, store.ErrNotExist) {
				t.Errorf("%s with room for %d: %v", c.name, room, err)
			}
			if old := read(t, d, "old"); !bytes.Equal(old, before) && !c.torn || !bytes.HasPrefix(old, before) {
				t.Errorf("%s with room for %d: %q", c.name, room, old)
			}
			m.Room(-1)
			must(t, c.do(d))
		}
	}
}

func TestErrorTexts(t *testing.T) {
	d := storetest.New().Dir("")
	must(t, d.WriteOnce("a/name", []byte("12345")))
	_, missing := d.Read("a/missing", 1)
	_, large := d.Read("a/name", 1)
	_, unsafe := d.Read("a", 1)
	_, bad := d.Read("a/\x1b[2J", 1)
	for want, err := range map[string]error{
		"read a/missing: file does not exist":                                          missing,
		"read a/name: larger than allowed: 5 bytes, at most 1":                         large,
		`"a" refused: a directory where a file belongs`:                                unsafe,
		`"a/\x1b[2J" refused: character that names of a vault do not have`:             bad,
		"append to a/name: shorter than expected: 5 bytes, not 6":                      d.AppendAt("a/name", 6, nil, true),
		"a/name exists with other bytes; the newcomer is kept as a/name~" + hash8(nil): d.WriteOnce("a/name", nil),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nnot %s", err, want)
		}
	}
	var named *store.FileError
	if !errors.As(missing, &named) || named.Name != "a/missing" {
		t.Errorf("%v", missing)
	}
}
