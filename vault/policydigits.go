package vault

import (
	"opsvault/vault/identity"
	"opsvault/vault/statement"
)

// PolicyDigits are the 24 digits by which two people compare, by voice, which
// policy they have.
func PolicyDigits(vault, policy statement.Hash) string {
	return identity.Digits(identity.JoinLength, "opsvault/v1 policy", vault.String(), policy.String())
}
