package vault_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// A second machine of the same person is a device of its own.
func TestSecondDevice(t *testing.T) {
	t.Parallel()
	team := joinTeam(t, "ivan")
	maria := team.Person("maria")
	first, err := team.DeviceOf(team.Person("ivan"))
	must(t, err)
	invitation, err := team.Invite(maria, "ivan")
	must(t, err)
	second := &vaulttest.Mate{Member: "ivan", Home: filepath.Join(team.Root, "ivan2", "home"), Dir: filepath.Join(team.Root, "ivan2", "vault")}
	joined, err := team.Apply(second, invitation)
	must(t, err)
	lead := teamOpen(t, team, maria)
	a, err := lead.Admit("ivan", joined.File, joined.Digits)
	must(t, err)
	if len(a.Others) != 1 || a.Others[0].Device != first {
		t.Errorf("%+v", a.Others)
	}
	must(t, vault.Receive(team.Options(second), ""))
	must(t, vault.Confirm(team.Options(second), a.ReadBack))
	getsPassword(t, teamOpen(t, team, second), trunk, "trunk-old")
	if n := len(lead.Policy().Members["ivan"].Devices); n != 2 {
		t.Errorf("%d devices", n)
	}
}

// A device whose state was put back becomes a new one; the old keys stay.
func TestDeviceRenew(t *testing.T) {
	t.Parallel()
	team := joinTeam(t, "ivan")
	maria, ivan := team.Person("maria"), team.Person("ivan")
	old := rolledBack(t, team, ivan)
	invitation, err := team.Invite(maria, "ivan")
	must(t, err)
	if _, err := team.Apply(ivan, invitation); !errors.Is(err, vault.ErrJoined) && !errors.Is(err, vault.ErrNamed) {
		t.Errorf("joined again with the same device: %v", err)
	}
	request := vault.JoinRequest{Invitation: invitation, Label: "desk", Renew: true}
	joined, err := vault.Join(team.Options(ivan), request)
	must(t, err)
	again, err := vault.Join(team.Options(ivan), request)
	must(t, err)
	if joined.Device == old || again.Device != joined.Device || again.Digits != joined.Digits {
		t.Errorf("%s, then %s; it was %s", joined.Device, again.Device, old)
	}
	readBack, err := team.Admit(maria, joined)
	must(t, err)
	must(t, team.CopyFiles(maria, ivan))
	must(t, vault.Confirm(team.Options(ivan), readBack))
	v := teamOpen(t, team, ivan)
	if v.Me().Device != joined.Device {
		t.Errorf("it acts as %v", v.Me())
	}
	getsPassword(t, v, trunk, "trunk-old")
	if _, err := os.Stat(filepath.Join(ivan.Home, "identities", "ivan."+old+".txt")); err != nil {
		t.Errorf("the old keys: %v", err)
	}
	lead := teamOpen(t, team, maria)
	_, err = lead.ChangePolicy(func(d *policy.Document) error {
		delete(d.Members["ivan"].Devices, old)
		return nil
	})
	must(t, err)
	must(t, team.CopyFiles(maria, ivan))
	getsPassword(t, teamOpen(t, team, ivan), trunk, "trunk-old")
}

// rolledBack writes with a person's device, puts its state back to what it was
// before, and returns the device: it can't write any more.
func rolledBack(t *testing.T, team *vaulttest.Team, p *vaulttest.Mate) string {
	t.Helper()
	before := look(t, p.Home)
	v := teamOpen(t, team, p)
	getsPassword(t, v, trunk, "trunk-old")
	must(t, before.Restore(p.Home))
	_, err := teamOpen(t, team, p).Reveal(trunk, vault.Purpose{})
	if err == nil {
		t.Fatal("it goes on as if nothing had happened")
	}
	return v.Me().Device
}

// Another vault on the machine goes on with the keys of before.
func TestRenewLeavesOtherVaultsAlone(t *testing.T) {
	t.Parallel()
	team := joinTeam(t)
	maria := team.Person("maria")
	other := team.Options(maria)
	other.Dir = filepath.Join(team.Root, "other")
	made, err := vault.Create(other, vaulttest.NewVault())
	must(t, err)
	_, err = made.Insert(trunk, vaulttest.Draft("other"))
	must(t, err)
	anna, err := team.Join("anna", "lead")
	must(t, err)
	invitation, err := team.Invite(anna, "maria")
	must(t, err)
	must(t, team.CopyFiles(anna, maria))
	joined, err := vault.Join(team.Options(maria), vault.JoinRequest{Invitation: invitation, Label: "new", Renew: true})
	must(t, err)
	v, err := vault.Open(other)
	must(t, err)
	getsPassword(t, v, trunk, "other")
	if v.Me().Device == joined.Device {
		t.Error("the other vault uses the new keys")
	}
	home := openHome(t, maria.Home)
	if found, err := identity.Find(home); err != nil || len(found) != 1 || found[0].Member != "maria" {
		t.Errorf("%+v, %v", found, err)
	}
}

