// Package plain is the line-by-line face of a run: it works on any terminal, through SSH, on paper teletypes and with
// screen readers, and needs neither colour nor cursor.
//
// It shows a step, then asks for one thing at a time; Enter is always "done, go on". One letter does the rest (see
// [Face]): r shows a credential of the step and c copies it, w writes a note, s skips, d says that a reminder was
// followed, p pauses, a aborts, ? explains. Each letter also works in the Russian keyboard layout, and with a slash
// before it where free text is asked for.
//
// The package holds no words, opens no terminal and masks every credential: words, lines and the screen on which a
// value may show are given to it.
package plain

import (
	"errors"
	"time"

	"opsvault/runbooks"
)

// A Terminal shows and asks line by line.
type Terminal interface {
	// Print shows a text, wrapped to the width of the terminal; lead stands before its first line, the others are
	// indented as far. What is unsafe to show is the terminal's to clean. An empty lead and text are an empty line.
	Print(lead, text string) error
	// Ask shows a label and returns what was typed, without its end. An error ends [Face.Run]; the run can be resumed.
	Ask(label string) (string, error)
}

// A Screen is where a credential leaves the program.
type Screen interface {
	// Show shows values where they do not stay (the alternate screen), until the person has seen them.
	Show(title string, values []runbooks.Value) error
	// Copy puts a value into the clipboard, or says why not.
	Copy(title string, value runbooks.Value) error
}

// A Face leads a person through a run. All fields but Explain are required.
type Face struct {
	Term   Terminal
	Screen Screen
	// Words gives the text under a key ("run.step"), with arguments in pairs of a name and a value: strings, ints, []string,
	// time.Time and time.Duration.
	Words func(key string, args ...any) string
	// Explain puts an error of the vault into words; nil shows it as it is.
	Explain func(error) string

	run    *runbooks.Runner
	step   string    // shown last
	visit  int       // of that step
	shown  int       // blocks of it that were shown
	notice time.Time // when the time was last mentioned
	nudged time.Time // when reminders were last shown
	nudge  int       // how many there were
}

// errLeave ends the face while the run is paused.
var errLeave = errors.New("paused by the person")

// Run leads through the run until it ends, is paused, or the terminal or the journal fails. The outcome is valid in every
// case; an error other than of the terminal means that the journal could not be written.
func (f *Face) Run(r *runbooks.Runner) (runbooks.Outcome, error) {
	f.run, f.notice = r, r.Now()
	for !r.State().Over() {
		err := f.one()
		if errors.Is(err, errLeave) {
			return r.Outcome(), nil
		}
		if err != nil {
			return r.Outcome(), err
		}
	}
	return r.Outcome(), f.end()
}

// one shows what is new and asks for the next thing.
func (f *Face) one() error {
	p := f.run.Next()
	if err := f.show(p); err != nil {
		return err
	}
	if err := f.remind(); err != nil {
		return err
	}
	switch p.Kind {
	case runbooks.PromptResume:
		return f.ask(f.Words("run.ask.resume"), f.enter(f.run.Continue))
	case runbooks.PromptCaution:
		return f.caution()
	case runbooks.PromptInput:
		return f.input(p)
	case runbooks.PromptCheck:
		return f.check(p)
	case runbooks.PromptSecond:
		return f.second(p)
	case runbooks.PromptDecision:
		return f.decision(p)
	case runbooks.PromptConfirm:
		return f.ask(f.Words("run.ask.confirm"), f.enter(f.run.Confirm))
	}
	return f.line("", f.Words("run.nothing"))
}

// line prints one paragraph.
func (f *Face) line(lead, text string) error { return f.Term.Print(lead, text) }

// blank prints an empty line, then paragraphs.
func (f *Face) blank(texts ...string) error {
	if err := f.line("", ""); err != nil {
		return err
	}
	for _, text := range texts {
		if err := f.line("", text); err != nil {
			return err
		}
	}
	return nil
}

// outcome decides what an error of the run means for the person: the journal's end the run, others are told.
func (f *Face) outcome(err error) error {
	var journal *runbooks.JournalError
	if err == nil || errors.Is(err, errLeave) || errors.As(err, &journal) {
		return err
	}
	return f.line("! ", f.explain(err))
}

func (f *Face) explain(err error) string {
	for key, known := range map[string]error{
		"run.error.empty": runbooks.ErrEmpty, "run.error.long": runbooks.ErrTextTooLong,
		"run.error.unsafe": runbooks.ErrTextUnsafe, "run.error.revealed": runbooks.ErrRevealedValue,
		"run.error.same": runbooks.ErrSamePerson, "run.error.no-secrets": runbooks.ErrNoSecrets,
		"run.error.not-linked": runbooks.ErrNotLinked, "run.error.not-now": runbooks.ErrNotNow,
	} {
		if errors.Is(err, known) {
			return f.Words(key)
		}
	}
	if f.Explain != nil {
		return f.Explain(err)
	}
	return f.Words("run.error.other", "error", err.Error())
}
