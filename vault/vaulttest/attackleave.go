package vaulttest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A WriteAttack is something done to what stands in a vault of several copies,
// by somebody who left, who may not write, or who writes and lies. Names as
// with Attack. Maria and Anna lead, Ivan is an agent; each has a copy.
type WriteAttack struct {
	Name string
	Do   func(*Team) error
}

// WriteAttacks are all of them.
func WriteAttacks() []WriteAttack {
	return []WriteAttack{
		{"writes-tombstone-by-reader", WritesTombstoneByReader},
		{"writes-after-leaving", WritesAfterLeaving},
		{"writes-in-place-of-older", WritesInPlaceOfOlder},
		{"writes-kept-back", WritesKeptBack},
		{"writes-announced-by-leaver", WritesAnnouncedByLeaver},
		{"writes-announced-never", WritesAnnouncedNever},
		{"writes-closed-low", WritesClosedLow},
		{"writes-closed-high", WritesClosedHigh},
		{"writes-beside-older", WritesBesideOlder},
		{"writes-twice", WritesTwice},
		{"writes-skip-of-other", WritesSkipOfOther},
	}
}

// as is a World in which a person of the team, with their copy, is Maria: what
// it writes is written with a program of their own.
func (t *Team) as(member string) (*World, *Person) {
	m := t.Person(member)
	w := at(t.Root)
	w.Dir, w.now = m.Dir, t.Now()
	w.Maria = &Person{member, m.Home}
	return w, w.Maria
}

// forgeTrunk writes the next version of Trunk, changed by f, and returns its file.
func (t *Team) forgeTrunk(member string, f func(*Version)) (string, error) {
	w, p := t.as(member)
	n, err := w.Next(p, Trunk)
	if err != nil {
		return "", err
	}
	if f != nil {
		f(n)
	}
	if err := w.Put(p, n); err != nil {
		return "", err
	}
	return store.EntryName(n.FileID, n.FileVersion, n.Body.Device), nil
}

func (t *Team) file(member, name string) string {
	return filepath.Join(t.Person(member).Dir, filepath.FromSlash(name))
}

