package entry

import (
	"errors"
	"fmt"

	"opsvault/policy/strictyaml"
)

// ParseInput reads what `insert --from -` is given: one flat YAML map of the card's
// words (title, kind, url, owner, tags, due, note) and of fields, those of the kind
// and any others. Keys count in any case. A key without a value is left out, so
// that a form need not be filled in everywhere.
//
// The kind is the one given, else the text's, else DefaultKind; two different ones
// are an error, and so is one that Kinds does not list. A comment behind the
// unquoted value of a secret field is an error, because a password with " #" in
// it looks like that and would be cut. Errors are strictyaml.Errors, every one with
// its line and column, and none shows a value of a field.
func ParseInput(data []byte, kind string) (Draft, error) {
	root, err := strictyaml.Parse(data, MaxPlaintext)
	if err != nil {
		return Draft{}, err
	}
	if root.Kind != strictyaml.KindMap {
		return Draft{}, strictyaml.Errors{at(root, strictyaml.CodeType, "", "expected a map like \"title: …\", not "+root.Kind.String())}
	}
	in := input{draft: Draft{Kind: kind}, seen: map[string]bool{}}
	in.kindOf(root)
	for i, key := range root.Keys {
		if !root.Items[i].Empty() {
			in.take(key, root.Items[i])
		}
	}
	if len(in.draft.Fields) > MaxFields {
		in.fault(at(root, strictyaml.CodeSize, "", fmt.Sprintf("%d fields, at most %d are allowed", len(in.draft.Fields), MaxFields)))
	}
	if len(in.errs) > 0 {
		return Draft{}, in.errs
	}
	return in.draft, nil
}

// IsCardKey reports whether a key of the input speaks of the card, so that no
// field can have this name there.
func IsCardKey(key string) bool {
	switch fold(key) {
	case "title", "kind", "url", "owner", "tags", "due", "note":
		return true
	}
	return false
}

type input struct {
	draft Draft
	kind  Kind
	seen  map[string]bool // folded keys
	errs  strictyaml.Errors
}

func (in *input) fault(e strictyaml.Error) { in.errs = append(in.errs, e) }

// kindOf settles the kind first: what is a secret field depends on it.
func (in *input) kindOf(root *strictyaml.Node) {
	where, typed := root, ""
	for i, key := range root.Keys {
		if fold(key.Text) == "kind" && root.Items[i].Kind == strictyaml.KindScalar && !root.Items[i].Empty() {
			where, typed = root.Items[i], root.Items[i].Text
		}
	}
	switch given := in.draft.Kind; {
	case given == "" && typed == "":
		in.draft.Kind = DefaultKind
	case given == "":
		in.draft.Kind = typed
	case typed != "" && typed != given:
		in.fault(at(where, strictyaml.CodeValue, typed, fmt.Sprintf("kind %q here, but %q was asked for", typed, given)))
	}
	known := false
	if in.kind, known = KindByID(in.draft.Kind); !known {
		e := at(where, strictyaml.CodeUnknown, in.draft.Kind, fmt.Sprintf("unknown kind %q", in.draft.Kind))
		e.Near = strictyaml.Nearest(in.draft.Kind, KindIDs())
		in.fault(e)
	}
}

func (in *input) take(key, value *strictyaml.Node) {
	folded := fold(key.Text)
	switch {
	case in.seen[folded]:
		in.fault(at(key, strictyaml.CodeDuplicate, key.Text, fmt.Sprintf("%q stands here twice", key.Text)))
	case folded == "tags":
		in.tags(value)
	case value.Kind != strictyaml.KindScalar:
		in.fault(at(value, strictyaml.CodeType, key.Text, fmt.Sprintf("%q must have a single value, not %v", key.Text, value.Kind)))
	case folded == "kind":
	case IsCardKey(folded):
		in.word(folded, value)
	default:
		in.field(key, value)
	}
	in.seen[folded] = true
}

func (in *input) tags(value *strictyaml.Node) {
	if err := value.Decode(&in.draft.Tags); err != nil {
		in.refuse(value, err)
		return
	}
	in.refuse(value, checkTags(in.draft.Tags))
}

// word takes one line of the card.
func (in *input) word(key string, value *strictyaml.Node) {
	d, s := &in.draft, value.Text
	var err error
	switch key {
	case "title":
		d.Title, err = s, checkLine(key, s, maxTitle)
	case "url":
		d.URL, err = s, CheckURL(s)
	case "owner":
		d.Owner, err = s, checkLine(key, s, maxOwner)
	case "due":
		d.Due, err = s, checkDue(s)
	case "note":
		d.Note, err = s, checkNote(s)
	}
	in.refuse(value, err)
}

func (in *input) field(key, value *strictyaml.Node) {
	name, err := FieldName(key.Text)
	if err != nil {
		in.refuse(key, err)
		return
	}
	field, known := in.kind.Field(name)
	if known {
		name = field.ID
	}
	if field.Secret && value.Plain && value.Comment != "" {
		in.fault(at(value, strictyaml.CodeQuote, name, "what follows \" #\" would be lost: put quotes around the whole value, or move the comment to a line of its own"))
		return
	}
	if why := checkValue([]byte(value.Text)); why != "" {
		e := at(value, strictyaml.CodeValue, name, fmt.Sprintf("the value of %q: %s", name, why))
		e.Err = &TextError{Key: "value of field", Text: name, Why: why}
		in.fault(e)
		return
	}
	in.draft.Fields = append(in.draft.Fields, Field{Name: name, Value: NewValue([]byte(value.Text))})
}

// refuse keeps an error, with a place where it has none.
func (in *input) refuse(n *strictyaml.Node, err error) {
	var placed strictyaml.Errors
	switch {
	case err == nil:
	case errors.As(err, &placed):
		in.errs = append(in.errs, placed...)
	default:
		e := at(n, strictyaml.CodeValue, n.Text, err.Error())
		e.Err = err
		in.fault(e)
	}
}

func at(n *strictyaml.Node, code strictyaml.Code, subject, msg string) strictyaml.Error {
	return strictyaml.Error{Line: n.Line, Column: n.Column, Code: code, Subject: subject, Msg: msg}
}
