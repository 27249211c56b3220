package screen

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/clipperhouse/displaywidth"

	"opsvault/runbooks/plain"
)

// widest is the longest line of text that is easy to read.
const widest = 100

// The gutter before what is asked for now, and before what was said.
const (
	gutter     = "  "
	gutterNow  = "► "
	gutterSaid = "│ "
)

// A scroll is where in the step the person is: by itself at what is asked for, or where they went.
type scroll struct {
	own       bool
	paragraph int // that is on top
	within    int // how many of its rows are above
}

// A row is a line of the screen; tail stands behind its text and has no look.
type row struct {
	text string
	look look
	tail string
}

type look int

const (
	usual look = iota
	bold
	dim
)

// A drawing is the screen with its parts told apart.
type drawing struct {
	rows    []row
	x, y    int // of the cursor; y < 0: none
	body    int // how many rows the text has on the screen
	top     int
	maximum int   // of top
	starts  []int // rows of the text at which its paragraphs begin
}

// View draws the screen.
func (m *model) View() tea.View {
	d := m.draw()
	lines := make([]string, len(d.rows))
	for i, r := range d.rows {
		lines[i] = m.styled(r)
	}
	v := tea.NewView(strings.Join(lines, "\n"))
	v.AltScreen = true
	if d.y >= 0 {
		v.Cursor = tea.NewCursor(d.x, d.y)
		v.Cursor.Blink = false
	}
	return v
}

func (m *model) styled(r row) string {
	if m.o.Unstyled || r.look == usual || r.text == "" {
		return r.text + r.tail
	}
	return map[look]string{bold: "\x1b[1m", dim: "\x1b[2m"}[r.look] + r.text + "\x1b[0m" + r.tail
}

// draw puts the parts below one another: head, text, what is asked for, what waits, keys. The text gets what is left.
func (m *model) draw() drawing {
	switch {
	case m.blank || m.columns < 2 || m.rows < 1:
		return drawing{y: -1}
	case m.frame.secret != "":
		return m.drawSecret()
	}
	head, foot := m.head(), append(m.waits(), m.keys()...)
	room := m.rows - len(head) - len(foot) - 2
	ask, x, y, spill := m.ask(max(1, room-min(minBody, m.rows/8)))
	body := max(0, room-len(ask))
	d := m.text(body, spill)
	upper, lower := "", ""
	if d.top > 0 {
		upper = fmt.Sprintf("↑ %d  PgUp", d.top)
	}
	if d.top < d.maximum {
		lower = fmt.Sprintf("↓ %d  PgDn", d.maximum-d.top)
	}
	rows := append(head, m.rule(upper))
	rows = append(append(rows, d.rows...), m.rule(lower))
	d.x, d.y = x, y
	if y >= 0 {
		d.y += len(rows)
	}
	rows = append(append(rows, ask...), foot...)
	if over := len(rows) - m.rows; over > 0 { // a terminal that has become tiny keeps what is asked
		rows, d.y = rows[over:], max(d.y-over, -1)
	}
	for i := range rows {
		rows[i].text = cut(rows[i].text, m.columns)
		rows[i].tail = cut(rows[i].tail, m.columns-displaywidth.String(rows[i].text))
	}
	d.rows, d.x = rows, min(d.x, m.columns-1)
	return d
}

// minBody is how many rows the text keeps beside a long question.
const minBody = 4

// rule is a line across the screen, with a hint at its end.
func (m *model) rule(hint string) row {
	if hint != "" {
		hint = " " + hint + " ─"
	}
	return row{text: strings.Repeat("─", max(0, m.columns-displaywidth.String(hint))) + cut(hint, m.columns), look: dim}
}

func cut(s string, width int) string {
	switch {
	case displaywidth.String(s) <= width:
		return s
	case width < 1:
		return ""
	}
	return displaywidth.TruncateString(s, width, "…")
}

// width is that of a text.
func (m *model) width() int { return max(2, min(m.columns-1, widest)) }

// lay lays a line out behind a gutter; only its first line has the gutter, the others are as far in.
func (m *model) lay(mark string, l plain.Line, look look) []row {
	var rows []row
	for i, text := range strings.Split(m.o.LayOut(l.Lead, l.Text, max(2, m.width()-len(gutter))), "\n") {
		if i > 0 && mark == gutterNow {
			mark = gutter
		}
		rows = append(rows, row{text: cut(strings.TrimRight(mark+text, " "), m.columns), look: look})
	}
	return rows
}

