package vault

import (
	"errors"
	"fmt"
	"slices"

	"filippo.io/age"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// What a bundle says that it holds is in clear, and what it does hold only its
// receiver sees. A receiver who finds another key inside, or none, says so with
// an act `keys-refused` about the bundle. Holders then don't count that bundle,
// and the next one's sync delivers what is missing: nobody who lies about a
// bundle keeps keys from anybody.

// maxRefused is how many bundles one sync refuses.
const maxRefused = 16

// refuseBundles writes an act for each bundle to this device that does not hold
// what it says, once. The caller holds the writers' lock.
func (v *Vault) refuseBundles() (int, error) {
	names, err := v.bundlesFor(v.me.Device)
	if err != nil || len(names) == 0 || v.maySign() != nil {
		return 0, err
	}
	lacks, err := v.lacksKeys()
	if err != nil || !lacks {
		return 0, err
	}
	key, err := v.unlocked()
	if err != nil {
		return 0, err
	}
	mine, err := key.Age()
	if err != nil {
		return 0, err
	}
	said := v.refusedBundles(v.me.Device)
	var acts []newAct
	for _, name := range names {
		st, body, err := v.readBundle(name)
		if err != nil || said[st.Hash] || body.Device == v.me.Device || v.holdsWhatItSays(name, body, mine) {
			continue
		}
		acts = append(acts, newAct{Body: statement.Act{Op: statement.OpKeysRefused, About: st.Hash}})
	}
	acts = acts[:min(len(acts), maxRefused)]
	_, err = v.writeActs(acts...)
	return len(acts), err
}

// lacksKeys reports whether this device has not got a key that it may have.
func (v *Vault) lacksKeys() (bool, error) {
	if err := v.loadRing(); err != nil {
		return false, err
	}
	for _, id := range entitled(v.policy.Doc, v.me.Member) {
		if _, held := v.ring.text[id]; !held {
			return true, nil
		}
	}
	return false, nil
}

// holdsWhatItSays opens a bundle and looks for every generation that it names.
func (v *Vault) holdsWhatItSays(name string, body statement.Keys, mine *age.HybridIdentity) bool {
	inside, err := v.bundleInside(name, mine)
	if err != nil {
		return !errors.As(err, new(*IntegrityError))
	}
	for _, h := range body.Holds {
		for gen := h.First; gen <= h.Last && gen-h.First < 1000; gen++ {
			named := func(id keyID) bool { return id.Safe == h.Safe && id.Gen == gen }
			if !slices.ContainsFunc(inside, named) {
				return false
			}
		}
	}
	return true
}

// refusedBundles are the bundles that a device says it can't use.
func (v *Vault) refusedBundles(device string) map[statement.Hash]bool {
	if v.refused == nil {
		v.refused = map[string]map[statement.Hash]bool{}
		names, err := v.actNames()
		if err != nil {
			return nil
		}
		for _, name := range names {
			n, _ := store.ParseName(name)
			about, err := v.refusalOf(name)
			if err != nil || about.IsZero() {
				continue
			}
			if v.refused[n.Device] == nil {
				v.refused[n.Device] = map[statement.Hash]bool{}
			}
			v.refused[n.Device][about] = true
		}
	}
	return v.refused[device]
}

// refusalOf is the bundle that an act refuses; zero for every other act.
func (v *Vault) refusalOf(name string) (statement.Hash, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return statement.Hash{}, err
	}
	body, err := statement.ParseAct(st.Header)
	if err != nil || body.Op != statement.OpKeysRefused {
		return statement.Hash{}, err
	}
	if err := v.checkCommon(name, st, body.Common); err != nil {
		return statement.Hash{}, fmt.Errorf("%s: %w", name, err)
	}
	return body.About, nil
}
