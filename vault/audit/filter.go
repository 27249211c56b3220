package audit

import (
	"strings"
	"time"

	"opsvault/vault/chain"
)

// A Filter chooses events. What is empty chooses everything.
type Filter struct {
	Member string // who did it, or for whom it was done
	Device string
	Op     string // an op, or its first part: "secret", "secret.reveal"
	Path   string // of an entry, in any case; with a slash at the end: everything below
	Entry  string // an entry's id
	Safe   string // a safe's id: everything about its entries
	Run    string
	Grant  string
	Result string
	Since  time.Time // the earliest time
	Until  time.Time // the first time that is too late
}

// MatchLine reports whether a line may be chosen, by what it says in clear:
// what it says no to need not be opened.
func (f *Filter) MatchLine(l *chain.Line) bool {
	return (f.Member == "" || l.Actor == f.Member || l.For == f.Member) &&
		(f.Device == "" || l.Device == f.Device) &&
		(f.Op == "" || within(l.Op, f.Op, ".")) &&
		(f.Entry == "" || entryOf(l.Op, l.Object) == f.Entry) &&
		(f.Run == "" || l.Run == f.Run) &&
		(f.Grant == "" || l.Grant == f.Grant) &&
		(f.Result == "" || string(l.Result) == f.Result) &&
		(f.Since.IsZero() || !l.Time.Before(f.Since)) &&
		(f.Until.IsZero() || l.Time.Before(f.Until))
}

// Match reports whether the event of a line that MatchLine chose is chosen, by
// what had to be opened or looked up.
func (f *Filter) Match(e *Event) bool {
	return (f.Safe == "" || within(e.Path, f.Safe, "/")) && f.matchPath(e.Path)
}

func (f *Filter) matchPath(path string) bool {
	if below, ok := strings.CutSuffix(f.Path, "/"); ok {
		return len(path) > len(below) && strings.EqualFold(path[:len(f.Path)], f.Path)
	}
	return f.Path == "" || strings.EqualFold(path, f.Path)
}

// within reports whether name is top, or lies below it.
func within(name, top, separator string) bool {
	rest, ok := strings.CutPrefix(name, top)
	return ok && (rest == "" || strings.HasPrefix(rest, separator))
}
