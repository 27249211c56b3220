package entry

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// endless never runs dry.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return len(b), nil
}

func TestGenerate(t *testing.T) {
	source := rand.NewChaCha8([32]byte{7})
	for _, r := range []Recipe{
		StandardRecipe(),
		{Length: 4, Classes: []Class{Lower, Upper, Digits, Symbols}},
		{Length: 6, Classes: []Class{Digits}},
		{Length: MaxGenerated, Classes: []Class{Upper}},
		{Length: 16, Classes: []Class{Lower, Digits}, Clear: true},
	} {
		for range 200 {
			v, err := Generate(source, r)
			if err != nil {
				t.Fatal(err)
			}
			checkMade(t, r, string(v.Reveal()))
		}
	}
}

func checkMade(t *testing.T, r Recipe, made string) {
	t.Helper()
	if len(made) != r.Length {
		t.Fatalf("%q has %d characters, not %d", made, len(made), r.Length)
	}
	var all string
	for _, class := range r.Classes {
		set := class.characters(r.Clear)
		if all += set; !strings.ContainsAny(made, set) {
			t.Fatalf("%q has no %s", made, class)
		}
	}
	if rest := strings.Trim(made, all); rest != "" {
		t.Fatalf("%q has %q in it", made, rest)
	}
	if r.Clear && strings.ContainsAny(made, "01IOlo") {
		t.Fatalf("%q has characters that look alike", made)
	}
}

// A remainder of a byte by 62 would make the first 8 characters a quarter more
// frequent. The fixed seed makes the count the same in every run.
func TestGenerateIsUnbiased(t *testing.T) {
	source := rand.NewChaCha8([32]byte{1})
	count := map[rune]float64{}
	const passwords, length, characters = 2000, 62, 62
	for range passwords {
		v, err := Generate(source, Recipe{Length: length, Classes: []Class{Lower, Upper, Digits}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(v.Reveal()) {
			count[r]++
		}
	}
	const expected = passwords * length / characters
	sum := 0.0
	for _, n := range count {
		sum += (n - expected) * (n - expected) / expected
	}
	// 61 degrees of freedom: 110 is exceeded once in 10,000 seeds, the bias would give 1,500.
	if len(count) != characters || sum > 110 || math.IsNaN(sum) {
		t.Errorf("%d characters, chi-square %.0f", len(count), sum)
	}
}

func TestGenerateWords(t *testing.T) {
	v, err := Generate(rand.NewChaCha8([32]byte{2}), Recipe{Words: 6})
	if err != nil {
		t.Fatal(err)
	}
	if words := strings.Split(string(v.Reveal()), "-"); len(words) < 6 {
		t.Errorf("got %q", v.Reveal())
	}
}

func TestGenerateRefuses(t *testing.T) {
	for name, r := range map[string]Recipe{
		"nothing":                  {},
		"no classes":               {Length: 10},
		"shorter than its classes": {Length: 1, Classes: []Class{Lower, Upper}},
		"too long":                 {Length: MaxGenerated + 1, Classes: []Class{Lower}},
		"an unknown class":         {Length: 10, Classes: []Class{"runes"}},
		"a class twice":            {Length: 10, Classes: []Class{Lower, Lower}},
		"too many words":           {Words: MaxWords + 1},
	} {
		if _, err := Generate(endless{}, r); !errors.Is(err, ErrRecipe) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("no entropy")
	for _, r := range []Recipe{StandardRecipe(), {Words: 6}} {
		if _, err := Generate(iotest.ErrReader(broken), r); !errors.Is(err, broken) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := Generate(constant(0), StandardRecipe()); !errors.Is(err, ErrRecipe) {
		t.Errorf("a source of zeros: %v", err)
	}
	if _, err := Generate(constant(255), StandardRecipe()); !errors.Is(err, ErrRecipe) {
		t.Errorf("a source that is always thrown away: %v", err)
	}
}

type constant byte

func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}
