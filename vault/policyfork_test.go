package vault_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// gather gives one person what others have.
func gather(t *testing.T, team *vaulttest.Team, to string, from ...string) {
	t.Helper()
	for _, member := range from {
		carry(t, team, member, to)
	}
}

func everybody(t *testing.T, team *vaulttest.Team, from ...string) {
	t.Helper()
	for _, member := range from {
		spread(t, team, member)
	}
}

func revealed(t *testing.T, team *vaulttest.Team, member, path string) error {
	t.Helper()
	r, err := mate(t, team, member).Reveal(vaulttest.ParsePath(path), vault.Purpose{})
	if err == nil {
		r.Fields.Wipe()
	}
	return err
}

func notFor(t *testing.T, team *vaulttest.Team, member, path string) {
	t.Helper()
	isA[*vault.DeniedError](t, revealed(t, team, member, path))
}

// parted is a team in which Maria gave agents the office while Anna took
// telephony from them.
func parted(t *testing.T) *vaulttest.Team {
	t.Helper()
	team := grown(t, "anna", "ivan", "vera")
	changes(t, team, "maria", officeFor("agent"))
	changes(t, team, "anna", func(d *policy.Document) { delete(d.Safes["telephony"].Access, "agent") })
	everybody(t, team, "maria", "anna")
	return team
}

// While there are two heads a right holds only if both give it; nothing but a
// merge goes on, and nothing is written to a safe for which they have other keys.
func TestForkNeedsBothHeads(t *testing.T) {
	t.Parallel()
	team := parted(t)
	for _, member := range []string{"maria", "anna", "ivan", "vera"} {
		at(t, team, member, 3, 2)
		if v := mate(t, team, member); !warned(v, "policy-fork") || !v.Forked() {
			t.Errorf("%s: %v", member, v.Warnings())
		}
	}
	notFor(t, team, "ivan", vaulttest.Wifi)
	notFor(t, team, "ivan", vaulttest.PBX)
	for _, member := range []string{"maria", "anna"} {
		v := mate(t, team, member)
		getsPassword(t, v, pbx, "pbx-only")
		if _, err := v.ChangePolicy(edited(officeFor("auditor"))); !errors.Is(err, vault.ErrFork) {
			t.Errorf("%s changes one head: %v", member, err)
		}
		_, err := v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("x"))
		if e := isA[*vault.ForkError](t, err); e.Safe != "telephony" {
			t.Errorf("%+v", e)
		}
		if _, err := v.Insert(vaulttest.ParsePath("office/"+member), vaulttest.Draft(member)); err != nil {
			t.Errorf("%s writes where both heads have one key: %v", member, err)
		}
	}
	everybody(t, team, "maria", "anna")
	getsPassword(t, mate(t, team, "anna"), vaulttest.ParsePath("office/maria"), "maria")
	if r, err := mate(t, team, "vera").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	team := parted(t)
	_, err := mate(t, team, "vera").MergePolicies(nil, nil)
	isA[*vault.DeniedError](t, err)
	before := mate(t, team, "maria").Heads()
	var shown *vault.Merging
	c, err := mate(t, team, "maria").MergePolicies(nil, func(m *vault.Merging) error { shown = m; return nil })
	if err != nil || c.Number != 4 || c.Pending != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	if shown == nil || len(shown.Clashes) > 0 || shown.Effects[0].Empty() || shown.Effects[1].Empty() {
		t.Errorf("%+v", shown)
	}
	everybody(t, team, "maria")
	for _, member := range []string{"maria", "anna", "ivan", "vera"} {
		at(t, team, member, 4, 1)
		v := mate(t, team, member)
		if versions, err := v.VerifyPolicy(); err != nil || len(versions) != 5 || versions[4].Hash != c.Hash {
			t.Errorf("%s: %+v, %v", member, versions, err)
		}
	}
	prev := mate(t, team, "anna").Policy().Prev
	if len(prev) != 2 || !slices.Contains(prev, before[0].Hash.String()) || !slices.Contains(prev, before[1].Hash.String()) {
		t.Errorf("%v", prev)
	}
	getsPassword(t, mate(t, team, "ivan"), vaulttest.ParsePath(vaulttest.Wifi), "wifi-only")
	notFor(t, team, "ivan", vaulttest.PBX)
	if _, err := mate(t, team, "anna").Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
		t.Error(err)
	}
	changes(t, team, "anna", officeFor("auditor"))
	everybody(t, team, "anna")
	at(t, team, "maria", 5, 1)
	getsPassword(t, mate(t, team, "maria"), vaulttest.ParsePath("telephony/new"), "new")
	if r, err := mate(t, team, "vera").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := mate(t, team, "maria").MergePolicies(nil, nil); !errors.Is(err, vault.ErrNoFork) {
		t.Errorf("%v", err)
	}
}

