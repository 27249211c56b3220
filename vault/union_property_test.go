package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

// Whatever three people do to one entry in copies of their own, in whatever order the copies meet: every content whose
// writing was acknowledged is in the history, among the siblings, or waiting; all copies that have met see the same; and
// resolve leaves one version, of which the others are ancestors.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	tree := newCrew(t, "anna", "ivan")
	tree.policy("maria", letAgentsWriteDoc)
	tree.spreadAll()
	base := t.TempDir()
	runs := 0
	few(t, 12, func(r *rapid.T) { // each run opens vaults a hundred times
		runs++
		root := filepath.Join(base, fmt.Sprint(runs))
		if err := os.CopyFS(root, os.DirFS(tree.Root)); err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(root)
		c := &crew{tree.At(root), fataller{t, r}}
		written := map[string]bool{}
		members := []string{"maria", "anna", "ivan"}
		for step := range rapid.IntRange(1, 8).Draw(r, "steps") {
			who := rapid.SampledFrom(members).Draw(r, "who")
			switch what := rapid.SampledFrom([]string{"edit", "edit", "meet", "remove", "resolve"}).Draw(r, "what"); what {
			case "edit":
				c.tryEdit(who, fmt.Sprintf("%s-%d", who, step), written)
			case "remove":
				_, err := c.open(who).Remove(vaulttest.ParsePath(vaulttest.Trunk))
				c.expected(err)
			case "resolve":
				c.tryResolve(r, who)
			case "meet":
				c.meet(who, rapid.SampledFrom(members).Filter(func(m string) bool { return m != who }).Draw(r, "with"))
			}
		}
		c.spreadAll()
		seen := map[string]string{}
		for _, who := range members {
			seen[who] = c.sums(who, written)
		}
		if seen["maria"] != seen["anna"] || seen["maria"] != seen["ivan"] {
			r.Fatalf("copies that have met differ: %v", seen)
		}
		c.tryResolve(r, "maria")
		f, err := c.open("maria").Conflict(vaulttest.ParsePath(vaulttest.Trunk))
		c.must(err)
		if len(f.Standing) != 1 || !f.Empty() {
			r.Fatalf("after resolving: %+v", f)
		}
		if got := c.sums("maria", written); got == "" {
			r.Fatal("nothing is left")
		}
	})
}

// fataller lets a crew fail a property.
type fataller struct {
	testing.TB
	r *rapid.T
}

func (f fataller) Fatal(args ...any)                 { f.r.Fatal(args...) }
func (f fataller) Fatalf(format string, args ...any) { f.r.Fatalf(format, args...) }
func (f fataller) Errorf(format string, args ...any) { f.r.Errorf(format, args...) }

func (c *crew) spreadAll() {
	c.t.Helper()
	for range 2 {
		for _, pair := range [][2]string{{"maria", "anna"}, {"anna", "ivan"}, {"ivan", "maria"}} {
			c.meet(pair[0], pair[1])
		}
	}
}

// expected passes over what an honest program says to somebody who has to resolve first, or to write the entry anew.
func (c *crew) expected(err error) {
	c.t.Helper()
	var conflict *vault.ConflictError
	var none *vault.NotFoundError
	if err != nil && !errors.As(err, &conflict) && !errors.As(err, &none) {
		c.t.Fatal(err)
	}
}

func (c *crew) tryEdit(who, password string, written map[string]bool) {
	c.t.Helper()
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	set := func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set("password", entry.NewValue([]byte(password)))
		return d, nil
	}
	_, err := c.open(who).Edit(trunk, set)
	var none *vault.NotFoundError
	if errors.As(err, &none) {
		_, err = c.open(who).Insert(trunk, vaulttest.Draft(password))
	}
	c.expected(err)
	if err == nil {
		written[password] = true
	}
}

// tryResolve decides by the first side each time.
func (c *crew) tryResolve(r *rapid.T, who string) {
	c.t.Helper()
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	f, err := c.open(who).Conflict(trunk)
	c.must(err)
	sides := append([]*vault.Entry{}, f.Standing...)
	for _, w := range f.Waiting {
		sides = append(sides, w.Entry())
	}
	take := rapid.SampledFrom(sides).Draw(r, "take")
	_, err = c.open(who).Resolve(trunk, vault.Resolution{Take: take.Hash.String()})
	var none *vault.NotFoundError
	if errors.As(err, &none) && len(f.Standing) > 0 { // it is what another one that waits follows
		_, err = c.open(who).Resolve(trunk, vault.Resolution{Take: f.Standing[0].Hash.String()})
	}
	if err != nil && !errors.Is(err, vault.ErrSettled) {
		c.t.Fatal(err)
	}
}

// sums says what a copy shows, and fails where something that was written is nowhere.
func (c *crew) sums(who string, written map[string]bool) string {
	c.t.Helper()
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	v := c.open(who)
	history, err := v.History(trunk)
	c.must(err)
	f, err := v.Conflict(trunk)
	c.must(err)
	all := history
	text := ""
	for _, e := range f.Standing {
		text += fmt.Sprintf("%s stands\n", e.Hash.Short())
	}
	for _, w := range f.Waiting {
		all = append(all, w.Entry())
		text += fmt.Sprintf("%s %s\n", w.Hash.Short(), w.Why)
	}
	found := map[string]bool{}
	for _, e := range all {
		text += fmt.Sprintf("%d %s %t\n", e.Version, e.Hash.Short(), e.Deleted)
		if e.Deleted {
			continue
		}
		got, err := v.Reveal(trunk, vault.Purpose{Hash: e.Hash})
		c.must(err)
		found[password(got)] = true
	}
	for password := range written {
		if !found[password] {
			c.t.Errorf("%s: %s was acknowledged and is nowhere", who, password)
		}
	}
	return text
}
