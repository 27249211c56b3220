package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/store"
)

// seenFiles is what was verified in one place on this machine, without
// findings and notes: each file with its size and its time of change. It
// saves reading files again, and shows what was here and is gone. A file that
// somebody changed without changing its size, and whose time they put back,
// passes until the next Verify with full, or until it is used: what is shown
// or opened is verified each time.
//
// As a text it is the line `opsvault/v1 seen <policy number>`, and for each
// directory the line `= <name> <events>` (of a log: how far it was verified;
// else 0) and for each of its files `<name> <size> <time of change>`, the time in
// nanoseconds since 1970.
type seenFiles struct {
	policy uint64
	dirs   map[string]seenDir
}

type seenDir struct {
	events uint64
	lines  string // the lines of its files, sorted
}

const (
	seenHead  = "opsvault/v1 seen "
	seenLimit = 256 << 20
)

// seenName is the file of a place: a copy of a vault elsewhere has its own.
func (v *Vault) seenName() string { return "seen/" + v.placeID() }

// readSeen returns what was verified; nothing where the file is missing or
// damaged, which costs no more than time.
func (v *Vault) readSeen() (*seenFiles, error) {
	s := &seenFiles{dirs: map[string]seenDir{}}
	data, err := v.state.Read(v.seenName(), seenLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	head, rest, _ := strings.Cut(string(data), "\n")
	number, ok := strings.CutPrefix(head, seenHead)
	if s.policy, err = strconv.ParseUint(number, 10, 32); err != nil || !ok {
		return &seenFiles{dirs: map[string]seenDir{}}, nil
	}
	for rest != "" {
		var block string
		block, rest = cutBlock(rest)
		title, lines, _ := strings.Cut(block, "\n")
		name, events, _ := strings.Cut(strings.TrimPrefix(title, "= "), " ")
		n, err := strconv.ParseUint(events, 10, 64)
		if err != nil {
			return &seenFiles{dirs: map[string]seenDir{}}, nil
		}
		s.dirs[name] = seenDir{n, lines}
	}
	return s, nil
}

// cutBlock cuts the text before the next directory.
func cutBlock(text string) (block, rest string) {
	if at := strings.Index(text, "\n= "); at >= 0 {
		return text[:at+1], text[at+1:]
	}
	return text, ""
}

// seenLine is the line of a file.
func appendSeen(b []byte, f *store.Seen) []byte {
	b = append(b, f.Name...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, f.Size, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, f.ModTime.UnixNano(), 10)
	return append(b, '\n')
}

// lookBack decides for each directory what is to be read, and finds what was
// here and is gone: then everything is read again.
func (c *checking) lookBack() {
	for name, dir := range c.seen.dirs {
		l := c.dirs[name]
		if l == nil {
			l = &listing{name: name}
		}
		c.compare(l, dir)
	}
	for name := range c.dirs {
		// Files of a device whose log was never remembered have to be read to
		// be held against it.
		if strings.HasPrefix(name, "logs/") && c.seen.dirs[name].events == 0 {
			c.full = true
		}
	}
	for name, l := range c.dirs {
		if _, known := c.seen.dirs[name]; c.full || !known {
			l.all()
		}
	}
}

// all says that every file is to be read.
func (l *listing) all() {
	l.fresh = l.fresh[:0]
	for i := range l.files {
		l.fresh = append(l.fresh, l.files[i].Name)
	}
}

// matches reports whether the lines of a directory are these.
func (l *listing) matches(lines string) bool {
	var buffer [256]byte
	for i := range l.files {
		line := appendSeen(buffer[:0], &l.files[i])
		if len(lines) < len(line) || lines[:len(line)] != string(line) {
			return false
		}
		lines = lines[len(line):]
	}
	return lines == ""
}

// compare holds a directory against what was verified of it.
func (c *checking) compare(l *listing, seen seenDir) {
	if l.same {
		return
	}
	known := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(seen.lines, "\n"), "\n") {
		name, stamp, _ := strings.Cut(line, " ")
		known[name] = stamp
	}
	for i := range l.files {
		f := &l.files[i]
		if known[f.Name] != strings.TrimSuffix(string(appendSeen(nil, f)[len(f.Name)+1:]), "\n") {
			l.fresh = append(l.fresh, f.Name)
		}
		delete(known, f.Name)
	}
	delete(known, "")
	for name := range known {
		c.vanished(l.name + "/" + name)
	}
}

