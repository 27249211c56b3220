package store_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// operation is one way into a Dir.
type operation struct {
	name string
	do   func(d *store.Dir, name string) error
}

func operations() []operation {
	data := []byte("hostile")
	return []operation{
		{"Read", func(d *store.Dir, n string) error { _, err := d.Read(n, 100); return err }},
		{"Open", func(d *store.Dir, n string) error { _, err := d.Open(n); return err }},
		{"WriteOnce", func(d *store.Dir, n string) error { return d.WriteOnce(n, data) }},
		{"WriteGroup", func(d *store.Dir, n string) error { return d.WriteGroup([]store.Blob{{Name: n, Data: data}}) }},
		{"Replace", func(d *store.Dir, n string) error { return d.Replace(n, data) }},
		{"ReplaceRelaxed", func(d *store.Dir, n string) error { return d.ReplaceRelaxed(n, data) }},
		{"AppendAt 0", func(d *store.Dir, n string) error { return d.AppendAt(n, 0, data, true) }},
		{"AppendAt 3", func(d *store.Dir, n string) error { return d.AppendAt(n, 3, data, true) }},
		{"Truncate", func(d *store.Dir, n string) error { return d.Truncate(n, 1) }},
	}
}

// onDirectories are the operations that look at what leads to a name only.
func onDirectories() []operation {
	return []operation{
		{"Stat", func(d *store.Dir, n string) error { _, err := d.Stat(n); return err }},
		{"Remove", func(d *store.Dir, n string) error { return d.Remove(n) }},
		{"List", func(d *store.Dir, n string) error { _, err := d.List(n); return err }},
		{"MkdirAll", func(d *store.Dir, n string) error { return d.MkdirAll(n) }},
	}
}

// What is no file is refused as one, by every operation, and stays; what a link
// leads to is neither read nor changed.
func TestSpecialFileAtTheName(t *testing.T) {
	cases := []struct {
		name   string
		mode   fs.FileMode
		target string
	}{
		{"link to a file", fs.ModeSymlink, "victim"},
		{"link to nothing", fs.ModeSymlink, "missing"},
		{"link that leads out", fs.ModeSymlink, "../../outside"},
		{"link to a device", fs.ModeSymlink, "/dev/null"},
		{"FIFO", fs.ModeNamedPipe, ""},
		{"socket", fs.ModeSocket, ""},
		{"device", fs.ModeDevice, ""},
		{"directory", fs.ModeDir, ""},
	}
	for _, c := range cases {
		for _, op := range operations() {
			t.Run(c.name+"/"+op.name, func(t *testing.T) {
				onEach(t, func(t *testing.T, g ground) {
					g.plant("dir/victim", 0, []byte("victim"))
					if !g.plant("dir/name", c.mode, []byte(c.target)) {
						return
					}
					is(t, op.do(g.Dir, "dir/name"), store.ErrUnsafe)
					holds(t, g.Dir, "dir/victim", "victim")
					items, err := g.List("dir")
					must(t, err)
					if len(items) != 2 || items[0].Name != "name" || items[0].Kind == store.KindFile {
						t.Errorf("the directory holds %v", items)
					}
				})
			})
		}
	}
}

// What is no directory is refused where one belongs.
func TestSpecialFileOnTheWay(t *testing.T) {
	cases := []struct {
		name   string
		mode   fs.FileMode
		target string
	}{
		{"link to a directory", fs.ModeSymlink, "other"},
		{"link to nothing", fs.ModeSymlink, "missing"},
		{"link that leads out", fs.ModeSymlink, ".."},
		{"FIFO", fs.ModeNamedPipe, ""},
		{"file", 0, ""},
	}
	for _, c := range cases {
		for _, op := range append(operations(), onDirectories()...) {
			t.Run(c.name+"/"+op.name, func(t *testing.T) {
				onEach(t, func(t *testing.T, g ground) {
					g.plant("other/name/deep", 0, []byte("victim"))
					if !g.plant("way", c.mode, []byte(c.target)) {
						return
					}
					is(t, op.do(g.Dir, "way/name/deep"), store.ErrUnsafe)
					is(t, op.do(g.Dir, "way/name"), store.ErrUnsafe)
					holds(t, g.Dir, "other/name/deep", "victim")
				})
			})
		}
	}
}

