package runbooks

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// inline turns a block's inline nodes into a Text. Links, uses of inputs and broken links go to step, where there is one.
func (r *reader) inline(n ast.Node, step *Step) Text {
	f := &flattener{reader: r, step: step}
	f.children(n, Plain)
	f.inspect(n)
	return f.text
}

type flattener struct {
	*reader
	step *Step
	text Text
}

func (f *flattener) children(n ast.Node, kind SpanKind) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		f.node(c, kind)
	}
}

func (f *flattener) node(n ast.Node, kind SpanKind) {
	pos := f.src.pos(blockOffset(n))
	switch n := n.(type) {
	case *ast.Text:
		f.add(Span{Kind: kind, Text: resolve(string(n.Segment.Value(f.src.text)), n.IsRaw() || kind == Code), Pos: pos})
		switch {
		case n.HardLineBreak():
			f.add(Span{Kind: Break, Pos: pos})
		case n.SoftLineBreak():
			f.add(Span{Kind: kind, Text: " ", Pos: pos})
		}
	case *ast.String:
		f.add(Span{Kind: kind, Text: string(n.Value), Pos: pos})
	case *ast.CodeSpan:
		f.children(n, Code)
	case *ast.Emphasis:
		if kind == Plain && n.Level == 1 {
			kind = Emphasis
		} else if n.Level > 1 {
			kind = Strong
		}
		f.children(n, kind)
	case *ast.Link:
		f.link(n, pos)
	case *ast.AutoLink:
		f.add(Span{Kind: Plain, Text: string(n.URL(f.src.text)), Pos: pos})
	case *ast.Image:
		f.children(n, Emphasis)
	case *ast.RawHTML:
		f.found.add(pos, "html")
	case *extast.TaskCheckBox:
	default:
		f.children(n, kind)
	}
}

func (f *flattener) link(n *ast.Link, pos Pos) {
	inner := &flattener{reader: f.reader}
	inner.children(n, Plain)
	label := inner.text.String()
	target, ok := parseTarget(resolve(string(n.Destination), false), pos, f.found)
	if !ok {
		f.add(Span{Kind: Plain, Text: label, Pos: pos})
		return
	}
	link := Link{Text: label, Target: target, Pos: pos, Drill: f.drill(target, string(n.Title), pos)}
	f.add(Span{Kind: LinkSpan, Text: label, Link: &link, Pos: pos})
	if f.step != nil && !target.IsJump() {
		f.step.Links = append(f.step.Links, link)
	}
}

// drill reads the title of a link: a credential may have "drill=ok", no other action has any.
func (f *flattener) drill(target Target, title string, pos Pos) bool {
	title = strings.TrimSpace(resolve(title, false))
	vault := target.Scheme == SchemeVault
	if title != "" && (vault && title != "drill=ok" || !vault && strings.HasPrefix(title, "drill=")) {
		f.found.add(pos, "link-title", "title", title)
	}
	return vault && title == "drill=ok"
}

// add joins spans of one look, and refuses characters that an entity smuggled in.
func (f *flattener) add(s Span) {
	if _, _, bad := unsafeRune(s.Text); bad {
		f.found.add(s.Pos, "control-char", "char", "&#…;")
		return
	}
	if last := len(f.text) - 1; last >= 0 && f.text[last].Kind == s.Kind && s.Kind < LinkSpan {
		f.text[last].Text += s.Text
		return
	}
	f.text = append(f.text, s)
}

// resolve undoes backslashes and entities, as a renderer would.
func resolve(s string, verbatim bool) string {
	if verbatim || !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			break
		}
		b.WriteString(html.UnescapeString(s[:i]))
		if c := s[i+1]; c > ' ' && c < 0x7F && !isWordByte(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(s[i : i+2])
		}
		s = s[i+2:]
	}
	b.WriteString(html.UnescapeString(s))
	return b.String()
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// inspect looks at what stayed plain text though it was meant as a link, and at the {{input}}s.
func (f *flattener) inspect(n ast.Node) {
	start := blockOffset(n)
	for _, span := range f.text {
		if span.Kind != Plain && span.Kind != Strong && span.Kind != Emphasis {
			continue
		}
		if i := strings.Index(span.Text, "]("); i >= 0 && strings.Contains(span.Text[:i], "[") && looksLikeTarget(span.Text[i+2:]) {
			dest, _, _ := strings.Cut(span.Text[i+2:], ")")
			f.found.add(span.Pos, "link-broken", "target", dest)
		}
		if strings.Contains(span.Text, "]: ") && strings.HasPrefix(strings.TrimSpace(span.Text), "[") && looksLikeTarget(span.Text[strings.Index(span.Text, "]: ")+3:]) {
			f.found.add(span.Pos, "link-reference")
		}
	}
	if f.step == nil || n.Type() != ast.TypeBlock {
		return
	}
	text := raw(f.src, n)
	if lines := n.Lines(); lines != nil && lines.Len() > 0 {
		start = lines.At(0).Start
	}
	for _, m := range inputUse().FindAllStringSubmatchIndex(text, -1) {
		f.step.uses = append(f.step.uses, use{text[m[2]:m[3]], f.src.pos(start + m[0])})
	}
}

func looksLikeTarget(s string) bool {
	if strings.HasPrefix(s, "#") {
		return true
	}
	scheme, _, ok := strings.Cut(strings.TrimPrefix(s, "<"), ":")
	for _, known := range schemes() {
		if ok && strings.EqualFold(scheme, known) {
			return true
		}
	}
	return false
}
