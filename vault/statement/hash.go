package statement

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Hash is a SHA-256. Its zero value stands for "no hash" and is never the
// hash of anything in a vault.
type Hash [32]byte

// Sum returns the SHA-256 of data.
func Sum(data []byte) Hash { return sha256.Sum256(data) }

// ParseHash reads 64 lower-case hex digits, nothing else. Its errors satisfy
// errors.Is(err, ErrMalformed).
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != hex.EncodedLen(len(h)) {
		return Hash{}, malformed("want 64 hex digits, have %d bytes", len(s))
	}
	for i := range h {
		hi, ok1 := digit(s[2*i])
		lo, ok2 := digit(s[2*i+1])
		if !ok1 || !ok2 {
			return Hash{}, malformed("want 64 lower-case hex digits")
		}
		h[i] = hi<<4 | lo
	}
	return h, nil
}

// digit returns the value of one lower-case hex digit.
func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// String returns all 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns the first 16 hex digits, the form used in file names.
func (h Hash) Short() string { return hex.EncodeToString(h[:8]) }

// IsZero reports whether h is the zero value.
func (h Hash) IsZero() bool { return h == Hash{} }
