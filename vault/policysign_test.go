package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// council is a team in which two of three leads sign: maria, anna and lena.
func council(t *testing.T, more ...string) *vaulttest.Team {
	t.Helper()
	team := grown(t, append([]string{"anna", "lena"}, more...)...)
	changes(t, team, "maria", func(d *policy.Document) { d.Members["lena"].Roles = []string{"lead"} })
	spread(t, team, "maria")
	c := draft(t, team, "maria", func(d *policy.Document) { d.Govern.Threshold = 2 })
	spread(t, team, "maria")
	sign(t, team, "anna", c)
	spread(t, team, "anna")
	return team
}

// grown is a team.
func grown(t *testing.T, members ...string) *vaulttest.Team {
	t.Helper()
	team, err := vaulttest.NewTeam(t.TempDir(), members...)
	if err != nil {
		t.Fatal(err)
	}
	return team
}

// spread gives everybody what one has.
func spread(t *testing.T, team *vaulttest.Team, from string) {
	t.Helper()
	for _, p := range team.People {
		carry(t, team, from, p.Member)
	}
}

func carry(t *testing.T, team *vaulttest.Team, from, to string) {
	t.Helper()
	if from == to {
		return
	}
	if err := team.CopyFiles(team.Person(from), team.Person(to)); err != nil {
		t.Fatal(err)
	}
}

func edited(edit func(*policy.Document)) func(*policy.Document) error {
	return func(d *policy.Document) error { edit(d); return nil }
}

// draft changes the policy as a member.
func draft(t *testing.T, team *vaulttest.Team, member string, edit func(*policy.Document)) *vault.Change {
	t.Helper()
	c, err := mate(t, team, member).ChangePolicy(edited(edit))
	if err != nil {
		t.Fatalf("%s changes the policy: %v", member, err)
	}
	return c
}

// changes is a draft that counts at once.
func changes(t *testing.T, team *vaulttest.Team, member string, edit func(*policy.Document)) *vault.Change {
	t.Helper()
	c := draft(t, team, member, edit)
	if c.Pending != nil {
		t.Fatalf("%s's version %d waits", member, c.Number)
	}
	return c
}

func sign(t *testing.T, team *vaulttest.Team, member string, c *vault.Change) *vault.Change {
	t.Helper()
	signed, err := mate(t, team, member).SignPolicy(c.Hash.Short())
	if err != nil {
		t.Fatalf("%s signs: %v", member, err)
	}
	return signed
}

// at is the number of the policy that a member sees, and whether there is a fork.
func at(t *testing.T, team *vaulttest.Team, member string, number uint64, heads int) {
	t.Helper()
	v := mate(t, team, member)
	if v.PolicyRef().Number != number || len(v.Heads()) != heads {
		t.Errorf("%s is at policy %d with %d heads, not %d with %d: %v", member, v.PolicyRef().Number, len(v.Heads()), number, heads, v.Warnings())
	}
}

func officeFor(role string) func(*policy.Document) {
	return func(d *policy.Document) { d.Safes["office"].Access[role] = policy.Use }
}

func TestTwoMustSign(t *testing.T) {
	t.Parallel()
	team := council(t, "ivan")
	c := draft(t, team, "maria", officeFor("agent"))
	if c.Pending == nil || c.Pending.Author != "maria" {
		t.Fatalf("%+v", c)
	}
	if left, who := c.Pending.Missing(); left != 1 || !slices.Equal(who, []string{"anna", "lena"}) {
		t.Errorf("%d of %v must sign", left, who)
	}
	spread(t, team, "maria")
	for _, member := range []string{"maria", "anna", "lena", "ivan"} {
		at(t, team, member, 4, 1)
		v := mate(t, team, member)
		pending, err := v.PendingPolicies()
		if err != nil || len(pending) != 1 || pending[0].Hash != c.Hash || !warned(v, "policy-pending") {
			t.Errorf("%s: %+v, %v", member, pending, err)
		}
	}
	wifi := vaulttest.ParsePath(vaulttest.Wifi)
	if _, err := mate(t, team, "ivan").Reveal(wifi, vault.Purpose{}); err == nil {
		t.Error("ivan reads what waits for a signature")
	}
	_, err := mate(t, team, "ivan").SignPolicy(c.Hash.Short())
	isA[*vault.DeniedError](t, err)
	if _, err := mate(t, team, "maria").SignPolicy(c.Hash.Short()); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("maria signs twice: %v", err)
	}
	_, err = mate(t, team, "anna").SignPolicy("0000")
	isA[*vault.NotFoundError](t, err)
	if signed := sign(t, team, "lena", c); signed.Pending != nil || signed.Number != 5 {
		t.Errorf("%+v", signed)
	}
	spread(t, team, "lena")
	at(t, team, "ivan", 5, 1)
	getsPassword(t, mate(t, team, "ivan"), wifi, "wifi-only")
	if versions, err := mate(t, team, "ivan").VerifyPolicy(); err != nil || len(versions) != 5 || !slices.Equal(versions[4].Signers, []string{"maria", "lena"}) && !slices.Equal(versions[4].Signers, []string{"lena", "maria"}) {
		t.Errorf("%+v, %v", versions, err)
	}
}