// A link in place of tmp/ must not make files appear elsewhere.
func TestLinkInPlaceOfTmp(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		g.plant("elsewhere", fs.ModeDir, nil)
		if !g.plant("tmp", fs.ModeSymlink, []byte("elsewhere")) {
			return
		}
		is(t, g.WriteOnce("dir/name", nil), store.ErrUnsafe)
		is(t, g.Replace("dir/name", nil), store.ErrUnsafe)
		items, err := g.List("elsewhere")
		must(t, err)
		if len(items) > 0 {
			t.Errorf("written through the link: %v", items)
		}
	})
}

// A directory that was used and is a link now is seen.
func TestDirectoryBecomesLink(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("dir/sub/name", []byte("one")))
		g.plant("other/sub/name", 0, []byte("victim"))
		if !g.plant("dir", fs.ModeSymlink, []byte("other")) {
			return
		}
		for _, op := range append(operations(), onDirectories()...) {
			is(t, op.do(g.Dir, "dir/sub/name"), store.ErrUnsafe)
		}
		holds(t, g.Dir, "other/sub/name", "victim")
	})
}

// A directory that was used and is another one now is used as it is now.
func TestDirectoryIsReplaced(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("dir/name", []byte("one")))
		g.plant("dir", fs.ModeDir, nil)
		_, err := g.Read("dir/name", 100)
		is(t, err, store.ErrNotExist)
		must(t, g.WriteOnce("dir/name", []byte("two")))
		holds(t, g.Dir, "dir/name", "two")
	})
}

// Between the look and the opening somebody puts a link there, each time.
func TestSwapAfterTheLook(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			m := storetest.New()
			m.Plant("name", 0, []byte("one"))
			m.Watch(func(step storetest.Op, name string) error {
				if name == "name" && (step == storetest.OpOpen || step == storetest.OpAppend) {
					m.Plant("name", 0, []byte("another"))
				}
				return nil
			})
			err := op.do(m.Dir(""), "name")
			if strings.HasPrefix(op.name, "Replace") {
				must(t, err) // it opens nothing
				return
			}
			is(t, err, store.ErrUnsafe)
		})
	}
}

func TestBadNames(t *testing.T) {
	names := []string{
		"", ".", "..", "/", "/etc/passwd", "a/", "/a", "a//b", "../a", "a/../b", "a/..", "./a", "a/.",
		"a\x00b", "a\\b", "a\nb", "c:", "c:/a", "a:stream", "a b", "a*", "a?", "<a", "é", "\xff",
		"A", "Entries/ab", "entries/AB", "a.", "a./b", "...",
		"con", "nul", "aux.txt", "dir/prn.entry", "com1", "lpt9.x", "com0",
		"progra~1", "a~", "a~0123456", "a~0123456g", "a~012345678", "a~01234567~01234567",
		strings.Repeat("a", 121), strings.Repeat("a/", 8) + "a",
	}
	for _, name := range names {
		for _, op := range append(operations(), onDirectories()...) {
			if op.name == "List" && name == "." {
				continue
			}
			m := storetest.New()
			if err := op.do(m.Dir(""), name); !errors.Is(err, store.ErrUnsafe) {
				t.Errorf("%s(%q): %v", op.name, name, err)
			}
			if m.Steps() > 0 {
				t.Errorf("%s(%q) changed something", op.name, name)
			}
		}
		if n, ok := store.ParseName(name); ok {
			t.Errorf("ParseName(%q) = %v", name, n)
		}
	}
}

func TestGoodNames(t *testing.T) {
	names := []string{
		"a", "0", ".gitattributes", "@audit", "a-b", "a.b.c", "console", "com", "com10", "lptx", "a~01234567",
		strings.Repeat("a", 120), strings.Repeat("a/", 7) + "a",
	}
	for _, name := range names {
		d := storetest.New().Dir("")
		must(t, d.WriteOnce(name, []byte("x")))
		holds(t, d, name, "x")
	}
}

// Between the look at a directory and its opening somebody puts another there,
// each time.
func TestDirectorySwapAfterTheLook(t *testing.T) {
	for _, op := range operations() {
		m := storetest.New()
		m.Plant("dir/name", 0, []byte("one"))
		m.Watch(func(step storetest.Op, name string) error {
			if name == "dir" && step == storetest.OpSub {
				m.Plant("dir", fs.ModeDir, nil)
			}
			return nil
		})
		if err := op.do(m.Dir(""), "dir/name"); !errors.Is(err, store.ErrUnsafe) {
			t.Errorf("%s: %v", op.name, err)
		}
	}
}
