package vault

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// A listing is the files of one directory.
type listing struct {
	name  string // "logs/<device>", "local/<device>/log"
	files []store.Seen
	same  bool     // all of it is as it was when it was verified
	fresh []string // names of those that are to be read: all, or what has changed
}

// deepest is how many directories the deepest form of a name has; no listing
// is taken below that.
const deepest = 4

// scan lists every directory of the vault, level by level, and those of the
// local state that hold journals.
func (c *checking) scan() {
	level, local := c.scanTop(), c.localDirs()
	for depth := 1; len(level)+len(local) > 0; depth++ {
		found := make([][]string, len(level))
		lists := make([]*listing, len(level)+len(local))
		parallel(len(lists), func(i int) {
			if i < len(level) {
				lists[i], found[i] = c.look(level[i])
			} else {
				lists[i] = c.lookLocal(local[i-len(level)])
			}
			if c.seen != nil {
				lists[i].same = lists[i].matches(c.seen.dirs[lists[i].name].lines)
			}
		})
		for _, l := range lists {
			if len(l.files) > 0 {
				c.dirs[l.name] = l
			}
		}
		level, local = slices.Concat(found...), nil
		if depth == deepest {
			for _, name := range level {
				c.unknown(name, "no directory of a vault lies so deep")
			}
			break
		}
	}
	for name := range c.dirs {
		c.order = append(c.order, name)
	}
	slices.Sort(c.order)
}

// scanTop looks at the vault itself and returns the directories in it.
func (c *checking) scanTop() []string {
	known := []string{"acts", "devices", "entries", "keys", "logs", "packets", "policy", "quorum", "runbooks", "runs", "safes"}
	items, err := c.v.dir.Look(".")
	if err != nil {
		c.fail(err)
		return nil
	}
	var dirs []string
	for _, item := range items {
		_, isFile := store.ParseName(item.Name)
		switch {
		case slices.Contains(known, item.Name) && item.Kind == store.KindDir:
			dirs = append(dirs, item.Name)
		case slices.Contains(known, item.Name), isFile && item.Kind != store.KindFile:
			c.special(item.Name)
		case !isFile && item.Name != store.TempDir && !strings.HasPrefix(item.Name, "."):
			c.unknown(item.Name, "no file of a vault has such a name")
		}
	}
	return dirs
}

// look lists one directory: its files, and the directories in it.
func (c *checking) look(name string) (*listing, []string) {
	l := &listing{name: name}
	look := c.v.dir.Look
	if !strings.Contains(name, "/") && name != "policy" && name != "devices" {
		look = c.lookThrough
	}
	items, err := look(name)
	if err != nil {
		c.unreadable(name, err)
		return l, nil
	}
	var dirs []string
	for _, item := range items {
		switch item.Kind {
		case store.KindFile:
			l.files = append(l.files, item)
		case store.KindDir:
			dirs = append(dirs, name+"/"+item.Name)
		default:
			c.special(name + "/" + item.Name)
		}
	}
	return l, dirs
}

// lookThrough lists a directory in which only directories belong, of which
// only the names count.
func (c *checking) lookThrough(name string) ([]store.Seen, error) {
	items, err := c.v.dir.List(name)
	seen := make([]store.Seen, 0, len(items))
	for _, item := range items {
		one := store.Seen{Name: item.Name, Info: store.Info{Kind: item.Kind}}
		if item.Kind == store.KindFile {
			info, err := c.v.dir.Stat(name + "/" + item.Name)
			if err != nil {
				c.unknown(name+"/"+item.Name, err.Error())
				continue
			}
			one.Info = info
		}
		seen = append(seen, one)
	}
	return seen, err
}

// lookLocal lists a directory of the local state. Of the pins, which are
// always replaced, the time of their directory says whether any has changed.
func (c *checking) lookLocal(name string) *listing {
	l := &listing{name: localName(name)}
	if name == pinsName {
		if info, err := c.v.state.Stat(name); err == nil {
			l.files = []store.Seen{{Name: name, Info: store.Info{ModTime: info.ModTime}}}
		}
		return l
	}
	items, err := c.v.state.Look(name)
	if err != nil {
		c.fail(err)
	}
	for _, item := range items {
		if item.Kind == store.KindFile {
			l.files = append(l.files, item)
		}
	}
	return l
}

const localPrefix = "local/"

func localName(name string) string { return localPrefix + name }

// localDirs are where the originals of this device's journals and the pins lie.
func (c *checking) localDirs() []string {
	names := []string{pinsName}
	items, err := c.v.state.List(c.v.mine("runs"))
	if err != nil {
		c.fail(err)
	}
	for _, item := range items {
		if item.Kind == store.KindDir {
			names = append(names, c.v.runBase(item.Name))
		}
	}
	return names
}

// pinsName is the directory of pins in the local state.
const pinsName = "pins"

func (c *checking) special(name string) {
	c.find(audit.Finding{Code: chain.Edit, File: name, Detail: "it is a link or a special file, or lies where something else belongs"})
}

func (c *checking) unknown(name, why string) {
	c.note(audit.Finding{Code: audit.UnknownFile, File: name, Detail: why})
}

// unreadable says why something could not be read. What is gone by now is
// nothing to be said about: it was there a moment ago, and the next
// verification misses it.
func (c *checking) unreadable(name string, err error) {
	n, _ := store.ParseName(name)
	f := audit.Finding{Code: audit.Unreadable, Device: n.Device, File: name, Detail: err.Error()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case errors.Is(err, store.ErrUnsafe), errors.Is(err, store.ErrTooLarge):
		f.Code = chain.Edit
	}
	c.find(f)
}
