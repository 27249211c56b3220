package term

import (
	"bufio"
	"io"
	"slices"
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
	Whole  []int // columns that are cut only where the others have no more to give
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
	fit(widths, t.Width, t.Whole)
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

// fit takes columns away from the widest column until all fit into width. Those of whole come last.
func fit(widths []int, width int, whole []int) {
	if width <= 0 || len(widths) == 0 {
		return
	}
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := widestOf(widths, whole)
		if widest < 0 {
			widest = widestOf(widths, nil)
		}
		if widest < 0 {
			return
		}
		widths[widest]--
		total--
	}
}

// widestOf is the widest column that can be cut and isn't one of whole; -1 if there is none.
func widestOf(widths, whole []int) int {
	widest, most := -1, minColumn
	for i, w := range widths {
		if w > most && !slices.Contains(whole, i) {
			widest, most = i, w
		}
	}
	return widest
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
