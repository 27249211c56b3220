// Package plain is the line-by-line face of a run: it works on any terminal, through SSH, on paper teletypes and with
// screen readers, and needs neither colour nor cursor.
//
// It shows a step, then asks for one thing at a time; Enter is always "done, go on". A letter alone is always a key, also where
// text is asked for (=r is the text "r"); see package face for which there are. What rings while somebody thinks is said
// at once, and the question is put again. A terminal that has room for more is given more to show: see [Stage].
//
// The package holds no words, opens no terminal and masks every credential: words, lines and the screen on which a
// value may show are given to it.
package plain

import (
	"context"
	"errors"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// A Terminal shows and asks line by line.
type Terminal interface {
	// Print shows a text, wrapped to the width of the terminal; lead stands before its first line, the others are
	// indented as far. What is unsafe to show is the terminal's to clean. An empty lead and text are an empty line.
	Print(lead, text string) error
	// Ask shows a label and returns what was typed, without its end. Meanwhile it calls wake, at once and then whenever the time has
	// come that wake named (zero: never); wake may print, then the label is shown again. An error ends [Face.Run]; the run can
	// be resumed.
	Ask(label string, wake func() (time.Duration, error)) (string, error)
	// Ring makes a sound, if it can.
	Ring()
}

// A Screen is where a credential leaves the program.
type Screen interface {
	// Show shows values where they do not stay (the alternate screen), until the person has seen them.
	Show(title string, values []runbooks.Value) error
	// Copy puts a value into the clipboard, or says why not.
	Copy(title string, value runbooks.Value) error
	// CopyText puts a text that is no secret into the clipboard, or says why not.
	CopyText(title, text string) error
}

// A Machine is what there is around a run besides the run. What is missing is not offered.
type Machine struct {
	Run    string                                                         // name of the run, for the commands that are named
	Digest func(file string) (digest, name string, size int64, err error) // of a file for evidence
	People func() []runbooks.Contact                                      // to whom the run can be offered
	// Label is what people call a field of a credential; nil: its id.
	Label func(path, field string) string
	// Signed is who has signed as the second person for a step on a machine of their own, and their line; "" for nobody.
	Signed func(step string) (member, signed string)
	Low    func() (percent int, low bool) // the battery
}

// A Face leads a person through a run. All fields but Explain and Machine are required.
type Face struct {
	Term   Terminal
	Screen Screen
	Words  face.Words
	// Explain puts an error of the vault into words; nil shows it as it is.
	Explain func(error) string
	Machine Machine

	ctx    context.Context
	run    *runbooks.Runner
	view   face.View
	voice  face.Voice
	step   string    // shown last
	visit  int       // of that step
	shown  int       // blocks of it that were shown
	notice time.Time // when the time was last mentioned
	nudged time.Time // when reminders were last shown
	nudge  int       // how many there were
	keyed  string    // line of keys that was shown last
	signed bool      // that the second person has signed was said
	closed bool      // that the run is closing was said
	low    bool      // that the battery is low was said
}

// errLeave ends the face while the run is paused, on paper or somebody else's.
var errLeave = errors.New("left by the person")

// Run leads through the run until it ends, is paused, or the terminal or the journal fails. The outcome is valid in every
// case; an error other than of the terminal means that the journal could not be written.
func (f *Face) Run(ctx context.Context, r *runbooks.Runner) (runbooks.Outcome, error) {
	f.ctx, f.run, f.notice = ctx, r, r.Now()
	for !r.State().Over() {
		err := f.one()
		if errors.Is(err, ErrPause) {
			err = f.pause()
		}
		if errors.Is(err, errLeave) {
			return r.Outcome(), nil
		}
		if err != nil {
			return r.Outcome(), err
		}
	}
	f.look()
	return r.Outcome(), f.end()
}

// look takes a new look at the run.
func (f *Face) look() {
	f.view, f.voice = face.Of(f.run), face.VoiceOf(f.Words, f.run)
}

// one shows what is new and asks for the next thing.
func (f *Face) one() error {
	f.look()
	p := f.view.Prompt
	if err := f.present(p); err != nil {
		return err
	}
	switch p.Kind {
	case runbooks.PromptResume:
		return f.ask(f.Words("run.ask.resume"), f.enter(f.run.Continue))
	case runbooks.PromptPaper:
		return f.onPaper()
	case runbooks.PromptUndo:
		return f.undo(p)
	case runbooks.PromptBeside:
		return f.beside(p)
	case runbooks.PromptCaution:
		return f.caution()
	case runbooks.PromptCommand:
		return f.command(p)
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
	if err := f.line("", f.Words("run.nothing")); err != nil {
		return err
	}
	return errLeave // rather than asking for nothing for ever
}

// line prints one paragraph.
func (f *Face) line(lead, text string) error { return f.Term.Print(lead, text) }

// say prints a message.
func (f *Face) say(key string, args ...any) error { return f.line("", f.Words(key, args...)) }

// blank prints an empty line, then paragraphs.
func (f *Face) blank(texts ...string) error {
	if err := f.line("", ""); err != nil {
		return err
	}
	return f.lines("", texts...)
}

func (f *Face) lines(lead string, texts ...string) error {
	for _, text := range texts {
		if err := f.line(lead, text); err != nil {
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
	if errors.Is(err, ErrPause) { // also of a question that the vault asks
		return ErrPause
	}
	if ended := (*terminalError)(nil); errors.As(err, &ended) {
		return ended.error
	}
	return f.line("! ", f.explain(err))
}

// A terminalError is of the terminal, met in the middle of something else.
type terminalError struct{ error }

func (f *Face) explain(err error) string {
	for _, known := range []struct {
		is  error
		key string
	}{
		{runbooks.ErrEmpty, "run.error.empty"}, {runbooks.ErrTextTooLong, "run.error.long"},
		{runbooks.ErrTextUnsafe, "run.error.unsafe"}, {runbooks.ErrRevealedValue, "run.error.revealed"},
		{runbooks.ErrSamePerson, "run.error.same"}, {runbooks.ErrNoSecrets, "run.error.no-secrets"},
		{runbooks.ErrNotLinked, "run.error.not-linked"}, {runbooks.ErrDrill, "run.error.drill"},
		{runbooks.ErrNoNetwork, "run.error.no-network"}, {runbooks.ErrNoExecutor, "run.error.no-executor"},
		{runbooks.ErrUnsettled, "run.error.unsettled"}, {runbooks.ErrOffered, "run.error.offered"},
		{runbooks.ErrBeside, "run.error.beside"}, {runbooks.ErrNotOwner, "run.error.not-owner"},
		{runbooks.ErrOwner, "run.error.owner"}, {runbooks.ErrPending, "run.error.pending"},
		{runbooks.ErrNotNow, "run.error.not-now"},
	} {
		if errors.Is(err, known.is) {
			return f.Words(known.key)
		}
	}
	if f.Explain != nil {
		return f.Explain(err)
	}
	return f.Words("run.error.other", "error", err.Error())
}