// vanished judges a file that was verified here and is gone. Lines and heads
// are judged by the verification of their chain.
func (c *checking) vanished(name string) {
	c.full = true
	if strings.HasPrefix(name, localPrefix) {
		return
	}
	n, _ := store.ParseName(name)
	if !n.Form.Once() {
		return
	}
	c.find(audit.Finding{Code: audit.MissingWrite, Device: n.Device, File: name, Detail: "it was verified here and is gone"})
}

// remember writes down what was verified without findings and notes. Files
// that changed so recently that a change could hide behind it are left out;
// what has vanished stays, so that it is missed again.
func (c *checking) remember() error {
	if !c.full && !c.changed() {
		return nil
	}
	names := append([]string{}, c.order...)
	for name := range c.seen.dirs {
		if c.dirs[name] == nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	text := fmt.Appendf(nil, "%s%d\n", seenHead, c.v.policy.Number)
	for _, name := range names {
		lines, events := c.seenLines(name), c.eventsOf(name)
		if len(lines) > 0 || events > 0 {
			text = fmt.Appendf(text, "= %s %d\n%s", name, events, lines)
		}
	}
	if old, err := c.v.state.Read(c.v.seenName(), seenLimit); err == nil && string(old) == string(text) {
		return nil
	}
	return c.v.readOnlyState(c.v.state.ReplaceRelaxed(c.v.seenName(), text))
}

// changed reports whether any directory is another one than was remembered.
func (c *checking) changed() bool {
	for name := range c.seen.dirs {
		if c.dirs[name] == nil {
			return true
		}
	}
	for name, l := range c.dirs {
		if _, known := c.seen.dirs[name]; !known || len(l.fresh) > 0 {
			return true
		}
	}
	return c.seen.policy != c.v.policy.Number
}

// seenLines are the lines of a directory that are to be remembered. Of one
// with a finding or a note it is what was remembered before, so that it is
// looked at again.
func (c *checking) seenLines(name string) []byte {
	old, l := c.seen.dirs[name].lines, c.dirs[name]
	if c.bad[name] || l == nil {
		return []byte(old)
	}
	var text []string
	here := map[string]bool{}
	for i := range l.files {
		f := &l.files[i]
		if here[f.Name] = true; time.Since(f.ModTime) >= stampSettles && nameable(f.Name) {
			text = append(text, string(appendSeen(nil, f)))
		}
	}
	for line := range strings.SplitAfterSeq(old, "\n") {
		file, _, _ := strings.Cut(line, " ")
		n, _ := store.ParseName(path.Join(name, file))
		if file != "" && !here[file] && n.Form.Once() {
			text = append(text, line)
		}
	}
	sort.Strings(text)
	return []byte(strings.Join(text, ""))
}

func isChain(name string) bool {
	return strings.HasPrefix(name, "logs/") || strings.HasPrefix(name, "runs/") || strings.HasPrefix(name, localPrefix)
}

// nameable reports whether a name can stand in a line.
func nameable(name string) bool { return !strings.ContainsAny(name, " \n") }

// eventsOf is how far the chain in a directory was verified; 0 where there is none.
func (c *checking) eventsOf(name string) uint64 {
	for _, t := range c.chains {
		if t.listing != nil && t.listing.name == name && !c.bad[name] && t.report.State != nil {
			return t.report.State.Size
		}
	}
	return c.seen.dirs[name].events
}