// A machine that forgot a vault takes it back after digits, with its log.
func TestRepin(t *testing.T) {
	t.Parallel()
	team := joinTeam(t, "ivan")
	ivan := team.Person("ivan")
	v := teamOpen(t, team, ivan)
	getsPassword(t, v, trunk, "trunk-old")
	want := vault.PolicyDigits(v.ID(), v.PolicyRef().Hash)
	ask := func(digits ...string) func(vault.Repinning, int) (string, error) {
		return func(r vault.Repinning, attempt int) (string, error) {
			if r.Member != "ivan" || r.Policy != v.PolicyRef() {
				t.Errorf("%+v", r)
			}
			if attempt == len(digits) {
				return "", errNot
			}
			return digits[attempt], nil
		}
	}
	if _, err := vault.Repin(team.Options(ivan), ask(want)); !errors.Is(err, vault.ErrJoined) {
		t.Errorf("nothing is lost: %v", err)
	}
	must(t, os.RemoveAll(filepath.Join(ivan.Home, "vaults")))
	if _, err := team.Open(ivan); !errors.Is(err, vault.ErrNotJoined) {
		t.Errorf("%v", err)
	}
	if _, err := vault.Repin(team.Options(ivan), ask("", want[1:], "000000000000000000000000")); !errors.Is(err, errNot) {
		t.Errorf("wrong digits: %v", err)
	}
	if _, err := team.Open(ivan); !errors.Is(err, vault.ErrNotJoined) {
		t.Errorf("after wrong digits: %v", err)
	}
	_, err := vault.Repin(team.Options(ivan), ask("1", want[:12]+" "+want[12:]))
	must(t, err)
	v = teamOpen(t, team, ivan)
	getsPassword(t, v, trunk, "trunk-old")
	report, err := v.Verify(true)
	if err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
}

// Without the keys there is nothing to take back.
func TestRepinNeedsTheKeys(t *testing.T) {
	t.Parallel()
	team := joinTeam(t, "ivan")
	stranger := &vaulttest.Mate{Member: "ivan", Home: filepath.Join(team.Root, "x"), Dir: team.Person("ivan").Dir}
	never := func(vault.Repinning, int) (string, error) { t.Error("it asks"); return "", errNot }
	if _, err := vault.Repin(team.Options(stranger), never); !errors.Is(err, vault.ErrNoIdentity) {
		t.Errorf("%v", err)
	}
	must(t, identity.CreateInClear(openHome(t, stranger.Home), newKeys(t, "ivan")))
	if _, err := vault.Repin(team.Options(stranger), never); !errors.Is(err, vault.ErrNoIdentity) {
		t.Errorf("with other keys: %v", err)
	}
}

// An invitation ends, is used once, and falls with its member.
func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	team := joinTeam(t)
	maria := team.Person("maria")
	invitation, err := team.Invite(maria, "ivan", "agent")
	must(t, err)
	ivan := team.Newcomer("ivan")
	joined, err := team.Apply(ivan, invitation)
	must(t, err)
	team.Pass(8 * 24 * time.Hour)
	_, err = team.Apply(ivan, invitation)
	isA[*vault.ExpiredError](t, err)
	v := teamOpen(t, team, maria)
	_, err = v.Admit("ivan", joined.File, joined.Digits)
	isA[*vault.ExpiredError](t, err)
	if list, err := v.Applicants(); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	number := v.PolicyRef().Number
	invitation, err = team.Invite(maria, "ivan")
	must(t, err)
	if v := teamOpen(t, team, maria); v.PolicyRef().Number != number {
		t.Error("a second invitation has changed the policy")
	}
	joined, err = team.Apply(ivan, invitation)
	must(t, err)
	_, err = team.Admit(maria, joined)
	must(t, err)

	_, err = v.Invite(vault.NewInvitation{Member: "ivan", Roles: []string{"lead"}, Valid: time.Hour})
	if e := isA[*vault.MemberDiffersError](t, err); len(e.Roles) != 1 || e.Roles[0] != "agent" {
		t.Errorf("%+v", e)
	}
	_, err = v.Invite(vault.NewInvitation{Member: "oleg", Roles: []string{"boss"}, Valid: time.Hour})
	isA[*vault.NotFoundError](t, err)
	other := team.Newcomer("ivan2")
	other.Member = "ivan"
	fresh, err := team.Apply(other, invitation)
	must(t, err)
	_, err = v.Admit("ivan", fresh.File, fresh.Digits)
	if e := isA[*vault.NotFoundError](t, err); e.What != "invitation" {
		t.Errorf("%+v", e)
	}
}

func openHome(t *testing.T, path string) *store.Dir {
	t.Helper()
	home, err := store.CreateDir(path, 0o700)
	must(t, err)
	t.Cleanup(func() { home.Close() })
	return home
}

func newKeys(t *testing.T, member string) *identity.Identity {
	t.Helper()
	key, err := identity.New(member, rand.Reader)
	must(t, err)
	return key
}

// A device that is removed before it was confirmed is told so; while one
// waits, everybody's verification is clean.
func TestRemovedBeforeConfirmed(t *testing.T) {
	t.Parallel()
	team := joinTeam(t)
	maria := team.Person("maria")
	invitation, err := team.Invite(maria, "ivan", "agent")
	must(t, err)
	ivan := team.Newcomer("ivan")
	joined, err := team.Apply(ivan, invitation)
	must(t, err)
	v := teamOpen(t, team, maria)
	if r, err := v.Verify(true); err != nil || !r.OK() || len(r.Notes) > 1 {
		t.Errorf("while a device waits: %+v, %v", r, err)
	}
	_, err = v.Admit("ivan", joined.File, joined.Digits)
	must(t, err)
	_, err = v.ChangePolicy(func(d *policy.Document) error { delete(d.Members["ivan"].Devices, joined.Device); return nil })
	must(t, err)
	must(t, vault.Receive(team.Options(ivan), ""))
	if _, err := team.Open(ivan); !errors.Is(err, vault.ErrDeviceGone) {
		t.Errorf("%v", err)
	}
}
