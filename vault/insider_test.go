package vault_test

import (
	"path/filepath"
	"testing"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// A member who doesn't govern signs what can't come next, and has it arrive
// together with the version that it claims to follow. Nobody is stopped by it.
func TestJunkAfterTheNewestVersion(t *testing.T) {
	t.Parallel()
	for name, under := range map[string]statement.PolicyRef{"under it": {}, "under none": {Number: 3, Hash: statement.Hash{9}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := grown(t, "anna", "ivan")
			changes(t, team, "maria", officeFor("agent"))
			carry(t, team, "maria", "ivan")
			ivan := team.Person("ivan")
			if err := team.JunkPolicy(ivan, under); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if r, err := mate(t, team, "anna").Sync(ivan.Dir); err != nil {
					t.Fatalf("%+v, %v", r, err)
				}
			}
			at(t, team, "anna", 3, 1)
			carry(t, team, "ivan", "maria")
			changes(t, team, "maria", officeFor("auditor"))
		})
	}
}

// Ivan floods the version that removes him with signatures of his own, before
// it reaches Anna. It counts all the same.
func TestOwnRemovalFlooded(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan", "oleg", "petr", "nina")
	maria := mate(t, team, "maria")
	who := ""
	for _, p := range team.People[2:] {
		if mate(t, team, p.Member).Me().Device < maria.Me().Device {
			who = p.Member
		}
	}
	if who == "" {
		who = "ivan" // his files come last: nothing to win
	}
	before := maria.PolicyRef()
	c := changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember(who) })
	leaver := team.Person(who)
	w := team.World(leaver)
	if err := team.FloodSigns(w, leaver, statement.PolicyRef{Number: c.Number, Hash: c.Hash}, before, 70); err != nil {
		t.Fatal(err)
	}
	carry(t, team, "maria", who)
	carry(t, team, who, "anna")
	at(t, team, "anna", 3, 1)
}

// Anna's draft gives agents the office; Lena has removed Ivan on the other head,
// and Maria signs the draft. While there are two heads nobody gets a key that
// only one of them gives.
func TestDraftSignedWhileForked(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "lena", "ivan")
	changes(t, team, "maria", func(d *policy.Document) { d.Members["lena"].Roles = []string{"lead"} })
	everybody(t, team, "maria")
	device := mate(t, team, "ivan").Me().Device
	bundles := func() int {
		files, err := filepath.Glob(filepath.Join(team.Person("maria").Dir, "keys", device, "*.keys"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	changes(t, team, "maria", officeFor("auditor"))
	carry(t, team, "maria", "anna")
	c := draft(t, team, "anna", func(d *policy.Document) {
		d.Members["anna"].Roles = []string{"agent"} // so somebody else must sign, too
		officeFor("agent")(d)
	})
	changes(t, team, "lena", func(d *policy.Document) { d.RemoveMember("ivan") })
	everybody(t, team, "anna", "lena")
	before := bundles()
	sign(t, team, "maria", c)
	if !mate(t, team, "maria").Forked() {
		t.Fatal("there is no fork")
	}
	if got := bundles(); got != before {
		t.Errorf("%d bundles for Ivan, %d before", got, before)
	}
}