// head is the runbook, the step and the clock.
func (m *model) head() []row {
	a := m.frame.around
	var rows []row
	if a.Drill != "" {
		rows = append(rows, m.plainly("*** ", a.Drill, bold, 2)...)
	}
	title, clock := m.o.Clean(a.Title), m.o.Clean(a.Clock)
	if a.Where == "" {
		return append(rows, m.beside(title, clock, bold)...)
	}
	rows = append(rows, m.beside(title, clock, usual)...)
	return append(rows, m.plainly("", a.Where, bold, 2)...)
}

// beside puts a text to the left and one to the right, below one another where they don't fit.
func (m *model) beside(left, right string, look look) []row {
	space := m.columns - displaywidth.String(left) - displaywidth.String(right)
	if left != "" && right != "" && space >= 2 {
		return []row{{text: left + strings.Repeat(" ", space) + right, look: look}}
	}
	var rows []row
	if left != "" {
		rows = append(rows, row{text: cut(left, m.columns), look: look})
	}
	if right != "" {
		rows = append(rows, m.plainly("", right, usual, max(1, min(2, m.rows/11)))...)
	}
	return rows
}

// plainly lays a text out in some rows at most.
func (m *model) plainly(lead, text string, look look, most int) []row {
	var rows []row
	for _, line := range strings.Split(m.o.LayOut(lead, text, m.columns), "\n") {
		rows = append(rows, row{text: cut(line, m.columns), look: look})
	}
	if len(rows) > most {
		rows = rows[:most]
		rows[most-1].text = cut(rows[most-1].text+" …", m.columns)
	}
	return rows
}

// ask is the one next thing: what it is about, the question and what was typed. What has no room for it spills into the text.
func (m *model) ask(room int) (rows []row, x, y int, spill []said) {
	f := m.frame
	marked := false
	for _, l := range f.context {
		mark := gutter
		if n := numberOf(l.Line); len(rows) == 0 && n == "" || n != "" && m.option > 0 && n == m.options()[m.option-1] {
			mark, marked = gutterNow, true
		}
		rows = append(rows, m.lay(mark, l.Line, usual)...)
	}
	label := m.label(!marked)
	if len(rows)+len(label) > room {
		label = m.label(true)
		rows, spill = nil, f.context
	}
	rows = append(rows, label...)
	if !f.asks || m.answered == f.number {
		return rows, 0, -1, spill
	}
	x = displaywidth.String(rows[len(rows)-1].text) + 1
	if m.columns-x < m.wanted() && len(rows) < room {
		rows, x = append(rows, row{}), len(gutter)
	}
	last := &rows[len(rows)-1]
	shown, cursor := m.line.window(m.columns - x - 1)
	last.tail = strings.Repeat(" ", max(0, x-displaywidth.String(last.text))) + shown
	return rows, min(x+cursor, m.columns-1), len(rows) - 1, spill
}

// wanted is the room that an answer should have beside the question.
func (m *model) wanted() int {
	if m.frame.quick() {
		return 4
	}
	return 24
}

// label is the question; it has the mark where nothing above it has.
func (m *model) label(alone bool) []row {
	mark := map[bool]string{true: gutterNow, false: gutter}[alone]
	if m.frame.label == "" {
		return []row{{text: mark + "…", look: dim}}
	}
	return m.plainly(mark, m.frame.label, bold, 3)
}

// waits is what waits beside it, the most urgent first.
func (m *model) waits() []row {
	list := m.frame.around.Waits
	if len(list) == 0 {
		return nil
	}
	most := 3
	if m.rows < 24 {
		most = 2
	}
	rows := []row{m.rule("")}
	for i, w := range list {
		if i == most {
			rows[0] = m.rule("+" + strconv.Itoa(len(list)-most) + "  i")
			break
		}
		look := usual
		if w.Now {
			look = bold
		}
		rows = append(rows, row{text: cut(m.o.Clean(w.Text), m.columns), look: look})
	}
	return rows
}

// keys are those that are offered. A question behind a key takes none, and where a text is asked for they want Enter.
func (m *model) keys() []row {
	rows := []row{m.rule("")}
	line := ""
	if m.frame.asks && m.frame.first && !m.frame.quick() {
		line = m.o.WithEnter
	}
	for i, part := range m.frame.scene.Legend {
		part = m.o.Clean(part)
		longer := line + " · " + part
		if i == 0 {
			longer = strings.TrimSpace(line + " " + part)
		}
		if line != "" && displaywidth.String(longer) > m.columns {
			rows, longer = append(rows, row{text: line, look: dim}), part
		}
		line = longer
	}
	if line != "" {
		rows = append(rows, row{text: line, look: dim})
	}
	if m.frame.asks && !m.frame.first {
		clear(rows[1:])
	}
	return rows
}
