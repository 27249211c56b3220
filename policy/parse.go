package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"opsvault/policy/strictyaml"
)

// Parse reads a document of at most [MaxSize] bytes. A text that is not the YAML that is allowed, or has unknown keys,
// gives strictyaml.Errors; a document that breaks a rule gives [Problems]; both name line and column. A document of
// another format gives one Problem with CodeFormat.
func Parse(data []byte) (*Document, error) {
	root, err := strictyaml.Parse(data, MaxSize)
	if err != nil {
		return nil, err
	}
	if format := root.Value("opsvault"); format != nil && format.Text != Format {
		problems := Problems{{Code: CodeFormat, Path: []string{"opsvault"}, Subject: format.Text,
			Msg: "this opsvault reads " + Format + ", not " + format.Text}}
		problems.locate(root)
		return nil, problems
	}
	d := &Document{}
	if err := root.Decode(d); err != nil {
		return nil, err
	}
	if problems := d.Check(); len(problems) > 0 {
		problems.locate(root)
		return nil, problems
	}
	return d, nil
}

// Encode writes the document; equal documents give equal bytes. Comments of a text that it was parsed from are not part of
// it: what must stay belongs into a `note`. A document that Parse would refuse gives [Problems].
func (d *Document) Encode() ([]byte, error) {
	if problems := d.Check(); len(problems) > 0 {
		return nil, problems
	}
	text, err := strictyaml.Encode(d)
	if err == nil && len(text) > MaxSize {
		return nil, Problems{{Code: CodeRange, Msg: fmt.Sprintf("the policy has %d bytes, at most %d are allowed", len(text), MaxSize)}}
	}
	return text, err
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
