package text

import (
	"embed"
	"strconv"
	"strings"
)

//go:embed messages/*.yaml
var files embed.FS

// load reads all messages of a language. The files are ours, embedded and tested, so a line that can't be understood is
// passed over here; the tests read the same files with a YAML library and demand the same result.
func load(lang Lang) map[string]message {
	messages := make(map[string]message, 1024)
	entries, err := files.ReadDir("messages")
	if err != nil {
		return messages
	}
	suffix := "." + string(lang) + ".yaml"
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), suffix) {
			continue
		}
		data, err := files.ReadFile("messages/" + entry.Name())
		if err == nil {
			scan(string(data), func(key string, m message) { messages[key] = m })
		}
	}
	return messages
}

// scan reads one file of messages: YAML of a narrow kind, so that reading a thousand messages takes a fraction of a
// millisecond (a YAML library takes thirty). A line is empty, a comment, or one of
//
//	key: text to the end of the line
//	key: "text with escapes as in JSON"
//	key: |-
//	  lines of text, indented by two; the empty lines after it are not part of it
//	key:
//	  one: text in one of these two forms, for each plural form
//
// Texts that begin with a character that means something to YAML, and texts with ": " or " #" in them, stand in quotes.
func scan(data string, emit func(key string, m message)) {
	var key string
	var current message
	flush := func() {
		if key != "" {
			emit(key, current)
		}
		key, current = "", message{}
	}
	for data != "" {
		var line string
		line, data, _ = strings.Cut(data, "\n")
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || name[0] == '#' {
			continue
		}
		value = strings.TrimPrefix(value, " ")
		if name[0] == ' ' {
			current.set(strings.TrimSpace(name), scalar(value))
			continue
		}
		flush()
		key = name
		if value == "|-" {
			current.other, data = block(data)
			continue
		}
		current.other = scalar(value)
	}
	flush()
}

func (m *message) set(form, value string) {
	if form == "other" {
		m.other = value
		return
	}
	if m.forms == nil {
		m.forms = &forms{}
	}
	switch form {
	case "one":
		m.forms.one = value
	case "few":
		m.forms.few = value
	case "many":
		m.forms.many = value
	}
}

func scalar(s string) string {
	if len(s) == 0 || s[0] != '"' {
		return s
	}
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// block takes the indented and the empty lines at the beginning of data.
func block(data string) (text, rest string) {
	var b strings.Builder
	for data != "" {
		line, after, _ := strings.Cut(data, "\n")
		if line != "" && !strings.HasPrefix(line, "  ") {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "  "))
		b.WriteByte('\n')
		data = after
	}
	return strings.TrimRight(b.String(), "\n"), data
}
