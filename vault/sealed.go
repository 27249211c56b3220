package vault

import (
	"fmt"
	"runtime"
	"sync"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A sealedVersion is a version of an entry with its parts sealed. What is
// left is to announce it and to write it.
type sealedVersion struct {
	op    string
	path  entry.Path
	card  entry.Card
	body  statement.Entry
	parts [][]byte
}

// A lineage is where a version stands among the others of its entry.
type lineage struct {
	version uint64
	prev    []statement.Hash
	skips   []statement.Seq
	movedTo string // of a tombstone
}

// after is the lineage of what follows one version, or none.
func after(old *Entry) lineage {
	if old == nil {
		return lineage{version: 1}
	}
	return lineage{version: old.Version + 1, prev: []statement.Hash{old.Hash}}
}

// sealVersion seals the content of a put. It changes nothing in the Vault and
// may run beside others.
func (v *Vault) sealVersion(path entry.Path, old *Entry, draft entry.Draft) (*sealedVersion, error) {
	return v.sealNext(path, after(old), draft)
}

func (v *Vault) sealNext(path entry.Path, line lineage, draft entry.Draft) (*sealedVersion, error) {
	names, err := v.names()
	if err != nil {
		return nil, err
	}
	binding := entry.NewBinding(v.id.String(), names, path, line.version, v.me.Member)
	card, secret, err := draft.Entry(binding, v.opts.Rand)
	if err != nil {
		return nil, err
	}
	plain, err := secret.Encode()
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	key := v.currentKey(path.Safe())
	sealed, err := v.sealTo(key, plain)
	if err != nil {
		return nil, err
	}
	return v.sealCard("entry.put", card, statement.Entry{
		Op: statement.OpPut, Safe: path.Safe(), Version: binding.Version, ID: binding.ID, Prev: line.prev, Skips: line.skips,
		Secret: statement.Sum(plain), SealedSecret: statement.Part{Generation: key.Gen, Hash: statement.Sum(sealed)},
	}, sealed)
}

// sealTombstone seals a deletion of what old was.
func (v *Vault) sealTombstone(old *Entry, line lineage) (*sealedVersion, error) {
	binding := old.Card.Binding
	binding.Version, binding.Author = line.version, v.me.Member
	return v.sealCard("entry.delete", old.Card.Tombstone(binding, line.movedTo), statement.Entry{
		Op: statement.OpDelete, Safe: old.body.Safe, Version: binding.Version, ID: binding.ID, Prev: line.prev, Skips: line.skips,
	})
}

// sealCard completes a version with its card.
func (v *Vault) sealCard(op string, card entry.Card, body statement.Entry, secret ...[]byte) (*sealedVersion, error) {
	path, err := entry.ParsePath(card.Path)
	if err != nil {
		return nil, err
	}
	plain, err := card.Encode()
	if err != nil {
		return nil, err
	}
	key := v.currentKey(policy.Catalogue)
	sealed, err := v.sealTo(key, plain)
	if err != nil {
		return nil, err
	}
	body.SealedCard = statement.Part{Generation: key.Gen, Hash: statement.Sum(sealed)}
	return &sealedVersion{op: op, path: path, card: card, body: body, parts: append([][]byte{sealed}, secret...)}, nil
}

func (p *sealedVersion) announcement() announcement {
	return announcement{
		op: p.op, object: fmt.Sprintf("%s@%d", p.body.ID, p.body.Version),
		details: map[string]any{"path": p.card.Path}, parts: p.parts,
		header: func(c statement.Common) (statement.Header, error) {
			p.body.Common = c
			return p.body.Header()
		},
		name: func(c statement.Common, _ statement.Hash) string {
			return store.EntryName(p.body.ID, p.body.Version, c.Device)
		},
	}
}

// entry is what was written.
func (p *sealedVersion) entry(out written) *Entry {
	return &Entry{Path: p.path, Card: p.card, Version: p.body.Version, Author: p.body.Author, Device: p.body.Device,
		Time: p.body.Time, Deleted: p.body.Op == statement.OpDelete, Hash: out.hash, File: out.name, body: p.body}
}

// writeSealed announces, writes and pins one version.
func (v *Vault) writeSealed(p *sealedVersion) (*Entry, error) {
	out, err := v.announceAll([]announcement{p.announcement()})
	if err != nil {
		return nil, err
	}
	e := p.entry(out[0])
	pin, err := v.pins.Get(p.body.ID)
	if err != nil {
		return nil, err
	}
	if err := v.pin(pin, []*Entry{e}); err != nil || e.Deleted {
		return e, err
	}
	v.reissue(p.body.ID)
	return e, nil
}

// Fresh is an entry that isn't there yet.
type Fresh struct {
	Path  entry.Path
	Draft entry.Draft
}

// insertGroup is how many entries are announced under one fsync of the log.
const insertGroup = 500

// InsertAll writes the first versions of many entries, as Insert does one, in
// groups: when it fails, whole groups are there and the rest isn't. Progress
// is told of each group.
func (v *Vault) InsertAll(list []Fresh) error {
	return v.writing(func() error {
		for done := 0; done < len(list); {
			group := list[done:min(done+insertGroup, len(list))]
			if err := v.insertGroup(group); err != nil {
				return err
			}
			done += len(group)
			if v.opts.Progress != nil {
				v.opts.Progress(done, len(list))
			}
		}
		return nil
	})
}

func (v *Vault) insertGroup(group []Fresh) error {
	olds, seen := make([]*Entry, len(group)), map[string]bool{}
	for i, f := range group {
		if seen[f.Path.Folded()] {
			return &ExistsError{"entry", f.Path.String()}
		}
		seen[f.Path.Folded()] = true
		if err := v.may(policy.Write, f.Path); err != nil {
			return err
		}
		old, err := v.target(f.Path)
		if err != nil {
			return err
		}
		if old != nil && !old.Deleted {
			return &ExistsError{"entry", f.Path.String()}
		}
		olds[i] = old
	}
	sealed, err := v.sealAll(group, olds)
	if err != nil {
		return err
	}
	jobs := make([]announcement, len(sealed))
	for i, p := range sealed {
		jobs[i] = p.announcement()
	}
	out, err := v.announceAll(jobs)
	if err != nil {
		return err
	}
	pins := map[string]store.Pin{}
	for i, p := range sealed {
		pins[p.body.ID] = store.Pin{Version: p.body.Version, Announced: p.body.Version, Hashes: [][32]byte{out[i].hash}}
	}
	return v.readOnlyState(v.pins.Update(pins))
}

// sealAll seals a group on all processors.
func (v *Vault) sealAll(group []Fresh, olds []*Entry) ([]*sealedVersion, error) {
	if _, err := v.names(); err != nil {
		return nil, err
	}
	sealed, failed := make([]*sealedVersion, len(group)), make([]error, len(group))
	workers := min(runtime.GOMAXPROCS(0), len(group))
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for i := worker; i < len(group); i += workers {
				sealed[i], failed[i] = v.sealVersion(group[i].Path, olds[i], group[i].Draft)
			}
		})
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return sealed, nil
}
