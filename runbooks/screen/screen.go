// Package screen is the face of a run that fills the terminal: the step with how far it has come, what waits around it, and
// always in the same place the one next thing.
//
// It is a [plain.Stage]: what is asked, which keys there are and what they do is decided by package plain, so both faces behave
// alike. Here a key works at once where no text is asked for, and a text or a number is ended with Enter. What is typed while
// nothing is asked is thrown away: it could only answer something that the person has not read.
//
// Everything is drawn on the alternate screen, of which nothing stays. A credential has the screen for itself until any key. The
// package holds no words and no colours, only bold and dim; texts from outside are cleaned by whoever lays them out.
package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

// The smallest terminal on which all parts have room; on a smaller one the plain face is easier to read.
const (
	MinColumns = 60
	MinRows    = 18
)

// ErrLost is what was asked on a terminal that went away.
var ErrLost = errors.New("the terminal is gone")

// Options are what a screen works with. All but Unstyled are required.
type Options struct {
	In      io.Reader // the terminal
	Out     io.Writer
	Environ []string
	// LayOut makes a text safe to show and wraps it to a width, its lines below one another behind the lead.
	LayOut func(lead, text string, width int) string
	// Clean makes a text safe to show on one line.
	Clean     func(string) string
	AnyKey    string // says that any key ends what is shown
	WithEnter string // says that keys want Enter behind them, where a text is asked for
	Unstyled  bool   // neither bold nor dim
}

// A Screen shows a run and asks the person. Its methods but New belong to the function that Run is given.
type Screen struct {
	o       Options
	send    func(tea.Msg) // to the model
	ctx     context.Context
	answers chan answer

	frame frame // that is being put together
	mine  bool  // what is printed belongs to the question
}

var _ plain.Stage = (*Screen)(nil)

type answer struct {
	text string
	err  error
}

// New makes a screen.
func New(o Options) *Screen { return &Screen{o: o, answers: make(chan answer, 1)} }

// Run fills the terminal while talk works, and gives it back. The context of talk ends when the terminal is gone or an interrupt
// is wanted while nothing is asked. The error is that of talk.
func (s *Screen) Run(ctx context.Context, talk func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.ctx = ctx
	program := tea.NewProgram(s.model(func() { cancel(context.Canceled) }), tea.WithInput(s.o.In), tea.WithOutput(s.o.Out),
		tea.WithEnvironment(s.o.Environ), tea.WithoutSignalHandler(), tea.WithFPS(30))
	s.send = program.Send
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := program.Run()
		cancel(fmt.Errorf("%w: %w", ErrLost, err))
	}()
	defer func() {
		program.Send(blankMsg{})
		program.Quit()
		<-done
	}()
	return talk(ctx)
}

func (s *Screen) model(interrupt func()) *model {
	return &model{o: s.o, answers: s.answers, interrupt: interrupt}
}

// Stage takes what there is to see.
func (s *Screen) Stage(scene plain.Scene) {
	s.frame.scene, s.frame.first = scene, true
	s.mine = true
}

// Print shows a paragraph, with the question when it belongs to one.
func (s *Screen) Print(lead, text string) error {
	if err := s.gone(); err != nil {
		return err
	}
	line := said{Line: plain.Line{Lead: lead, Text: text}, late: s.frame.asks}
	switch {
	case lead+text == "":
	case s.mine && !s.frame.asks:
		s.frame.context = append(slices.Clip(s.frame.context), line)
	case line.late && slices.Contains(s.frame.said, line): // what is said again and again stands there once
	default:
		s.frame.said = append(slices.Clip(s.frame.said), line)
	}
	s.show()
	return nil
}

// Ask asks for a line, or a key.
func (s *Screen) Ask(label string, wake func() (time.Duration, error)) (string, error) {
	if !s.mine { // a question behind a key: what was printed for it are its answers
		s.frame.context, s.frame.said = parted(s.frame.said)
	}
	s.frame.number++
	s.frame.label, s.frame.asks = label, true
	defer s.answered()
	return s.wait(wake)
}

// parted are the lines that belong to a question, and those that were said while another one stood there.
func parted(all []said) (context, rest []said) {
	for _, line := range all {
		if line.late {
			rest = append(rest, line)
		} else {
			context = append(context, line)
		}
	}
	return context, rest
}

// wait shows the frame until there is an answer.
func (s *Screen) wait(wake func() (time.Duration, error)) (string, error) {
	due := time.Now()
	s.show() // first: wake may take a while
	for {
		if wake != nil && !time.Now().Before(due) {
			next, err := wake()
			if err != nil {
				return "", err
			}
			if due = due.Add(next); next <= 0 {
				wake = nil
			}
		}
		s.show()
		select {
		case a := <-s.answers:
			return a.text, a.err
		case <-s.ctx.Done():
			return "", s.gone()
		case <-time.After(time.Second):
		}
	}
}

// answered forgets what was said before the answer. What was said while the person typed stays through one more question.
func (s *Screen) answered() {
	s.frame.asks, s.frame.first, s.frame.label, s.frame.context = false, false, "", nil
	var kept []said
	for _, line := range s.frame.said {
		if line.late {
			line.late = false
			kept = append(kept, line)
		}
	}
	s.frame.said, s.mine = kept, false
}

func (s *Screen) gone() error {
	if s.ctx.Err() == nil {
		return nil
	}
	return context.Cause(s.ctx)
}

// Ring makes a sound.
func (s *Screen) Ring() { s.frame.rings++; s.show() }

// Reveal gives the screen to a text until any key. The text is asked for anew every second.
func (s *Screen) Reveal(body func() string) error {
	s.frame.number++
	defer func() { s.frame.secret = ""; s.show() }()
	for {
		s.frame.secret = body()
		s.show()
		select {
		case a := <-s.answers:
			return a.err
		case <-s.ctx.Done():
			return s.gone()
		case <-time.After(time.Second):
		}
	}
}

// show sends the frame to the terminal.
func (s *Screen) show() {
	f := s.frame
	if f.scene.Around != nil {
		f.around = f.scene.Around()
	}
	s.send(frameMsg(f))
}

// Said is what was said since the last answer: how the run ended, or how to go on with it.
func (s *Screen) Said() []plain.Line {
	var lines []plain.Line
	for _, line := range slices.Concat(s.frame.context, s.frame.said) {
		lines = append(lines, line.Line)
	}
	return lines
}

// A frame is what is shown at one moment.
type frame struct {
	scene   plain.Scene
	around  plain.Around
	said    []said // in answer to what the person did
	context []said // of the question
	label   string
	number  int  // of the question, from 1
	asks    bool // the question stands there
	first   bool // it is the run's, not one behind a key
	rings   int
	secret  string
}

// A said line is one that was printed.
type said struct {
	plain.Line
	late bool // while a question stood there
}

// quick reports a question to which no text is an answer, so that a letter is a key at once.
func (f frame) quick() bool {
	if !f.asks || !f.first {
		return false
	}
	switch f.scene.Prompt {
	case runbooks.PromptInput, runbooks.PromptCaution, runbooks.PromptSecond:
		return false
	}
	return true
}
