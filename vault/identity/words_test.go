package identity

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sethvargo/go-diceware/diceware"
)

func TestPassphrase(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		p, err := Passphrase(DefaultWords, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[p] {
			t.Fatalf("%q twice", p)
		}
		seen[p] = true
		if words := strings.Split(p, "-"); len(words) < DefaultWords || strings.ToLower(p) != p || LooksLikeRussianLayout([]byte(p)) {
			t.Errorf("got %q", p)
		}
	}
	for _, n := range []int{-1, 0, 3, 25} {
		if p, err := Passphrase(n, rand.Reader); err == nil {
			t.Errorf("%d words: %q", n, p)
		}
	}
	broken := errors.New("no entropy")
	if _, err := Passphrase(6, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
}

// The list is the EFF's: its length, its ends, and no word twice.
func TestWordList(t *testing.T) {
	list, seen := diceware.WordListEffLarge(), map[string]bool{}
	for n := range 7776 {
		roll, rest := 0, n
		for place := 1; place <= 10000; place *= 10 {
			roll += (rest%6 + 1) * place
			rest /= 6
		}
		word := list.WordAt(roll)
		if len(word) < 3 || len(word) > 9 || seen[word] {
			t.Fatalf("roll %d: %q", roll, word)
		}
		seen[word] = true
	}
	if list.WordAt(11111) != "abacus" || list.WordAt(66666) != "zoom" {
		t.Errorf("ends: %q, %q", list.WordAt(11111), list.WordAt(66666))
	}
}

func TestLayout(t *testing.T) {
	for _, tt := range []struct{ typed, swapped string }{
		{"фифсгы-ящщь", "abacus-zoom"},
		{"Рудд0", "Hell0"},
		{"ghbdtn", "привет"},
		{"Ntktajybz", "Телефония"},
		{"бьют.", ",m.n/"},
		{"12-34 56", "12-34 56"},
		{"", ""},
	} {
		if got := LayoutSwap(tt.typed); got != tt.swapped {
			t.Errorf("%q: got %q, want %q", tt.typed, got, tt.swapped)
		}
	}
	if len([]rune(english)) != len([]rune(russian)) {
		t.Errorf("%d keys in English, %d in Russian", len([]rune(english)), len([]rune(russian)))
	}
	for typed, looks := range map[string]bool{"фифсгы": true, "abacus": false, "abaсus": true, "12-34": false, "": false, "ёж": true} {
		if LooksLikeRussianLayout([]byte(typed)) != looks {
			t.Errorf("%q: %v", typed, !looks)
		}
	}
}

func TestDigits(t *testing.T) {
	a, b := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	for _, tt := range []struct {
		n     int
		label string
		parts []string
		want  string
	}{ // computed apart from this code
		{JoinLength, "opsvault/v1 join", []string{a, b}, "449945377848362353555197"},
		{ReadBackLength, "opsvault/v1 join", []string{a, b}, "53555197"},
		{4, "x", []string{"82"}, "0017"},
		{6, "x", nil, "210220"},
	} {
		if got := Digits(tt.n, tt.label, tt.parts...); got != tt.want {
			t.Errorf("%d of %q: got %s, want %s", tt.n, tt.label, got, tt.want)
		}
	}
	if Digits(24, "x", "ab", "c") == Digits(24, "x", "a", "bc") || Digits(24, "x", a, b) == Digits(24, "x", b, a) {
		t.Error("digits don't tell parts apart")
	}
}

func TestDigitsLeaveTheirPartsAlone(t *testing.T) {
	parts := []string{"a", "b", "c"}
	Digits(8, "x", parts[:2]...)
	if parts[2] != "c" {
		t.Errorf("parts are now %q", parts)
	}
}

func TestSameDigits(t *testing.T) {
	for _, tt := range []struct {
		typed, want string
		same        bool
	}{
		{"123456 123456", "123456123456", true},
		{" 123-456\t123\u00a0456 ", "123456123456", true},
		{"123456123457", "123456123456", false},
		{"", "", false},
		{"", "12", false},
		{"012", "12", false},
	} {
		if SameDigits(tt.typed, tt.want) != tt.same {
			t.Errorf("%q and %q: %v", tt.typed, tt.want, !tt.same)
		}
	}
}
