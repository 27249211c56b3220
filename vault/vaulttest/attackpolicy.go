package vaulttest

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Attacks on the policy: a version 3 that makes Ivan a lead, in one way or
// another without a governor's signature, or texts that are no policy.
func policyAttacks() []Attack {
	return []Attack{
		{"policy-unsigned", PolicyUnsigned},
		{"policy-signed-by-stranger", PolicySignedByStranger},
		{"policy-signed-by-agent", PolicySignedByAgent},
		{"policy-signed-as-governor", PolicySignedAsGovernor},
		{"policy-signature-reused", PolicySignatureReused},
		{"policy-edited", PolicyEdited},
		{"policy-removed", PolicyRemoved},
		{"policy-misnamed", PolicyMisnamed},
		{"policy-oversized", PolicyOversized},
		{"policy-yaml-anchor", PolicyYAMLAnchor},
		{"policy-yaml-bomb", PolicyYAMLBomb},
		{"policy-yaml-duplicate-key", PolicyYAMLDuplicateKey},
		{"policy-yaml-tag", PolicyYAMLTag},
		{"policy-yaml-bom", PolicyYAMLBOM},
		{"policy-safe-dotdot", PolicySafeDotdot},
	}
}

// usurped is a version 3 in which Ivan is a lead.
func (w *World) usurped() ([]byte, error) {
	v, err := w.Open(w.Maria)
	if err != nil {
		return nil, err
	}
	d := v.Policy().Next(v.PolicyRef().Hash.String(), w.Now())
	d.Members["ivan"].Roles = []string{"lead"}
	return d.Encode()
}

// writePolicy writes a text as version 3 and returns its hash.
func (w *World) writePolicy(text []byte) (statement.Hash, error) {
	hash := statement.Sum(text)
	return hash, w.Write(store.PolicyName(3, hash.Short()), text)
}

// editPolicy writes a version 3 after a change of its text.
func (w *World) editPolicy(edit func(string) string) error {
	text, err := w.usurped()
	if err != nil {
		return err
	}
	_, err = w.writePolicy([]byte(edit(string(text))))
	return err
}

// PolicyUnsigned has no signature.
func PolicyUnsigned(w *World) error {
	return w.editPolicy(func(s string) string { return s })
}

// signPolicy signs version 3 with Ivan's device.
func (w *World) signPolicy(change func(*Deed)) error {
	text, err := w.usurped()
	if err != nil {
		return err
	}
	hash, err := w.writePolicy(text)
	if err != nil {
		return err
	}
	d := Deed{
		Op: "policy.sign", Object: "3",
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.PolicySignature{Common: c, Document: statement.PolicyRef{Number: 3, Hash: hash}}.Header()
		},
		Name: func(c statement.Common, _ statement.Hash) string { return store.SignName(3, hash.Short(), c.Device) },
	}
	change(&d)
	return w.Commit(w.Ivan, d)
}

// PolicySignedByAgent is signed by Ivan himself.
func PolicySignedByAgent(w *World) error { return w.signPolicy(func(*Deed) {}) }

// PolicySignedAsGovernor is signed by Ivan's device in the name of Maria.
func PolicySignedAsGovernor(w *World) error {
	return w.signPolicy(func(d *Deed) { d.Common = func(c *statement.Common) { c.Author = "maria" } })
}

// PolicySignedByStranger is signed with a strange key as Maria's device.
func PolicySignedByStranger(w *World) error {
	maria, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return w.signPolicy(func(d *Deed) {
		d.Common = func(c *statement.Common) { c.Author, c.Device = "maria", maria }
		d.Sign = func(header []byte) []byte { return Signature(header, statement.TypeSign, strangeKey()) }
	})
}

// PolicySignatureReused puts Maria's signature of version 2 beside version 3.
func PolicySignatureReused(w *World) error {
	text, err := w.usurped()
	if err != nil {
		return err
	}
	hash, err := w.writePolicy(text)
	if err != nil {
		return err
	}
	sign, err := w.One("policy/000002-*.sign")
	if err != nil {
		return err
	}
	n, _ := store.ParseName(sign)
	return w.copyFile(sign, store.SignName(3, hash.Short(), n.Device))
}

// PolicyEdited makes Ivan a lead in the version that is in force.
func PolicyEdited(w *World) error {
	name, err := w.One("policy/000002-*.yaml")
	if err != nil {
		return err
	}
	return w.Change(name, replace("[agent]", "[lead]"))
}

// PolicyRemoved leaves the first version, as in an old copy.
func PolicyRemoved(w *World) error {
	for _, pattern := range []string{"policy/000002-*.yaml", "policy/000002-*.sign"} {
		name, err := w.One(pattern)
		if err != nil {
			return err
		}
		if err := os.Remove(w.Path(name)); err != nil {
			return err
		}
	}
	return nil
}

// PolicyMisnamed has a name that promises other bytes.
func PolicyMisnamed(w *World) error {
	text, err := w.usurped()
	if err != nil {
		return err
	}
	return w.Write(store.PolicyName(3, strings.Repeat("0", 16)), text)
}

// PolicyOversized is over 4 MiB.
func PolicyOversized(w *World) error {
	return w.editPolicy(func(s string) string { return s + strings.Repeat("# filled up\n", policy.MaxSize/12+1) })
}

// PolicyYAMLAnchor has an anchor and an alias.
func PolicyYAMLAnchor(w *World) error {
	return w.editPolicy(func(s string) string { return strings.Replace(s, "name: Contact", "name: &a Contact", 1) })
}

