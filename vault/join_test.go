package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// joinTeam is a team in a directory of the test.
func joinTeam(t *testing.T, members ...string) *vaulttest.Team {
	t.Helper()
	team, err := vaulttest.NewTeam(t.TempDir(), members...)
	must(t, err)
	return team
}

func teamOpen(t *testing.T, team *vaulttest.Team, p *vaulttest.Mate) *vault.Vault {
	t.Helper()
	v, err := team.Open(p)
	if err != nil {
		t.Fatalf("%s opens the vault: %v", p.Member, err)
	}
	return v
}

// From the invitation to the first secret.
func TestJoin(t *testing.T) {
	t.Parallel()
	team := joinTeam(t)
	maria := team.Person("maria")
	invitation, err := team.Invite(maria, "ivan", "agent")
	must(t, err)
	ivan := team.Newcomer("ivan")
	joined, err := team.Apply(ivan, invitation)
	must(t, err)
	if len(joined.Digits) != 24 || joined.Name != "Contact centre" || joined.Admitted {
		t.Errorf("%+v", joined)
	}
	again, err := team.Apply(ivan, invitation)
	must(t, err)
	if again.Digits != joined.Digits || again.Device != joined.Device || string(again.File) != string(joined.File) {
		t.Error("the second time it is another device, or other digits")
	}
	_, err = team.Open(ivan)
	waits := isA[*vault.NotAdmittedError](t, err)
	if waits.Digits != joined.Digits || waits.Member != "ivan" || waits.Device != joined.Device {
		t.Errorf("%+v", waits)
	}

	lead := teamOpen(t, team, maria)
	list, err := lead.Applicants()
	must(t, err)
	if len(list) != 1 || list[0].Member != "ivan" || list[0].Device != joined.Device || list[0].Label != "desk" {
		t.Fatalf("%+v", list)
	}
	before := lead.PolicyRef()
	for _, wrong := range []string{"", "0", strings.Repeat("0", 24), joined.Digits[1:], joined.Digits + "0"} {
		if _, err := lead.Admit("ivan", list[0].File, wrong); !errors.Is(err, vault.ErrDigits) {
			t.Errorf("digits %q: %v", wrong, err)
		}
	}
	if lead.PolicyRef() != before {
		t.Error("wrong digits have changed the policy")
	}
	a, err := lead.Admit("ivan", list[0].File, joined.Digits[:6]+" "+joined.Digits[6:])
	must(t, err)
	if len(a.ReadBack) != 8 || a.Change == nil || len(a.Others) != 0 {
		t.Errorf("%+v", a)
	}
	if list, err := lead.Applicants(); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	once, err := lead.Admit("ivan", joined.File, "")
	if err != nil || once.ReadBack != a.ReadBack || once.Change != nil {
		t.Errorf("admitted once more: %+v, %v", once, err)
	}

	must(t, vault.Receive(team.Options(ivan), ""))
	reads(t, team, ivan)
	for _, wrong := range []string{"00000000", "", "1"} {
		var e *vault.ReadBackError
		if err := vault.Confirm(team.Options(ivan), wrong); !errors.As(err, &e) {
			t.Fatal(err)
		}
	}
	var e *vault.ReadBackError
	if err := vault.Confirm(team.Options(ivan), a.ReadBack); !errors.As(err, &e) || e.Left != 0 {
		t.Errorf("after three wrong ones: %v", err)
	}
	if again, err = team.Apply(ivan, invitation); err != nil || !again.Admitted {
		t.Fatalf("%+v, %v", again, err)
	}
	must(t, vault.Confirm(team.Options(ivan), a.ReadBack[:4]+" "+a.ReadBack[4:]))
	if err := vault.Confirm(team.Options(ivan), a.ReadBack); !errors.Is(err, vault.ErrJoined) {
		t.Errorf("confirmed twice: %v", err)
	}
	if _, err := team.Apply(ivan, invitation); !errors.Is(err, vault.ErrJoined) {
		t.Errorf("joined twice: %v", err)
	}
	getsPassword(t, teamOpen(t, team, ivan), trunk, "trunk-old")
	report, err := teamOpen(t, team, ivan).Verify(true)
	if err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
}

