package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

// hostileRunbook has what a terminal would obey in every place where a text may stand: \E is an escape sequence that writes to
// the clipboard, one that clears the screen, and a character that reorders the line.
const hostileRunbook = `---
opsvault: runbook/v1
id: printer-down
title: "A title\E"
lang: en
owner: member:maria
review_by: 2099-06-30
use_when: Always
done_when: Never
roles: {lead: "Lead\E"}
inputs: {ticket: "Which ticket\E"}
---

# A title\E

## A phase\E {#phase}

Prose\E.

### 1. A step\E {#one}

Who: Lead\E · Time: 5 min · Together with: [Two\E](#two) · Undo: [Back\E](#back)

Prose\E and [a timer\E](timer:20min), [evidence\E](evidence:screen), [a page\E](https://example.net/),
[more\E](escalate:lead), [over\E](handover:lead), [the printer\E](vault:office/printer).

> [!CAUTION]
> Careful\E.

> **If stuck 5 min:** ask\E.

` + "```notice via=site\nA notice\\E {{ticket}}\n```\n\n```sh run timeout=5s\necho '\\E'\n```\n" + `
- [ ] By hand\E → **SEEN\E**
- [ ] [Call\E](call:role:lead)
- [ ] Note\E: ` + "`value=____`" + `

Is it\E?

- **Yes\E** → [Two\E](#two)
- **No\E** → #end

### 2. Two\E {#two}

- [ ] Two\E

## Back\E {#rollback}

### 3. Back\E {#back}

- [ ] Back\E
`

// evilText is what a terminal would obey, in two forms.
const evilText = "\x1b]52;c;c3RvbGVu\x07\x1b[2J\u202e\u009b2J\u009d52;c;YQ\u009c\r\b"

// poison puts an evil text into every string of a runbook that has the mark, as if the parser had let it through.
func poison(v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			poison(v.Elem(), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), seen)
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(strings.ReplaceAll(v.String(), "Ω", evilText))
		}
	}
}

// evilWorld answers for everything around a run, and lies.
type evilWorld struct{}

func (evilWorld) Fields(string) ([]string, error) {
	return []string{"user" + evilText, "password"}, nil
}
func (evilWorld) Reveal(string, string, string) (runbooks.Secret, error) {
	return runbooks.Secret{}, errors.New("denied" + evilText)
}
func (evilWorld) Mine([]string) bool { return false }
func (evilWorld) Contacts(runbooks.Target) []runbooks.Contact {
	return []runbooks.Contact{{Member: "eve", Name: "Eve" + evilText, Phone: "112" + evilText, Why: evilText}}
}
func (evilWorld) Run(context.Context, runbooks.Job) (runbooks.Result, error) {
	return runbooks.Result{Exit: 1, Outcome: runbooks.AnswerFailed, Output: []byte("out" + evilText + "\nput")}, nil
}
func (evilWorld) Append(runbooks.Event) error { return nil }

// TestNothingMovesTheCursor walks through an evil text in an evil world with every key, whatever lint and the parser would have
// said about it, on a wide terminal and on a narrow one.
func TestNothingMovesTheCursor(t *testing.T) {
	for _, wide := range []int{80, 20} {
		book, found := runbooks.Parse([]byte(strings.ReplaceAll(hostileRunbook, `\E`, "Ω")))
		if len(found) > 0 {
			t.Fatal(found)
		}
		poison(reflect.ValueOf(book), map[uintptr]bool{})
		g := newTeam(t)
		k := g.sit(wide, "ticket \x1b[2J", "INC-7", "?", "i", "understood", "", "n", "o", "v", "1", "x\x1b]0;a\x07", "e", "/no/such\x1b[2J", "r", "g", "all",
			"b", "1", "Zoya\u202e", "b", "1", "Zoya", "d", "h", "1", "brief", "h", "", "c", "", "n", "s", "so be it", "2", "u", "1", "i", "q")
		c := &call{env: g.env, common: common{lang: text.English}, tr: text.New(text.English, nil), out: bufio.NewWriter(io.Discard)}
		desk := &runDesk{ctx: t.Context(), c: c, secrets: &runSecrets{}}
		deps := runbooks.Deps{Journal: evilWorld{}, Secrets: evilWorld{}, Gate: evilWorld{}, Clock: runClock(g.Now), Actor: "maria", Executor: evilWorld{}, Directory: evilWorld{}}
		r, err := runbooks.Start(book, deps)
		if err != nil {
			t.Fatal(err)
		}
		f := &plain.Face{Term: desk, Screen: desk, Words: c.words(), Explain: c.inWords, Machine: plain.Machine{
			Run: "RUN" + evilText, Digest: c.digestFile, People: func() []runbooks.Contact { return evilWorld{}.Contacts(runbooks.Target{}) },
			Low: func() (int, bool) { return 5, true },
		}}
		if err := f.Recall(r); err != nil {
			t.Fatal(err)
		}
		out, err := f.Run(t.Context(), r)
		if err != nil && !errors.Is(err, term.ErrCancelled) {
			t.Error(err)
		}
		shown := strings.ReplaceAll(strings.ReplaceAll(k.shown.String(), "\a", ""), "\x1b[?1049h", "") // it rings for the battery
		harmless(t, shown)
		for _, want := range []string{"CAUTION", "Text to send", "It did not work", "Eve", "TAKING BACK"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%d columns, at %q: no %q was shown: %s", wide, out.Step, want, shown)
			}
		}
	}
}
