package vault_test

import (
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// chaired is a team that Vera, who reads no safe but the log, governs beside
// the leads.
func chaired(t *testing.T) *vaulttest.Team {
	t.Helper()
	team := grown(t, "anna", "ivan", "oleg", "vera")
	changes(t, team, "maria", func(d *policy.Document) {
		d.Roles["chair"] = &policy.Role{}
		d.Govern.Roles = append(d.Govern.Roles, "chair")
		d.Members["vera"].Roles = append(d.Members["vera"].Roles, "chair")
	})
	spread(t, team, "maria")
	return team
}

// Who governs and doesn't hold a safe's key makes none: the safe is marked, and
// nothing is written to it until a holder made the next key.
func TestRemovalByANonHolder(t *testing.T) {
	t.Parallel()
	team := chaired(t)
	c := changes(t, team, "vera", func(d *policy.Document) { d.RemoveMember("oleg") })
	doc := mate(t, team, "vera").Policy()
	if !doc.Safes["telephony"].Renew || doc.Current("telephony").Gen != 1 || doc.Catalogue.Renew || doc.Current(policy.Catalogue).Gen != 2 || doc.Audit.Renew {
		t.Errorf("%+v", c.Effect)
	}
	spread(t, team, "vera")
	_, err := mate(t, team, "maria").Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new"))
	if e := isA[*vault.RenewError](t, err); e.Safe != "telephony" || !e.Governs {
		t.Errorf("%+v", e)
	}
	getsPassword(t, mate(t, team, "ivan"), pbx, "pbx-only")
	_, err = mate(t, team, "vera").RenewSafe("telephony")
	isA[*vault.DeniedError](t, err)
	if _, err := mate(t, team, "maria").RenewSafe("telephony"); err != nil {
		t.Fatal(err)
	}
	if _, err := mate(t, team, "maria").Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
		t.Fatal(err)
	}
	spread(t, team, "maria")
	getsPassword(t, mate(t, team, "ivan"), vaulttest.ParsePath("telephony/new"), "new")
	if r, err := mate(t, team, "vera").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

// A holder who doesn't govern drafts the next key, and whoever governs signs it.
func TestRenewalDraftedByAHolder(t *testing.T) {
	t.Parallel()
	team := chaired(t)
	changes(t, team, "vera", func(d *policy.Document) { d.RemoveMember("oleg") })
	spread(t, team, "vera")
	c, err := mate(t, team, "ivan").RenewSafe("telephony")
	must(t, err)
	if c.Pending == nil || !c.Pending.Renewal || c.Pending.Author != "ivan" {
		t.Fatalf("%+v", c.Pending)
	}
	_, err = mate(t, team, "ivan").RenewSafe("office")
	isA[*vault.DeniedError](t, err)
	spread(t, team, "ivan")
	at(t, team, "maria", 4, 1)
	if signed := sign(t, team, "vera", c); signed.Pending != nil {
		t.Errorf("%+v", signed)
	}
	spread(t, team, "vera")
	for _, member := range []string{"maria", "anna", "ivan"} {
		v := mate(t, team, member)
		if v.PolicyRef().Hash != c.Hash || v.Policy().Safes["telephony"].Renew {
			t.Errorf("%s is at %v", member, v.PolicyRef())
		}
	}
	if _, err := mate(t, team, "maria").Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
		t.Fatal(err)
	}
	spread(t, team, "maria")
	getsPassword(t, mate(t, team, "ivan"), vaulttest.ParsePath("telephony/new"), "new")
}

// The number of a draft that was left is never used again.
func TestAbandonedDraftKeepsItsNumber(t *testing.T) {
	t.Parallel()
	team := council(t, "ivan", "oleg")
	left := draft(t, team, "maria", func(d *policy.Document) { d.RemoveMember("oleg") })
	other := draft(t, team, "maria", func(d *policy.Document) { d.RemoveMember("ivan") })
	if a, b := left.Pending.Doc.Current("telephony").Gen, other.Pending.Doc.Current("telephony").Gen; a != 2 || b != 3 {
		t.Errorf("generations %d and %d", a, b)
	}
	spread(t, team, "maria")
	sign(t, team, "anna", other)
	if gen := mate(t, team, "anna").Policy().Current("telephony").Gen; gen != 3 {
		t.Errorf("generation %d", gen)
	}
	if _, err := mate(t, team, "anna").Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
		t.Fatal(err)
	}
	spread(t, team, "anna")
	for _, member := range []string{"maria", "lena", "oleg"} {
		getsPassword(t, mate(t, team, member), vaulttest.ParsePath("telephony/new"), "new")
	}
}

// A governor's sync makes the keys that wait for a holder.
func TestSyncRenews(t *testing.T) {
	t.Parallel()
	team := chaired(t)
	changes(t, team, "vera", func(d *policy.Document) { d.RemoveMember("oleg") })
	if _, err := mate(t, team, "maria").Sync(team.Person("vera").Dir); err != nil {
		t.Fatal(err)
	}
	if doc := mate(t, team, "maria").Policy(); !doc.Safes["telephony"].Renew {
		t.Error("maria renews though anna is the first who can")
	}
	if _, err := mate(t, team, "anna").Sync(team.Person("vera").Dir); err != nil {
		t.Fatal(err)
	}
	v := mate(t, team, "anna")
	if doc := v.Policy(); doc.Safes["telephony"].Renew || doc.Current("telephony").Gen != 2 {
		t.Errorf("%+v", doc.Safes["telephony"])
	}
	must(t, errorOf(v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new"))))
	for _, member := range []string{"anna", "ivan"} {
		if _, err := mate(t, team, member).Sync(team.Person("vera").Dir); err != nil {
			t.Fatal(err)
		}
	}
	getsPassword(t, mate(t, team, "ivan"), vaulttest.ParsePath("telephony/new"), "new")
}

func errorOf(_ any, err error) error { return err }

// Who signs looks at who made a key: a governor who may not read a safe can't
// have the next one signed, whose key they made themselves.
func TestKeyByANonHolder(t *testing.T) {
	t.Parallel()
	team := chaired(t)
	c := draft(t, team, "maria", func(d *policy.Document) { d.Govern.Threshold = 2 })
	spread(t, team, "maria")
	sign(t, team, "anna", c)
	spread(t, team, "anna")
	dir, err := store.OpenDir(team.Person("vera").Dir)
	must(t, err)
	file := []byte("age1pq1mine\n")
	hash := statement.Sum(file)
	must(t, dir.WriteOnce(store.RecipientName("telephony", 2, hash.Short()), file))
	own := draft(t, team, "vera", func(d *policy.Document) {
		must(t, d.AddGeneration("telephony", policy.Generation{Gen: 2, Recipient: hash.String()}))
	})
	spread(t, team, "vera")
	_, err = mate(t, team, "maria").SignPolicy(own.Hash.Short())
	isA[*vault.IntegrityError](t, err)
}
