package entry

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sethvargo/go-diceware/diceware"
)

// Class is a set of characters that a generated password draws from.
type Class string

const (
	Lower   Class = "lower"
	Upper   Class = "upper"
	Digits  Class = "digits"
	Symbols Class = "symbols" // none that a shell, a URL or a config file would need quoted twice
)

// Limits of what is generated.
const (
	MaxGenerated = 256 // characters
	MaxWords     = 24
)

// ErrRecipe: a recipe that can't be followed.
var ErrRecipe = errors.New("no such password can be made")

// Recipe says how a password is made.
type Recipe struct {
	Length  int
	Classes []Class // each is in it at least once
	Clear   bool    // without characters that are mistaken for one another on paper
	Words   int     // words of the EFF long list instead, 12.9 bits each
}

// StandardRecipe is for everything that no kind knows better: 120 bits.
func StandardRecipe() Recipe {
	return Recipe{Length: 20, Classes: []Class{Lower, Upper, Digits, Symbols}}
}

// Generate makes a password. Every one that fits the recipe is equally likely.
// It returns ErrRecipe, or what random returned.
func Generate(random io.Reader, r Recipe) (Value, error) {
	if r.Words > 0 {
		return generateWords(random, r.Words)
	}
	sets := make([]string, len(r.Classes))
	for i, class := range r.Classes {
		if sets[i] = class.characters(r.Clear); sets[i] == "" {
			return Value{}, fmt.Errorf("%w: unknown class %q", ErrRecipe, string(class))
		}
		if slices.Contains(r.Classes[:i], class) {
			return Value{}, fmt.Errorf("%w: class %q twice", ErrRecipe, string(class))
		}
	}
	if len(sets) == 0 || r.Length < len(sets) || r.Length > MaxGenerated {
		return Value{}, fmt.Errorf("%w: %d characters of %d classes", ErrRecipe, r.Length, len(sets))
	}
	alphabet := strings.Join(sets, "")
	// Drawing anew until every class is there keeps the rest equally likely,
	// which putting one of each in would not. A source that repeats itself must end too.
	for range 10_000 {
		password := make([]byte, r.Length)
		for i := range password {
			c, err := pick(random, alphabet)
			if err != nil {
				return Value{}, err
			}
			password[i] = c
		}
		if hasEach(password, sets) {
			return NewValue(password), nil
		}
	}
	return Value{}, fmt.Errorf("%w: the random source repeats itself", ErrRecipe)
}

// generateWords joins words by hyphens, as age does.
func generateWords(random io.Reader, n int) (Value, error) {
	if n > MaxWords {
		return Value{}, fmt.Errorf("%w: %d words", ErrRecipe, n)
	}
	generator, err := diceware.NewGenerator(&diceware.GeneratorInput{RandReader: random})
	if err != nil {
		return Value{}, err
	}
	words, err := generator.Generate(n)
	if err != nil {
		return Value{}, err
	}
	return NewValue([]byte(strings.Join(words, "-"))), nil
}

// pick draws one character without bias: bytes beyond the last whole multiple of
// the alphabet are thrown away.
func pick(random io.Reader, alphabet string) (byte, error) {
	var b [1]byte
	for range 1000 {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		if int(b[0]) < 256-256%len(alphabet) {
			return alphabet[int(b[0])%len(alphabet)], nil
		}
	}
	return 0, fmt.Errorf("%w: the random source repeats itself", ErrRecipe)
}

func hasEach(password []byte, sets []string) bool {
	for _, set := range sets {
		if !strings.ContainsAny(string(password), set) {
			return false
		}
	}
	return true
}

func (c Class) characters(clear bool) string {
	var set string
	switch c {
	case Lower:
		set = "abcdefghijklmnopqrstuvwxyz"
	case Upper:
		set = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	case Digits:
		set = "0123456789"
	case Symbols:
		set = "!#%*+-.:=?@^_~"
	}
	if !clear {
		return set
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("01IOlo.:-_", r) {
			return -1
		}
		return r
	}, set)
}
