package vaulttest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Attacks by a writer of the safe (Maria's device) whose program writes
// headers that are wrong, and signs and announces them.
func headerAttacks() []Attack {
	return []Attack{
		{"header-key-repeated", HeaderKeyRepeated},
		{"header-key-missing", HeaderKeyMissing},
		{"header-key-unknown", HeaderKeyUnknown},
		{"header-key-misplaced", HeaderKeyMisplaced},
		{"header-crlf", HeaderCRLF},
		{"header-vault-other", HeaderVaultOther},
	}
}

// putHeader writes the next version of Trunk with another header.
func (w *World) putHeader(edit func([]byte) []byte) error {
	n, err := w.Next(w.Maria, Trunk)
	if err != nil {
		return err
	}
	n.EditHeader = edit
	return w.Put(w.Maria, n)
}

// HeaderKeyRepeated says twice which safe it is.
func HeaderKeyRepeated(w *World) error {
	return w.putHeader(replace("safe telephony\n", "safe telephony\nsafe office\n"))
}

// HeaderKeyMissing leaves the author out.
func HeaderKeyMissing(w *World) error { return w.putHeader(replace("author maria\n", "")) }

// HeaderKeyUnknown adds a key that this version of the format does not know.
func HeaderKeyUnknown(w *World) error {
	return w.putHeader(replace("op put\n", "op put\nplease believe-me\n"))
}

// HeaderKeyMisplaced puts the safe before the op.
func HeaderKeyMisplaced(w *World) error {
	return w.putHeader(replace("op put\nsafe telephony\n", "safe telephony\nop put\n"))
}

// HeaderCRLF signs a header with the line ends of Windows.
func HeaderCRLF(w *World) error { return w.putHeader(replace("\n", "\r\n")) }

// HeaderVaultOther signs a version for another vault.
func HeaderVaultOther(w *World) error {
	return w.putHeader(func(header []byte) []byte {
		at := bytes.Index(header, []byte("\nvault ")) + len("\nvault ")
		copy(header[at:], strings.Repeat("0", 64))
		return header
	})
}

// Attacks with signatures that are none of the device's over this header.
func signatureAttacks() []Attack {
	return []Attack{
		{"signature-namespace", SignatureNamespace},
		{"signature-sha256", SignatureSHA256},
		{"signature-other-key", SignatureOtherKey},
		{"signature-embedded-key", SignatureEmbeddedKey},
		{"signature-of-other-header", SignatureOfOtherHeader},
	}
}

// putSigned writes the next version of Trunk with another signature.
func (w *World) putSigned(sign func(header []byte, own ssh.Signer) []byte) error {
	n, err := w.Next(w.Maria, Trunk)
	if err != nil {
		return err
	}
	key, err := w.Key(w.Maria)
	if err != nil {
		return err
	}
	n.Sign = func(header []byte) []byte { return sign(header, key.Signer()) }
	return w.Put(w.Maria, n)
}

// SignatureNamespace takes a signature that Maria made for something else.
func SignatureNamespace(w *World) error {
	return w.putSigned(func(header []byte, own ssh.Signer) []byte {
		return SignatureFor(header, "file", sshsig.HashSHA512, own)
	})
}

// SignatureSHA256 signs with the other hash of SSHSIG.
func SignatureSHA256(w *World) error {
	return w.putSigned(func(header []byte, own ssh.Signer) []byte {
		return SignatureFor(header, "entry@opsvault.v1", sshsig.HashSHA256, own)
	})
}

// SignatureOtherKey signs with a key that nobody knows.
func SignatureOtherKey(w *World) error {
	return w.putSigned(func(header []byte, _ ssh.Signer) []byte {
		return SignatureFor(header, "entry@opsvault.v1", sshsig.HashSHA512, strangeKey())
	})
}

// SignatureEmbeddedKey signs with a strange key and embeds Maria's.
func SignatureEmbeddedKey(w *World) error {
	return w.putSigned(func(header []byte, own ssh.Signer) []byte {
		strange := strangeKey()
		armored := SignatureFor(header, "entry@opsvault.v1", sshsig.HashSHA512, strange)
		blob := dearmorSignature(armored)
		blob = bytes.ReplaceAll(blob, strange.PublicKey().Marshal(), own.PublicKey().Marshal())
		return armorSignature(blob, 70)
	})
}

// SignatureOfOtherHeader takes the signature of the version before.
func SignatureOfOtherHeader(w *World) error {
	return w.putSigned(func(header []byte, own ssh.Signer) []byte {
		return SignatureFor(bytes.ReplaceAll(header, []byte("version 3\n"), []byte("version 2\n")), "entry@opsvault.v1", sshsig.HashSHA512, own)
	})
}

func strangeKey() ssh.Signer {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	return signer
}

func dearmorSignature(armored []byte) []byte {
	body := strings.TrimSuffix(strings.TrimPrefix(string(armored), beginSignature), endSignature)
	blob, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	return blob
}
