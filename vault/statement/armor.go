package statement

import (
	"bytes"
	"encoding/base64"
)

// An armoring is base64 in lines between a first and a last line.
type armoring struct {
	first, last string // with LF
	width       int    // characters of a full line
}

var (
	ageArmor = armoring{"-----BEGIN AGE ENCRYPTED FILE-----\n", "-----END AGE ENCRYPTED FILE-----\n", 64}
	// The lines of ssh-keygen -Y sign; PEM would have 64 characters.
	sshArmor = armoring{"-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n", 70}
)

// Armor returns the armored form of a binary age file, as age -a writes it.
func Armor(binary []byte) []byte { return ageArmor.encode(binary) }

// Dearmor returns the binary age file in an armored one. It refuses
// (ErrMalformed) every other form than the one that Armor gives.
func Dearmor(armored []byte) ([]byte, error) { return ageArmor.decode(armored) }

func (a armoring) encode(binary []byte) []byte {
	chars := base64.StdEncoding.EncodedLen(len(binary))
	lines := (chars + a.width - 1) / a.width
	out := make([]byte, 0, len(a.first)+chars+lines+len(a.last))
	out = append(out, a.first...)
	// Encode behind the place where the lines go, then move each line down:
	// it always moves towards the front, so nothing is overwritten unread.
	flat := out[len(out)+lines : len(out)+lines+chars]
	base64.StdEncoding.Encode(flat, binary)
	for len(flat) > 0 {
		n := min(a.width, len(flat))
		out = append(append(out, flat[:n]...), '\n')
		flat = flat[n:]
	}
	return append(out, a.last...)
}

// decode reads base64 without regard to its lines, and then compares with the
// one form that counts.
func (a armoring) decode(armored []byte) ([]byte, error) {
	body, found := bytes.CutPrefix(armored, []byte(a.first))
	body, ended := bytes.CutSuffix(body, []byte(a.last))
	if !found || !ended {
		return nil, malformed("want one armored block, and nothing around it")
	}
	binary := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(binary, body)
	if err != nil {
		return nil, malformed("want base64 in the armor")
	}
	if !bytes.Equal(a.encode(binary[:n]), armored) {
		return nil, malformed("want armor in lines of %d characters, ended by LF", a.width)
	}
	return binary[:n], nil
}