// reads demands that an unconfirmed device reads, and signs nothing.
func reads(t *testing.T, team *vaulttest.Team, p *vaulttest.Mate) {
	t.Helper()
	before := look(t, p.Dir)
	v := teamOpen(t, team, p)
	if !v.Unconfirmed() {
		t.Fatal("it is confirmed")
	}
	rows, err := v.List("")
	if err != nil || len(rows) != 4 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if _, _, err := v.Show(trunk, false); err != nil {
		t.Error(err)
	}
	for name, deed := range map[string]func() error{
		"reveal": func() error { _, err := v.Reveal(trunk, vault.Purpose{}); return err },
		"insert": func() error {
			_, err := v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("x"))
			return err
		},
		"edit":   func() error { _, err := v.Edit(trunk, replacePassword(1)); return err },
		"remove": func() error { _, err := v.Remove(trunk); return err },
		"policy": func() error { _, err := v.ChangePolicy(addSafe("mine")); return err },
		"book":   func() error { _, err := v.PublishBook("new", []byte("# New\n")); return err },
		"run":    func() error { _, err := v.StartRun(&vault.Book{Slug: "x", Version: 1}); return err },
		"invite": func() error { _, err := v.Invite(vault.NewInvitation{Member: "oleg", Valid: time.Hour}); return err },
	} {
		var e *vault.UnconfirmedError
		if err := deed(); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c := before.Changes(look(t, p.Dir)); len(c) > 0 {
		t.Errorf("it has changed %v", c)
	}
}

func TestTeamJoin(t *testing.T) {
	t.Parallel()
	team := joinTeam(t)
	vera, err := team.Join("vera", "auditor")
	must(t, err)
	v := teamOpen(t, team, vera)
	if rows, err := v.List(""); err != nil || len(rows) != 4 {
		t.Errorf("an auditor sees %d entries, %v", len(rows), err)
	}
	_, err = v.Reveal(trunk, vault.Purpose{})
	isA[*vault.DeniedError](t, err)
	if d := v.Policy().Decide("vera", policy.Read, "telephony"); d.Allowed {
		t.Errorf("%+v", d)
	}
}

// Where two must sign, an invitation waits for the member, and the digits that
// are read back for the admission.
func TestJoinWithTwoSignatures(t *testing.T) {
	t.Parallel()
	team := joinTeam(t, "anna")
	maria, anna := team.Person("maria"), team.Person("anna")
	_, err := teamOpen(t, team, maria).ChangePolicy(func(d *policy.Document) error { d.Govern.Threshold = 2; return nil })
	must(t, err)
	must(t, team.CopyFiles(maria, anna))
	signs := func() {
		t.Helper()
		must(t, team.CopyFiles(maria, anna))
		v := teamOpen(t, team, anna)
		list, err := v.PendingPolicies()
		must(t, err)
		for _, p := range list {
			if !p.Stale {
				_, err = v.SignPolicy(p.Hash.String())
				must(t, err)
			}
		}
		must(t, team.CopyFiles(anna, maria))
	}
	signs()
	for range 2 { // the second time it is the same draft
		_, err = team.Invite(maria, "ivan", "agent")
		if e := isA[*vault.PendingError](t, err); len(e.Who) != 1 || e.Who[0] != "anna" {
			t.Errorf("%+v", e)
		}
	}
	signs()
	invitation, err := team.Invite(maria, "ivan", "agent")
	must(t, err)
	ivan := team.Newcomer("ivan")
	joined, err := team.Apply(ivan, invitation)
	must(t, err)
	for range 2 {
		a, err := teamOpen(t, team, maria).Admit("ivan", joined.File, joined.Digits)
		if err != nil || a.ReadBack != "" || a.Pending == nil {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	signs()
	readBack, err := team.Admit(maria, joined)
	must(t, err)
	must(t, team.CopyFiles(maria, ivan))
	must(t, vault.Confirm(team.Options(ivan), readBack))
	getsPassword(t, teamOpen(t, team, ivan), trunk, "trunk-old")
}
