package vault

import "opsvault/vault/statement"

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
