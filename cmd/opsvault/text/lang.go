package text

import "strings"

// A Lang is a language that opsvault speaks.
type Lang string

// The languages. English is the one that is used when nothing else is asked for.
const (
	English Lang = "en"
	Russian Lang = "ru"
)

// Langs are all languages, for tests and for the help of --lang.
func Langs() []Lang { return []Lang{English, Russian} }

// ParseLang reads a language as a person or a locale writes it: "ru", "RU", "ru_RU.UTF-8", "ru-RU". It returns false for
// a language that opsvault does not speak, and for "C" and "POSIX", which name none.
func ParseLang(s string) (Lang, bool) {
	s = strings.ToLower(s)
	if i := strings.IndexAny(s, "_-.@"); i >= 0 {
		s = s[:i]
	}
	switch s {
	case "en", "english":
		return English, true
	case "ru", "russian", "русский":
		return Russian, true
	}
	return "", false
}

// Choose returns the first of the wishes that names a language that opsvault speaks, or English. An empty wish is no
// wish; a wish for another language is passed over, like in a browser.
func Choose(wishes ...string) Lang {
	for _, wish := range wishes {
		if lang, ok := ParseLang(wish); ok {
			return lang
		}
	}
	return English
}

type pluralForm int

const (
	pluralOther pluralForm = iota
	pluralOne
	pluralFew
	pluralMany
)

// plural gives the plural form for a whole number, after the cardinal rules of CLDR; a test compares it with
// golang.org/x/text/feature/plural, which would cost every start of the program more than all our messages.
func (l Lang) plural(n int64) pluralForm {
	if n < 0 {
		n = -n
	}
	if l != Russian {
		if n == 1 {
			return pluralOne
		}
		return pluralOther
	}
	last, lastTwo := n%10, n%100
	switch {
	case last == 1 && lastTwo != 11:
		return pluralOne
	case last >= 2 && last <= 4 && (lastTwo < 12 || lastTwo > 14):
		return pluralFew
	}
	return pluralMany
}
