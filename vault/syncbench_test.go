package vault_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// A sync with nothing new, with a memory and without: what each entry costs.
// The whole process at 10,000 entries is measured with the generator; see
// docs/performance.md.
func BenchmarkSyncNothingNew(b *testing.B) {
	w := world(b)
	v := openAs(b, w, w.Maria)
	for i := range 200 {
		if _, err := v.Insert(vaulttest.ParsePath(fmt.Sprintf("office/entry-%d", i)), vaulttest.Draft("x")); err != nil {
			b.Fatal(err)
		}
	}
	stick := filepath.Join(w.Root, "stick")
	if _, err := v.Sync(stick); err != nil {
		b.Fatal(err)
	}
	for _, full := range []bool{false, true} {
		b.Run(fmt.Sprintf("full=%v", full), func(b *testing.B) {
			for b.Loop() {
				r, err := openAs(b, w, w.Maria).SyncWith(stick, vault.SyncOptions{Full: full})
				if err != nil || r.Received+r.Sent > 0 {
					b.Fatalf("%+v, %v", r, err)
				}
			}
		})
	}
}
