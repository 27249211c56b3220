package runbooks

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Front reads only the front matter of a text: what a list of runbooks needs. It reports false where there is none that can be
// read; mistakes in it are lint's business.
func Front(data []byte) (Meta, bool) {
	found := &findings{}
	src := scan(data, found)
	if src == nil {
		return Meta{}, false
	}
	front, ok := cutFront(src, found)
	if !ok {
		return Meta{}, false
	}
	meta := readFront(front, found)
	return meta, meta.ID != ""
}

// Headline is the title of a text, as [Parse] reads it, in a small part of its time; "" where there is none.
func Headline(data []byte) string {
	src := scan(data, &findings{})
	if src == nil {
		return ""
	}
	cutFront(src, &findings{})
	for line := range bytes.SplitSeq(src.text, []byte("\n")) {
		title, ok := bytes.CutPrefix(line, []byte("# "))
		switch {
		case ok && !bytes.ContainsAny(title, "\\`*_[]<&!{#"):
			return strings.TrimSpace(string(title))
		case ok, len(bytes.TrimSpace(line)) > 0: // marks, or something else before it
			book, _ := Parse(data)
			if book == nil {
				return ""
			}
			return book.Title
		}
	}
	return ""
}

// ErrNoFront says that a text has no front matter with an id and a language.
var ErrNoFront = errors.New("the text has no front matter with an id and a language")

// AsTranslation makes the beginning of a translation: the text with another id and language, and with the original that it
// names. Everything else stays as it is, to be translated by a person.
func AsTranslation(text []byte, id, lang string, of Original) ([]byte, error) {
	meta, ok := Front(text)
	if !ok || meta.Lang == "" {
		return nil, ErrNoFront
	}
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")), []byte("\r\n"), []byte("\n"))
	var out []string
	dropped := false // the key that is left out, with the lines that belong to it
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if i > 0 && strings.TrimRight(line, " \t") == "---" {
			return []byte(strings.Join(append(out, lines[i:]...), "\n")), nil
		}
		key, _, _ := strings.Cut(line, ":")
		switch inside := dropped && strings.HasPrefix(line, " "); {
		case inside:
			continue
		case key == "id":
			line = "id: " + id
		case key == "lang":
			line = fmt.Sprintf("lang: %s\ntranslation_of: {id: %s, digest: %s}", lang, of.ID, of.Digest)
		}
		if dropped = key == "translation_of"; !dropped {
			out = append(out, line)
		}
	}
	return nil, ErrNoFront
}
