package vaulttest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// InvitationAltered makes the invitation last for years.
func InvitationAltered(j *Joining) error {
	j.Invitation = bytes.Replace(j.Invitation, []byte("\nuntil 2026"), []byte("\nuntil 2036"), 1)
	return nil
}

// InvitationCut loses the end of the file on the way.
func InvitationCut(j *Joining) error {
	j.Invitation = j.Invitation[:len(j.Invitation)-40]
	return nil
}

// InvitationExpired is found in a mailbox next year.
func InvitationExpired(j *Joining) error {
	j.Pass(300 * 24 * time.Hour)
	return nil
}

// InvitationOlderCopy gives Ivan a copy from before he was invited, and takes
// the place away.
func InvitationOlderCopy(j *Joining) error {
	if err := os.CopyFS(j.Ivan.Dir, os.DirFS(j.Person("anna").Dir)); err != nil {
		return err
	}
	return os.Rename(j.Maria.Dir, j.Maria.Dir+"-away")
}

// InvitationOtherChain is signed by Maria's own keys, on a machine that was put
// back to before and went another way: its version of the policy is another.
func InvitationOtherChain(j *Joining) error {
	v, err := j.Open(j.Maria)
	if err != nil {
		return err
	}
	other := v.PolicyRef()
	other.Hash = statement.Sum([]byte("another version"))
	j.Invitation, err = j.signInvitation(j.Maria, func(c *statement.Common) { c.Policy = other }, true)
	return err
}

// signInvitation signs an invitation of Ivan with a person's own program. With
// announced its line is in their log, and the act in Maria's copy.
func (j *Joining) signInvitation(p *Mate, change func(*statement.Common), announced bool) ([]byte, error) {
	w, person := j.worldOf(p)
	var file []byte
	err := w.Commit(person, Deed{
		Op: "act.invite", Object: "ivan", Common: change, Silent: !announced,
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.Act{Common: c, Op: statement.OpInvite, Member: "ivan", Until: j.Now().Add(24 * time.Hour), Place: j.Maria.Dir}.Header()
		},
		EditFile: func(b []byte) []byte { file = b; return b },
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	})
	return file, errors.Join(err, j.CopyFiles(p, j.Maria))
}

// withoutInvitations takes the honest invitations out of Maria's copy.
func (j *Joining) withoutInvitations() error { return os.RemoveAll(filepath.Join(j.Maria.Dir, "acts")) }

// InvitationOtherVault is for a vault of the attacker, whose copy Ivan has not:
// he has one of the vault that he was told of.
func InvitationOtherVault(j *Joining) error {
	if err := os.CopyFS(j.Ivan.Dir, os.DirFS(j.Maria.Dir)); err != nil {
		return err
	}
	return j.swapInvitation()
}

// swapInvitation puts an invitation into another vault with the same name, by
// another maria, in place of the true one.
func (j *Joining) swapInvitation() error {
	t, err := NewTeam(filepath.Join(j.Root, "attacker"))
	if err != nil {
		return err
	}
	t.Pass(time.Hour)
	j.Invitation, err = t.Invite(t.Person("maria"), "ivan", "agent")
	return err
}

// InvitationByAgent is signed and announced by Oleg, who doesn't govern.
func InvitationByAgent(j *Joining) (err error) {
	if err := errors.Join(j.withoutInvitations(), j.CopyFiles(j.Maria, j.Person("oleg")), j.look("oleg")); err != nil {
		return err
	}
	j.Invitation, err = j.signInvitation(j.Person("oleg"), nil, true)
	return err
}

// look has somebody open their copy, so that they know its policy.
func (j *Joining) look(member string) error {
	v, err := j.Open(j.Person(member))
	if err == nil {
		v.Close()
	}
	return err
}

// InvitationByStranger is signed by keys that no policy names.
func InvitationByStranger(j *Joining) error {
	key, err := newIdentity("maria")
	if err != nil {
		return err
	}
	inv, err := vault.ReadInvitation(j.Invitation)
	if err != nil {
		return err
	}
	h, err := statement.Act{Op: statement.OpInvite, Member: "ivan", Until: inv.Until, Place: inv.Place, Common: statement.Common{
		Vault: inv.Vault, Device: key.DeviceID(), Author: "maria", Policy: inv.Policy, Event: 9, Time: j.Now(),
	}}.Header()
	if err != nil {
		return err
	}
	j.Invitation, _, err = statement.Sign(h, nil, key.Signer(), rand.Reader)
	return err
}

// InvitationUnannounced is signed by Maria's device and in no log: she could
// deny it.
func InvitationUnannounced(j *Joining) (err error) {
	if err := j.withoutInvitations(); err != nil {
		return err
	}
	j.Invitation, err = j.signInvitation(j.Maria, nil, false)
	return err
}

// InvitationAfterRemoval is by Anna, who has lost her role and doesn't want to
// know: her copy is from before.
func InvitationAfterRemoval(j *Joining) error {
	anna := j.Person("anna")
	if err := errors.Join(j.withoutInvitations(), j.CopyFiles(j.Maria, anna), j.look("anna")); err != nil {
		return err
	}
	v, err := j.Open(j.Maria)
	if err != nil {
		return err
	}
	if _, err := v.ChangePolicy(func(d *policy.Document) error { d.SetRoles("anna", []string{"agent"}); return nil }); err != nil {
		return err
	}
	j.Invitation, err = j.signInvitation(anna, nil, true)
	return err
}
