package entry

import "opsvault/policy/strictyaml"

// MaxPlaintext is the limit of a card and of a secret, each, in bytes.
const MaxPlaintext = 256 << 10

// Card is what every member may know of an entry. Its keys are those of
// docs/format.md, section 4.
type Card struct {
	Binding   `yaml:",inline"`
	Title     string   `yaml:"title"`
	Kind      string   `yaml:"kind"` // an id; perhaps of a kind that only newer programs know
	URL       string   `yaml:"url,omitempty"`
	Owner     string   `yaml:"owner,omitempty"` // a member's id, or who looks after it elsewhere
	Tags      []string `yaml:"tags,omitempty,flow"`
	Due       string   `yaml:"due,omitempty"` // 2026-12-20
	Fields    []string `yaml:"fields,flow"`   // the names in the secret, in its order; none in a tombstone
	MovedFrom string   `yaml:"moved-from,omitempty"`
	MovedTo   string   `yaml:"moved-to,omitempty"`
	Note      string   `yaml:"note,omitempty"`
}

// ParseCard reads a card of at most MaxPlaintext bytes and checks everything but
// its binding. Errors are strictyaml.Errors, *PathError or *TextError.
func ParseCard(data []byte) (Card, error) {
	var c Card
	if err := strictyaml.Decode(data, MaxPlaintext, &c); err != nil {
		return Card{}, err
	}
	if err := c.check(); err != nil {
		return Card{}, err
	}
	return c, nil
}

// Encode gives the plaintext. It refuses what ParseCard would.
func (c Card) Encode() ([]byte, error) {
	if c.Fields == nil {
		c.Fields = []string{}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return encode("card", c)
}

// Tombstone gives the card that deletes an entry: it keeps title and kind, so
// that a list of what was deleted can be read.
func (c Card) Tombstone(b Binding, movedTo string) Card {
	return Card{Binding: b, Title: c.Title, Kind: c.Kind, Fields: []string{}, MovedTo: movedTo}
}

func (c Card) check() error {
	if err := c.Binding.check(); err != nil {
		return err
	}
	if c.Fields == nil {
		return &TextError{Key: "fields", Why: Absent}
	}
	if err := checkNames(c.Fields); err != nil {
		return err
	}
	for _, moved := range []string{c.MovedFrom, c.MovedTo} {
		if p, err := ParsePath(moved); moved != "" && (err != nil || p.String() != moved) {
			return &TextError{Key: "moved", Text: clip(moved), Why: Malformed}
		}
	}
	return checkWords(c.Title, c.Kind, c.URL, c.Owner, c.Tags, c.Due, c.Note)
}

// checkWords holds the rules that cards and drafts share.
func checkWords(title, kind, url, owner string, tags []string, due, note string) error {
	if title == "" {
		return &TextError{Key: "title", Why: Absent}
	}
	if !isID(kind) {
		return &TextError{Key: "kind", Text: clip(kind), Why: Malformed}
	}
	if err := checkLine("title", title, maxTitle); err != nil {
		return err
	}
	if err := CheckURL(url); err != nil {
		return err
	}
	if err := checkLine("owner", owner, maxOwner); err != nil {
		return err
	}
	if err := checkTags(tags); err != nil {
		return err
	}
	if err := checkDue(due); err != nil {
		return err
	}
	return checkNote(note)
}

func encode(key string, v any) ([]byte, error) {
	data, err := strictyaml.Encode(v)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxPlaintext {
		return nil, &TextError{Key: key, Why: TooLong}
	}
	return data, nil
}
