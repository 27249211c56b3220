package runbooks

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// A body reads what stands between a step's heading and the next.
type body struct {
	*reader
	step   *Step
	note   int             // depth of quotations
	blanks map[string]bool // names of the step's inputs
}

func (b *body) read(nodes []ast.Node) {
	if len(nodes) > 0 {
		if p, ok := nodes[0].(*ast.Paragraph); ok && b.meta(p) {
			nodes = nodes[1:]
		}
	}
	b.blocks(nodes, 0)
	if b.step.Decision != nil && len(b.step.Decision.Answers) < 2 {
		b.found.add(b.step.Decision.Pos, "decision-few", "count", fmt.Sprint(len(b.step.Decision.Answers)))
	}
}

// blocks reads nodes in their order; depth is that of the lists around them.
func (b *body) blocks(nodes []ast.Node, depth int) {
	for i, n := range nodes {
		if b.step.Decision != nil && depth == 0 && b.note == 0 {
			if _, rule := n.(*ast.ThematicBreak); !rule {
				b.found.add(blockPos(b.src, n), "decision-last")
			}
		}
		switch n := n.(type) {
		case *ast.Paragraph, *ast.TextBlock:
			if i+1 < len(nodes) && b.decision(n, nodes[i+1], depth) {
				b.blocks(nodes[i+2:], depth)
				return
			}
			b.add(Block{Kind: Prose, Pos: blockPos(b.src, n), Depth: depth, Text: b.inline(n, b.step)})
		case *ast.Heading:
			b.add(Block{Kind: Heading, Pos: blockPos(b.src, n), Depth: depth, Text: b.inline(n, b.step)})
		case *ast.List:
			b.list(n, depth)
		case *ast.FencedCodeBlock:
			b.fence(n, depth)
		case *ast.CodeBlock:
			b.add(Block{Kind: FenceBlock, Pos: blockPos(b.src, n), Depth: depth, Fence: &Fence{Kind: ShownFence, Text: b.verbatim(n)}})
		case *ast.Blockquote:
			b.quote(n, depth)
		case *ast.HTMLBlock:
			b.found.add(blockPos(b.src, n), "html")
		}
	}
	if depth == 0 {
		b.pairFences()
	}
}

func (b *body) add(block Block) { b.step.Blocks = append(b.step.Blocks, block) }

// verbatim is the text of a fence.
func (b *body) verbatim(n ast.Node) string {
	var out strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		out.Write(segment.Value(b.src.text))
	}
	return out.String()
}

// children are the blocks inside a list item or a quotation.
func children(n ast.Node) []ast.Node {
	var list []ast.Node
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		list = append(list, c)
	}
	return list
}

var falseBox = lazily(`^\[[^\[\]]{0,2}\](?:[^(\[:]|$)`)

// list classifies item by item: a list of checks that is directly followed by one of answers is one list to Markdown.
func (b *body) list(list *ast.List, depth int) {
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		inner := children(item)
		var head ast.Node
		if len(inner) > 0 && isTextual(inner[0]) {
			head, inner = inner[0], inner[1:]
		}
		pos := blockPos(b.src, item)
		switch {
		case head == nil:
		case isCheckbox(head):
			b.check(head, depth)
		case falseBox().MatchString(raw(b.src, head)):
			b.found.add(b.src.pos(blockOffset(head)), "checkbox-form", "text", strings.SplitAfter(raw(b.src, head), "]")[0])
		default:
			text := b.inline(head, b.step)
			if _, shape := answerOf(text); shape != noAnswer && b.note == 0 {
				b.found.add(pos, "decision-question")
			}
			b.add(Block{Kind: Item, Pos: pos, Depth: depth, Marker: marker(list, number), Text: text})
		}
		b.blocks(inner, depth+1)
		number++
	}
}

func isTextual(n ast.Node) bool {
	switch n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return true
	}
	return false
}

func isCheckbox(head ast.Node) bool {
	_, ok := head.FirstChild().(*extast.TaskCheckBox)
	return ok
}

func marker(list *ast.List, number int) string {
	if list.IsOrdered() {
		return fmt.Sprintf("%d.", number)
	}
	return "•"
}

