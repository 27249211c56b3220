package statement

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// A workshop makes vectors out of the example entry and head of
// docs/format.md. Everything it makes is the same each time.
type workshop struct {
	*testing.T
	signer                 ssh.Signer
	entry, head, sign, act string   // whole files
	header, signature      string   // of entry
	parts                  []string // of entry, armored
}

func newWorkshop(t *testing.T) *workshop {
	doc := readExamples(t)
	w := &workshop{T: t, signer: doc.signer}
	for _, file := range doc.blocks("statement-example") {
		switch doc.open(t, file).Header.Type {
		case TypeEntry:
			w.entry = file
		case TypeHead:
			w.head = file
		case TypeSign:
			w.sign = file
		case TypeAct:
			w.act = file
		}
	}
	w.header, w.signature, w.parts = cutFile(t, []byte(w.entry))
	return w
}

// signed returns header, a signature by signer, and the parts.
func (w *workshop) signed(header string, signer ssh.Signer, hash sshsig.HashAlgorithm, namespace string, parts ...string) string {
	w.Helper()
	sig, err := sshsig.Sign(strings.NewReader(header), signer, hash, namespace)
	if err != nil {
		w.Fatal(err)
	}
	return header + string(sshArmor.encode(sig.Marshal())) + strings.Join(parts, "")
}

// again signs a header that was changed, with the right key.
func (w *workshop) again(header string) string {
	w.Helper()
	return w.signed(header, w.signer, sshsig.HashSHA512, "entry@opsvault.v1", w.parts...)
}

// other is a key of another device: its seed is 32 bytes of 9.
func (w *workshop) other() ssh.Signer { return testSigner(w, 9) }

// embedded puts another public key into the signature of the entry.
func (w *workshop) embedded() string {
	w.Helper()
	sig, err := sshsig.Unarmor([]byte(w.signature))
	if err != nil {
		w.Fatal(err)
	}
	sig.PublicKey = w.other().PublicKey()
	return w.header + string(sshArmor.encode(sig.Marshal())) + strings.Join(w.parts, "")
}

// twin returns the entry with a part of which the header names the hash, and
// which has this age header in place of its own.
func (w *workshop) twin(change func(string) string) string {
	w.Helper()
	binary, err := Dearmor([]byte(w.parts[1]))
	if err != nil {
		w.Fatal(err)
	}
	part := []byte(change(string(binary)))
	header := edit(w.T, w.header, Sum(binary).String(), Sum(part).String())
	return w.signed(header, w.signer, sshsig.HashSHA512, "entry@opsvault.v1", w.parts[0], string(Armor(part)))
}

// twoStanzas puts the recipient stanza of an age file there twice.
func twoStanzas(binary string) string {
	head, rest, _ := strings.Cut(binary, "\n---")
	intro, stanza, _ := strings.Cut(head, "\n")
	return intro + "\n" + stanza + "\n" + stanza + "\n---" + rest
}

func makeVectors(t *testing.T) []vector {
	w := newWorkshop(t)
	return append(w.frames(), append(w.headers(), append(w.acts(), w.signatures()...)...)...)
}

