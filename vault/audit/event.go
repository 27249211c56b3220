package audit

import (
	"strings"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
)

// An Event is one line of a log with its details.
type Event struct {
	Seq     uint64
	Time    time.Time
	Member  string
	For     string
	Device  string
	Op      string
	Object  string // empty where there is nothing to name
	Policy  uint64
	Result  chain.Result
	Grant   string
	Run     string
	Ref     uint64   // seq of the event that this one closes; 0: none
	Path    string   // of the entry; empty where it isn't known to the reader
	Fields  []string // names of the fields that were opened
	Reason  string
	Ticket  string
	Seen    []string       // devices whose heads a witness records
	Details map[string]any // the others; nil where there are none, or the reader can't open them
}

// FromLine makes an event of a line and its details, which it takes over; they
// are nil where there are none, or where the reader can't open them. What has
// another form than opsvault writes stays among the details.
func FromLine(l *chain.Line, details map[string]any) Event {
	e := Event{
		Seq: l.Seq, Time: l.Time, Member: l.Actor, For: l.For, Device: l.Device, Op: l.Op, Object: l.Object,
		Policy: l.Policy, Result: l.Result, Grant: l.Grant, Run: l.Run, Ref: l.Ref,
	}
	for _, h := range l.Witnessed(statement.Hash{}) {
		e.Seen = append(e.Seen, h.Device)
	}
	if e.Object == "-" {
		e.Object = ""
	}
	e.Path = taken(details, "path")
	e.Reason = taken(details, "reason")
	e.Ticket = taken(details, "ticket")
	if names, ok := texts(details["fields"]); ok {
		e.Fields = names
		delete(details, "fields")
	}
	if len(details) > 0 {
		e.Details = details
	}
	return e
}

// taken takes a text out of details.
func taken(details map[string]any, key string) string {
	text, ok := details[key].(string)
	if ok {
		delete(details, key)
	}
	return text
}

// texts takes a list of texts out of JSON.
func texts(value any) ([]string, bool) {
	list, ok := value.([]any)
	names := make([]string, len(list))
	for i, item := range list {
		text, is := item.(string)
		names[i], ok = text, ok && is
	}
	return names, ok
}

// Entry returns the id of the entry that an event is about, or "".
func (e *Event) Entry() string { return entryOf(e.Op, e.Object) }

func entryOf(op, object string) string {
	id, _, found := strings.Cut(object, "@")
	if !found || !strings.HasPrefix(op, "secret.") && !strings.HasPrefix(op, "entry.") {
		return ""
	}
	return id
}
