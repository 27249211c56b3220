package text

import (
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

func TestPluralIsThatOfCLDR(t *testing.T) {
	forms := map[plural.Form]pluralForm{
		plural.One: pluralOne, plural.Few: pluralFew, plural.Many: pluralMany, plural.Other: pluralOther,
	}
	tags := map[Lang]language.Tag{English: language.English, Russian: language.Russian}
	for _, lang := range Langs() {
		for n := range 10_000 {
			want, known := forms[plural.Cardinal.MatchPlural(tags[lang], n, 0, 0, 0, 0)]
			if got := lang.plural(int64(n)); got != want || !known {
				t.Fatalf("%s, %d: got form %d, want %d", lang, n, got, want)
			}
		}
		if lang.plural(-21) != lang.plural(21) {
			t.Errorf("%s: a negative number has another form", lang)
		}
	}
}

func TestParseLang(t *testing.T) {
	tests := []struct {
		in   string
		want Lang
		ok   bool
	}{
		{"ru", Russian, true}, {"ru_RU.UTF-8", Russian, true}, {"ru-RU", Russian, true}, {"RU", Russian, true},
		{"en_GB@euro", English, true}, {"Русский", Russian, true}, {"English", English, true},
		{"", "", false}, {"C", "", false}, {"C.UTF-8", "", false}, {"POSIX", "", false}, {"rue", "", false}, {"de_DE", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got, ok := ParseLang(tt.in); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %t, want %q, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	tests := []struct {
		name   string
		wishes []string
		want   Lang
	}{
		{"nothing", nil, English},
		{"the first that is spoken", []string{"", "de-DE", "ru-RU", "en-US"}, Russian},
		{"none is spoken", []string{"de-DE"}, English},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Choose(tt.wishes...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
