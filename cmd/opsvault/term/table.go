package term

import (
	"bufio"
	"io"
)

const (
	gap       = 2 // spaces between columns
	minColumn = 6 // no column is cut narrower than this
)

// A Table is rows of aligned columns. Cells are cleaned; a row may have fewer cells than the header.
type Table struct {
	Header []string // may be empty: no header line
	Rows   [][]string
	Width  int // of the terminal; 0: as wide as it gets, nothing is cut
	Style  Style
}

// Write writes the table. Where it is wider than Width, its widest columns are cut, with … at the cut.
func (t Table) Write(w io.Writer) error {
	rows := make([][]string, 0, len(t.Rows)+1)
	if len(t.Header) > 0 {
		rows = append(rows, t.Header)
	}
	rows = append(rows, t.Rows...)
	widths := t.measure(rows)
	fit(widths, t.Width)
	out := bufio.NewWriter(w)
	for i, row := range rows {
		style := Style{}
		if i == 0 && len(t.Header) > 0 {
			style = t.Style
		}
		writeRow(out, row, widths, style)
	}
	return out.Flush()
}

func (t Table) measure(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(Clean(cell)))
		}
	}
	return widths
}

// fit takes columns away from the widest column until all fit into width.
func fit(widths []int, width int) {
	if width <= 0 || len(widths) == 0 {
		return
	}
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= minColumn {
			return
		}
		widths[widest]--
		total--
	}
}

func writeRow(out *bufio.Writer, row []string, widths []int, style Style) {
	last := len(row) - 1
	for last >= 0 && row[last] == "" {
		last--
	}
	for i := 0; i <= last; i++ {
		cell := Clean(row[i])
		if Width(cell) > widths[i] {
			cell = Truncate(cell, widths[i])
		}
		if i < last {
			cell = Pad(cell, widths[i]+gap)
		}
		out.WriteString(style.Bold(cell))
	}
	out.WriteByte('\n')
}
