package entry

import (
	"fmt"
	"strconv"
	"strings"

	"opsvault/policy/strictyaml"
)

// kindText is one block of kinds.yaml. Its texts are "English | Русский | marks":
// one scalar a line is what keeps the reading cheap.
type kindText struct {
	Title    string         `yaml:"title"`
	Hint     string         `yaml:"hint"`
	Ticket   bool           `yaml:"ticket"`
	Generate string         `yaml:"generate"`
	Fields   strictyaml.Map `yaml:"fields"`
}

func parseKind(id, block string) (Kind, error) {
	var text kindText
	if err := strictyaml.Decode([]byte(block), len(kindsText), &text); err != nil {
		return Kind{}, err
	}
	k := Kind{ID: id, Ticket: text.Ticket, Fields: make([]KindField, len(text.Fields))}
	k.Title, _ = translations(text.Title)
	k.Hint, _ = translations(text.Hint)
	if text.Generate != "" {
		recipe, err := parseRecipe(text.Generate)
		if err != nil {
			return Kind{}, err
		}
		k.Generate = &recipe
	}
	for i, pair := range text.Fields {
		f := &k.Fields[i]
		f.ID = pair.Key
		var marks string
		f.Label, marks = translations(pair.Value)
		for _, mark := range strings.Fields(marks) {
			if !f.mark(mark) {
				return Kind{}, fmt.Errorf("field %s: unknown mark %q", pair.Key, mark)
			}
		}
	}
	return k, nil
}

// translations takes apart "English | Русский | marks".
func translations(text string) (words map[string]string, marks string) {
	english, rest, _ := strings.Cut(text, " | ")
	russian, marks, _ := strings.Cut(rest, " | ")
	return map[string]string{"en": english, "ru": russian}, marks
}

func (f *KindField) mark(word string) bool {
	switch word {
	case "secret":
		f.Secret = true
	case "main":
		f.Main = true
	case "login":
		f.Login = true
	case "multiline":
		f.Multiline = true
	case "rare":
		f.Rare = true
	default:
		return false
	}
	return true
}

// parseRecipe reads "20 lower upper digits", perhaps with "clear" at the end.
func parseRecipe(text string) (Recipe, error) {
	words := strings.Fields(text)
	length, err := strconv.Atoi(words[0])
	if err != nil {
		return Recipe{}, fmt.Errorf("generate: %w", err)
	}
	r := Recipe{Length: length}
	for _, word := range words[1:] {
		if word == "clear" {
			r.Clear = true
			continue
		}
		r.Classes = append(r.Classes, Class(word))
	}
	return r, nil
}
