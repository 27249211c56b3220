package vaulttest

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
)

// A JoinAttack is something done while Ivan joins, by somebody who must not
// come in, or must not lead him elsewhere. Names as with Attack.
type JoinAttack struct {
	Name string
	Do   func(*Joining) error
}

// A Joining is Ivan on his way into the vault of Maria: an attack changes it,
// at whatever moment it likes. Anna leads, too; Oleg is an agent.
type Joining struct {
	*Team
	Maria, Ivan *Mate
	Invitation  []byte // as it reaches Ivan

	Joined *vault.Joined // what came of Apply
	File   []byte        // the join file as it reaches Maria; nil: she takes what lies in her copy
}

// NewJoining is a Joining in which Ivan is invited.
func NewJoining(root string) (*Joining, error) {
	t, err := NewTeam(root, "anna", "oleg")
	if err != nil {
		return nil, err
	}
	j := &Joining{Team: t, Maria: t.Person("maria")}
	if j.Invitation, err = t.Invite(j.Maria, "ivan", "agent"); err != nil {
		return nil, err
	}
	j.Ivan = t.Newcomer("ivan")
	return j, nil
}

// Apply has Ivan join with what reached him, once.
func (j *Joining) Apply() (err error) {
	if j.Joined == nil {
		j.Joined, err = j.Team.Apply(j.Ivan, j.Invitation)
	}
	return err
}

// Admit has Maria admit Ivan: he reads out the digits that he sees.
func (j *Joining) Admit() (*vault.Admission, error) {
	v, err := j.Open(j.Maria)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	file := j.File
	if file == nil {
		list, err := v.Applicants()
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, &vault.NotFoundError{What: "device", Name: "ivan"}
		}
		file = list[0].File
	}
	return v.Admit("ivan", file, j.Joined.Digits)
}

// JoinAttacks are all attacks on somebody's joining.
func JoinAttacks() []JoinAttack {
	return []JoinAttack{
		{"invitation-altered", InvitationAltered},
		{"invitation-cut", InvitationCut},
		{"invitation-expired", InvitationExpired},
		{"invitation-older-copy", InvitationOlderCopy},
		{"invitation-other-chain", InvitationOtherChain},
		{"invitation-other-vault", InvitationOtherVault},
		{"invitation-by-agent", InvitationByAgent},
		{"invitation-by-stranger", InvitationByStranger},
		{"invitation-unannounced", InvitationUnannounced},
		{"invitation-after-removal", InvitationAfterRemoval},
		{"joining-vault-swapped", JoiningVaultSwapped},
		{"joining-device-swapped", JoiningDeviceSwapped},
		{"joining-file-swapped", JoiningFileSwapped},
		{"joining-device-of-other", JoiningDeviceOfOther},
		{"joining-device-of-member", JoiningDeviceOfMember},
		{"joining-device-replayed", JoiningDeviceReplayed},
		{"joining-devices-thousand", JoiningDevicesThousand},
		{"joining-name-taken", JoiningNameTaken},
	}
}

// worldOf sees a mate's copy as a World, for its Deeds.
func (t *Team) worldOf(p *Mate) (*World, *Person) {
	return &World{Root: t.Root, Dir: p.Dir, now: t.Now()}, &Person{p.Member, p.Home}
}

// JoiningVaultSwapped sends Ivan the invitation of the attacker's vault, with
// the place where it lies.
func JoiningVaultSwapped(j *Joining) error {
	if err := j.swapInvitation(); err != nil {
		return err
	}
	if err := j.Apply(); err != nil {
		return err
	}
	j.File = j.Joined.File // he sends it to the true Maria
	return nil
}

// stranger makes a .device file of keys of the attacker's.
func (j *Joining) stranger(member, label string) ([]byte, string, error) {
	key, err := identity.New(member, rand.Reader)
	if err != nil {
		return nil, "", err
	}
	file, err := key.DeviceStatement(label, j.Now())
	return file, store.DeviceName(key.DeviceID()), err
}

// JoiningDeviceSwapped puts the attacker's device in place of Ivan's, where
// Maria looks for it.
func JoiningDeviceSwapped(j *Joining) error {
	if err := j.Apply(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(j.Maria.Dir, "devices", j.Joined.Device+".device")); err != nil {
		return err
	}
	file, name, err := j.stranger("ivan", "desk")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(j.Maria.Dir, filepath.FromSlash(name)), file, 0o600)
}

// JoiningFileSwapped exchanges the join file that is sent to Maria.
func JoiningFileSwapped(j *Joining) (err error) {
	if err := j.Apply(); err != nil {
		return err
	}
	j.File, _, err = j.stranger("ivan", "desk")
	return err
}

// JoiningDeviceOfOther sends a device that says that it is somebody else's.
func JoiningDeviceOfOther(j *Joining) (err error) {
	if err := j.Apply(); err != nil {
		return err
	}
	j.File, _, err = j.stranger("petr", "desk")
	return err
}

// JoiningDeviceOfMember sends Oleg's device, which the policy knows.
func JoiningDeviceOfMember(j *Joining) error {
	if err := j.Apply(); err != nil {
		return err
	}
	device, err := j.DeviceOf(j.Person("oleg"))
	if err != nil {
		return err
	}
	j.File, err = os.ReadFile(filepath.Join(j.Maria.Dir, "devices", device+".device"))
	return err
}

// JoiningDeviceReplayed brings back a device of Ivan's that was removed, with
// its old join file, when he is invited once more.
func JoiningDeviceReplayed(j *Joining) error {
	if err := j.Apply(); err != nil {
		return err
	}
	if _, err := j.Admit(); err != nil {
		return err
	}
	v, err := j.Open(j.Maria)
	if err != nil {
		return err
	}
	j.File = j.Joined.File
	if _, err := v.ChangePolicy(func(d *policy.Document) error {
		delete(d.Members["ivan"].Devices, j.Joined.Device)
		return nil
	}); err != nil {
		return err
	}
	_, err = j.Invite(j.Maria, "ivan")
	return err
}

// JoiningDevicesThousand fills the folder with devices that all say that they
// are Ivan's.
func JoiningDevicesThousand(j *Joining) error {
	if err := j.Apply(); err != nil {
		return err
	}
	for i := range 1000 {
		file, name, err := j.stranger("ivan", fmt.Sprintf("desk-%d", i))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(j.Maria.Dir, filepath.FromSlash(name)), file, 0o600); err != nil {
			return err
		}
	}
	j.File = j.Joined.File
	return nil
}

// JoiningNameTaken puts junk at the name that Ivan's device will have, in
// Maria's copy and in his own.
func JoiningNameTaken(j *Joining) error {
	if err := j.Apply(); err != nil {
		return err
	}
	j.File = j.Joined.File
	for _, p := range []*Mate{j.Maria, j.Ivan} {
		if err := os.WriteFile(filepath.Join(p.Dir, "devices", j.Joined.Device+".device"), []byte("junk\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}
