package vault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// writings say what each attack on what stands must come to: what Maria and
// Ivan see of Trunk in their own copies, and what is undecided for them.
var writings = map[string][2]string{
	"writes-tombstone-by-reader": {"trunk-old", "trunk-old"},
	"writes-after-leaving":       {"trunk-old; 2 late", "trunk-old; 2 late"},
	"writes-in-place-of-older":   {"by-anna", "by-anna"},
	"writes-kept-back":           {"trunk-old; 2 late", "trunk-old; 2 late"},
	"writes-announced-by-leaver": {"trunk-old", "trunk-old"},
	"writes-announced-never":     {"missing; 999999 missing", "missing; 999999 missing"},
	"writes-closed-low":          {"by-ivan", ""},
	"writes-closed-high":         {"by-ivan; 3 in-transit", ""},
	"writes-beside-older":        {"trunk-new", "trunk-new"},
	"writes-twice":               {"side by side", "side by side"},
	"writes-skip-of-other":       {"side by side", "side by side"},
}

func TestHostileWrites(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.WriteAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			c := newCrew(t, "anna", "ivan")
			c.must(a.Do(c.Team))
			want, ok := writings[a.Name]
			if !ok {
				t.Error("nothing is said about what must come of it")
			}
			for i, member := range []string{"maria", "ivan"} {
				if want[i] == "" {
					continue // he was taken out
				}
				if got := c.sees(member); got != want[i] {
					t.Errorf("for %s it comes to %q, not to %q", member, got, want[i])
				}
			}
			c.settles("maria")
		})
	}
}

// sees is what comes out for Trunk, and what is undecided about it.
func (c *crew) sees(member string) string {
	c.t.Helper()
	c.look(member)
	v := c.open(member)
	got, err := v.Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{})
	var back *vault.RollbackError
	seen := ""
	switch {
	case errors.As(err, &back) && len(back.Missing) > 0:
		seen = "missing"
	case err != nil:
		seen = err.Error()
	case len(got.Siblings) > 0:
		seen = "side by side"
	default:
		seen = password(got)
	}
	f, err := v.Conflict(vaulttest.ParsePath(vaulttest.Trunk))
	c.must(err)
	for _, w := range f.Waiting {
		seen += fmt.Sprintf("; %d %s", w.Version, w.Why)
	}
	for _, a := range f.Missing {
		seen += fmt.Sprintf("; %d missing", a.Version)
	}
	return seen
}

// settles resolves what can be, and makes sure that one version is left, and that the entry can be written again.
func (c *crew) settles(member string) {
	c.t.Helper()
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	f, err := c.open(member).Conflict(trunk)
	c.must(err)
	r := vault.Resolution{Refuse: true}
	if len(f.Standing) > 0 {
		r.Take = f.Standing[0].Hash.String()
	}
	if _, err := c.open(member).Resolve(trunk, r); err != nil && !errors.Is(err, vault.ErrSettled) {
		c.t.Errorf("it can't be resolved: %v", err)
	}
	c.edit(member, vaulttest.Trunk, "password", "after-all")
	if got := c.sees(member); !strings.HasPrefix(got, "after-all") || strings.Contains(got, "late") || strings.Contains(got, "missing") {
		c.t.Errorf("afterwards: %s", got)
	}
}
