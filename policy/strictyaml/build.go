package strictyaml

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

const (
	forbiddenAlias  = "an alias is not allowed: a text that begins with * needs quotes around it"
	forbiddenAnchor = "an anchor is not allowed: a text that begins with & needs quotes around it"
	forbiddenTag    = "a tag is not allowed: a text that begins with ! needs quotes around it"
)

// A builder turns the library's tree into ours and notes what is not allowed. Aliases are never followed.
type builder struct{ errs Errors }

func (b *builder) fault(n *yaml.Node, code Code, subject, format string, args ...any) {
	if len(b.errs) < maxErrors {
		b.errs = append(b.errs, fault(n.Line, n.Column, code, subject, format, args...)...)
	}
}

// build returns a node in every case; it means something only when there were no errors.
func (b *builder) build(n *yaml.Node, depth int) *Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	out := &Node{Kind: KindScalar, Line: n.Line, Column: n.Column}
	switch {
	case n.Kind == yaml.AliasNode:
		b.fault(n, CodeForbidden, "*", forbiddenAlias)
		return out
	case n.Anchor != "":
		b.fault(n, CodeForbidden, "&", forbiddenAnchor)
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		b.fault(n, CodeForbidden, "!", forbiddenTag)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		out.Text, out.Comment = n.Value, n.LineComment
		out.Plain = n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	case yaml.SequenceNode:
		out.Kind = KindList
		b.children(out, n, depth+1)
	case yaml.MappingNode:
		out.Kind = KindMap
		b.children(out, n, depth+1)
	default:
		b.fault(n, CodeSyntax, "", "not a value")
	}
	return out
}

func (b *builder) children(out *Node, n *yaml.Node, depth int) {
	if depth > maxDepth {
		b.fault(n, CodeDepth, "", "nested more than %d levels deep", maxDepth)
		return
	}
	if out.Kind == KindList {
		out.Items = make([]*Node, len(n.Content))
		for i, item := range n.Content {
			out.Items[i] = b.build(item, depth)
		}
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := b.key(n.Content[i], seen, depth)
		out.Keys = append(out.Keys, key)
		out.Items = append(out.Items, b.build(n.Content[i+1], depth))
	}
}

func (b *builder) key(n *yaml.Node, seen map[string]int, depth int) *Node {
	key := b.build(n, depth)
	switch line, twice := seen[key.Text]; {
	case key.Kind != KindScalar:
		b.fault(n, CodeForbidden, "", "a key must be a single text")
	case key.Plain && key.Text == "<<":
		b.fault(n, CodeForbidden, "<<", "a merge key is not allowed")
	case key.Text == "":
		b.fault(n, CodeForbidden, "", "a key must not be empty")
	case twice:
		b.fault(n, CodeDuplicate, key.Text, "%q stands here twice (first on line %d)", key.Text, line)
	default:
		seen[key.Text] = n.Line
	}
	return key
}

func indexName(i int) string { return strconv.Itoa(i) }
