package runbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells how bad a [Problem] is.
type Severity int

// The severities. A runbook with an error is not published and not run.
const (
	Warning Severity = iota + 1
	Error
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText writes "warning" or "error".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Pos is a place in a runbook's text. Both count from 1; Col counts characters. The zero Pos is no place.
type Pos struct {
	Line int `json:"line"`
	Col  int `json:"col"`
}

// A Problem is one thing that is wrong at one place.
type Problem struct {
	Code     string            `json:"code"` // stable; one of [Codes]
	Severity Severity          `json:"severity"`
	Pos                        // where
	Args     map[string]string `json:"args,omitempty"` // what the sentence about it needs, by name
}

func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: %s: %s", p.Line, p.Col, p.Severity, p.Code)
	names := make([]string, 0, len(p.Args))
	for name := range p.Args {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " %s=%q", name, p.Args[name])
	}
	return b.String()
}

// Problems are what was found in one text, sorted by place. As an error they mean that the text can't be used.
type Problems []Problem

func (l Problems) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.String()
	}
	return strings.Join(lines, "; ")
}

// Errors counts those that are not warnings.
func (l Problems) Errors() int {
	n := 0
	for _, p := range l {
		if p.Severity == Error {
			n++
		}
	}
	return n
}

func (l Problems) sort() {
	slices.SortStableFunc(l, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Code, b.Code))
	})
}

// maxProblems is where collecting stops: nobody reads more at once.
const maxProblems = 200

// A findings list collects problems up to maxProblems and says so when there are more.
type findings struct{ list Problems }

// add notes a problem; args are pairs of a name and a value.
func (f *findings) add(pos Pos, code string, args ...string) {
	if len(f.list) >= maxProblems {
		return
	}
	if len(f.list) == maxProblems-1 {
		code, args = "too-many-problems", nil
	}
	p := Problem{Code: code, Severity: severityOf(code), Pos: pos}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = make(map[string]string, len(args)/2)
		}
		p.Args[args[i]] = args[i+1]
	}
	f.list = append(f.list, p)
}
