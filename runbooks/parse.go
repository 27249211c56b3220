package runbooks

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Parse reads a runbook of at most [MaxSize] bytes. The runbook is nil where the text can't be parsed at all; otherwise
// it holds what could be understood, and the problems, sorted by place, say what could not. Byte order mark and CRLF are
// accepted; the places are those of an editor.
func Parse(data []byte) (*Runbook, Problems) {
	found := &findings{}
	book := parse(data, found)
	found.list.sort()
	return book, found.list
}

func parse(data []byte, found *findings) *Runbook {
	src := scan(data, found)
	if src == nil {
		return nil
	}
	sum := sha256.Sum256(data)
	book := &Runbook{Digest: hex.EncodeToString(sum[:])}
	if front, ok := cutFront(src, found); ok {
		book.Meta = readFront(front, found)
	}
	root := document(src, found)
	if root == nil {
		return nil
	}
	r := &reader{src: src, book: book, found: found, ids: map[string]Pos{}}
	for n := root.FirstChild(); n != nil; {
		n = r.section(n)
	}
	r.finish()
	return book
}

// A reader builds a Runbook of a document's blocks.
type reader struct {
	src   *source
	book  *Runbook
	found *findings
	phase *Phase
	title bool
	ids   map[string]Pos
}

// section takes one heading with what follows it up to the next, and returns that next one.
func (r *reader) section(n ast.Node) ast.Node {
	heading, _ := n.(*ast.Heading)
	first := n
	if heading != nil && heading.Level <= 3 {
		first = n.NextSibling()
	}
	var nodes []ast.Node
	next := first
	for ; next != nil && !isSection(next); next = next.NextSibling() {
		nodes = append(nodes, next)
	}
	switch {
	case heading == nil || heading.Level > 3:
		r.intro(nodes)
	case heading.Level == 1:
		r.readTitle(heading)
		r.intro(nodes)
	case heading.Level == 2:
		r.readPhase(heading)
		r.intro(nodes)
	default:
		r.readStep(heading, nodes)
	}
	return next
}

func isSection(n ast.Node) bool {
	h, ok := n.(*ast.Heading)
	return ok && h.Level <= 3
}

func (r *reader) readTitle(h *ast.Heading) {
	if r.title || r.phase != nil {
		r.found.add(blockPos(r.src, h), "title-twice")
		return
	}
	r.title = true
	r.book.Title = r.plain(h, strings.TrimSpace(headingID().ReplaceAllString(raw(r.src, h), "")))
}

func (r *reader) readPhase(h *ast.Heading) {
	title, id := r.heading(h)
	r.phase = &Phase{ID: id, Title: title, Pos: blockPos(r.src, h)}
	r.book.Phases = append(r.book.Phases, r.phase)
}

// heading splits "Title {#id}" and claims the id.
func (r *reader) heading(h *ast.Heading) (title, id string) {
	text := raw(r.src, h)
	pos := blockPos(r.src, h)
	m := headingID().FindStringSubmatchIndex(text)
	if m == nil {
		r.found.add(pos, "id-missing", "title", text)
		return r.plain(h, text), ""
	}
	title, id = text[:m[0]], text[m[2]:m[3]]
	where := r.src.pos(h.Lines().At(0).Start + m[2] - 1)
	first, taken := r.ids[id]
	switch {
	case !idForm().MatchString(id):
		r.found.add(where, "id-form", "id", id)
	case taken:
		r.found.add(where, "id-duplicate", "id", id, "line", strconv.Itoa(first.Line))
	case id == endID || id == abortID || id == startID || id == rollbackID && h.Level != 2:
		r.found.add(where, "id-reserved", "id", id)
	default:
		r.ids[id] = where
	}
	return r.plain(h, title), id
}

// plain is a heading's text without the marks of Markdown.
func (r *reader) plain(h *ast.Heading, fallback string) string {
	text := headingID().ReplaceAllString(r.inline(h, nil).String(), "")
	if text = strings.TrimSpace(text); text == "" {
		return strings.TrimSpace(fallback)
	}
	return text
}

func (r *reader) readStep(h *ast.Heading, nodes []ast.Node) {
	title, id := r.heading(h)
	step := &Step{ID: id, Title: title, Pos: blockPos(r.src, h), Phase: r.phase}
	if m := stepTitle().FindStringSubmatch(title); m != nil {
		step.Number, _ = strconv.Atoi(m[1])
		step.Title = m[2]
	} else {
		r.found.add(step.Pos, "step-form", "title", title)
	}
	if r.phase == nil {
		r.found.add(step.Pos, "step-outside", "title", title)
		r.phase = &Phase{Pos: step.Pos}
		r.book.Phases = append(r.book.Phases, r.phase)
		step.Phase = r.phase
	}
	r.phase.Steps = append(r.phase.Steps, step)
	b := &body{reader: r, step: step}
	b.read(nodes)
}

// intro keeps prose that stands before the first step of a phase. What asks for something belongs to a step.
func (r *reader) intro(nodes []ast.Node) {
	b := &body{reader: r, step: &Step{}}
	b.blocks(nodes, 0)
	for _, block := range b.step.Blocks {
		fence := block.Fence != nil && block.Fence.Kind != ShownFence
		caution := block.Note != nil && block.Note.Kind == CautionNote
		if block.Check != nil || fence || caution {
			r.found.add(block.Pos, "outside-step")
		}
	}
	for _, link := range b.step.Links {
		if link.Target.Scheme != SchemeWeb {
			r.found.add(link.Pos, "outside-step")
		}
	}
	if r.phase != nil {
		r.phase.Intro = append(r.phase.Intro, b.step.Blocks...)
		return
	}
	r.book.Intro = append(r.book.Intro, b.step.Blocks...)
}

// finish looks at the whole.
func (r *reader) finish() {
	if !r.title {
		r.found.add(Pos{1, 1}, "title-missing")
	}
	r.book.connect()
	number, normal := 0, 0
	for _, phase := range r.book.Phases {
		if len(phase.Steps) == 0 {
			r.found.add(phase.Pos, "phase-empty", "title", phase.Title)
		}
		for _, step := range phase.Steps {
			number++
			if step.Number != 0 && step.Number != number {
				r.found.add(step.Pos, "step-number", "number", strconv.Itoa(step.Number), "want", strconv.Itoa(number))
			}
			if !phase.Rollback() {
				normal++
			}
		}
	}
	switch {
	case len(r.book.Phases) == 0:
		r.found.add(Pos{1, 1}, "phase-missing")
	case normal == 0:
		r.found.add(r.book.Phases[0].Pos, "phase-rollback")
	}
}
