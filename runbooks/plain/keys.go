package plain

import (
	"slices"
	"strconv"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// ask asks once. What begins with a slash, and a letter alone that is offered now, is a key; anything else is offered to
// take. What begins with = is text in any case.
func (f *Face) ask(label string, take func(typed string) (bool, error)) error {
	typed, err := f.Term.Ask(label, f.wake)
	if err != nil {
		return err
	}
	typed = strings.TrimSpace(typed)
	if text, literal := strings.CutPrefix(typed, "="); literal {
		return f.taken(take, text)
	}
	words := strings.Fields(strings.TrimPrefix(typed, "/"))
	if len(words) > 0 && (strings.HasPrefix(typed, "/") || len(words) == 1) {
		if k := face.Match(words[0], f.view.Keys); k != face.NoKey {
			return f.outcome(f.press(k, words[1:]))
		}
		if k := face.Match(words[0], face.All()); k != face.NoKey { // nobody means it as a text
			return f.line("! ", f.Words("run.error.not-offered", "key", string(k), "name", f.Words("run.key."+k.Name())))
		}
	}
	return f.taken(take, typed)
}

// taken offers a text to whoever asked. What they don't want may be a key with something behind it: "r 2 password".
func (f *Face) taken(take func(string) (bool, error), typed string) error {
	took, err := take(typed)
	if took || err != nil {
		return f.outcome(err)
	}
	words := strings.Fields(typed)
	switch {
	case len(words) == 0:
		return f.line("! ", f.Words("run.error.empty"))
	case slices.Contains(f.wordsFor(face.Help), strings.ToLower(words[0])):
		return f.outcome(f.help())
	}
	if k := face.Match(words[0], f.view.Keys); k != face.NoKey {
		return f.outcome(f.press(k, words[1:]))
	}
	for _, k := range f.view.Keys {
		if slices.Contains(f.wordsFor(k), strings.ToLower(typed)) {
			return f.outcome(f.press(k, nil))
		}
	}
	return f.line("! ", f.Words("run.error.unknown"))
}

// wordsFor are what the line of keys calls a key: it is understood, too.
func (f *Face) wordsFor(k face.Key) []string {
	words := []string{strings.ToLower(f.Words("run.key." + k.Name()))}
	if k == face.Help {
		words = append(words, "help", "помощь")
	}
	return words
}

func (f *Face) press(k face.Key, args []string) error {
	switch k {
	case face.Reveal:
		return f.reveal(args)
	case face.Copy:
		return f.copy(args)
	case face.ByHand:
		return f.byHand(runbooks.ByHandAsked)
	case face.Again:
		return f.start(f.view.Prompt.Fence)
	case face.Call:
		return f.call()
	case face.Evidence:
		return f.evidence()
	case face.Notice:
		return f.sent()
	case face.Beside:
		return f.asides()
	case face.Due:
		return f.due()
	case face.Undo:
		return f.takeBack()
	case face.Write:
		return f.withText("run.ask.note", f.run.Note, "run.noted")
	case face.Skip:
		return f.skip()
	case face.Fail:
		return f.withText("run.ask.fail", f.run.Fail, "run.failed")
	case face.HandOver:
		return f.handOver()
	case face.Paper:
		return f.paper()
	case face.Info:
		return f.info()
	case face.Quit:
		return f.pause()
	case face.Stop:
		return f.withText("run.ask.abort", f.run.Abort, "")
	}
	return f.help()
}

func (f *Face) pause() error {
	if f.run.State().Status != runbooks.StatusPaused {
		if err := f.run.Pause(""); err != nil {
			return err
		}
	}
	return f.leave("run.paused")
}

// leave says how to come back.
func (f *Face) leave(key string) error {
	if err := f.blank(f.Words(key)); err != nil {
		return err
	}
	return errLeave
}

// enter takes Enter and the words for yes.
func (f *Face) enter(do func() error) func(string) (bool, error) {
	return func(typed string) (bool, error) {
		if !isYes(typed) {
			return false, nil
		}
		return true, do()
	}
}

func isYes(s string) bool {
	return slices.Contains([]string{"", "y", "yes", "ok", "done", "д", "да", "l", "lf", "ок", "готово", "+"}, strings.ToLower(s))
}

func isNo(s string) bool {
	return slices.Contains([]string{"n", "no", "н", "нет", "т", "ytn", "-"}, strings.ToLower(s))
}

// answer asks for a line to go with what was begun with a key; an empty one means: never mind, and ok is false.
func (f *Face) answer(label string) (text string, ok bool, err error) {
	text, err = f.Term.Ask(label, f.wake)
	if err != nil {
		return "", false, &terminalError{err}
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", false, f.say("run.nevermind")
	}
	return text, true, nil
}

// withText asks for a line and hands it on.
func (f *Face) withText(question string, do func(string) error, then string) error {
	text, ok, err := f.answer(f.Words(question))
	if !ok || err != nil {
		return err
	}
	if err := do(text); err != nil || then == "" {
		return err
	}
	return f.say(then)
}

// pick lets the person choose one of several things; one alone needs no choice, unless sure is set. It gives -1 for none.
func (f *Face) pick(question string, list []string, sure bool) (int, error) {
	if len(list) == 1 && !sure {
		return 0, nil
	}
	for i, text := range list {
		if err := f.line("  "+strconv.Itoa(i+1)+"  ", text); err != nil {
			return -1, err
		}
	}
	typed, ok, err := f.answer(f.Words(question, "n", len(list)))
	if !ok || err != nil {
		return -1, err
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > len(list) {
		return -1, f.line("! ", f.Words("run.error.number", "n", len(list)))
	}
	return n - 1, nil
}

func (f *Face) skip() error {
	switch p := f.view.Prompt; p.Kind {
	case runbooks.PromptUndo:
		return f.withText("run.ask.waive", func(reason string) error { return f.run.WaiveUndo(p.Step.ID, reason) }, "run.waived")
	case runbooks.PromptBeside:
		return f.withText("run.ask.drop", func(reason string) error { return f.run.BesideDrop(p.Step.ID, reason) }, "run.dropped")
	}
	return f.withText("run.ask.skip", f.run.Skip, "run.skipped")
}

// help says what every key does that is offered now.
func (f *Face) help() error {
	if err := f.line("  ", f.Words("run.help.enter")); err != nil {
		return err
	}
	for _, k := range f.view.Keys {
		if err := f.line("  ", f.voice.Help(k)); err != nil {
			return err
		}
	}
	return f.line("  ", f.Words("run.help.letters"))
}
