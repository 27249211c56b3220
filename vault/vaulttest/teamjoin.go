package vaulttest

import (
	"path/filepath"
	"time"

	"opsvault/vault"
)

// Newcomer is somebody with a machine, and nothing on it. They are in the team
// from now on; the vault knows nothing of them.
func (t *Team) Newcomer(member string) *Mate {
	p := &Mate{Member: member, Home: filepath.Join(t.Root, member, "home"), Dir: filepath.Join(t.Root, member, "vault")}
	t.People = append(t.People, p)
	return p
}

// Invite has somebody who governs write an invitation, for a week, that names
// their own copy as the place.
func (t *Team) Invite(by *Mate, member string, roles ...string) ([]byte, error) {
	v, err := t.Open(by)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	i, err := v.Invite(vault.NewInvitation{Member: member, Roles: roles, Place: by.Dir, Valid: 7 * 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	return i.File, nil
}

// Apply has a newcomer join with an invitation, as far as they can alone.
func (t *Team) Apply(p *Mate, invitation []byte) (*vault.Joined, error) {
	return vault.Join(t.Options(p), vault.JoinRequest{Invitation: invitation, Label: "desk"})
}

// Join brings a new member into the team as people do it: invited and admitted
// by Maria, with the digits read out both ways. Their copy is then as hers.
func (t *Team) Join(member string, roles ...string) (*Mate, error) {
	maria := t.Person("maria")
	invitation, err := t.Invite(maria, member, roles...)
	if err != nil {
		return nil, err
	}
	p := t.Newcomer(member)
	joined, err := t.Apply(p, invitation)
	if err != nil {
		return nil, err
	}
	readBack, err := t.Admit(maria, joined)
	if err != nil {
		return nil, err
	}
	if err := t.CopyFiles(maria, p); err != nil {
		return nil, err
	}
	return p, vault.Confirm(t.Options(p), readBack)
}

// Admit has somebody who governs admit an applicant, whose .device file is in
// their hands and who has read out the digits; it returns those read back.
func (t *Team) Admit(by *Mate, joined *vault.Joined) (string, error) {
	v, err := t.Open(by)
	if err != nil {
		return "", err
	}
	defer v.Close()
	a, err := v.Admit(joined.Member, joined.File, joined.Digits)
	if err != nil {
		return "", err
	}
	return a.ReadBack, nil
}

// DeviceOf is a person's device, by the local state of this vault.
func (t *Team) DeviceOf(p *Mate) (string, error) {
	v, err := t.Open(p)
	if err != nil {
		return "", err
	}
	defer v.Close()
	return v.Me().Device, nil
}
