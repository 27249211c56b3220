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

// A cell is a cleaned text with its width.
type cell struct {
	text  string
	width int
}

// Write writes the table. Where it is wider than Width, its widest columns are cut, with … at the cut.
func (t Table) Write(w io.Writer) error {
	rows := make([][]cell, 0, len(t.Rows)+1)
	if len(t.Header) > 0 {
		rows = append(rows, cells(t.Header))
	}
	for _, row := range t.Rows {
		rows = append(rows, cells(row))
	}
	widths := measure(rows)
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

// cells cleans a row and leaves out the empty cells at its end.
func cells(row []string) []cell {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	list := make([]cell, len(row))
	for i, s := range row {
		s = Clean(s)
		list[i] = cell{s, Width(s)}
	}
	return list
}

func measure(rows [][]cell) []int {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], c.width)
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

func writeRow(out *bufio.Writer, row []cell, widths []int, style Style) {
	for i, c := range row {
		if c.width > widths[i] {
			c.text = Truncate(c.text, widths[i])
			c.width = Width(c.text)
		}
		out.WriteString(style.Bold(c.text))
		if i < len(row)-1 {
			for range widths[i] + gap - c.width {
				out.WriteByte(' ')
			}
		}
	}
	out.WriteByte('\n')
}
