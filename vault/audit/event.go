package audit

import (
	"slices"
	"strings"
	"time"

	"opsvault/vault/chain"
)

// An Event is one line of a log with its details.
type Event struct {
	Seq     uint64
	Time    time.Time
	Member  string
	For     string
	Device  string
	Op      string
	Object  string
	Policy  uint64
	Result  chain.Result
	Grant   string
	Run     string
	Path    string   // of the entry; empty where it isn't known to the reader
	Fields  []string // names of the fields that were opened
	Reason  string
	Ticket  string
	Details map[string]any // all of them; nil where the reader can't open them
}

// FromLine makes an event of a line. details may be nil.
func FromLine(l chain.Line, details map[string]any) Event {
	e := Event{
		Seq: l.Seq, Time: l.Time, Member: l.Actor, For: l.For, Device: l.Device, Op: l.Op, Object: l.Object,
		Policy: l.Policy, Result: l.Result, Grant: l.Grant, Run: l.Run, Details: details,
	}
	e.Path, _ = details["path"].(string)
	e.Reason, _ = details["reason"].(string)
	e.Ticket, _ = details["ticket"].(string)
	if list, ok := details["fields"].([]any); ok {
		for _, f := range list {
			if name, ok := f.(string); ok {
				e.Fields = append(e.Fields, name)
			}
		}
	}
	return e
}

// Entry returns the id of the entry that an event is about, or "".
func (e *Event) Entry() string {
	id, _, found := strings.Cut(e.Object, "@")
	if !found || !strings.HasPrefix(e.Op, "secret.") && !strings.HasPrefix(e.Op, "entry.") {
		return ""
	}
	return id
}

// A Filter chooses events. What is empty chooses everything.
type Filter struct {
	Member string
	Device string
	Op     string // an op, or its first part: "secret", "secret.reveal"
	Path   string // an entry's path; with a slash at the end: everything below
	Run    string
	Grant  string
	Result string
	Since  time.Time // the earliest time
	Until  time.Time // the first time that is too late
}

// Match reports whether an event is chosen.
func (f *Filter) Match(e *Event) bool {
	return f.matchLine(e) && f.matchPath(e)
}

func (f *Filter) matchLine(e *Event) bool {
	return (f.Member == "" || e.Member == f.Member || e.For == f.Member) &&
		(f.Device == "" || e.Device == f.Device) &&
		(f.Op == "" || e.Op == f.Op || strings.HasPrefix(e.Op, f.Op+".")) &&
		(f.Run == "" || e.Run == f.Run) &&
		(f.Grant == "" || e.Grant == f.Grant) &&
		(f.Result == "" || string(e.Result) == f.Result) &&
		(f.Since.IsZero() || !e.Time.Before(f.Since)) &&
		(f.Until.IsZero() || e.Time.Before(f.Until))
}

func (f *Filter) matchPath(e *Event) bool {
	if f.Path == "" {
		return true
	}
	if strings.HasSuffix(f.Path, "/") {
		return strings.HasPrefix(e.Path, f.Path)
	}
	return strings.EqualFold(e.Path, f.Path)
}

// A Source gives the events of one log, oldest first. It reports false at its end.
type Source func() (Event, bool, error)

// Merge calls each with the events of several logs, oldest first; events of
// one log keep their order. It holds one event a log.
func Merge(sources []Source, each func(Event) error) error {
	type front struct {
		event Event
		next  Source
	}
	var fronts []front
	for _, s := range sources {
		e, ok, err := s()
		if err != nil {
			return err
		}
		if ok {
			fronts = append(fronts, front{e, s})
		}
	}
	for len(fronts) > 0 {
		first := 0
		for i := range fronts {
			if fronts[i].event.Time.Before(fronts[first].event.Time) {
				first = i
			}
		}
		if err := each(fronts[first].event); err != nil {
			return err
		}
		e, ok, err := fronts[first].next()
		if err != nil {
			return err
		}
		if !ok {
			fronts = slices.Delete(fronts, first, first+1)
			continue
		}
		fronts[first].event = e
	}
	return nil
}
