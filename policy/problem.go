package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"opsvault/policy/strictyaml"
)

// A Code says what kind of problem a [Problem] is. Codes are stable; words for people are made from them elsewhere.
type Code string

// Codes of one document.
const (
	CodeFormat    Code = "format"    // another format, perhaps of a newer opsvault
	CodeMissing   Code = "missing"   // a key or value that is needed
	CodeForbidden Code = "forbidden" // a key that may not stand here
	CodeID        Code = "id"        // an id that is not of the form
	CodeHash      Code = "hash"      // not 64 lower-case hex digits
	CodeText      Code = "text"      // a text that is empty, too long or holds control characters
	CodeRange     Code = "range"     // a number, time or count outside its limits
	CodeWord      Code = "word"      // a word that is not among those that are known here
	CodeTwice     Code = "twice"     // the same thing twice
	CodeMember    Code = "member"    // no such member
	CodeRole      Code = "role"      // no such role
	CodeSafe      Code = "safe"      // no such safe
	CodeDuty      Code = "duty"      // no such duty
	CodeGovern    Code = "govern"    // nobody could govern, or the threshold can't be reached
)

// Codes of a version after its parent ([CheckNext], [History.Check]).
const (
	CodeVersion    Code = "version"    // not the parent's number plus one
	CodeParent     Code = "parent"     // prev does not name the parent
	CodeMerge      Code = "merge"      // several parents: this version of opsvault can't judge that
	CodeDevice     Code = "device"     // a device with another member or another file than before
	CodeGeneration Code = "generation" // a generation changed, reused or out of order
	CodeRenew      Code = "renew"      // a device lost a safe: a new generation, or the mark, is missing
)

// A Problem is one reason why a document can't be used.
type Problem struct {
	Code         Code
	Path         []string // keys and list indexes (from 0) down to the place: safes telephony access agent
	Line, Column int      // from 1, where the document was parsed from a text; else 0
	Subject      string   // the id, word or text at fault
	Near         string   // what was perhaps meant
	Msg          string
	onKey        bool
}

func (p Problem) Error() string {
	where := strings.Join(p.Path, ".")
	if p.Line > 0 {
		where = fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, where)
	}
	return strings.TrimPrefix(where+": "+p.Msg, ": ")
}

// Problems are the reasons why a document can't be used, at least one when they are an error.
type Problems []Problem

func (p Problems) Error() string {
	parts := make([]string, len(p))
	for i, one := range p {
		parts[i] = one.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap returns the problems one by one.
func (p Problems) Unwrap() []error {
	list := make([]error, len(p))
	for i, one := range p {
		list[i] = one
	}
	return list
}

// Has reports whether a problem of a kind is among them.
func (p Problems) Has(code Code) bool {
	for _, one := range p {
		if one.Code == code {
			return true
		}
	}
	return false
}

// locate gives each problem its place in the text, and the problems the order of the text.
func (p Problems) locate(root *strictyaml.Node) {
	for i := range p {
		key, value := root.Find(p[i].Path...)
		if !p[i].onKey && value.Kind == strictyaml.KindScalar && !value.Empty() {
			key = value
		}
		p[i].Line, p[i].Column = key.Line, key.Column
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
}
