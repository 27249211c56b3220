package vault

import (
	"opsvault/vault/chain"
	"opsvault/vault/statement"
)

// What other rooms do when copies meet.

// invitedMembers are those for whom an invitation is open. Where that can't be
// told it is nobody: their devices wait.
func (v *Vault) invitedMembers() map[string]bool {
	invited := map[string]bool{}
	if v.policy.Doc == nil {
		return invited
	}
	live, err := v.liveInvitations()
	if err != nil {
		return invited
	}
	for _, d := range live {
		invited[d.Body.Member] = true
	}
	return invited
}

// keepBoth keeps two heads that exclude one another: evidence.
func (m *meeting) keepBoth(a, b []byte, note string) error {
	v := m.c.v
	if m.spec.Run == "" {
		return v.keepFork(m.spec.Device, a, b, note)
	}
	for _, head := range [][]byte{a, b} { // of a journal: nothing else is announced in it
		name := evidenceDir + "/" + m.spec.Device + "-" + m.spec.Run + "-" + statement.Sum(head).Short()
		if err := v.state.WriteOnce(name, head); err != nil {
			return err
		}
	}
	return nil
}

// witnessedBy is the newest head of a device's log that a member's devices have
// recorded; its size is 0 where there is none.
func (v *Vault) witnessedBy(member, device string) chain.Head {
	var best chain.Head
	for witness, w := range v.readWitnesses().logs {
		of := w.of[device]
		if who, ok := v.policy.memberOf(witness); !ok || who != member || of == nil {
			continue
		}
		if of.newest.size() > best.Size {
			best = of.newest.head.Head
		}
	}
	return best
}
