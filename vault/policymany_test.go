package vault_test

import (
	"fmt"
	"testing"

	"opsvault/policy"
	"opsvault/vault/vaulttest"
)

// More versions than one device may have drafts of: who was away, and who joins,
// meets them all at once, and none of them is taken for a flood.
func TestManyVersionsAtOnce(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	maria := mate(t, tm, "maria")
	for i := range 40 {
		_, err := maria.ChangePolicy(func(d *policy.Document) error {
			d.Members["ivan"].Name = fmt.Sprint("Ivan ", i)
			return nil
		})
		must(t, err)
	}
	newest := maria.Policy().Version
	meets(t, tm, "ivan", tm.Person("maria").Dir)
	if v := mate(t, tm, "ivan"); v.Policy().Version != newest || warned(v, "policy-flood") {
		t.Errorf("ivan, who was away, is at version %d of %d: %v", v.Policy().Version, newest, v.Warnings())
	}
	_, err := tm.Join("petr", "agent")
	must(t, err)
	if v := mate(t, tm, "petr"); v.Policy().Version < newest || warned(v, "policy-flood") {
		t.Errorf("petr, who joins, is at version %d: %v", v.Policy().Version, v.Warnings())
	}
	if got := opens(t, tm, "petr", vaulttest.Trunk); got == "" {
		t.Error("petr reads nothing")
	}
}