// Several drafts wait side by side; when one counts, the others can't any more.
func TestDraftsSideBySide(t *testing.T) {
	t.Parallel()
	team := council(t)
	one := draft(t, team, "maria", officeFor("agent"))
	two := draft(t, team, "maria", officeFor("auditor"))
	if one.Number != two.Number || one.Hash == two.Hash {
		t.Fatalf("%+v %+v", one, two)
	}
	spread(t, team, "maria")
	sign(t, team, "anna", two)
	spread(t, team, "anna")
	pending, err := mate(t, team, "lena").PendingPolicies()
	if err != nil || len(pending) != 1 || pending[0].Hash != one.Hash || !pending[0].Stale {
		t.Errorf("%+v, %v", pending, err)
	}
	_, err = mate(t, team, "lena").SignPolicy(one.Hash.Short())
	isA[*vault.StaleError](t, err)
	if v := mate(t, team, "lena"); v.PolicyRef().Hash != two.Hash || warned(v, "policy-pending") {
		t.Errorf("%v", v.Warnings())
	}
}

// A person counts once, whatever number of devices, and nobody signs for a person with another's.
func TestOnePersonCountsOnce(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna")
	second, err := team.SecondDevice(team.Person("maria"))
	must(t, err)
	c := draft(t, team, "maria", func(d *policy.Document) { d.Govern.Threshold = 2 })
	must(t, team.CopyFiles(team.Person("maria"), second))
	v, err := team.Open(second)
	must(t, err)
	if _, err := v.SignPolicy(c.Hash.Short()); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("maria's other device signs, too: %v", err)
	}
	if v.PolicyRef().Hash == c.Hash {
		t.Error("one person was enough")
	}
}

func TestThresholdMustBeReachable(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna")
	_, err := mate(t, team, "maria").ChangePolicy(edited(func(d *policy.Document) { d.Govern.Threshold = 3 }))
	isA[*vault.PolicyError](t, err)
	c := draft(t, team, "maria", func(d *policy.Document) { d.Govern.Threshold = 2 })
	if c.Pending == nil { // the new threshold is asked of the new governors, too
		t.Errorf("%+v", c)
	}
}

// A device that signed a version shows another log later. The version stands:
// somebody else, who governed then and before, has said that they relied on the
// signature. Nobody else's word counts, and not the device's own.
func TestReliedOnSignaturesStand(t *testing.T) {
	t.Parallel()
	team := council(t, "ivan")
	past := team.At(t.TempDir())
	must(t, os.RemoveAll(past.Root))
	must(t, os.CopyFS(past.Root, os.DirFS(team.Root)))
	four := draft(t, team, "maria", officeFor("agent"))
	spread(t, team, "maria")
	sign(t, team, "anna", four)
	spread(t, team, "anna")
	five := draft(t, team, "lena", officeFor("auditor"))
	spread(t, team, "lena")
	sign(t, team, "anna", five)
	spread(t, team, "anna")
	at(t, team, "ivan", 6, 1)

	for i := range 4 {
		must(t, errorOf(mate(t, past, "maria").Insert(vaulttest.ParsePath(fmt.Sprintf("office/other-%d", i)), vaulttest.Draft("x"))))
	}
	maria, ivan := mate(t, team, "maria").Me().Device, team.Person("ivan")
	rewritten := filepath.Join(ivan.Dir, "logs", maria)
	must(t, os.RemoveAll(rewritten))
	must(t, os.CopyFS(rewritten, os.DirFS(filepath.Join(past.Person("maria").Dir, "logs", maria))))
	state := mate(t, team, "ivan").LocalDir()
	for _, name := range []string{"policy", "chain", "heads"} {
		must(t, os.RemoveAll(filepath.Join(state, name)))
	}
	at(t, team, "ivan", 6, 1)
	if _, err := mate(t, team, "ivan").VerifyPolicy(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"policy", "chain", "heads"} {
		must(t, os.RemoveAll(filepath.Join(state, name)))
	}
	signs, err := filepath.Glob(filepath.Join(ivan.Dir, "policy", "000006-*.sign"))
	must(t, err)
	for _, name := range signs {
		must(t, os.Remove(name))
	}
	_, err = team.Open(ivan)
	isA[*vault.RollbackError](t, err)
}