// frames are about what stands around and between the blocks.
func (w *workshop) frames() []vector {
	all := strings.Join(w.parts, "")
	card, secret := w.parts[0], w.parts[1]
	var list []vector
	add := func(name, expect, comment, file string) {
		list = append(list, vector{name, expect, comment, []byte(file)})
	}
	add("ok-entry", "ok", "the entry of docs/format.md", w.entry)
	add("ok-head", "ok", "the head of docs/format.md", w.head)
	add("ok-sign", "ok", "the signature of a policy version of docs/format.md", w.sign)
	add("empty", "malformed", "nothing at all", "")
	add("header-alone", "malformed", "no signature", w.header)
	add("last-lf-missing", "malformed", "the file lacks its last LF", strings.TrimSuffix(w.entry, "\n"))
	add("lf-after", "malformed", "an empty line after the file", w.entry+"\n")
	add("lf-before", "malformed", "an empty line before the file", "\n"+w.entry)
	add("bom", "malformed", "a byte order mark", "\ufeff"+w.entry)
	add("nul-after", "malformed", "a NUL after the file", w.entry+"\x00")
	add("crlf", "malformed", "CRLF everywhere", strings.ReplaceAll(w.entry, "\n", "\r\n"))
	add("crlf-signature", "malformed", "CRLF in the signature", w.header+strings.ReplaceAll(w.signature, "\n", "\r\n")+all)
	add("crlf-part", "malformed", "CRLF in a sealed part", w.header+w.signature+card+strings.ReplaceAll(secret, "\n", "\r\n"))
	add("junk-between", "malformed", "a line between two parts", w.header+w.signature+card+"hello\n"+secret)
	add("junk-after-signature", "malformed", "an empty line after the signature", w.header+w.signature+"\n"+all)
	add("signature-64", "malformed", "the signature in lines of 64 characters, as PEM has them", w.header+rewrapSignature(w, 64)+all)
	add("part-76", "malformed", "a sealed part in lines of 76 characters", w.header+w.signature+card+rewrapped(w.T, secret, 76))
	add("part-missing", "malformed", "the second part is not there", w.header+w.signature+card)
	add("part-extra", "malformed", "a part that no line names", w.entry+secret)
	add("parts-five", "malformed", "five parts", w.entry+secret+secret+secret)
	add("part-cut", "malformed", "cut in the second part", w.header+w.signature+card+secret[:700])
	add("parts-misordered", "sealed", "the two parts have changed places", w.header+w.signature+secret+card)
	add("part-twice", "sealed", "the card in place of the secret", w.header+w.signature+card+card)
	return list
}

func rewrapSignature(w *workshop, width int) string {
	w.Helper()
	blob, err := sshArmor.decode([]byte(w.signature))
	if err != nil {
		w.Fatal(err)
	}
	return string(armoring{sshArmor.first, sshArmor.last, width}.encode(blob))
}

// headers have a good signature, so that only their content is to blame.
func (w *workshop) headers() []vector {
	author := linesOf(w.T, w.header, "author")
	device := strings.TrimSpace(linesOf(w.T, w.header, "device"))
	change := func(old, new string) string { return w.again(edit(w.T, w.header, old, new)) }
	var list []vector
	add := func(name, expect, comment, file string) {
		list = append(list, vector{name, expect, comment, []byte(file)})
	}
	add("key-missing", "malformed", "no line `author`", change(author, ""))
	add("key-repeated", "malformed", "`author` twice", change(author, author+author))
	add("key-unknown", "malformed", "a line `colour` in a known type", change(author, author+"colour red\n"))
	add("keys-misordered", "malformed", "`author` before `device`", w.again(edit(w.T, edit(w.T, w.header, author, ""), "device ", author+"device ")))
	add("device-twice", "malformed", "two `device` lines", change(author, device+"\n"+author))
	add("lines-65", "malformed", "65 lines", change(author, strings.Repeat("colour red\n", 50)+author))
	add("value-too-long", "malformed", "a value of 4,001 bytes", change("maria", strings.Repeat("m", 4001)))
	add("value-control", "malformed", "ESC in a value", change("maria", "ma\x1bria"))
	add("value-nul", "malformed", "NUL in a value", change("maria", "ma\x00ria"))
	add("value-bidi", "malformed", "U+202E in a value", change("maria", "ma\u202eria"))
	add("value-not-utf8", "malformed", "a byte FF in a value", change("maria", "ma\xffria"))
	add("value-trailing-space", "malformed", "a space at the end of a value", change("maria", "maria "))
	add("number-leading-zero", "malformed", "`event 017`", change("event 17", "event 017"))
	add("time-offset", "malformed", "a time with +00:00", change("10:00:00Z", "10:00:00+00:00"))
	add("hash-upper-case", "malformed", "a hash in upper case", change("prev e83a", "prev E83A"))
	add("version-1-with-parent", "malformed", "version 1 has a parent", change("version 2", "version 1"))
	add("secret-other-safe", "malformed", "the secret is sealed to another safe than the entry's", change("secret telephony", "secret billing"))
	add("unknown-type", "unknown-type", "a type that version 1 does not know, in a sound frame",
		w.signed("opsvault/v1 later\n"+device+"\ncolour red\n", w.signer, sshsig.HashSHA512, "later@opsvault.v1"))
	add("unknown-op", "unknown-type", "an act with an op that version 1 does not know",
		w.signed("opsvault/v1 act\n"+device+"\nop absence\n", w.signer, sshsig.HashSHA512, "act@opsvault.v1"))
	add("unknown-type-part-extra", "malformed", "an unknown type with a part that no line names",
		w.signed("opsvault/v1 later\n"+device+"\n", w.signer, sshsig.HashSHA512, "later@opsvault.v1", w.parts[0]))
	return list
}

