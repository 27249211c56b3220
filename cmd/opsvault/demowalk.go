package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"opsvault/cmd/opsvault/term"
)

// walk runs a runbook on a terminal at which the demo sits and types.
func (s *stage) walk(ctx context.Context, slug string) error {
	fmt.Fprintf(s.c.out, "\n  %s $ opsvault run %s\n", s.now.name, slug)
	out := &indented{to: s.c.out, indent: "    "}
	hand := &demoHand{out: out, label: s.c.text("run.ask.input"), inputs: []string{ // in the order in which the steps ask
		s.c.text("demo.red"), "10:02", s.c.text("demo.lead"), "10:25", "+7 900 000-00-00", "48151", "10:40", "20", "20",
	}}
	e := s.env("", out)
	e.Terminal = term.New(func() (term.Device, error) { return hand, nil })
	if code := runGroups(ctx, []string{"opsvault", "run", slug, "--plain"}, e, groups()); code != codeDone {
		return fail(codeUnexpected, "demo.failed", "command", "run "+slug, "code", code, "want", codeDone)
	}
	if !hand.revealed {
		return fail(codeUnexpected, "demo.not-revealed")
	}
	return nil
}

// A demoHand is a terminal with somebody at it who reads the last line and types what it asks for: the next value, the
// first answer of a question, or Enter. Where a credential is offered for the first time, r shows it.
type demoHand struct {
	out      *indented
	label    string          // of a question for a value
	inputs   []string        // what is noted down next
	screen   strings.Builder // what was written since the last answer
	pending  string          // typed, and not yet read
	answers  int
	offered  bool
	revealed bool
	other    bool // the alternate screen is shown
}

// maxAnswers is more than the runbook has questions.
const maxAnswers = 200

// What a last line asks for: a number from 1 on, or a word in quotes.
var (
	askedNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\(.*\b1\b.*\d\):\s*$`) })
	askedWord   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`["«]([^"»]+)["»]`) })
)

func (h *demoHand) Write(p []byte) (int, error) {
	text := string(p)
	if strings.Contains(text, "\x1b[?1049h") {
		h.other, h.revealed = true, true
	}
	h.screen.WriteString(text)
	shown := escapes().ReplaceAllString(text, "")
	if h.other {
		shown = strings.TrimLeft(shown, "\r\n")
	}
	if strings.Contains(text, "\x1b[?1049l") {
		h.other = false
	}
	if _, err := h.out.Write([]byte(shown)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escapes are the control sequences that switch and clear the screen.
var escapes = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|\r`) })

func (h *demoHand) Read(p []byte) (int, error) {
	if h.pending == "" {
		if h.answers++; h.answers > maxAnswers {
			return 0, io.EOF // it goes in circles: the run ends as it would when a terminal is closed
		}
		h.pending = h.answer() + "\n"
		if _, err := h.out.Write([]byte(h.pending)); err != nil {
			return 0, err
		}
		h.screen.Reset()
	}
	n := copy(p, h.pending)
	h.pending = h.pending[n:]
	return n, nil
}

func (h *demoHand) answer() string {
	screen := strings.TrimRight(escapes().ReplaceAllString(h.screen.String(), ""), " ")
	last := screen[strings.LastIndexByte(screen, '\n')+1:]
	if last == h.label && len(h.inputs) > 0 {
		value := h.inputs[0]
		h.inputs = h.inputs[1:]
		return value
	}
	if !h.offered && strings.Contains(screen, "telephony/sip-trunk") {
		h.offered = true
		return "r"
	}
	if askedNumber().MatchString(last + " ") {
		return "1"
	}
	if word := askedWord().FindStringSubmatch(last); word != nil {
		return word[1]
	}
	return ""
}

func (h *demoHand) Close() error              { return nil }
func (h *demoHand) Hide() error               { return nil }
func (h *demoHand) Restore() error            { return nil }
func (h *demoHand) Size() (columns, rows int) { return demoWidth - 4, 24 }
