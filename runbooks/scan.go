package runbooks

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"
)

// Limits of a runbook's text. The language itself needs none of them; they bound what a hostile text can cost.
const (
	MaxSize      = 1 << 20 // of the text, in bytes (docs/format.md)
	MaxSteps     = 1000
	maxLine      = 8 << 10 // of a line, in bytes
	maxParagraph = 8 << 10 // of a paragraph, in bytes
	maxMarks     = 300     // of a paragraph: brackets, and runs of stars or underscores; pairing them takes the square
	maxLead      = 200     // of the spaces and markers that begin a line: each can open a list or a quotation
	maxNesting   = 8       // of lists and quotations
	maxFront     = 64 << 10
)

// A source is a text that has passed the scan, with its lines: LF line ends, no byte order mark.
type source struct {
	text  []byte
	lines []int // offset of the beginning of each line
}

// pos is the place of an offset; an offset out of range gives the nearest end.
func (s *source) pos(offset int) Pos {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.lines, offset+1) - 1
	return Pos{line + 1, utf8.RuneCount(s.text[s.lines[line]:offset]) + 1}
}

// scan normalises line ends and the byte order mark and refuses what no parser needs to see. It returns nil where the
// text can't be parsed at all.
func scan(data []byte, found *findings) *source {
	if len(data) > MaxSize {
		found.add(Pos{1, 1}, "too-large", "size", fmt.Sprint(len(data)), "limit", fmt.Sprint(MaxSize))
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	src := &source{text: data, lines: []int{0}}
	for i, b := range data {
		if b == '\n' {
			src.lines = append(src.lines, i+1)
		}
	}
	if !utf8.Valid(data) {
		at := 0
		for r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(data[at:]) {
			at += size
		}
		found.add(src.pos(at), "not-utf8")
		return nil
	}
	if r, at, bad := unsafeRune(string(data)); bad {
		found.add(src.pos(at), "control-char", "char", fmt.Sprintf("U+%04X", r))
		return nil
	}
	if !src.checkLines(found) {
		return nil
	}
	return src
}

func (s *source) checkLines(found *findings) bool {
	for i, start := range s.lines {
		end := len(s.text)
		if i+1 < len(s.lines) {
			end = s.lines[i+1] - 1
		}
		line := s.text[start:end]
		if len(line) > maxLine {
			found.add(Pos{i + 1, 1}, "line-too-long", "limit", fmt.Sprint(maxLine))
			return false
		}
		if lead := bytes.IndexFunc(line, func(r rune) bool { return !isLead(r) }); lead > maxLead || lead < 0 && len(line) > maxLead {
			found.add(Pos{i + 1, 1}, "too-deep", "limit", fmt.Sprint(maxNesting))
			return false
		}
	}
	return true
}

func isLead(r rune) bool {
	switch r {
	case ' ', '\t', '>', '-', '+', '*', '.', ')':
		return true
	}
	return r >= '0' && r <= '9'
}