// signatures are about who signed what, and how.
func (w *workshop) signatures() []vector {
	const namespace = "entry@opsvault.v1"
	all := strings.Join(w.parts, "")
	foreign := edit(w.T, w.header, "device "+DeviceID(w.signer.PublicKey()), "device "+DeviceID(w.other().PublicKey()))
	var list []vector
	add := func(name, expect, comment, file string) {
		list = append(list, vector{name, expect, comment, []byte(file)})
	}
	add("author-changed", "signature", "`author` changed after signing", edit(w.T, w.entry, "maria", "mario"))
	add("namespace-file", "signature", "namespace `file`", w.signed(w.header, w.signer, sshsig.HashSHA512, "file", w.parts...))
	add("namespace-other-type", "signature", "the namespace of another type", w.signed(w.header, w.signer, sshsig.HashSHA512, "head@opsvault.v1", w.parts...))
	add("hash-sha256", "signature", "hash algorithm sha256", w.signed(w.header, w.signer, sshsig.HashSHA256, namespace, w.parts...))
	add("hash-claimed", "signature", "a good signature that claims hash algorithm sha256", w.header+string(sshArmor.encode(claiming(w.parsed())))+all)
	add("key-other", "signature", "signed by another device", w.signed(w.header, w.other(), sshsig.HashSHA512, namespace, w.parts...))
	add("key-embedded", "signature", "a good signature that embeds another key", w.embedded())
	add("signature-reserved", "signature", "the reserved field is not empty", w.header+string(sshArmor.encode(reserved(w.parsed())))+all)
	add("signature-malleable", "signature", "the order of the group added to s", w.header+string(sshArmor.encode(malleable(w.parsed())))+all)
	add("device-unknown", "unknown-device", "signed by a device that nobody knows", w.signed(foreign, w.other(), sshsig.HashSHA512, namespace, w.parts...))
	add("part-two-stanzas", "sealed", "the secret's age file has two stanzas", w.twin(twoStanzas))
	add("part-classic-stanza", "sealed", "its stanza is of type X25519", w.twin(func(s string) string { return strings.Replace(s, "mlkem768x25519", "X25519", 1) }))
	add("part-not-age", "sealed", "the secret is not an age file", w.twin(func(string) string { return "password: x\n" }))
	return list
}

func (w *workshop) parsed() *sshsig.Signature {
	w.Helper()
	sig, err := sshsig.Unarmor([]byte(w.signature))
	if err != nil {
		w.Fatal(err)
	}
	return sig
}

// claiming returns a signature that says it was made with another hash.
func claiming(s *sshsig.Signature) []byte {
	s.HashAlgorithm = sshsig.HashSHA256
	return s.Marshal()
}

// malleable returns a signature that means the same to a careless verifier.
func malleable(s *sshsig.Signature) []byte {
	addOrder(s.Signature.Blob[ed25519.SignatureSize/2:])
	return s.Marshal()
}