// check reads "challenge → **RESPONSE**" and the blanks in it.
func (b *body) check(head ast.Node, depth int) {
	pos := b.src.pos(blockOffset(head))
	if box := head.FirstChild().(*extast.TaskCheckBox); box.IsChecked {
		b.found.add(pos, "check-ticked")
	}
	if b.note > 0 {
		b.found.add(pos, "check-in-note")
	}
	text := b.inline(head, b.step)
	check := &Check{Number: len(b.step.Checks) + 1, Pos: pos, Challenge: text}
	for _, span := range text {
		if span.Kind == Code {
			b.input(check, span)
		}
	}
	if n := len(text); n >= 2 && text[n-1].Kind == Strong && text[n-2].Kind != Strong {
		if lead, ok := cutArrow(text[n-2].Text); ok {
			check.Response = strings.TrimSpace(text[n-1].Text)
			check.Challenge = append(append(Text{}, text[:n-2]...), Span{Kind: text[n-2].Kind, Text: lead, Link: text[n-2].Link, Pos: text[n-2].Pos})
		}
	}
	b.step.Checks = append(b.step.Checks, check)
	b.add(Block{Kind: CheckBlock, Pos: pos, Depth: depth, Check: check})
}

// cutArrow removes an arrow from the end of a text.
func cutArrow(s string) (string, bool) {
	s = strings.TrimRight(s, " ")
	for _, arrow := range []string{"→", "->"} {
		if lead, ok := strings.CutSuffix(s, arrow); ok {
			return strings.TrimRight(lead, " "), true
		}
	}
	return s, false
}

func (b *body) input(check *Check, span Span) {
	m := inputForm().FindStringSubmatch(strings.TrimSpace(span.Text))
	if m == nil {
		if strings.Contains(span.Text, "=__") {
			b.found.add(span.Pos, "input-form", "text", span.Text)
		}
		return
	}
	if !inputName().MatchString(m[1]) {
		b.found.add(span.Pos, "input-form", "text", span.Text)
		return
	}
	if b.blanks[m[1]] {
		b.found.add(span.Pos, "input-twice", "name", m[1])
		return
	}
	if b.blanks == nil {
		b.blanks = map[string]bool{}
	}
	b.blanks[m[1]] = true
	check.Inputs = append(check.Inputs, Input{m[1], span.Pos})
}

var (
	alertForm = lazily(`^\[!([A-Za-z]+)\]`)
	noteForm  = lazily(`(?i)^(?:(undo|откат)|(stop|стоп)|(?:if stuck|если застряли|если не выходит)(.*)):$`)
)

// quote reads "> **Undo:** …", "> **If stuck 10 min:** …", "> **Stop:** …", "> [!CAUTION]" and other quotations.
func (b *body) quote(n *ast.Blockquote, depth int) {
	inner := &body{reader: b.reader, step: &Step{}, note: b.note + 1}
	inner.step.Checks = b.step.Checks
	inner.blocks(children(n), depth)
	b.step.Links = append(b.step.Links, inner.step.Links...)
	b.step.uses = append(b.step.uses, inner.step.uses...)
	pos := blockPos(b.src, n)
	note := &Note{Kind: PlainNote, Blocks: inner.step.Blocks}
	if len(note.Blocks) > 0 && note.Blocks[0].Kind == Prose {
		b.noteKind(note, pos)
	}
	b.add(Block{Kind: NoteBlock, Pos: pos, Depth: depth, Note: note})
}

func (b *body) noteKind(note *Note, pos Pos) {
	text := note.Blocks[0].Text
	if m := alertForm().FindStringSubmatch(text.String()); m != nil {
		if strings.EqualFold(m[1], "caution") {
			note.Kind = CautionNote
		}
		note.Blocks[0].Text = trimAlert(text)
		return
	}
	if len(text) == 0 || text[0].Kind != Strong {
		return
	}
	m := noteForm().FindStringSubmatch(strings.TrimSpace(text[0].Text))
	switch {
	case m == nil:
	case m[1] != "":
		note.Kind = UndoNote
	case m[2] != "":
		note.Kind = StopNote
	default:
		note.Kind = StuckNote
		after, ok := ParseSpan(m[3])
		if !ok {
			b.found.add(pos, "note-form", "text", text[0].Text)
		}
		note.After = after
	}
}

// trimAlert removes "[!CAUTION]" from the beginning of a note.
func trimAlert(text Text) Text {
	out := append(Text{}, text...)
	for i, span := range out {
		if _, rest, ok := strings.Cut(span.Text, "]"); ok {
			out[i].Text = strings.TrimLeft(rest, " ")
			return out[i:]
		}
	}
	return out
}
