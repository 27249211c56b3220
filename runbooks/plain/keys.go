package plain

import (
	"slices"
	"strconv"
	"strings"

	"opsvault/runbooks"
)

// A key is a letter that does something at every question.
type key int

const (
	noKey key = iota
	keyReveal
	keyCopy
	keyWrite
	keySkip
	keyReminder
	keyPause
	keyAbort
	keyHelp
)

// keyOf knows each letter in both layouts of the keyboard.
func keyOf(word string) key {
	switch strings.ToLower(word) {
	case "r", "к":
		return keyReveal
	case "c", "с":
		return keyCopy
	case "w", "ц":
		return keyWrite
	case "s", "ы":
		return keySkip
	case "d", "в":
		return keyReminder
	case "p", "з", "q", "й":
		return keyPause
	case "a", "ф":
		return keyAbort
	case "?", "h", "р", "help", "помощь":
		return keyHelp
	}
	return noKey
}

// ask asks once. What begins with a slash is a key; anything else is first offered to take, and is a key where take
// does not want it.
func (f *Face) ask(label string, take func(typed string) (bool, error)) error {
	typed, err := f.Term.Ask(label)
	if err != nil {
		return err
	}
	typed = strings.TrimSpace(typed)
	command, slash := strings.CutPrefix(typed, "/")
	if !slash {
		if took, err := take(typed); took || err != nil {
			return f.outcome(err)
		}
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return f.line("! ", f.Words("run.error.empty"))
	}
	return f.outcome(f.press(keyOf(words[0]), words[1:]))
}

func (f *Face) press(k key, args []string) error {
	switch k {
	case keyReveal:
		return f.reveal(args)
	case keyCopy:
		return f.copy(args)
	case keyWrite:
		return f.withText("run.ask.note", f.run.Note, "run.noted")
	case keySkip:
		return f.skip()
	case keyReminder:
		return f.reminded()
	case keyPause:
		if err := f.run.Pause(""); err != nil {
			return err
		}
		return f.leave()
	case keyAbort:
		return f.withText("run.ask.abort", f.run.Abort, "")
	case keyHelp:
		return f.help()
	}
	return f.line("! ", f.Words("run.error.unknown"))
}

// leave says how to come back.
func (f *Face) leave() error {
	if err := f.blank(f.Words("run.paused")); err != nil {
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
	return slices.Contains([]string{"", "y", "yes", "ok", "done", "д", "да", "ок", "готово", "+"}, strings.ToLower(s))
}

func isNo(s string) bool {
	return slices.Contains([]string{"n", "no", "н", "нет", "т", "-"}, strings.ToLower(s))
}

// withText asks for a line and hands it on; an empty one means: never mind.
func (f *Face) withText(question string, do func(string) error, then string) error {
	text, err := f.Term.Ask(f.Words(question))
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return f.line("", f.Words("run.nevermind"))
	}
	if err := do(text); err != nil || then == "" {
		return err
	}
	return f.line("", f.Words(then))
}

func (f *Face) skip() error {
	switch f.run.Next().Kind {
	case runbooks.PromptDecision:
		return f.line("! ", f.Words("run.error.skip-decision"))
	case runbooks.PromptResume:
		return runbooks.ErrNotNow
	}
	if f.run.State().Step == "" {
		return f.line("! ", f.Words("run.error.skip-start"))
	}
	return f.withText("run.ask.skip", f.run.Skip, "run.skipped")
}

func (f *Face) help() error {
	for _, name := range []string{"enter", "r", "c", "w", "s", "d", "p", "a", "slash"} {
		if err := f.line("  ", f.Words("run.help."+name)); err != nil {
			return err
		}
	}
	return nil
}

// credential finds the one that is meant: the only one of the step, or the number that was typed.
func (f *Face) credential(args []string) (link runbooks.Link, rest []string, ok bool, err error) {
	step := f.run.Book().Step(f.run.State().Step)
	var links []runbooks.Link
	if step != nil {
		links = step.Credentials()
	}
	number := 0
	if len(args) > 0 {
		if number, err = strconv.Atoi(args[0]); err == nil {
			args = args[1:]
		}
	}
	switch {
	case len(links) == 0:
		return link, args, false, f.line("! ", f.Words("run.error.no-credential"))
	case number < 0 || number > len(links) || number == 0 && len(links) > 1:
		return link, args, false, f.line("! ", f.Words("run.error.which", "n", len(links)))
	case number == 0:
		number = 1
	}
	return links[number-1], args, true, nil
}

// reveal shows all fields of a credential, or the one that was named.
func (f *Face) reveal(args []string) error {
	link, fields, ok, err := f.credential(args)
	if !ok || err != nil {
		return err
	}
	if len(fields) == 0 {
		if fields, err = f.run.FieldsOf(link); err != nil {
			return err
		}
	}
	values, err := f.run.Reveal(link, fields...)
	if err != nil {
		return err
	}
	defer wipe(values)
	return f.Screen.Show(link.Text, values)
}

// copy copies one field: the only one, or the one that was named.
func (f *Face) copy(args []string) error {
	link, fields, ok, err := f.credential(args)
	if !ok || err != nil {
		return err
	}
	if len(fields) == 0 {
		if fields, err = f.run.FieldsOf(link); err != nil {
			return err
		}
	}
	if len(fields) != 1 {
		return f.line("! ", f.Words("run.error.which-field", "fields", fields))
	}
	values, err := f.run.Reveal(link, fields[0])
	if err != nil {
		return err
	}
	defer wipe(values)
	return f.Screen.Copy(link.Text, values[0])
}

func wipe(values []runbooks.Value) {
	for _, v := range values {
		v.Secret.Wipe()
	}
}
