package identity

import (
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-diceware/diceware"
)

// Limits and default of a passphrase in words. Six are 77 bits, which scrypt makes
// too expensive to search for anybody.
const (
	DefaultWords = 6
	minWords     = 4
	maxWords     = 24
)

// Passphrase draws different words of the EFF long list (7,776 words, 12.9 bits
// each), joined by hyphens, which lie on one key in the English and the Russian
// layout.
func Passphrase(words int, random io.Reader) (string, error) {
	if words < minWords || words > maxWords {
		return "", fmt.Errorf("a passphrase has %d to %d words, not %d", minWords, maxWords, words)
	}
	generator, err := diceware.NewGenerator(&diceware.GeneratorInput{RandReader: random})
	if err != nil {
		return "", fmt.Errorf("make a passphrase: %w", err)
	}
	list, err := generator.Generate(words)
	if err != nil {
		return "", fmt.Errorf("make a passphrase: %w", err)
	}
	return strings.Join(list, "-"), nil
}
