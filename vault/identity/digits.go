package identity

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
)

// Lengths of digits that people compare by voice.
const (
	JoinDigits     = 24 // a newcomer reads them out, a governor types them
	ReadBackDigits = 8  // the governor reads them back
)

// Digits gives n decimal digits (1 to 70) that stand for all parts in their order:
// the SHA-256 of label, LF and each part with LF, as a big-endian number modulo
// 10ⁿ, with leading zeros. Parts are hashes in hex or ids: a part with an LF in it
// would be two.
func Digits(n int, label string, parts ...string) string {
	if n < 1 || n > 70 {
		panic(fmt.Sprintf("identity: %d digits", n))
	}
	text := label + "\n"
	for _, part := range parts {
		text += part + "\n"
	}
	sum := sha256.Sum256([]byte(text))
	modulus := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	number := new(big.Int).SetBytes(sum[:])
	return fmt.Sprintf("%0*d", n, number.Mod(number, modulus))
}

// SameDigits compares digits as people type them: spaces and hyphens don't count.
func SameDigits(typed, want string) bool {
	bare := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "")
	return want != "" && bare.Replace(typed) == bare.Replace(want)
}
