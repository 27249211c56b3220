package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault/entry"
)

// Lower rooms speak English and give codes with their errors. Here the codes become sentences in the person's language.

// worded is an argument of a message that is put into words together with it.
type worded func(*text.Translator) string

// inWords puts the worded arguments into the language of a translator.
func inWords(args []any, tr *text.Translator) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		if say, ok := arg.(worded); ok {
			arg = text.Lines(say(tr))
		}
		out[i] = arg
	}
	return out
}

// faultWords tells what is wrong with a text of YAML: a single fault behind a space in the same line, more of
// them one a line.
func faultWords(faults strictyaml.Errors) worded {
	return func(tr *text.Translator) string {
		lines := make([]string, len(faults))
		for i, one := range faults {
			lines[i] = placed(tr, one.Line, one.Column, faultWhat(tr, one))
		}
		return listed(lines)
	}
}

func faultWhat(tr *text.Translator, e strictyaml.Error) string {
	var bad *entry.TextError
	if errors.As(e.Err, &bad) {
		return textWhat(tr, bad)
	}
	return withNear(tr, codeWords(tr, "yaml."+string(e.Code), e.Subject, e.Msg), e.Near)
}

// problemWords tells why a document can't be the next policy, one reason a line.
func problemWords(problems []policy.Problem) worded {
	return func(tr *text.Translator) string {
		lines := make([]string, len(problems))
		for i, p := range problems {
			what := withNear(tr, codeWords(tr, "problem."+string(p.Code), p.Subject, p.Msg), p.Near)
			if len(p.Path) > 0 {
				what = strings.Join(p.Path, ".") + ": " + what
			}
			lines[i] = placed(tr, p.Line, p.Column, what)
		}
		return "\n  " + strings.Join(lines, "\n  ")
	}
}

// codeWords are the words of a code. The room's own are English and say more, so English has them.
func codeWords(tr *text.Translator, key, subject, own string) string {
	if tr.Lang() == text.English && own != "" {
		return own
	}
	return tr.Text(text.Key(key), "subject", subject)
}

// causeWords tells why a file was refused, in the person's language where the reason has a code.
func causeWords(err error) worded {
	return func(tr *text.Translator) string {
		var faults strictyaml.Errors
		var problems policy.Problems
		var bad *entry.TextError
		switch {
		case errors.As(err, &faults):
			return strings.TrimSpace(faultWords(faults)(tr))
		case errors.As(err, &problems):
			return problemWords(problems)(tr)
		case errors.As(err, &bad):
			return textWhat(tr, bad)
		}
		return err.Error()
	}
}

// textWords tells why a line of a card, or the name of a field, was refused.
func textWords(e *entry.TextError) worded {
	return func(tr *text.Translator) string { return textWhat(tr, e) }
}

func textWhat(tr *text.Translator, e *entry.TextError) string {
	subject := e.Key
	if key := text.Key("text.key." + dashes(e.Key)); tr.Has(key) {
		subject = tr.Text(key, "name", e.Text)
	}
	return subject + ": " + reasonWords(tr, "text.", e.Text, e.Why, e.Char)
}

// reasonWords tells a reason of the room entry. Texts have words of their own for some, and share those of paths.
func reasonWords(tr *text.Translator, topic, refused string, why entry.Reason, char rune) string {
	for _, prefix := range []string{topic, "path."} {
		if key := text.Key(prefix + dashes(string(why))); tr.Has(key) {
			return tr.Text(key, "segment", refused, "char", fmt.Sprintf("U+%04X", char))
		}
	}
	return string(why)
}

// dashes makes the last part of a message's key of a word or a sentence of a lower room.
func dashes(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func placed(tr *text.Translator, line, column int, what string) string {
	if line == 0 {
		return what
	}
	return tr.Text("words.place", "line", line, "column", column) + " " + what
}

func withNear(tr *text.Translator, what, near string) string {
	if near == "" || strings.Contains(what, strconv.Quote(near)) {
		return what
	}
	return what + " " + tr.Text("words.near", "near", near)
}

func listed(lines []string) string {
	if len(lines) == 1 {
		return " " + lines[0]
	}
	return "\n  " + strings.Join(lines, "\n  ")
}
