package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// A transcriber asks a person what stands on paper, a step at a time: first when it was, then what was done. Every
// answer is on the disk before the next question.
type transcriber struct {
	desk    *runDesk
	w       *walk
	r       *runbooks.Runner
	witness string
	at      string // step and visit whose time was asked
}

// errPaperEnds means that nothing more stands on the paper.
var errPaperEnds = errors.New("nothing more stands on the paper")

// run goes on until the run is over or the paper ends.
func (t *transcriber) run() error {
	t.print("", t.text("frompaper.intro", "title", t.w.book.Title, "since", t.r.State().Paper.Since.In(t.w.c.Now().Location())))
	for !t.r.State().Over() {
		switch err := t.next(t.r.Next()); {
		case errors.Is(err, errPaperEnds):
			return nil
		case t.refused(err):
			t.print("  ", t.w.c.inWords(err))
		case err != nil:
			return err
		}
	}
	return nil
}

// refused reports an answer that can't be; the question comes again.
func (t *transcriber) refused(err error) bool {
	for _, refusal := range []error{runbooks.ErrTextTooLong, runbooks.ErrTextUnsafe, runbooks.ErrEmpty, runbooks.ErrSamePerson, runbooks.ErrHappened} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// next asks for one thing and records it.
func (t *transcriber) next(p runbooks.Prompt) error {
	if p.Step != nil && p.Kind != runbooks.PromptUndo && p.Kind != runbooks.PromptBeside {
		if err := t.enter(p.Step); err != nil {
			return err
		}
	}
	switch p.Kind {
	case runbooks.PromptCaution:
		return t.caution()
	case runbooks.PromptCommand:
		return t.command(p)
	case runbooks.PromptCheck:
		return t.checks(p.Step)
	case runbooks.PromptInput:
		return t.input(p)
	case runbooks.PromptSecond:
		return t.line("frompaper.ask-second", t.r.Second)
	case runbooks.PromptDecision:
		return t.decide(p.Step)
	case runbooks.PromptConfirm:
		return t.r.Confirm()
	case runbooks.PromptUndo:
		return t.undo(p)
	case runbooks.PromptBeside:
		return t.beside(p)
	case runbooks.PromptResume:
		return t.r.Continue()
	}
	return errPaperEnds
}

func (t *transcriber) text(key text.Key, args ...any) string { return t.w.c.text(key, args...) }

// print shows a paragraph behind its lead.
func (t *transcriber) print(lead, body string) { _ = t.desk.Print(lead, body) } // what was interrupted shows with the next question

// ask asks for a line; nothing is an answer, too.
func (t *transcriber) ask(key text.Key, args ...any) (string, error) {
	return t.desk.Ask(t.text(key, args...)+":", func() (time.Duration, error) { return 0, nil })
}

// enter shows a step that the paper comes to, and asks when it was done.
func (t *transcriber) enter(step *runbooks.Step) error {
	visit := fmt.Sprint(step.ID, " ", t.r.State().Steps[step.ID].Visits)
	if t.at == visit {
		return nil
	}
	t.print("", "")
	t.print("", t.text("frompaper.step", "number", step.Number, "title", step.Title))
	voice := face.VoiceOf(t.w.c.words(), t.r)
	for _, check := range step.Checks {
		if !t.r.State().Steps[step.ID].Done(check) {
			t.print(fmt.Sprintf("  %d  ", check.Number), voice.Text(check.Challenge))
		}
	}
	at, err := t.time("frompaper.ask-time")
	if err != nil {
		return err
	}
	if err := t.reminders(at); err != nil {
		return err
	}
	t.at = visit
	return t.r.Transcribe(at, t.witness)
}

// time asks for a time until it can be one; nothing typed means that the paper ends here.
func (t *transcriber) time(key text.Key, args ...any) (time.Time, error) {
	for {
		typed, err := t.ask(key, args...)
		if err != nil {
			return time.Time{}, err
		}
		if typed == "" {
			return time.Time{}, errPaperEnds
		}
		at, err := t.w.happened(typed, t.r.State().Paper)
		if err == nil {
			return at, nil
		}
		t.print("  ", t.w.c.inWords(err))
	}
}

// reminders asks for what was to be done again before a time: the boxes of a step with a repeat.
func (t *transcriber) reminders(until time.Time) error {
	for _, m := range t.r.State().Reminders(t.w.book) {
		for due := m.Due; due.Before(until); due = due.Add(m.Step.Repeat.Every) {
			at, err := t.time("frompaper.ask-repeat", "number", m.Step.Number, "title", m.Step.Title)
			if errors.Is(err, errPaperEnds) {
				break
			}
			if err == nil {
				err = t.r.Transcribe(at, t.witness)
			}
			if err == nil {
				err = t.r.Repeated(m.Step.ID)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *transcriber) caution() error {
	read, err := t.w.c.askYes(t.desk.ctx, true, "frompaper.ask-caution")
	if err != nil {
		return err
	}
	if !read {
		if err := t.r.Note(t.text("frompaper.not-initialled")); err != nil {
			return err
		}
	}
	return t.r.Acknowledge()
}

// command leaves a command to its check: on paper there are none.
func (t *transcriber) command(p runbooks.Prompt) error {
	if !p.Unsettled {
		return t.r.ByHand(p.Fence.Number, runbooks.ByHandAsked)
	}
	finished, err := t.w.c.askYes(t.desk.ctx, true, "frompaper.ask-finished")
	if err != nil {
		return err
	}
	return t.r.Settle(p.Fence.Number, finished)
}

// checks asks once for all boxes of a step. Those without a tick leave out the rest of it, with a reason.
func (t *transcriber) checks(step *runbooks.Step) error {
	state := t.r.State().Steps[step.ID]
	var boxes []int
	for _, check := range step.Checks {
		if len(check.Inputs) == 0 && !state.Done(check) {
			boxes = append(boxes, check.Number)
		}
	}
	open, err := t.unticked(boxes)
	if err != nil {
		return err
	}
	for _, number := range boxes {
		if slices.Contains(open, number) {
			continue
		}
		if err := t.r.Tick(number); err != nil {
			return err
		}
	}
	if len(open) == 0 {
		return nil
	}
	for _, check := range step.Checks { // what stands on the lines is not lost with the rest
		for _, input := range check.Inputs {
			if err := t.maybeInput(input.Name); err != nil {
				return err
			}
		}
	}
	return t.line("frompaper.ask-why", t.r.Skip)
}

// unticked asks for the numbers of boxes without a tick.
func (t *transcriber) unticked(boxes []int) ([]int, error) {
	for {
		typed, err := t.ask("frompaper.ask-unticked")
		if err != nil {
			return nil, err
		}
		open, ok := []int{}, true
		for _, word := range strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
			n, err := strconv.Atoi(word)
			ok = ok && err == nil && slices.Contains(boxes, n)
			open = append(open, n)
		}
		if ok {
			return open, nil
		}
		t.print("  ", t.text("frompaper.bad-boxes", "boxes", numbers(boxes)))
	}
}

func numbers(list []int) []string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return words
}

// input asks for what stands on a line. An empty one leaves out the rest of the step: the run can't know it.
func (t *transcriber) input(p runbooks.Prompt) error {
	question := p.Input
	if p.Ask != nil && p.Ask.Question != "" {
		question = p.Ask.Question
	}
	value, err := t.ask("frompaper.ask-input", "name", question)
	switch {
	case err != nil:
		return err
	case value == "" && p.Step == nil:
		return runbooks.ErrEmpty
	case value == "":
		return t.line("frompaper.ask-why", t.r.Skip)
	}
	return t.r.Set(p.Input, value)
}

func (t *transcriber) maybeInput(name string) error {
	if t.r.State().Steps[t.r.State().Step].Set[name] {
		return nil
	}
	value, err := t.ask("frompaper.ask-input", "name", name)
	if err != nil || value == "" {
		return err
	}
	return t.r.Set(name, value)
}

// line asks until something is typed that do takes.
func (t *transcriber) line(key text.Key, do func(string) error) error {
	for {
		typed, err := t.ask(key)
		if err != nil {
			return err
		}
		err = do(typed)
		if !t.refused(err) {
			return err
		}
		t.print("  ", t.w.c.inWords(err))
	}
}

func (t *transcriber) decide(step *runbooks.Step) error {
	answers := make([]string, len(step.Decision.Answers))
	for i, a := range step.Decision.Answers {
		answers[i] = a.Text
	}
	t.print("  ", face.VoiceOf(t.w.c.words(), t.r).Text(step.Decision.Question))
	i, err := t.w.c.askChoice(t.desk.ctx, answers, -1, "frompaper.ask-answer")
	if err != nil {
		return err
	}
	return t.r.Decide(answers[i])
}

func (t *transcriber) undo(p runbooks.Prompt) error {
	done, err := t.w.c.askYes(t.desk.ctx, true, "frompaper.ask-undo", "number", p.Step.Number, "title", p.Step.Title)
	switch {
	case err != nil:
		return err
	case done:
		return t.r.Undo(p.Step.ID)
	}
	return t.line("frompaper.ask-waived", func(why string) error { return t.r.WaiveUndo(p.Step.ID, why) })
}

func (t *transcriber) beside(p runbooks.Prompt) error {
	done, err := t.w.c.askYes(t.desk.ctx, true, "frompaper.ask-beside", "number", p.Step.Number, "title", p.Step.Title, "name", p.Name)
	switch {
	case err != nil:
		return err
	case done:
		return t.r.BesideDone(p.Step.ID, p.Name)
	}
	return t.line("frompaper.ask-why", func(why string) error { return t.r.BesideDrop(p.Step.ID, why) })
}