// Both sides made a key of one number: each entry opens with the one that its
// own policy names, and the merge makes a third.
func TestMergeOfTwoKeysOfOneNumber(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan", "oleg")
	changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember("ivan") })
	changes(t, team, "anna", func(d *policy.Document) { d.RemoveMember("oleg") })
	for _, member := range []string{"maria", "anna"} {
		if _, err := mate(t, team, member).Insert(vaulttest.ParsePath("telephony/"+member), vaulttest.Draft(member)); err != nil {
			t.Fatal(err)
		}
	}
	gather(t, team, "maria", "anna")
	gather(t, team, "anna", "maria")
	at(t, team, "maria", 3, 2)
	_, err := mate(t, team, "maria").Insert(vaulttest.ParsePath("office/x"), vaulttest.Draft("x"))
	if e := isA[*vault.ForkError](t, err); e.Safe != policy.Catalogue {
		t.Errorf("%+v", e)
	}
	c, err := mate(t, team, "anna").MergePolicies(nil, nil)
	must(t, err)
	gather(t, team, "maria", "anna")
	v := mate(t, team, "maria")
	if v.PolicyRef().Hash != c.Hash || v.Policy().Members["ivan"] != nil || v.Policy().Members["oleg"] != nil {
		t.Errorf("%+v", v.Policy().Members)
	}
	generations := v.Policy().Generations("telephony")
	if len(generations) != 4 || generations[1].Gen != 2 || generations[2].Gen != 2 || generations[3].Gen != 3 {
		t.Errorf("%+v", generations)
	}
	for _, member := range []string{"maria", "anna"} {
		for _, path := range []string{"maria", "anna"} {
			getsPassword(t, mate(t, team, member), vaulttest.ParsePath("telephony/"+path), path)
		}
		if rows, err := mate(t, team, member).List(""); err != nil || len(rows) != 6 {
			t.Errorf("%s lists %d: %v", member, len(rows), err)
		}
		_, err := mate(t, team, member).Insert(vaulttest.ParsePath("telephony/after-"+member), vaulttest.Draft("x"))
		must(t, err)
	}
}

// A change of somebody who was removed at the same time is no fork, whoever
// meets which of the two first.
func TestForkOfARemovedGovernor(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"maria", "anna"}, {"anna", "maria"}} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			t.Parallel()
			team := grown(t, "anna", "ivan")
			honest := changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember("anna") })
			changes(t, team, "anna", officeFor("agent"))
			changes(t, team, "anna", func(d *policy.Document) { d.Safes["billing"].Access["agent"] = policy.Manage })
			for _, from := range order {
				gather(t, team, "ivan", from)
				_ = mate(t, team, "ivan")
			}
			gather(t, team, "maria", "anna")
			for _, member := range []string{"maria", "ivan"} {
				v := mate(t, team, member)
				if v.PolicyRef().Hash != honest.Hash || v.Forked() || !warned(v, "policy-sibling") {
					t.Errorf("%s is at %v: %v", member, v.PolicyRef(), v.Warnings())
				}
			}
			notFor(t, team, "ivan", vaulttest.Wifi)
			changes(t, team, "maria", officeFor("auditor"))
		})
	}
}

