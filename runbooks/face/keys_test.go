package face

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryKeyInBothLayouts(t *testing.T) {
	names, letters := map[string]bool{}, map[rune]bool{}
	for _, k := range All() {
		if names[k.Name()] {
			t.Errorf("two keys are called %s", k.Name())
		}
		names[k.Name()] = true
		for _, typed := range []string{string(k), strings.ToUpper(string(k)), " " + string(k) + " "} {
			if got := Match(typed, All()); got != k {
				t.Errorf("%q is %q, want %q", typed, got, k)
			}
		}
		if k == Help {
			continue
		}
		cyrillic := k.Cyrillic()
		if cyrillic == 0 || letters[cyrillic] {
			t.Errorf("%q has no key of its own in the Russian layout", k)
		}
		letters[cyrillic] = true
		if got := Match(string(cyrillic), All()); got != k {
			t.Errorf("%q in the Russian layout is %q, want %q", cyrillic, got, k)
		}
	}
}

// TestLooksAlike: who reads a Latin letter and types the Cyrillic one that looks like it means that one, or a key that does no harm.
func TestLooksAlike(t *testing.T) {
	latin, cyrillic := []rune(looksLatin), []rune(isCyrillic)
	if len(latin) != len(cyrillic) || utf8.RuneCountInString(latinKeys) != utf8.RuneCountInString(cyrillicKeys) {
		t.Fatal("the tables don't fit")
	}
	for i, letter := range latin {
		want := Key(letter)
		if !strings.ContainsRune(string(All()), letter) {
			continue
		}
		if got := Match(string(cyrillic[i]), []Key{want, Help}); got != want {
			t.Errorf("%q looks like %q and is %q", cyrillic[i], want, got)
		}
		if got := Match(string(cyrillic[i]), All()); got == Stop && want != Stop || got == Quit && want != Quit {
			t.Errorf("%q looks like %q and ends the run", cyrillic[i], want)
		}
	}
}

func TestWhatIsNoKey(t *testing.T) {
	for _, typed := range []string{"", " ", "rr", "yes", "y", "n", "д", "н", "т", "1", "password", "r 1", "\x1b", "\u202er", "\xff"} {
		if got := Match(typed, All()); got != NoKey {
			t.Errorf("%q is the key %q", typed, got)
		}
	}
	if got := Match("r", []Key{Help}); got != NoKey {
		t.Errorf("a key that is not offered is %q", got)
	}
	for _, typed := range []string{"?", ".", ",", "/"} {
		if got := Match(typed, []Key{Help}); got != Help {
			t.Errorf("%q is %q", typed, got)
		}
	}
}
