package screen

import (
	"strings"

	"opsvault/runbooks/plain"
)

// text is the step with what was said below it: as many rows as there are, from where the person is.
func (m *model) text(height int, spill []said) drawing {
	var rows []row
	focus := 0
	marked := false
	for _, l := range m.frame.scene.Step {
		mark := gutter
		if l.Mark == plain.MarkNow && !marked {
			mark, marked, focus = gutterNow, true, len(rows)
		}
		rows = append(rows, m.lay(mark, l, map[bool]look{true: dim}[l.Mark == plain.MarkDone])...)
	}
	if more := append(append([]said{}, m.frame.said...), spill...); len(more) > 0 {
		if len(rows) > 0 {
			rows = append(rows, row{})
		}
		focus = len(rows)
		for _, l := range more {
			rows = append(rows, m.lay(gutterSaid, l.Line, usual)...)
		}
		focus = min(focus, max(0, len(rows)-1))
	}
	d := drawing{y: -1, body: height, maximum: max(0, len(rows)-height)}
	d.top = m.topFor(focus, len(rows), height, len(m.frame.said)+len(spill) > 0)
	for i := range height {
		r := row{}
		if at := d.top + i; at < len(rows) {
			r = rows[at]
		}
		d.rows = append(d.rows, r)
	}
	return d
}

// topFor is the first row that is shown: where the person went, else so that what was said fits, or what is asked for stands in
// the upper half.
func (m *model) topFor(focus, rows, height int, talks bool) int {
	maximum := max(0, rows-height)
	switch {
	case m.scroll.own:
		return min(max(0, m.scroll.top), maximum)
	case talks && rows-focus <= height:
		return maximum
	case talks:
		return min(focus, maximum)
	}
	return min(max(0, focus-height/3), maximum)
}

func (m *model) scrollBy(rows int) {
	d := m.draw()
	m.scroll = scroll{own: true, top: min(max(0, d.top+rows), d.maximum)}
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
