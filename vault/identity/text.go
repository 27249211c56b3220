package identity

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

// MaxFile is the limit of an identity file, sealed or in clear, in bytes. A
// sealed one has about 3.5 KB.
const MaxFile = 16 << 10

// preambles are how the lines of an identity file begin, in their order.
var preambles = [...]string{
	"# opsvault/v1 identity", "# member ", "# device ", "# signing-seed ", "# public key: ", "AGE-SECRET-KEY-PQ-1",
}

// Marshal gives the identity in clear: a stock age identity file, for `age -i`.
func (i *Identity) Marshal() []byte {
	var b bytes.Buffer
	for n, rest := range [...]string{
		"", i.member, i.device, base64.StdEncoding.EncodeToString(i.seed[:]), i.recipient,
		strings.TrimPrefix(i.secret, preambles[5]),
	} {
		b.WriteString(preambles[n] + rest + "\n")
	}
	return b.Bytes()
}

// Parse reads what Marshal gave, and nothing else. The age key itself is parsed by
// Age. It returns ErrDamaged; no part of the text is in the error.
func Parse(plaintext []byte) (*Identity, error) {
	if len(plaintext) > MaxFile {
		return nil, damaged("%d bytes, at most %d", len(plaintext), MaxFile)
	}
	lines := strings.Split(string(plaintext), "\n")
	if len(lines) != len(preambles)+1 || lines[len(preambles)] != "" {
		return nil, damaged("want %d lines", len(preambles))
	}
	var rest [len(preambles)]string
	for n, preamble := range preambles {
		var found bool
		if rest[n], found = strings.CutPrefix(lines[n], preamble); !found {
			return nil, damaged("line %d: want %q", n+1, preamble)
		}
	}
	seed, err := base64.StdEncoding.Strict().DecodeString(rest[3])
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, damaged("line 4: want base64 of %d bytes", ed25519.SeedSize)
	}
	if !strings.HasPrefix(rest[4], "age1pq1") {
		return nil, damaged("line 5: want a recipient that begins with age1pq1")
	}
	i, err := assemble(rest[1], [ed25519.SeedSize]byte(seed), rest[4], lines[5])
	if err != nil {
		return nil, damaged("line 2: %w", err)
	}
	if rest[2] != i.device {
		return nil, damaged("line 3: this is not the device of the signing seed")
	}
	if !bytes.Equal(i.Marshal(), plaintext) {
		return nil, damaged("not in the one form that counts")
	}
	return i, nil
}
