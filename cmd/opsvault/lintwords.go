package main

import (
	"fmt"
	"io"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/shell"
)

// A problemInfo is one thing that lint found, in words.
type problemInfo struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Fix      string `json:"fix"`
}

// problemsIn puts what was found in a file into words. What scripts read is in English.
func (c *call) problemsIn(file string, found runbooks.Problems) []problemInfo {
	tr := c.tr
	if c.json {
		tr = text.New(text.English, nil)
	}
	list := make([]problemInfo, len(found))
	for i, p := range found {
		sentence, fix := problemText(tr, p)
		list[i] = problemInfo{file, p.Line, p.Col, p.Code, p.Severity.String(), sentence, fix}
	}
	return list
}

func problemText(tr *text.Translator, p runbooks.Problem) (sentence, fix string) {
	args := make([]any, 0, 2*len(p.Args))
	for name, value := range p.Args {
		args = append(args, name, value)
	}
	key := text.Key("lint." + p.Code)
	if p.Args["near"] != "" {
		return tr.Text(key, args...), tr.Text("lint.near", args...)
	}
	return tr.Text(key, args...), tr.Text(key+".fix", args...)
}

// printProblems writes a finding in two lines: file:line:col with what is wrong, and what to do about it.
func (c *call) printProblems(w io.Writer, style term.Style, list []problemInfo) {
	for _, p := range list {
		label := c.text("label.warning")
		if p.Severity == runbooks.Error.String() {
			label = style.Bold(c.text("label.error"))
		}
		fmt.Fprintf(w, "%s:%d:%d: %s: %s [%s]\n    %s\n", term.Clean(p.File), p.Line, p.Col, label, p.Text, p.Code, p.Fix)
	}
}

// soundBook parses a text that is to be published, approved or run. Where it has errors of its own it is refused with
// code 14, after they have been told; what the vault has to say about it is not looked at here.
func (c *call) soundBook(name string, data []byte) (*runbooks.Runbook, error) {
	report := runbooks.Lint(data, runbooks.Options{Commands: shell.Rules{}})
	if report.OK() {
		return report.Runbook, nil
	}
	return nil, c.refuse(name, report.Problems)
}

// refuse tells the errors of a text and makes the error about it.
func (c *call) refuse(name string, found runbooks.Problems) error {
	errors := onlyErrors(found)
	if !c.json {
		c.printProblems(c.Err, c.style(c.ErrEscapes), c.problemsIn(name, errors))
	}
	return fail(codeFindings, "runbook.unsound", "name", name, "n", len(errors)).withHint("runbook.unsound-hint", "name", name)
}

func onlyErrors(found runbooks.Problems) runbooks.Problems {
	var list runbooks.Problems
	for _, p := range found {
		if p.Severity == runbooks.Error {
			list = append(list, p)
		}
	}
	return list
}
