package entry

import "io"

// Draft is what a person said about an entry that is about to be written: a card
// and the values, not yet bound to a place.
type Draft struct {
	Title  string // "": the last segment of the path
	Kind   string // "": DefaultKind
	URL    string
	Owner  string
	Tags   []string
	Due    string // 2026-12-20
	Note   string
	Fields Fields

	MovedFrom string // set when an entry is renamed
}

// DraftOf gives what can be edited of an existing version. The values are shared.
func DraftOf(c Card, s Secret) Draft {
	return Draft{Title: c.Title, Kind: c.Kind, URL: c.URL, Owner: c.Owner, Tags: c.Tags, Due: c.Due, Note: c.Note, Fields: s.Fields}
}

// Check reports the first thing that could not be written, without a place.
func (d Draft) Check() error {
	d = d.filled("-")
	if err := checkWords(d.Title, d.Kind, d.URL, d.Owner, d.Tags, d.Due, d.Note); err != nil {
		return err
	}
	return d.Fields.check()
}

// Entry binds the draft and salts the secret. Errors are those of Check, plus
// what random returned. The values are shared with the draft.
func (d Draft) Entry(b Binding, random io.Reader) (Card, Secret, error) {
	p, err := ParsePath(b.Path)
	if err != nil {
		return Card{}, Secret{}, err
	}
	d = d.filled(p.Name())
	c := Card{Binding: b, Title: d.Title, Kind: d.Kind, URL: d.URL, Owner: d.Owner, Tags: d.Tags, Due: d.Due,
		Note: d.Note, Fields: d.Fields.Names(), MovedFrom: d.MovedFrom}
	if err := c.check(); err != nil {
		return Card{}, Secret{}, err
	}
	s, err := NewSecret(b, d.Fields, random)
	if err != nil {
		return Card{}, Secret{}, err
	}
	return c, s, s.check()
}

func (d Draft) filled(name string) Draft {
	if d.Title == "" {
		d.Title = name
	}
	if d.Kind == "" {
		d.Kind = DefaultKind
	}
	return d
}
