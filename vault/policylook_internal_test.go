package vault

import (
	"testing"

	"opsvault/vault/statement"
)

// Names hold 16 digits of a hash, and two documents with the same 16 can be made
// in some 2^32 tries. A signature counts for the bytes that were signed.
func TestSignatureOfADocumentOfTheSameName(t *testing.T) {
	parent := statement.Hash{1}
	signed, other := statement.Hash{7, 31: 1}, statement.Hash{7, 31: 2}
	if signed.Short() != other.Short() {
		t.Fatal("the names differ")
	}
	for _, tt := range []struct {
		name   string
		hash   statement.Hash
		counts int
	}{{"the same bytes", signed, 1}, {"other bytes", other, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			s := signature{PolicySignature: statement.PolicySignature{Document: statement.PolicyRef{Number: 3, Hash: signed}}}
			s.Policy = statement.PolicyRef{Number: 2, Hash: parent}
			c := &candidate{version: version{number: 3, hash: tt.hash, parents: []statement.Hash{parent}}}
			if got := new(policyLook).ofParents(c, []signature{s}); len(got) != tt.counts {
				t.Errorf("%d signatures count, not %d", len(got), tt.counts)
			}
		})
	}
}
