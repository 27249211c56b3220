package vault

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An Invitation is what an invitation file says. Nothing of it was checked
// but its form: Join does the rest.
type Invitation struct {
	Vault  statement.Hash
	Policy statement.PolicyRef // what a newcomer's copy must hold
	Member string
	Author string
	Until  time.Time
	Place  string // where a copy of the vault is; may be empty

	file []byte
}

// ReadInvitation reads an invitation's form. It returns ErrNotInvitation.
func ReadInvitation(file []byte) (*Invitation, error) {
	h, err := statement.Peek(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotInvitation, err)
	}
	act, err := statement.ParseAct(h)
	if err != nil || act.Op != statement.OpInvite {
		return nil, ErrNotInvitation
	}
	return &Invitation{Vault: act.Vault, Policy: act.Policy, Member: act.Member, Author: act.Author,
		Until: act.Until, Place: act.Place, file: file}, nil
}

// Over returns an *ExpiredError once the invitation has ended.
func (i *Invitation) Over(now time.Time) error {
	if now.After(i.Until) {
		return &ExpiredError{Member: i.Member, Until: i.Until}
	}
	return nil
}

// NewInvitation says whom to invite: a new member, or one who shall have
// another device.
type NewInvitation struct {
	Member string
	Name   string   // as people write it; empty: the id, or as it is
	Roles  []string // nil: none, or as they are
	Place  string   // where a copy is; empty: the place of the last sync
	Valid  time.Duration
}

// Invited is an invitation that was written.
type Invited struct {
	Member string
	Until  time.Time
	Place  string
	File   []byte  // the invitation file
	Change *Change // the version that made a new member; nil for a known one
}

// Invite writes an invitation. A new member comes into the policy first, in a
// version of its own; where that one needs other signatures too, *PendingError
// says so, and the invitation waits for them. *MemberDiffersError for a member
// who has other roles, *DeniedError for those who don't govern.
func (v *Vault) Invite(n NewInvitation) (*Invited, error) {
	var out *Invited
	err := v.writing(func() (err error) {
		if err := v.mayGovern(); err != nil {
			return err
		}
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		if n.Place == "" {
			n.Place = v.SyncPlace()
		}
		out = &Invited{Member: n.Member, Place: n.Place, Until: v.now().Add(n.Valid).Truncate(time.Second)}
		if out.Change, err = v.inviteMember(n); err != nil {
			return err
		}
		out.File, err = v.writeInvitation(out)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// inviteMember makes a new member. One who is known stays as they are.
func (v *Vault) inviteMember(n NewInvitation) (*Change, error) {
	if m := v.policy.Doc.Members[n.Member]; m != nil {
		if n.Name != "" && n.Name != m.Name || n.Roles != nil && !sameSet(n.Roles, m.Roles) {
			return nil, &MemberDiffersError{Member: n.Member, Name: m.Name, Roles: m.Roles}
		}
		return nil, nil
	}
	for _, role := range n.Roles {
		if v.policy.Doc.Roles[role] == nil {
			return nil, &NotFoundError{What: "role", Name: role}
		}
	}
	waits, err := v.pendingWith(func(doc *policy.Document) bool { return doc.Members[n.Member] != nil })
	if err != nil {
		return nil, err
	}
	if waits != nil {
		return nil, pendingError(waits)
	}
	change, err := v.nextPolicy(func(doc *policy.Document) error {
		name := n.Name
		if name == "" {
			name = n.Member
		}
		doc.Members[n.Member] = &policy.Member{Name: name, Roles: n.Roles}
		return nil
	})
	if err == nil && change.Pending != nil {
		return nil, pendingError(change.Pending)
	}
	return change, err
}

// pendingWith finds a version that waits for signatures and could still count,
// by what it says.
func (v *Vault) pendingWith(says func(*policy.Document) bool) (*PendingPolicy, error) {
	list, err := v.PendingPolicies()
	if err != nil {
		return nil, err
	}
	for i := range list {
		if !list[i].Stale && says(list[i].Doc) {
			return &list[i], nil
		}
	}
	return nil, nil
}

func (v *Vault) writeInvitation(i *Invited) ([]byte, error) {
	ids, err := v.writeActs(newAct{Body: statement.Act{
		Op: statement.OpInvite, Member: i.Member, Until: i.Until, Place: i.Place,
	}})
	if err != nil {
		return nil, err
	}
	all, err := v.invitations()
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.ID == ids[0] {
			return v.dir.Read(d.File, statement.MaxSize)
		}
	}
	return nil, fmt.Errorf("the invitation %s was written and is not there", ids[0].Short())
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// invitations returns the acts that invite, verify, are announced and stand.
// No key is needed for it.
func (v *Vault) invitations() ([]*Deed, error) {
	months, err := v.dir.List("acts")
	if err != nil {
		return nil, err
	}
	var list []*Deed
	for _, month := range months {
		if month.Kind != store.KindDir {
			continue
		}
		items, err := v.dir.List("acts/" + month.Name)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			name := "acts/" + month.Name + "/" + item.Name
			if n, ok := store.ParseName(name); !ok || n.Form != store.FormAct || n.Newcomer != "" {
				continue
			}
			d, err := v.readInvite(name)
			if err != nil {
				if err := v.leaveActOut(name, err); err != nil {
					return nil, err
				}
				continue
			}
			if d != nil {
				list = append(list, d)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *Deed) int { return a.Body.Time.Compare(b.Body.Time) })
	return list, nil
}

// readInvite verifies an act that invites; nil for any other act.
func (v *Vault) readInvite(name string) (*Deed, error) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrUnsafe) {
		return nil, nil // whoever reads all acts reports it
	}
	if err != nil {
		return nil, err
	}
	if _, err := ReadInvitation(data); err != nil {
		return nil, nil
	}
	st, err := v.readStatement(name)
	if err != nil {
		return nil, err
	}
	body, err := statement.ParseAct(st.Header)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	return &Deed{ID: st.Hash, Body: body, File: name}, v.inviteStands(name, st, body)
}

// inviteStands checks the announcement of an invitation, and that its author governs.
func (v *Vault) inviteStands(name string, st *statement.Statement, body statement.Act) error {
	if err := v.checkCommon(name, st, body.Common); err != nil {
		return err
	}
	return v.stands(body.Common, policy.CanGovern, "")
}

// liveInvitations are those by which somebody can be admitted: not over, for a
// member of the newest policy who got no device since.
func (v *Vault) liveInvitations() ([]*Deed, error) {
	all, err := v.invitations()
	if err != nil {
		return nil, err
	}
	var live []*Deed
	for _, d := range all {
		used, err := v.usedUp(d)
		if err != nil {
			return nil, err
		}
		if !used && !v.now().After(d.Body.Until) {
			live = append(live, d)
		}
	}
	return live, nil
}

// usedUp reports an invitation whose member is gone, or got a device by a
// version after the one that it names.
func (v *Vault) usedUp(d *Deed) (bool, error) {
	member := d.Body.Member
	if v.policy.Doc.Members[member] == nil {
		return true, nil
	}
	before, err := v.docAt(d.Body.Policy)
	if err != nil {
		return false, err
	}
	all, err := v.followed()
	if err != nil {
		return false, err
	}
	past := v.policy.versions.lineage(d.Body.Policy.Hash)
	for _, w := range all {
		if past[w.hash] {
			continue
		}
		doc, err := v.docOf(w.ref())
		if err != nil {
			return false, err
		}
		if doc.Members[member] != nil {
			for device := range doc.Members[member].Devices {
				if !holdsDevice(before, member, device) {
					return true, nil
				}
			}
		}
		before = doc
	}
	return false, nil
}
