package union

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A family is the files of both sides that claim one name.
type family struct {
	name store.Name // without a newcomer's hash
	on   [2][]store.Seen
	odd  [2]bool // a link or a special file lies at the name
}

func (f *family) dir() string { return parent(f.name.String()) }

func parent(name string) string { return name[:max(strings.LastIndexByte(name, '/'), 0)] }

// size is how many bytes may have to be read for it.
func (f *family) size() int64 {
	var sum int64
	for _, side := range f.on {
		for _, file := range side {
			sum += min(file.Size, LimitOf(f.name.Form))
		}
	}
	return sum
}

// LimitOf is the size of the largest file of a form.
func LimitOf(form store.Form) int64 {
	switch form {
	case store.FormPolicy:
		return policyLimit
	case store.FormRecipient:
		return 4 << 10
	case store.FormDevice:
		return 16 << 10
	}
	return statement.MaxSize
}

// A content is one file of a family, as it was read.
type content struct {
	name  string
	data  []byte // nil: it was not read
	hash  statement.Hash
	base  bool // it has the family's name, not a newcomer's
	found Verdict
}

// An outcome is what is to be done about a family.
type outcome struct {
	write   [2][]store.Blob
	clear   [2][]store.Blob // Bad ones that give way
	keep    []store.Blob    // for the quarantine
	refused []Refused
	waiting []Refused
}

func (o *outcome) nothing() bool {
	return len(o.write[Here])+len(o.write[There])+len(o.clear[Here])+len(o.clear[There])+len(o.refused)+len(o.waiting) == 0
}

// settle decides about one family.
func (m *Merge) settle(f *family) (outcome, error) {
	var o outcome
	var have [2][]content
	for _, side := range []Side{Here, There} {
		for _, file := range f.on[side] {
			c, there, err := m.read(side, f, file)
			if err != nil {
				return o, err
			}
			if there {
				have[side] = append(have[side], c)
			}
		}
	}
	if alike(have) && !f.odd[Here] && !f.odd[There] {
		return o, nil
	}
	m.judge(f, have)
	m.fold(f, have, &o)
	return o, nil
}

// alike reports whether each side has one file, with the same bytes.
func alike(have [2][]content) bool {
	a, b := have[Here], have[There]
	return len(a) == 1 && len(b) == 1 && a[0].base && b[0].base && a[0].data != nil && b[0].data != nil && bytes.Equal(a[0].data, b[0].data)
}

// read reads a file. It reports false where there is nothing any more.
func (m *Merge) read(side Side, f *family, file store.Seen) (content, bool, error) {
	name := file.Name
	if dir := f.dir(); dir != "" {
		name = dir + "/" + name
	}
	c := content{name: name, base: name == f.name.String()}
	limit := LimitOf(f.name.Form)
	if file.Size > limit {
		c.found = Verdict{Kind: Bad, Why: WhyTooLarge}
		return c, true, nil
	}
	data, err := m.dirs[side].Read(name, limit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, false, m.alive(side, err)
	case errors.Is(err, store.ErrTooLarge):
		c.found = Verdict{Kind: Bad, Why: WhyTooLarge}
	case errors.Is(err, store.ErrUnsafe):
		c.found = Verdict{Kind: Bad, Why: WhySpecial, Detail: err.Error()}
	case err != nil:
		c.found = Verdict{Kind: Waits, Why: WhyUnreadable, Detail: err.Error()}
		return c, true, m.alive(side, err)
	default:
		c.data, c.hash = data, statement.Sum(data)
	}
	return c, true, nil
}

// judge judges each different content once.
func (m *Merge) judge(f *family, have [2][]content) {
	known := map[statement.Hash]Verdict{}
	for side := range have {
		for i := range have[side] {
			c := &have[side][i]
			if c.data == nil {
				continue
			}
			if _, _, tilde := strings.Cut(c.name, "~"); tilde && !strings.HasSuffix(c.name, "~"+c.hash.String()[:8]) {
				c.found = Verdict{Kind: Bad, Why: WhyName}
				continue
			}
			v, ok := known[c.hash]
			if !ok {
				v = m.Judge(f.name, c.data)
				known[c.hash] = v
			}
			c.found = v
		}
	}
}

// fold makes the sets of good contents of both sides the same, and sees to it
// that a good one has the family's name.
func (m *Merge) fold(f *family, have [2][]content, o *outcome) {
	good := map[statement.Hash][]byte{}
	for side := range have {
		for _, c := range have[side] {
			if c.data != nil && c.found.Kind == Good {
				good[c.hash] = c.data
			}
		}
	}
	for side := range have {
		m.foldSide(f, Side(side), have[side], good, o)
	}
}

func (m *Merge) foldSide(f *family, side Side, have []content, good map[statement.Hash][]byte, o *outcome) {
	here := map[statement.Hash]bool{}
	named, taken := false, f.odd[side] // a good content has the name; something else has
	for _, c := range have {
		switch {
		case c.found.Kind == Good:
			here[c.hash] = true
			named = named || c.base
		case c.base:
			taken = true
		}
	}
	lacks := slices.DeleteFunc(sortedHashes(good), func(h statement.Hash) bool { return here[h] })
	if !named && !taken && len(lacks) == 0 && len(good) > 0 {
		lacks = sortedHashes(good)[:1] // a newcomer whose neighbour is gone
	}
	gives := len(good) > 0 && !named && taken && m.givesWay(f, side, have, o)
	if gives && len(lacks) == 0 {
		lacks = sortedHashes(good)[:1]
	}
	m.report(f, side, have, gives, o)
	if f.odd[side] && !gives {
		return // nothing can be written beside it, either: the name would be followed
	}
	for _, h := range lacks {
		o.write[side] = append(o.write[side], store.Blob{Name: f.name.String(), Data: good[h]})
	}
}

// givesWay plans to take away what holds the name of a good content: a Bad
// file, or here a link or special file.
func (m *Merge) givesWay(f *family, side Side, have []content, o *outcome) bool {
	if f.odd[side] {
		if side == Here {
			o.clear[side] = append(o.clear[side], store.Blob{Name: f.name.String()})
		}
		return side == Here
	}
	for _, c := range have {
		if c.base && c.found.Kind == Bad && c.data != nil {
			o.clear[side] = append(o.clear[side], store.Blob{Name: c.name, Data: c.data})
			return true
		}
	}
	return false
}

// report lists what is not carried from a side.
func (m *Merge) report(f *family, side Side, have []content, gives bool, o *outcome) {
	for _, c := range have {
		r := Refused{File: c.name, Why: c.found.Why, Detail: c.found.Detail, Side: side}
		switch c.found.Kind {
		case Bad:
			o.refused = append(o.refused, r)
			if c.data != nil && !(gives && c.base) {
				o.keep = append(o.keep, store.Blob{Name: c.name, Data: c.data})
			}
		case Waits:
			o.waiting = append(o.waiting, r)
		}
	}
}

func sortedHashes(set map[statement.Hash][]byte) []statement.Hash {
	list := make([]statement.Hash, 0, len(set))
	for h := range set {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b statement.Hash) int { return bytes.Compare(a[:], b[:]) })
	return list
}

// policyLimit is the limit of docs/format.md, section 1.
const policyLimit = 4 << 20
