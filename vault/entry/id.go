package entry

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// IDLength is the number of characters of an entry's id: 130 bits of an HMAC.
const IDLength = 26

// NamesKey derives the key that hides paths in file names: HKDF-SHA256 (RFC 5869)
// with the identity string of @catalogue's generation 1 (AGE-SECRET-KEY-PQ-1…) as
// secret, no salt, 32 bytes. Whoever holds it can test a guessed path against a
// file name.
func NamesKey(catalogueIdentity string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(catalogueIdentity), nil, "opsvault/v1 names", 32)
	if err != nil { // only for lengths beyond 8,160 bytes
		panic("entry: names key: " + err.Error())
	}
	return key
}

// ID gives the id of the entry at p: the same for every spelling of p.
func ID(namesKey []byte, p Path) string {
	mac := hmac.New(sha256.New, namesKey)
	mac.Write([]byte("opsvault/v1 entry\n" + p.folded))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:IDLength]
}

// IsID reports whether s has the form of an entry's id.
func IsID(s string) bool {
	if len(s) != IDLength {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '2' || r > '7') {
			return false
		}
	}
	return true
}
