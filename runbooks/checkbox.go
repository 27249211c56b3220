package runbooks

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// checkboxes finds `[ ]`, `[x]` and `[X]` at the beginning of a list item, as GitHub's task lists have them (GFM 5.3). goldmark
// brings a parser for them too; the package that holds it does half a millisecond of work at the start of every command.
type checkboxes struct{}

func (checkboxes) Trigger() []byte { return []byte{'['} }

func (checkboxes) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	item, ok := parent.Parent().(*ast.ListItem)
	if !ok || item.FirstChild() != parent || parent.HasChildren() {
		return nil
	}
	line, _ := block.PeekLine()
	if len(line) < 4 || line[2] != ']' || !isBlank(line[3]) {
		return nil
	}
	checked := line[1] == 'x' || line[1] == 'X'
	if !checked && !isBlank(line[1]) {
		return nil
	}
	end := 3
	for end < len(line) && isBlank(line[end]) {
		end++
	}
	block.Advance(end)
	return extast.NewTaskCheckBox(checked)
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
