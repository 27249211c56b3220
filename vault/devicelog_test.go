package vault_test

import (
	"testing"

	"opsvault/vault/chain"
	"opsvault/vault/vaulttest"
)

// Who has said that a version is written can't say later that it isn't: others
// have built on it. However many lines are looked up, the first outcome counts.
func TestFirstOutcomeCounts(t *testing.T) {
	t.Parallel()
	for name, many := range map[string]bool{"one look-up": false, "many": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			n, err := w.Next(w.Maria, vaulttest.Trunk)
			must(t, err)
			n.Outcome, n.Later = chain.Done, chain.Failed
			must(t, w.Put(w.Maria, n))
			v := openAs(t, w, w.Ivan)
			if many {
				v.LookUpMany()
			}
			if e, _, err := v.Show(vaulttest.ParsePath(vaulttest.Trunk), false); err != nil || e.Version != n.FileVersion {
				t.Errorf("%+v, %v", e, err)
			}
			for _, full := range []bool{false, true} {
				if r, err := openAs(t, w, w.Ivan).Verify(full); err != nil || !r.OK() {
					t.Errorf("full %v: %+v, %v", full, r, err)
				}
			}
		})
	}
}
