package strictyaml

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxDepth is how many maps and lists may lie in one another.
const maxDepth = 64

// Kind is what a [Node] is.
type Kind int

// The kinds of nodes.
const (
	KindScalar Kind = iota + 1
	KindList
	KindMap
)

func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a map"}[k]
}

// A Node is one value of a checked text, with its place.
type Node struct {
	Kind         Kind
	Text         string // of a scalar: what was typed, without quotes and with escapes resolved
	Plain        bool   // of a scalar: typed without quotes and not as a block
	Comment      string // of a scalar: a comment behind it on its line, from "#" on
	Line, Column int
	Items        []*Node // of a list: its items; of a map: its values
	Keys         []*Node // of a map: its keys, scalars, as many as Items
}

// Value returns a map's value for a key, or nil.
func (n *Node) Value(key string) *Node {
	if _, value := n.lookup(key); value != nil {
		return value
	}
	return nil
}

// Find follows keys from a map to the maps in it and returns the key and the value at the end. Where the
// path stops early it returns what lies nearest on the way, so that an error about an absent key still has a place.
func (n *Node) Find(path ...string) (key, value *Node) {
	key, value = n, n
	for _, name := range path {
		k, v := value.lookup(name)
		if v == nil {
			return key, value
		}
		key, value = k, v
	}
	return key, value
}

// lookup finds a key of a map, or an item of a list by its index from 0 or by its text.
func (n *Node) lookup(name string) (key, value *Node) {
	for i, item := range n.Items {
		if n.Kind == KindMap && n.Keys[i].Text == name {
			return n.Keys[i], item
		}
		if n.Kind == KindList && (indexName(i) == name || item.Kind == KindScalar && item.Text == name) {
			return item, item
		}
	}
	return nil, nil
}

// Empty reports a value that was left out: the key stands there with nothing behind it.
func (n *Node) Empty() bool { return n.Kind == KindScalar && n.Plain && n.Text == "" }

// Parse reads one document of at most limit bytes and checks everything but the types and the keys that a reader
// expects. The error, if any, is of type [Errors].
func Parse(data []byte, limit int) (*Node, error) {
	if err := checkSource(data, limit); err != nil {
		return nil, err
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, fault(1, 1, CodeSyntax, "", "%v", err)
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, fault(1, 1, CodeEmpty, "", "the text is empty")
	case err != nil:
		return nil, syntaxFault(data, err)
	}
	if err := loader.Load(&second); err == nil {
		return nil, fault(second.Line, second.Column, CodeForbidden, "", "a second document is not allowed")
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxFault(data, err)
	}
	b := builder{}
	root := b.build(&first, 0)
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	if root.Empty() {
		return nil, fault(1, 1, CodeEmpty, "", "the text is empty")
	}
	return root, nil
}

// syntaxFault gives an error of the YAML library a place and, where the cause is known, better words.
func syntaxFault(data []byte, err error) Errors {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return fault(1, 1, CodeSyntax, "", "%v", err)
	}
	line, column := load.Mark.Line, load.Mark.Column
	if line < 1 {
		line, column = max(load.ContextMark.Line, 1), load.ContextMark.Column
	}
	column = max(column, 1)
	at := charAt(data, line, column)
	switch {
	case strings.Contains(load.Message, "mapping values are not allowed"):
		return fault(line, column, CodeQuote, "", "unexpected \":\": if it belongs to the text, put quotes around the whole text")
	case strings.Contains(load.Message, "cannot start any token") && at == '\t':
		return fault(line, column, CodeTab, "", "a tab cannot indent: use spaces")
	case strings.Contains(load.Message, "cannot start any token"):
		return fault(line, column, CodeQuote, string(at), "a text that begins with %q needs quotes around it", at)
	case strings.Contains(load.Message, "unknown anchor"):
		return fault(line, column, CodeForbidden, "*", "%s", forbiddenAlias)
	case strings.Contains(load.Message, "max depth"):
		return fault(line, column, CodeDepth, "", "nested more than %d levels deep", maxDepth)
	}
	return fault(line, column, CodeSyntax, "", "%s", strings.ToLower(load.Message))
}