// Two governors removed each other: each side ignores the other. Who knows
// neither waits where they part, until digits are compared.
func TestRemovedEachOther(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan", "oleg")
	mine := changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember("anna") })
	changes(t, team, "anna", func(d *policy.Document) { d.RemoveMember("maria") })
	gather(t, team, "oleg", "maria")
	at(t, team, "oleg", 3, 1)
	everybody(t, team, "maria", "anna")
	for _, member := range []string{"maria", "anna", "oleg"} {
		at(t, team, member, 3, 1)
		if v := mate(t, team, member); !warned(v, "policy-sibling") || warned(v, "policy-split") {
			t.Errorf("%s: %v", member, v.Warnings())
		}
	}
	at(t, team, "ivan", 2, 1)
	ivan := mate(t, team, "ivan")
	if !warned(ivan, "policy-split") {
		t.Errorf("%v", ivan.Warnings())
	}
	getsPassword(t, ivan, pbx, "pbx-only")
	_, digits, err := mate(t, team, "maria").PolicyDigitsOf("")
	must(t, err)
	_, err = ivan.AdoptPolicy(mine.Hash.Short(), "0000 0000")
	isA[*vault.DigitsError](t, err)
	_, err = ivan.AdoptPolicy("ffffffff", digits)
	isA[*vault.NotFoundError](t, err)
	if ref, err := ivan.AdoptPolicy(mine.Hash.Short(), digits[:12]+" "+digits[12:]); err != nil || ref.Hash != mine.Hash {
		t.Errorf("%v, %v", ref, err)
	}
	at(t, team, "ivan", 3, 1)
	if v := mate(t, team, "ivan"); v.PolicyRef().Hash != mine.Hash || warned(v, "policy-split") {
		t.Errorf("%v", v.Warnings())
	}
	changes(t, team, "maria", officeFor("agent"))
	gather(t, team, "ivan", "maria")
	at(t, team, "ivan", 4, 1)
	getsPassword(t, mate(t, team, "ivan"), pbx, "pbx-only")
}

// A version that takes out the devices which signed the other head may extend
// its own: then the other doesn't count any more, for anybody.
func TestForkEndedByRemoval(t *testing.T) {
	t.Parallel()
	team := parted(t)
	c := changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember("anna") })
	everybody(t, team, "maria")
	for _, member := range []string{"maria", "ivan", "vera"} {
		v := mate(t, team, member)
		if v.PolicyRef().Hash != c.Hash || v.Forked() {
			t.Errorf("%s is at %v: %v", member, v.Heads(), v.Warnings())
		}
	}
}

// A fork does not end because somebody takes its files away.
func TestForkOutlivesItsFiles(t *testing.T) {
	t.Parallel()
	team := parted(t)
	at(t, team, "ivan", 3, 2)
	before := mate(t, team, "ivan").Heads()
	other := before[1].Hash.Short()
	items, err := os.ReadDir(team.Person("ivan").Dir + "/policy")
	must(t, err)
	for _, item := range items {
		if strings.Contains(item.Name(), other) {
			must(t, os.Remove(team.Person("ivan").Dir+"/policy/"+item.Name()))
		}
	}
	at(t, team, "ivan", 3, 2)
	notFor(t, team, "ivan", vaulttest.Wifi)
	notFor(t, team, "ivan", vaulttest.PBX)
}

// A vault that began with one governor and has a threshold of two can't be
// forked from its past by one old key.
func TestForkFromThePast(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan")
	past, err := vaulttest.NewTeam(t.TempDir())
	must(t, err)
	must(t, os.RemoveAll(past.Root))
	must(t, os.CopyFS(past.Root, os.DirFS(team.Root)))
	past = team.At(past.Root)
	c := draft(t, team, "maria", func(d *policy.Document) { d.Govern.Threshold = 2 })
	spread(t, team, "maria")
	sign(t, team, "anna", c)
	spread(t, team, "anna")
	at(t, team, "ivan", 3, 1)
	for range 3 {
		changes(t, past, "maria", officeFor("agent"))
		changes(t, past, "maria", func(d *policy.Document) { delete(d.Safes["office"].Access, "agent") })
	}
	for _, member := range []string{"maria", "anna", "ivan"} {
		must(t, team.CopyFiles(past.Person("maria"), team.Person(member)))
		v := mate(t, team, member)
		if v.PolicyRef().Hash != c.Hash || v.Forked() || len(v.Warnings()) == 0 && member != "maria" {
			t.Errorf("%s is at %v: %v", member, v.PolicyRef(), v.Warnings())
		}
	}
}
