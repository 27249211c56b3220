package vaulttest

import (
	"bytes"

	"filippo.io/age"

	"opsvault/vault/statement"
)

// Attacks by a writer of the safe on what is sealed: parts and plaintexts that
// belong elsewhere, and parts that are sealed to the wrong ones.
func sealedAttacks() []Attack {
	return []Attack{
		{"secret-of-other-entry", SecretOfOtherEntry},
		{"secret-of-other-version", SecretOfOtherVersion},
		{"secret-of-other-safe", SecretOfOtherSafe},
		{"secret-sealed-to-other-safe", SecretSealedToOtherSafe},
		{"card-of-other-entry", CardOfOtherEntry},
		{"secret-hash-wrong", SecretHashWrong},
		{"secret-fields-differ", SecretFieldsDiffer},
		{"stanza-classic", StanzaClassic},
		{"stanza-two", StanzaTwo},
		{"stanza-1025", Stanza1025},
		{"stanza-passphrase", StanzaPassphrase},
	}
}

// putSealed writes the next version of Trunk after a change of what is sealed.
func (w *World) putSealed(change func(*Version) error) error {
	n, err := w.Next(w.Maria, Trunk)
	if err != nil {
		return err
	}
	if err := change(n); err != nil {
		return err
	}
	return w.Put(w.Maria, n)
}

// secretFrom takes the sealed secret of another version or entry, and says the
// right hash of its plaintext.
func (w *World) secretFrom(n *Version, path string, version uint64) error {
	name, err := w.EntryFile(path, version)
	if err != nil {
		return err
	}
	parts, err := w.Sealed(name)
	if err != nil {
		return err
	}
	n.SealedSecret = parts[1]
	plain, err := w.unseal(w.Maria, ParsePath(path).Safe(), parts[1])
	n.SecretText = plain
	return err
}

// SecretOfOtherEntry puts the secret of PBX under the card of Trunk.
func SecretOfOtherEntry(w *World) error {
	return w.putSealed(func(n *Version) error { return w.secretFrom(n, PBX, 1) })
}

// SecretOfOtherVersion puts the first secret of Trunk into its third version.
func SecretOfOtherVersion(w *World) error {
	return w.putSealed(func(n *Version) error { return w.secretFrom(n, Trunk, 1) })
}

// SecretOfOtherSafe puts the secret of an entry of office, sealed to that
// safe, into an entry of telephony, which more people read.
func SecretOfOtherSafe(w *World) error {
	return w.putSealed(func(n *Version) error { return w.secretFrom(n, Wifi, 1) })
}

// SecretSealedToOtherSafe seals an honest secret to a safe that the header
// doesn't name.
func SecretSealedToOtherSafe(w *World) error {
	return w.putSealed(func(n *Version) error { n.SecretSafe = "office"; return nil })
}

// CardOfOtherEntry puts the card of PBX into a version of Trunk.
func CardOfOtherEntry(w *World) error {
	return w.putSealed(func(n *Version) error {
		name, err := w.EntryFile(PBX, 1)
		if err != nil {
			return err
		}
		parts, err := w.Sealed(name)
		n.SealedCard = parts[0]
		return err
	})
}

// SecretHashWrong signs the hash of another plaintext.
func SecretHashWrong(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.EditHeader = func(header []byte) []byte {
			at := bytes.Index(header, []byte("\nsecret ")) + len("\nsecret ")
			header[at] = "10"[b2i(header[at] == '1')]
			return header
		}
		return nil
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SecretFieldsDiffer promises fields on the card that the secret hasn't.
func SecretFieldsDiffer(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Card.Fields = []string{"username", "password", "pin"}
		return nil
	})
}

// sealAnyhow encrypts to any recipients, with age itself.
func sealAnyhow(plain []byte, to ...age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	in, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, err
	}
	if _, err := in.Write(plain); err != nil {
		return nil, err
	}
	return out.Bytes(), in.Close()
}

// sealSecret seals the secret to other recipients than the safe.
func (w *World) sealSecret(to func(own age.Recipient) ([]age.Recipient, error)) error {
	return w.putSealed(func(n *Version) error {
		v, err := w.Open(w.Maria)
		if err != nil {
			return err
		}
		text, err := w.Recipient(v, n.SecretSafe)
		if err != nil {
			return err
		}
		own, err := age.ParseHybridRecipient(text)
		if err != nil {
			return err
		}
		list, err := to(own)
		if err != nil {
			return err
		}
		if err := n.texts(); err != nil {
			return err
		}
		n.SealedSecret, err = sealAnyhow(n.SecretText, list...)
		return err
	})
}

// StanzaClassic seals to a key that a quantum computer would break.
func StanzaClassic(w *World) error {
	return w.sealSecret(func(age.Recipient) ([]age.Recipient, error) {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, err
		}
		return []age.Recipient{id.Recipient()}, nil
	})
}

// StanzaTwo seals to the safe and, unseen, to somebody else.
func StanzaTwo(w *World) error {
	return w.sealSecret(func(own age.Recipient) ([]age.Recipient, error) {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, err
		}
		return []age.Recipient{own, id.Recipient()}, nil
	})
}

// Stanza1025 makes the reader try one stanza after the other.
func Stanza1025(w *World) error {
	return w.sealSecret(func(own age.Recipient) ([]age.Recipient, error) {
		return []age.Recipient{own, manyStanzas(1024)}, nil
	})
}

// manyStanzas stands for a recipient with any number of stanzas.
type manyStanzas int

func (n manyStanzas) Wrap([]byte) ([]*age.Stanza, error) {
	list := make([]*age.Stanza, n)
	for i := range list {
		list[i] = &age.Stanza{Type: "mlkem768x25519", Args: []string{"x"}, Body: []byte("x")}
	}
	return list, nil
}

// WrapWithLabels says what a hybrid recipient says, so that age mixes them.
func (n manyStanzas) WrapWithLabels(key []byte) ([]*age.Stanza, []string, error) {
	list, err := n.Wrap(key)
	return list, []string{"postquantum"}, err
}

// StanzaPassphrase seals with a passphrase, which a reader would be asked for.
func StanzaPassphrase(w *World) error {
	return w.sealSecret(func(age.Recipient) ([]age.Recipient, error) {
		r, err := age.NewScryptRecipient("please")
		if err != nil {
			return nil, err
		}
		r.SetWorkFactor(1)
		return []age.Recipient{r}, nil
	})
}

// unseal opens a part with the key of a safe that a person holds.
func (w *World) unseal(p *Person, safe string, part []byte) ([]byte, error) {
	keys, err := w.SafeKeys(p)
	if err != nil {
		return nil, err
	}
	return statement.Unseal(part, keys[safe])
}