// spread gives everybody what anybody has.
func (t *Team) spread() error {
	for range 2 {
		for _, from := range t.People {
			for _, to := range t.People {
				if from == to {
					continue
				}
				if err := t.CopyFiles(from, to); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (t *Team) change(member string, edit func(*policy.Document)) error {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return err
	}
	_, err = v.ChangePolicy(func(d *policy.Document) error { edit(d); return nil })
	return err
}

// removeAnna has Maria, whose copy is as it is, take Anna out.
func (t *Team) removeAnna() error {
	return t.change("maria", func(d *policy.Document) { d.RemoveMember("anna") })
}

// WritesTombstoneByReader deletes as somebody who may only read.
func WritesTombstoneByReader(t *Team) error {
	w, p := t.as("ivan")
	n, err := w.Next(p, Trunk)
	if err != nil {
		return err
	}
	v, err := w.Open(p)
	if err != nil {
		return err
	}
	text, err := n.Card.Tombstone(n.Card.Binding, "").Encode()
	if err != nil {
		return err
	}
	card, err := w.sealTo(v, policy.Catalogue, text)
	if err != nil {
		return err
	}
	n.Body.Op, n.Body.SealedCard = statement.OpDelete, statement.Part{Generation: 1, Hash: statement.Sum(card)}
	n.Deed.Op, n.Parts = "entry.delete", [][]byte{card}
	n.Header = func(c statement.Common) (statement.Header, error) {
		n.Body.Common = c
		return n.Body.Header()
	}
	n.Name = func(c statement.Common, _ statement.Hash) string {
		return store.EntryName(n.FileID, n.FileVersion, c.Device)
	}
	if err := w.Commit(p, n.Deed); err != nil {
		return err
	}
	return t.spread()
}

// WritesAfterLeaving writes under the policy that still knew her, with a time of long before.
func WritesAfterLeaving(t *Team) error {
	if err := t.removeAnna(); err != nil {
		return err
	}
	_, err := t.forgeTrunk("anna", func(n *Version) { n.Common = func(c *statement.Common) { c.Time = c.Time.Add(-time.Hour) } })
	if err != nil {
		return err
	}
	return t.spread()
}

// edit writes the next version of Trunk as an honest program does.
func (t *Team) edit(member, password string) (*vault.Entry, error) {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return nil, err
	}
	return v.Edit(ParsePath(Trunk), func(d entry.Draft) (entry.Draft, error) {
		d.Fields = Draft(password).Fields
		return d, nil
	})
}

// WritesInPlaceOfOlder names a line of her log that is below the cut, and announces another statement.
func WritesInPlaceOfOlder(t *Team) error {
	if _, err := t.edit("anna", "by-anna"); err != nil {
		return err
	}
	if err := t.CopyFiles(t.Person("anna"), t.Person("maria")); err != nil {
		return err
	}
	if err := t.removeAnna(); err != nil {
		return err
	}
	_, err := t.forgeTrunk("anna", func(n *Version) { n.Common = func(c *statement.Common) { c.Event -= 2 } })
	if err != nil {
		return err
	}
	return t.spread()
}

// WritesKeptBack announces before leaving, and shows what was announced only afterwards.
func WritesKeptBack(t *Team) error {
	name, err := t.forgeTrunk("anna", nil)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(t.file("anna", name))
	if err != nil {
		return err
	}
	if err := os.Remove(t.file("anna", name)); err != nil {
		return err
	}
	if err := t.CopyFiles(t.Person("anna"), t.Person("maria")); err != nil {
		return err
	}
	if err := t.removeAnna(); err != nil {
		return err
	}
	if err := os.WriteFile(t.file("anna", name), kept, 0o600); err != nil {
		return err
	}
	return t.spread()
}

// announceOnly calls a version of Trunk written that nobody will see.
func (t *Team) announceOnly(member string, version uint64) error {
	name, err := t.forgeTrunk(member, func(n *Version) {
		n.Object = fmt.Sprintf("%s@%d", n.Body.ID, version)
		n.Line = func(d *chain.Draft) { d.Object = n.Object }
	})
	if err != nil {
		return err
	}
	return os.Remove(t.file(member, name))
}

// WritesAnnouncedByLeaver announces, before leaving, what never comes.
func WritesAnnouncedByLeaver(t *Team) error {
	if err := t.announceOnly("anna", 999_999); err != nil {
		return err
	}
	if err := t.CopyFiles(t.Person("anna"), t.Person("maria")); err != nil {
		return err
	}
	if err := t.removeAnna(); err != nil {
		return err
	}
	return t.spread()
}

// WritesAnnouncedNever announces, and stays.
func WritesAnnouncedNever(t *Team) error {
	if err := t.announceOnly("anna", 999_999); err != nil {
		return err
	}
	return t.spread()
}

// removeWriter lets Ivan write Trunk, gives that to Maria, and has her take
// him out; Anna, who has not seen that yet, signs it with a line of her own.
func (t *Team) removeWriter(line func(statement.Closed) statement.Closed) error {
	if err := t.change("maria", func(d *policy.Document) { d.Safes["telephony"].Access["agent"] = policy.Manage }); err != nil {
		return err
	}
	if err := t.spread(); err != nil {
		return err
	}
	v, err := t.Open(t.Person("ivan"))
	if err != nil {
		return err
	}
	if _, err := t.edit("ivan", "by-ivan"); err != nil {
		return err
	}
	if err := t.spread(); err != nil {
		return err
	}
	if err := t.change("maria", func(d *policy.Document) { d.RemoveMember("ivan") }); err != nil {
		return err
	}
	w, p := t.as("ivan")
	key, err := w.Key(p)
	if err != nil {
		return err
	}
	none := chain.Spec{Vault: v.ID(), Device: v.Me().Device, Key: key.PublicKey()}.Genesis()
	return t.signBeside("anna", line(statement.Closed{Device: v.Me().Device, Line: statement.Sum(none)}))
}

// signBeside adds a person's signature of the newest policy of Maria.
func (t *Team) signBeside(member string, closed statement.Closed) error {
	maria, err := t.Open(t.Person("maria"))
	if err != nil {
		return err
	}
	ref := maria.PolicyRef()
	w, p := t.as(member)
	return w.Commit(p, Deed{Op: "policy.sign", Object: fmt.Sprint(ref.Number),
		Line: func(d *chain.Draft) { d.Policy = ref.Number - 1 },
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.PolicySignature{Common: c, Document: ref, Closed: []statement.Closed{closed}}.Header()
		},
		Name: func(c statement.Common, _ statement.Hash) string {
			return store.SignName(ref.Number, ref.Hash.Short(), c.Device)
		},
	})
}

// WritesClosedLow signs that nothing of a leaver was seen.
func WritesClosedLow(t *Team) error {
	if err := t.removeWriter(func(c statement.Closed) statement.Closed { return c }); err != nil {
		return err
	}
	return t.spread()
}

// WritesClosedHigh signs that more was seen than there is, so that the leaver may go on.
func WritesClosedHigh(t *Team) error {
	err := t.removeWriter(func(c statement.Closed) statement.Closed {
		c.Seq, c.Line = 500, statement.Sum([]byte("no line"))
		return c
	})
	if err != nil {
		return err
	}
	if _, err := t.forgeTrunk("ivan", nil); err != nil {
		return err
	}
	return t.spread()
}

// WritesBesideOlder puts an older version beside the newest one, under its name.
func WritesBesideOlder(t *Team) error {
	e, err := t.edit("maria", "trunk-new")
	if err != nil {
		return err
	}
	v, err := t.Open(t.Person("maria"))
	if err != nil {
		return err
	}
	old, err := v.At(ParsePath(Trunk), 1)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(t.file("maria", old.File))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	if err := os.WriteFile(t.file("maria", e.File+"~"+hex.EncodeToString(sum[:4])), data, 0o600); err != nil {
		return err
	}
	return t.spread()
}

// WritesTwice writes two contents as one version, and shows each to somebody else.
func WritesTwice(t *Team) error {
	var name string
	for _, to := range []string{"maria", "ivan"} {
		var err error
		if name, err = t.forgeTrunk("anna", nil); err != nil {
			return err
		}
		if err := t.CopyFiles(t.Person("anna"), t.Person(to)); err != nil {
			return err
		}
		if err := os.Remove(t.file("anna", name)); err != nil {
			return err
		}
	}
	return t.meetBeside(name)
}

// meetBeside brings all copies together; of two files of one name both are kept, as a sync does it.
func (t *Team) meetBeside(name string) error {
	data := map[string][]byte{}
	for _, member := range []string{"maria", "ivan"} {
		one, err := os.ReadFile(t.file(member, name))
		if err != nil {
			return err
		}
		data[member] = one
	}
	for member, other := range map[string]string{"maria": "ivan", "ivan": "maria"} {
		sum := sha256.Sum256(data[other])
		if err := os.WriteFile(t.file(member, name+"~"+hex.EncodeToString(sum[:4])), data[other], 0o600); err != nil {
			return err
		}
	}
	return t.CopyFiles(t.Person("anna"), t.Person("maria"))
}

// WritesSkipOfOther writes a version that skips what Maria has written.
func WritesSkipOfOther(t *Team) error {
	e, err := t.edit("maria", "by-maria")
	if err != nil {
		return err
	}
	_, err = t.forgeTrunk("anna", func(n *Version) { n.Body.Skips = []statement.Seq{{Device: e.Device, Seq: 100_000}} })
	if err != nil {
		return err
	}
	return t.spread()
}
