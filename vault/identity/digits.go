package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
)

// Lengths of digits that people compare by voice.
const (
	JoinLength     = 24 // a newcomer reads them out, a governor types them
	ReadBackLength = 8  // the governor reads them back, the newcomer types them
)

// JoinDigits are those of a newcomer's device: of the vault's id, the hash of
// the policy version that the invitation names, and the hash of the .device
// file, each in hex (docs/format.md, section 5.1).
func JoinDigits(vault, policy, device string) string {
	return Digits(JoinLength, "opsvault/v1 join", vault, policy, device)
}

// ReadBackDigits prove to a newcomer that the digits were compared: admitted is
// the hash of the policy version that first names the device.
func ReadBackDigits(vault, admitted, device string) string {
	return Digits(ReadBackLength, "opsvault/v1 admitted", vault, admitted, device)
}

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

// SameDigits compares digits as people type them: spaces, dots and hyphens
// don't count. How long it takes doesn't tell where they differ.
func SameDigits(typed, want string) bool {
	have := BareDigits(typed)
	return want != "" && subtle.ConstantTimeCompare([]byte(have), []byte(BareDigits(want))) == 1
}

// BareDigits takes out what people type between digits.
func BareDigits(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "\u00a0", "", "\u202f", "", "\u2009", "", "\t", "").Replace(typed)
}
