// Package text holds every message that opsvault shows to a person, in English and in Russian.
//
// A message has a key ("show.hidden"), and for each language either one text or, where a number decides, one text for
// each plural form of that language. A text names its arguments in braces: {path}. The messages lie in
// messages/<topic>.<language>.yaml, are embedded, and are read when the first message is asked for, one language only.
//
// Every argument that is a string, an error or a fmt.Stringer is cleaned of control and bidirectional characters on its
// way in (see term.Clean): nothing that a stranger wrote can move the cursor. The messages themselves are ours and
// are trusted.
package text

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsvault/cmd/opsvault/term"
)

// A Key names a message.
type Key string

// Lines is an argument that may keep its line breaks; everything else in it is cleaned like any string.
type Lines string

// A Translator gives messages in one language. It is made by New, costs nothing until it is asked for a message, and may
// be used by several goroutines.
type Translator struct {
	lang     Lang
	read     sync.Once
	messages map[string]message
	location *time.Location
}

// message is one entry of the catalogue: a text, and the other plural forms of a text where a number decides.
type message struct {
	other string
	forms *forms
}

type forms struct{ one, few, many string }

// New makes a translator into lang. Times are shown in location (nil: the local one).
func New(lang Lang, location *time.Location) *Translator {
	if location == nil {
		location = time.Local
	}
	return &Translator{lang: lang, location: location}
}

// Lang is the language of the messages.
func (t *Translator) Lang() Lang { return t.lang }

// Has reports whether there is a message under key, for keys that are put together while running.
func (t *Translator) Has(key Key) bool {
	_, ok := t.catalogue()[string(key)]
	return ok
}

// Text returns the message under key with its arguments filled in. Arguments come in pairs, a name and a value:
//
//	tr.Text("insert.done", "path", path)
//
// A message with plural forms takes the form for its argument "n", an integer. An unknown key is returned as it is, so
// that a mistake shows and stops nobody; a placeholder without an argument stays as it is written.
func (t *Translator) Text(key Key, args ...any) string {
	m, ok := t.catalogue()[string(key)]
	if !ok {
		return string(key)
	}
	return t.fill(t.form(m, args), args)
}

func (t *Translator) catalogue() map[string]message {
	t.read.Do(func() {
		if t.messages == nil {
			t.messages = load(t.lang)
		}
	})
	return t.messages
}

func (t *Translator) form(m message, args []any) string {
	if m.forms == nil {
		return m.other
	}
	n, ok := count(args)
	if !ok {
		return m.other
	}
	switch t.lang.plural(n) {
	case pluralOne:
		return m.forms.one
	case pluralFew:
		return m.forms.few
	case pluralMany:
		return m.forms.many
	}
	return m.other
}

func count(args []any) (int64, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != "n" {
			continue
		}
		switch n := args[i+1].(type) {
		case int:
			return int64(n), true
		case int64:
			return n, true
		case uint64:
			return int64(n & (1<<63 - 1)), true
		case uint32:
			return int64(n), true
		}
	}
	return 0, false
}

func (t *Translator) fill(s string, args []any) string {
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if value, ok := argument(args, name); closed && ok {
			b.WriteString(t.value(value))
			s = after
			continue
		}
		b.WriteByte('{')
		s = rest
	}
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func (t *Translator) value(v any) string {
	switch v := v.(type) {
	case string:
		return term.Clean(v)
	case Lines:
		return term.CleanLines(string(v))
	case int:
		return strconv.Itoa(v)
	case []string:
		return t.list(v)
	case time.Time:
		return t.Moment(v)
	case time.Duration:
		return t.Span(v)
	case error:
		return term.Clean(v.Error())
	}
	return term.Clean(fmt.Sprint(v))
}

func (t *Translator) list(items []string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(term.Clean(item))
	}
	return b.String()
}
