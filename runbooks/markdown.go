package runbooks

import (
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newMarkdown is CommonMark with checkboxes and without reference definitions ([name]: target): with goldmark 1.8 a text
// that is full of them takes the square of its length.
func newMarkdown(inline bool) parser.Parser {
	options := []parser.Option{parser.WithBlockParsers(parser.DefaultBlockParsers()...)}
	if inline {
		checkbox := util.Prioritized(checkboxes{}, 0)
		options = append(options, parser.WithInlineParsers(append(parser.DefaultInlineParsers(), checkbox)...))
	}
	return parser.NewParser(options...)
}

// document parses a text in two passes: the first finds the blocks alone, which is cheap, so that what would make the
// second expensive is refused before it.
func document(src *source, found *findings) ast.Node {
	blocks := newMarkdown(false).Parse(text.NewReader(src.text))
	if !checkBlocks(src, blocks, found) {
		return nil
	}
	return newMarkdown(true).Parse(text.NewReader(src.text))
}

func checkBlocks(src *source, root ast.Node, found *findings) bool {
	depth, steps, ok := 0, 0, true
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		_, quote := n.(*ast.Blockquote)
		_, list := n.(*ast.List)
		if quote || list {
			depth += map[bool]int{true: 1, false: -1}[entering]
		}
		if !entering || n.Type() != ast.TypeBlock {
			return ast.WalkContinue, nil
		}
		if h, isHeading := n.(*ast.Heading); isHeading && h.Level == 3 {
			steps++
		}
		switch {
		case depth > maxNesting:
			found.add(blockPos(src, n), "too-deep", "limit", fmt.Sprint(maxNesting))
		case steps > MaxSteps:
			found.add(blockPos(src, n), "too-many-steps", "limit", fmt.Sprint(MaxSteps))
		case !n.IsRaw() && size(n) > maxParagraph:
			found.add(blockPos(src, n), "paragraph-too-long", "limit", fmt.Sprint(maxParagraph))
		case !n.IsRaw() && marks(raw(src, n)) > maxMarks:
			found.add(blockPos(src, n), "paragraph-too-dense", "limit", fmt.Sprint(maxMarks))
		default:
			return ast.WalkContinue, nil
		}
		ok = false
		return ast.WalkStop, nil
	})
	return ok
}

// size is the number of bytes of a block's own lines.
func size(n ast.Node) int {
	lines := n.Lines()
	if lines == nil || lines.Len() == 0 {
		return 0
	}
	return lines.At(lines.Len()-1).Stop - lines.At(0).Start
}

// marks counts what Markdown has to pair: opening brackets, and runs of stars or underscores.
func marks(text string) int {
	n, last := 0, byte(0)
	for i := range len(text) {
		c := text[i]
		if c == '[' || (c == '*' || c == '_') && c != last {
			n++
		}
		last = c
	}
	return n
}

// blockPos is where a block begins.
func blockPos(src *source, n ast.Node) Pos { return src.pos(blockOffset(n)) }

func blockOffset(n ast.Node) int {
	for ; n != nil; n = n.FirstChild() {
		if at := n.Pos(); at >= 0 {
			return at
		}
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start
		}
	}
	return 0
}

// raw is the text of a block's lines as it stands, for headings and for the meta line.
func raw(src *source, n ast.Node) string {
	lines := n.Lines()
	if lines == nil || lines.Len() == 0 {
		return ""
	}
	return string(src.text[lines.At(0).Start:lines.At(lines.Len()-1).Stop])
}
