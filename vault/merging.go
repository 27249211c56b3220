package vault

import (
	"errors"
	"slices"
	"strings"

	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// merging joins the content of several sides.
type merging struct {
	v       *Vault
	f       *family
	r       Resolution
	sides   []*Entry
	clashes []Clash
}

// merge returns the joint content, or nil and the version whose deletion counts.
func (m *merging) merge() (*entry.Draft, *Entry, error) {
	var live, dead []*Entry
	for _, s := range m.sides {
		if s.Deleted {
			dead = append(dead, s)
		} else {
			live = append(live, s)
		}
	}
	if m.r.Refuse && len(m.f.standing) == 0 {
		return nil, m.sides[0], nil // nothing stands: what is refused is deleted
	}
	if len(dead) > 0 && len(live) > 0 {
		side, err := m.chosen(Existence, m.sides)
		if err != nil {
			return nil, nil, err
		}
		if side == nil {
			return nil, nil, m.undecided()
		}
		if side.Deleted {
			live = nil
		}
	}
	if len(live) == 0 {
		return nil, dead[0], nil
	}
	draft, err := m.mergeLive(live)
	return draft, nil, err
}

func (m *merging) undecided() error {
	return &ClashError{Path: m.f.path.String(), Clashes: m.clashes}
}

func (m *merging) mergeLive(live []*Entry) (*entry.Draft, error) {
	base, err := m.base(live)
	if err != nil {
		return nil, err
	}
	contents := make([]entry.Fields, len(live))
	for i, side := range live {
		if contents[i], err = m.content(side); err != nil {
			return nil, err
		}
	}
	merged := contents[0]
	for _, content := range contents[1:] {
		var clashes []entry.Clash
		merged, clashes = entry.Merge(base, merged, content)
		for _, c := range clashes {
			side, err := m.chosen(c.Name, live)
			if err != nil {
				return nil, err
			}
			if side != nil {
				merged = copied(merged, contents[slices.Index(live, side)], c.Name)
			}
		}
	}
	if len(m.clashes) > 0 {
		return nil, m.undecided()
	}
	draft := draftOf(merged)
	return &draft, nil
}

// copied gives a field of to the state that it has in from.
func copied(to, from entry.Fields, name string) entry.Fields {
	if value, ok := from.Get(name); ok {
		return to.Set(name, value)
	}
	return to.Without(name)
}

// chosen is the side that the resolution names for a clash; nil, and the clash
// noted, where it names none.
func (m *merging) chosen(name string, sides []*Entry) (*Entry, error) {
	want, ok := m.r.Fields[name]
	if !ok {
		want, ok = m.r.Fields[strings.TrimPrefix(name, "@")]
	}
	if !ok {
		want = m.r.Take
	}
	if want == "" {
		if !slices.ContainsFunc(m.clashes, func(c Clash) bool { return c.Name == name }) {
			m.clashes = append(m.clashes, Clash{name, sides})
		}
		return nil, nil
	}
	return Side(sides, want)
}

// Side finds one of several versions by its author, its device, or the first
// digits of its hash. *NotFoundError where none or several are meant.
func Side(sides []*Entry, want string) (*Entry, error) {
	var near []string
	for _, by := range []func(*Entry) bool{
		func(e *Entry) bool { return e.Author == want },
		func(e *Entry) bool { return e.Device == want },
		func(e *Entry) bool { return len(want) >= 4 && strings.HasPrefix(e.Hash.String(), want) },
	} {
		var found []*Entry
		for _, e := range sides {
			if by(e) {
				found = append(found, e)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	for _, e := range sides {
		near = append(near, SideName(sides, e))
	}
	return nil, &NotFoundError{What: "side", Name: want, Near: near}
}

// SideName is the shortest name by which Side finds a version.
func SideName(sides []*Entry, e *Entry) string {
	alike := func(same func(*Entry) bool) int {
		count := 0
		for _, s := range sides {
			if same(s) {
				count++
			}
		}
		return count
	}
	switch {
	case alike(func(s *Entry) bool { return s.Author == e.Author }) == 1:
		return e.Author
	case alike(func(s *Entry) bool { return s.Device == e.Device }) == 1:
		return e.Device
	}
	return e.Hash.Short()[:8]
}

// base is the content of the nearest common ancestor of the sides, as far as it
// is here and this device can open it; without one everything that differs clashes.
func (m *merging) base(live []*Entry) (entry.Fields, error) {
	common := map[statement.Hash]int{}
	for _, side := range live {
		marked := map[statement.Hash]bool{}
		m.f.descend(marked, side.Hash)
		for hash := range marked {
			common[hash]++
		}
	}
	var nearest statement.Hash
	for hash, count := range common {
		if count == len(live) && m.f.numbers[hash] > m.f.numbers[nearest] {
			nearest = hash
		}
	}
	if len(live) < 2 || nearest.IsZero() {
		return nil, nil
	}
	e, err := m.v.byHash(live[0].body.ID, nearest)
	if err != nil || e == nil || e.Deleted {
		return nil, err
	}
	if _, err := m.v.secretKey(e); errors.Is(err, ErrNoKey) {
		return nil, nil
	}
	return m.content(e)
}

// content opens a version inside. Lines of its card become fields that begin with "@".
func (m *merging) content(e *Entry) (entry.Fields, error) {
	secret, err := m.v.reseal(e, "resolve")
	if err != nil {
		return nil, err
	}
	d := entry.DraftOf(e.Card, secret)
	lines := entry.Fields{}
	for _, l := range []struct{ name, text string }{
		{"@title", d.Title}, {"@kind", d.Kind}, {"@url", d.URL}, {"@owner", d.Owner},
		{"@tags", strings.Join(d.Tags, "\n")}, {"@due", d.Due}, {"@note", d.Note},
	} {
		if l.text != "" {
			lines = append(lines, entry.Field{Name: l.name, Value: entry.NewValue([]byte(l.text))})
		}
	}
	return append(lines, d.Fields...), nil
}

// draftOf turns merged content back.
func draftOf(content entry.Fields) entry.Draft {
	var d entry.Draft
	into := map[string]*string{"@title": &d.Title, "@kind": &d.Kind, "@url": &d.URL, "@owner": &d.Owner, "@due": &d.Due, "@note": &d.Note}
	for _, f := range content {
		switch text, ok := into[f.Name]; {
		case ok:
			*text = string(f.Value.Reveal())
		case f.Name == "@tags":
			d.Tags = strings.Split(string(f.Value.Reveal()), "\n")
		default:
			d.Fields = append(d.Fields, f)
		}
	}
	return d
}

// byHash finds a version that is here and sound, whether it stands or not; nil
// where there is none.
func (v *Vault) byHash(id string, hash statement.Hash) (*Entry, error) {
	files, err := v.versionsOf(id)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		w, err := v.judge(file, store.Pin{})
		if err != nil {
			return nil, err
		}
		if w != nil && w.Hash == hash {
			return w.entry, nil
		}
	}
	return nil, nil
}
