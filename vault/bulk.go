package vault

import (
	"runtime"
	"sync"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A bulkRead is what a listing of many entries does at once: signatures and
// cards on all processors, pins in one write a shard.
type bulkRead struct {
	pins   map[string]store.Pin
	opened map[string]opened
}

// opened is an entry's file with its frame verified and its card decrypted.
// Nothing more was checked of it.
type opened struct {
	st   *statement.Statement
	body statement.Entry
	err  error
	card *entry.Card
}

// inBulk runs f, which reads the named files, with their costly steps done
// before in parallel, and pins afterwards what f has seen.
func (v *Vault) inBulk(names []string, f func() error) error {
	v.bulk = &bulkRead{pins: map[string]store.Pin{}, opened: v.openAll(names)}
	err := f()
	pins := v.bulk.pins
	v.bulk = nil
	if err != nil || len(pins) == 0 {
		return err
	}
	return v.readOnlyState(v.pins.Update(pins))
}

func (v *Vault) openAll(names []string) map[string]opened {
	keys := v.catalogueKeys()
	results := make([]opened, len(names))
	var wait sync.WaitGroup
	for worker := range min(runtime.GOMAXPROCS(0), len(names)) {
		wait.Go(func() {
			for i := worker; i < len(names); i += runtime.GOMAXPROCS(0) {
				results[i] = v.openOne(names[i], keys)
			}
		})
	}
	wait.Wait()
	all := make(map[string]opened, len(names))
	for i, name := range names {
		all[name] = results[i]
	}
	return all
}

// openOne must not change the Vault: it runs beside others.
func (v *Vault) openOne(name string, keys map[uint64]*age.HybridIdentity) (o opened) {
	if o.st, o.body, o.err = v.frameOf(name); o.err != nil {
		return o
	}
	if key := keys[o.body.SealedCard.Generation]; key != nil {
		o.card = cardOf(o.st, key)
	}
	return o
}

// cardOf opens a card; nil where that fails: openCard tries again, and says why.
func cardOf(st *statement.Statement, key *age.HybridIdentity) *entry.Card {
	plain, err := statement.Unseal(st.Parts[0], key)
	if err != nil {
		return nil
	}
	card, err := entry.ParseCard(plain)
	if err != nil {
		return nil
	}
	return &card
}

// catalogueKeys are the keys of the catalogue that are here.
func (v *Vault) catalogueKeys() map[uint64]*age.HybridIdentity {
	keys := map[uint64]*age.HybridIdentity{}
	for _, g := range v.policy.Doc.Generations(policy.Catalogue) {
		if key, err := v.safeKey(policy.Catalogue, g.Gen); err == nil {
			keys[g.Gen] = key
		}
	}
	return keys
}
