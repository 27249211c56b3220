package vault

import (
	"opsvault/policy"
	"opsvault/vault/statement"
)

// What tests use as the rooms of this package do.

func (v *Vault) ActsOf(ops ...statement.ActOp) ([]*Deed, error) { return v.acts(ops...) }

// WriteAct writes any act, right or wrong.
func (v *Vault) WriteAct(body statement.Act, note Note) (id statement.Hash, err error) {
	err = v.writing(func() error {
		ids, err := v.writeActs(newAct{body, note})
		if err == nil {
			id = ids[0]
		}
		return err
	})
	return id, err
}

// ReadLogs reads every log that is here to its end, as a sync does.
func (v *Vault) ReadLogs() error {
	for _, device := range v.knownDevices() {
		key, err := v.keyOf(device)
		if err != nil {
			continue
		}
		log, err := v.logOf(device, key)
		if err != nil {
			return err
		}
		if err := v.readLog(log); err != nil {
			return err
		}
	}
	return nil
}

// SpoilIndex has the sealed cache of cards show other titles than the cards.
func (v *Vault) SpoilIndex() error {
	idx, err := v.loadIndex()
	if err != nil {
		return err
	}
	for _, shard := range idx.shards {
		for i := range shard.rows {
			shard.rows[i].Title = "another"
		}
	}
	idx.changed = true
	return v.saveIndex(idx)
}

// SpoilKeys has the keyring hold the key of one safe in place of another's.
func (v *Vault) SpoilKeys(safe, by string) error {
	one, other := v.currentKey(safe), v.currentKey(by)
	text, err := v.safeKeyText(other)
	if err != nil {
		return err
	}
	return v.addKeys(map[keyID]string{one: text})
}

// Covered asks whether signatures of a policy version cover a line of a device
// that the version closes, now or once more of its log is here.
func (v *Vault) Covered(device string, event uint64, leaving []string, signatures []statement.PolicySignature) (now, later bool, err error) {
	limit, err := v.limitOf(device, signatures, func(signer string) bool { return contains(leaving, signer) })
	if err != nil {
		return false, false, err
	}
	now, later = limit.covers(event)
	return now, later, nil
}

// ClosedBy are the `closed` lines that this device would sign with a change.
func (v *Vault) ClosedBy(edit func(*policy.Document)) ([]statement.Closed, error) {
	next := v.policy.Doc.Next(v.policy.Hash.String(), v.now())
	edit(next)
	return v.closings(next)
}

// LogLine is how long a device's log is here, and the hash of one of its lines.
func (v *Vault) LogLine(device string, seq uint64) (uint64, statement.Hash, error) {
	key, err := v.keyOf(device)
	if err != nil {
		return 0, statement.Hash{}, err
	}
	log, err := v.logOf(device, key)
	if err != nil {
		return 0, statement.Hash{}, err
	}
	if err := v.readLog(log); err != nil {
		return 0, statement.Hash{}, err
	}
	hash, err := log.lineHash(seq)
	return log.size(), hash, err
}

// Event is the line that announces a version.
func (e *Entry) Event() uint64 { return e.body.Event }

// LookUpMany has the logs known so far read as a whole at the next look-up.
func (v *Vault) LookUpMany() {
	for _, device := range v.knownDevices() {
		if key, err := v.keyOf(device); err == nil {
			if log, err := v.logOf(device, key); err == nil {
				log.loads = 1 << 20
			}
		}
	}
}
