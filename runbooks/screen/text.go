package screen

import (
	"slices"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

// A body is the text that is scrolled.
type body struct {
	rows   []row
	starts []int // of its paragraphs
	focus  int   // the row of what is asked for
	unread int   // the row behind what was ticked last
	talk   int   // the row of what is to be read first of what was said; 0: that stands elsewhere
}

func (b *body) add(rows []row) {
	b.starts = append(b.starts, len(b.rows))
	b.rows = append(b.rows, rows...)
}

// text is as much of the step as fits, from where the person is. What was said stands below it; where that is long it is scrolled
// with the step.
func (m *model) text(height int, spill []said) drawing {
	b, short := m.stepBody(), 0
	var said []row
	for i, l := range slices.Concat(m.frame.said, spill) {
		if i <= len(m.frame.said) {
			short = len(said)
		}
		said = append(said, m.lay(gutterSaid, l.Line, usual)...)
	}
	if len(said) > height/2 {
		if len(b.rows) > 0 {
			b.add([]row{{}})
		}
		b.talk = len(b.rows)
		if len(said) > height && len(spill) > 0 {
			b.talk += short
		}
		b.add(said)
		said = nil
	}
	d := m.part(b, height-len(said))
	d.rows = append(d.rows, said...)
	return d
}

func (m *model) stepBody() body {
	var b body
	marked := false
	for _, l := range m.frame.scene.Step {
		mark := gutter
		if l.Mark == plain.MarkNow && !marked {
			mark, marked, b.focus = gutterNow, true, len(b.rows)
		}
		b.add(m.lay(mark, l, map[bool]look{true: dim}[l.Mark == plain.MarkDone]))
		if l.Mark == plain.MarkDone && !marked {
			b.unread = len(b.rows)
		}
	}
	return b
}

// part is what of a text is on the screen.
func (m *model) part(b body, height int) drawing {
	d := drawing{y: -1, body: height, maximum: max(0, len(b.rows)-height), starts: b.starts}
	d.top = min(max(0, m.topOf(b, height)), d.maximum)
	for at := d.top; at < d.top+height; at++ {
		if at < len(b.rows) {
			d.rows = append(d.rows, b.rows[at])
		} else {
			d.rows = append(d.rows, row{})
		}
	}
	return d
}

// topOf is the first row that is shown: where the person went; else what was said, all of it or from its beginning; else what is
// to be read before the next thing can be done.
func (m *model) topOf(b body, height int) int {
	switch {
	case m.scroll.own && len(b.starts) > 0:
		return b.starts[min(m.scroll.paragraph, len(b.starts)-1)] + m.scroll.within
	case b.talk > 0 && len(b.rows)-b.talk <= height:
		return len(b.rows)
	case b.talk > 0:
		return b.talk
	}
	if m.frame.scene.Prompt == runbooks.PromptCaution {
		return b.focus // nobody may miss it
	}
	return min(b.unread, max(0, b.focus-height/3))
}

// scrollBy goes to another row. It is kept as a paragraph and a row in it, so that a window of another size shows the same.
func (m *model) scrollBy(rows int) {
	d := m.draw()
	top := min(max(0, d.top+rows), d.maximum)
	m.scroll = scroll{own: true}
	for i, start := range d.starts {
		if start <= top {
			m.scroll.paragraph, m.scroll.within = i, top-start
		}
	}
}

// secretPages are the pages of what is revealed. Lines are cut where the screen ends, so that no character is lost or added.
func (m *model) secretPages() [][]row {
	var rows []row
	for _, text := range strings.Split(m.o.LayOut("", m.frame.secret, 1<<20), "\n") {
		for {
			head := cutHard(text, m.columns)
			rows = append(rows, row{text: head})
			if text = text[len(head):]; text == "" {
				break
			}
		}
	}
	height := max(1, m.rows-2)
	var pages [][]row
	for len(rows) > height {
		pages, rows = append(pages, rows[:height]), rows[height:]
	}
	return append(pages, rows)
}

// cutHard is the beginning of a text that fits, at least one character.
func cutHard(text string, width int) string {
	end, used := 0, 0
	for _, c := range characters(text) {
		w := widthOf(c)
		if used += w; used > width && end > 0 {
			break
		}
		end += len(c)
	}
	return text[:end]
}

func (m *model) drawSecret() drawing {
	pages := m.secretPages()
	m.page = min(m.page, len(pages)-1)
	rows := append([]row{}, pages[m.page]...)
	hint := ""
	if m.page+1 < len(pages) {
		hint = "↓ PgDn"
	}
	rows = append(rows, m.rule(hint), row{text: cut(m.o.Clean(m.o.AnyKey), m.columns), look: bold})
	return drawing{rows: rows[:min(len(rows), m.rows)], y: -1}
}
