package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// An eventInfo is an event as scripts read it.
type eventInfo struct {
	Time    string         `json:"time"`
	Member  string         `json:"member"`
	For     string         `json:"for,omitempty"`
	Device  string         `json:"device"`
	Seq     uint64         `json:"seq"`
	Op      string         `json:"op"`
	Result  chain.Result   `json:"result"`
	Object  string         `json:"object"`
	Path    string         `json:"path"`
	Fields  []string       `json:"fields,omitempty"`
	Reason  string         `json:"reason"`
	Ticket  string         `json:"ticket,omitempty"`
	Grant   string         `json:"grant,omitempty"`
	Run     string         `json:"run,omitempty"`
	Ref     uint64         `json:"ref,omitempty"`
	Policy  uint64         `json:"policy"`
	Seen    []string       `json:"seen,omitempty"` // devices whose logs a witness has seen
	Details map[string]any `json:"details,omitempty"`
}

func eventDocument(e *audit.Event) eventInfo {
	return eventInfo{
		Time: stamp(e.Time), Member: e.Member, For: e.For, Device: e.Device, Seq: e.Seq, Op: e.Op, Result: e.Result,
		Object: e.Object, Path: e.Path, Fields: e.Fields, Reason: e.Reason, Ticket: e.Ticket, Grant: e.Grant, Run: e.Run,
		Ref: e.Ref, Policy: e.Policy, Seen: e.Seen, Details: e.Details,
	}
}

// An eventWriter puts out events in one of the formats, one at a time.
type eventWriter struct {
	c      *call
	format string
	count  int
	csv    *csv.Writer
	buf    bytes.Buffer
	fold   fold
	whole  bool // text shows outcomes apart: they were asked for
}

func newEventWriter(c *call, format string) *eventWriter {
	w := &eventWriter{c: c, format: format, csv: csv.NewWriter(c.out)}
	w.fold.show = w.text
	return w
}

// csvHeader is the first line of CSV, in English: scripts read it.
func csvHeader() []string {
	return []string{"time", "member", "for", "device", "seq", "op", "result", "object", "path", "fields", "reason", "ticket", "grant", "run", "policy"}
}

func (w *eventWriter) begin() error {
	if w.format == "csv" {
		return w.row(csvHeader())
	}
	return nil
}

func (w *eventWriter) event(e audit.Event) error {
	var err error
	switch w.format {
	case "jsonl":
		err = w.line(&e)
	case "csv":
		err = w.row([]string{
			stamp(e.Time), e.Member, e.For, e.Device, fmt.Sprint(e.Seq), e.Op, string(e.Result), e.Object, e.Path,
			strings.Join(e.Fields, " "), e.Reason, e.Ticket, e.Grant, e.Run, fmt.Sprint(e.Policy),
		})
	case "text":
		if w.whole {
			w.text(&e)
		} else {
			w.fold.take(e)
		}
	}
	if w.count++; w.count == 1 && err == nil {
		err = w.c.out.Flush() // whoever waits sees that it has begun
	}
	return err
}

// line is one JSON object on a line. What a terminal could obey is escaped, so the object stays what it is.
func (w *eventWriter) line(e *audit.Event) error {
	w.buf.Reset()
	encoder := json.NewEncoder(&w.buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(eventDocument(e)); err != nil {
		return err
	}
	_, err := w.c.out.Write(escapeHidden(w.buf.Bytes()))
	return err
}

// escapeHidden writes the characters of a JSON text that a terminal would not show as they are as \u escapes.
func escapeHidden(data []byte) []byte {
	if bytes.IndexFunc(data, func(r rune) bool { return r >= 0x7F }) < 0 {
		return data
	}
	out := make([]byte, 0, len(data)+16)
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if one := string(rest[:size]); r >= 0x7F && term.Clean(one) != one {
			out = appendEscape(out, r)
		} else {
			out = append(out, rest[:size]...)
		}
		rest = rest[size:]
	}
	return out
}

// appendEscape appends a character as JSON escapes it: beyond U+FFFF as a pair of surrogates.
func appendEscape(out []byte, r rune) []byte {
	if r > 0xFFFF {
		r -= 0x10000
		return fmt.Appendf(out, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// row is a line of CSV.
func (w *eventWriter) row(cells []string) error {
	for i, cell := range cells {
		cells[i] = defuse(term.Clean(cell))
	}
	if err := w.csv.Write(cells); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// defuse keeps a spreadsheet from taking a cell for a formula: those begin with one of these characters (OWASP, CSV
// Injection; the wide forms count in East Asian settings). A quotation mark before it makes it text.
func defuse(cell string) string {
	if strings.ContainsAny(firstRune(cell), "=+-@\t\r\n＝＋－＠") {
		return "'" + cell
	}
	return cell
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// text is a line for people. Its columns have fixed widths, because what comes later is not known yet.
func (w *eventWriter) text(e *audit.Event) {
	member := e.Member
	if e.For != "" {
		member += " (" + e.For + ")"
	}
	about := e.Path
	if about == "" {
		about = e.Object
	}
	line := fmt.Sprintf("%s  %s  %s", e.Time.In(time.Local).Format(time.DateTime), term.Pad(term.Clean(member), 10), term.Pad(term.Clean(e.Op), 14))
	for _, word := range []string{about, w.words(e), strings.Join(e.Fields, ","), w.result(e), w.reason(e)} {
		if word != "" {
			line += "  " + term.Clean(word)
		}
	}
	fmt.Fprintln(w.c.out, strings.TrimRight(line, " "))
}

// words are those of opWords.
func (w *eventWriter) words(e *audit.Event) string {
	if key, ok := opWords()[e.Op]; ok {
		return w.c.text(key, "n", len(e.Seen))
	}
	return ""
}

// result says what isn't plainly done.
func (w *eventWriter) result(e *audit.Event) string {
	switch e.Result {
	case chain.Intent:
		return w.c.text("audit.result.intent")
	case chain.Failed:
		return w.c.text("audit.result.failed")
	case chain.Denied:
		return w.c.text("audit.result.denied")
	case chain.Done:
		return w.c.text("audit.result.done")
	}
	return ""
}

func (w *eventWriter) reason(e *audit.Event) string {
	switch {
	case e.Reason == "":
		return e.Ticket
	case e.Ticket == "":
		return w.c.text("audit.reason", "reason", e.Reason)
	}
	return w.c.text("audit.reason", "reason", e.Reason) + " " + e.Ticket
}
