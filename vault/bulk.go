package vault

import (
	"maps"
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
	v.bulk = &bulkRead{pins: map[string]store.Pin{}, opened: v.takeAhead(names)}
	err := f()
	pins := v.bulk.pins
	v.bulk = nil
	if err != nil || len(pins) == 0 {
		return err
	}
	return v.readOnlyState(v.pins.Update(pins))
}

// An aheadRead opens the files of shards that will be read, a stretch of them
// before the stretch that is being read: the processors are never idle.
type aheadRead struct {
	stretches [][]string // names of files
	next      chan map[string]opened
	opened    map[string]opened
}

// stretchShards is how many shards are opened at a time: some hundred entries.
const stretchShards = 32

// readAhead begins to open the newest file of every entry of these shards.
func (v *Vault) readAhead(shards []string) {
	a := &aheadRead{}
	for len(shards) > 0 {
		n := min(stretchShards, len(shards))
		var names []string
		for _, shard := range shards[:n] {
			files, ids, err := v.shardFiles(shard)
			if err == nil { // else readShard says what is wrong
				names = append(names, newestFiles(shard, ids, files)...)
			}
		}
		a.stretches = append(a.stretches, names)
		shards = shards[n:]
	}
	if len(a.stretches) < 2 {
		return
	}
	v.ahead = a
	v.openNext()
}

func (v *Vault) openNext() {
	a := v.ahead
	if len(a.stretches) == 0 {
		a.next = nil
		return
	}
	names, done := a.stretches[0], make(chan map[string]opened, 1)
	a.stretches, a.next = a.stretches[1:], done
	keys := v.catalogueKeys()
	go func() { done <- v.openAll(names, keys) }()
}

// takeAhead returns the named files opened, from what was read ahead where they are there.
func (v *Vault) takeAhead(names []string) map[string]opened {
	if v.ahead == nil || len(names) == 0 {
		return v.openAll(names, v.catalogueKeys())
	}
	if _, here := v.ahead.opened[names[0]]; !here && v.ahead.next != nil {
		v.ahead.opened = <-v.ahead.next
		v.openNext()
	}
	for _, name := range names {
		if _, here := v.ahead.opened[name]; !here {
			return v.openAll(names, v.catalogueKeys())
		}
	}
	return v.ahead.opened
}

func (v *Vault) openAll(names []string, keys map[uint64]*age.HybridIdentity) map[string]opened {
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

// catalogueKeys are the keys of the catalogue that are here, but for numbers
// that two branches of the policy have used.
func (v *Vault) catalogueKeys() map[uint64]*age.HybridIdentity {
	keys, used := map[uint64]*age.HybridIdentity{}, map[uint64]int{}
	for _, g := range v.policy.Keys[policy.Catalogue] {
		used[g.Gen]++
		if key, err := v.safeKey(keyOfGeneration(policy.Catalogue, g)); err == nil {
			keys[g.Gen] = key
		}
	}
	maps.DeleteFunc(keys, func(gen uint64, _ *age.HybridIdentity) bool { return used[gen] > 1 })
	return keys
}
