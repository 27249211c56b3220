package entry

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDraftDefaults(t *testing.T) {
	c, s, err := Draft{}.Entry(binding(t), bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Title != "SIP-trunk" || c.Kind != DefaultKind || c.Fields == nil || s.Binding != c.Binding {
		t.Errorf("got %+v", c)
	}
	if _, err := c.Encode(); err != nil {
		t.Error(err)
	}
}

// What is edited comes back as it was, but for the place and the salt.
func TestDraftOf(t *testing.T) {
	c, s := sample(t)
	next := c.Binding
	next.Version, next.Author = 4, "ivan"
	c2, s2, err := DraftOf(c, s).Entry(next, bytes.NewReader(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	c.Binding, c.MovedFrom = next, ""
	if diff := cmp.Diff(c, c2); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s2.Salt == s.Salt {
		t.Error("the salt was used twice")
	}
	if err := s2.Fits(c2); err != nil {
		t.Error(err)
	}
}

func TestDraftCheck(t *testing.T) {
	good, _, _ := Draft{}.Entry(binding(t), bytes.NewReader(make([]byte, 32)))
	for name, change := range map[string]func(*Draft){
		"a title on two lines": func(d *Draft) { d.Title = "a\nb" },
		"a kind":               func(d *Draft) { d.Kind = "../x" },
		"a URL":                func(d *Draft) { d.URL = "javascript:x" },
		"a tag":                func(d *Draft) { d.Tags = []string{""} },
		"a date":               func(d *Draft) { d.Due = "soon" },
		"a note":               func(d *Draft) { d.Note = "a\x1b[2J" },
		"a field":              func(d *Draft) { d.Fields = Fields{{Name: "#"}} },
		"a value":              func(d *Draft) { d.Fields = Fields{{Name: "a", Value: NewValue([]byte("\x00"))}} },
	} {
		d := DraftOf(good, Secret{})
		change(&d)
		var refused *TextError
		if err := d.Check(); !errors.As(err, &refused) {
			t.Errorf("%s, checked: %v", name, err)
		}
		if _, _, err := d.Entry(binding(t), bytes.NewReader(make([]byte, 32))); !errors.As(err, &refused) {
			t.Errorf("%s, bound: %v", name, err)
		}
	}
}
