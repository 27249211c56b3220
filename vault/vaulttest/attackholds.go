package vaulttest

import (
	"os"
	"path/filepath"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// BundleSaysMore: Vera, who may not read telephony, sends Ivan a bundle that
// says it holds its key. All others to him are gone.
func BundleSaysMore(t *Team) error { return t.sayMore("vera", 1, "telephony") }

// BundleSaysMoreByLead: the same by Anna, who could hold it.
func BundleSaysMoreByLead(t *Team) error { return t.sayMore("anna", 3, policy.Catalogue, "telephony") }

// sayMore takes Ivan's keys away and has somebody lie about new ones; then
// copies meet, some times.
func (t *Team) sayMore(liar string, meetings int, safes ...string) error {
	ivan := t.Person("ivan")
	v, err := t.Open(ivan)
	if err != nil {
		return err
	}
	device := v.Me().Device
	if err := os.Remove(filepath.Join(v.LocalDir(), device, "keyring")); err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, p := range t.People {
		if err := os.RemoveAll(filepath.Join(p.Dir, "keys", device)); err != nil {
			return err
		}
	}
	wrong, err := newIdentity("ivan")
	if err != nil {
		return err
	}
	age, err := wrong.Age()
	if err != nil {
		return err
	}
	plain := "# opsvault/v1 keys\n# vault " + v.ID().String() + "\n# to " + device + "\n"
	var holds []statement.Holding
	for _, safe := range safes {
		plain += "# safe " + safe + " generation 1\n" + age.String() + "\n"
		holds = append(holds, statement.Holding{Safe: safe, First: 1, Last: 1})
	}
	w := t.World(ivan)
	key, err := w.Key(w.Maria)
	if err != nil {
		return err
	}
	part, err := statement.Seal([]byte(plain), key.Recipient())
	if err != nil {
		return err
	}
	err = t.commit(t.Person(liar), Deed{Op: "keys.issue", Object: device, Parts: [][]byte{part},
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.Keys{Common: c, To: device, Sealed: statement.Sum(part), Holds: holds}.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.KeysName(device, c.Policy.Number, hash.Short())
		}})
	if err != nil {
		return err
	}
	for range meetings {
		for _, member := range []string{"maria", "ivan"} {
			if err := t.meet(member); err != nil {
				return err
			}
		}
	}
	return nil
}

// meet has somebody sync with Vera's copy, which stands between people.
func (t *Team) meet(member string) error {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return err
	}
	_, err = v.SyncWith(t.Person("vera").Dir, vault.SyncOptions{Once: true})
	return err
}