// PolicyYAMLBomb is the billion laughs.
func PolicyYAMLBomb(w *World) error {
	return w.editPolicy(func(s string) string { return s + bomb() })
}

// PolicyYAMLDuplicateKey has two names.
func PolicyYAMLDuplicateKey(w *World) error {
	return w.editPolicy(func(s string) string { return s + "name: other\n" })
}

// PolicyYAMLTag has a type of its own.
func PolicyYAMLTag(w *World) error {
	return w.editPolicy(func(s string) string { return strings.Replace(s, "name: Contact", "name: !!str Contact", 1) })
}

// PolicyYAMLBOM begins with a byte order mark.
func PolicyYAMLBOM(w *World) error {
	return w.editPolicy(func(s string) string { return "\ufeff" + s })
}

// PolicySafeDotdot names a safe whose recipients would lie outside.
func PolicySafeDotdot(w *World) error {
	return w.editPolicy(func(s string) string { return strings.Replace(s, "  telephony:\n", "  ../../elsewhere:\n", 1) })
}

// Attacks on keys: files that would make honest people seal to somebody else,
// or take a key that is not the safe's.
func keyAttacks() []Attack {
	return []Attack{
		{"recipient-replaced", RecipientReplaced},
		{"recipient-newer", RecipientNewer},
		{"device-replaced", DeviceReplaced},
		{"bundle-wrong-key", BundleWrongKey},
		{"bundle-of-other-device", BundleOfOtherDevice},
		{"bundle-edited", BundleEdited},
	}
}

// RecipientReplaced puts another recipient where that of telephony was: what
// is written next would be sealed to it.
func RecipientReplaced(w *World) error {
	name, err := w.One("safes/telephony/1-*.recipient")
	if err != nil {
		return err
	}
	return w.Write(name, newRecipient())
}

// RecipientNewer adds a second generation that no policy names.
func RecipientNewer(w *World) error {
	file := newRecipient()
	return w.Write(store.RecipientName("telephony", 2, statement.Sum(file).Short()), file)
}

// DeviceReplaced puts the file of a strange device under the name of Ivan's:
// the next keys for Ivan would be sealed to it.
func DeviceReplaced(w *World) error {
	ivan, err := w.device(w.Ivan)
	if err != nil {
		return err
	}
	strange, err := newIdentity("ivan")
	if err != nil {
		return err
	}
	file, err := strange.DeviceStatement("desk", w.Now())
	if err != nil {
		return err
	}
	return w.Write(store.DeviceName(ivan), file)
}

// BundleWrongKey gives Ivan, on a fresh machine, a key for telephony that is
// not the one of the policy, in place of his bundle. Maria's own device does it.
func BundleWrongKey(w *World) error {
	keys, err := w.SafeKeys(w.Ivan)
	if err != nil {
		return err
	}
	wrong, err := newIdentity("ivan")
	if err != nil {
		return err
	}
	if keys["telephony"], err = wrong.Age(); err != nil {
		return err
	}
	key, err := w.Key(w.Ivan)
	if err != nil {
		return err
	}
	v, err := w.Open(w.Maria)
	if err != nil {
		return err
	}
	var plain strings.Builder
	fmt.Fprintf(&plain, "# opsvault/v1 keys\n# vault %s\n# to %s\n", v.ID(), key.DeviceID())
	for _, safe := range []string{policy.Catalogue, "telephony"} {
		fmt.Fprintf(&plain, "# safe %s generation 1\n%s\n", safe, keys[safe])
	}
	if err := os.RemoveAll(w.Path(store.KeysBase(key.DeviceID()))); err != nil {
		return err
	}
	if err := os.Remove(w.state(v.ID(), w.Ivan, key.DeviceID()+"/keyring")); err != nil {
		return err
	}
	return w.sendBundle(key.DeviceID(), key.Recipient(), []byte(plain.String()))
}

// sendBundle writes a bundle of the first generations of @catalogue and
// telephony by Maria.
func (w *World) sendBundle(device, recipient string, plain []byte) error {
	part, err := statement.Seal(plain, recipient)
	if err != nil {
		return err
	}
	return w.Commit(w.Maria, Deed{
		Op: "keys.issue", Object: device, Parts: [][]byte{part},
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.Keys{Common: c, To: device, Sealed: statement.Sum(part), Holds: []statement.Holding{
				{Safe: policy.Catalogue, First: 1, Last: 1}, {Safe: "telephony", First: 1, Last: 1}}}.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.KeysName(device, c.Policy.Number, hash.Short())
		},
	})
}

// BundleOfOtherDevice copies Maria's bundle among Ivan's.
func BundleOfOtherDevice(w *World) error {
	maria, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	ivan, err := w.device(w.Ivan)
	if err != nil {
		return err
	}
	bundle, err := w.One("keys/" + maria + "/*.keys")
	if err != nil {
		return err
	}
	return w.copyFile(bundle, strings.Replace(bundle, maria, ivan, 1))
}

// BundleEdited changes who a bundle is for.
func BundleEdited(w *World) error {
	maria, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	ivan, err := w.device(w.Ivan)
	if err != nil {
		return err
	}
	bundle, err := w.One("keys/" + ivan + "/*.keys")
	if err != nil {
		return err
	}
	return w.Change(bundle, func(b []byte) []byte {
		return bytes.Replace(b, []byte("to "+ivan), []byte("to "+maria), 1)
	})
}
