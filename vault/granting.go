package vault

import (
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// A Wish is what a request or a grant is about.
type Wish struct {
	Paths  []entry.Path // 1 to statement.MaxEntries
	Span   time.Duration
	Reason string
	Ticket string
}

// Request asks for access to entries, for this member. *NotFoundError,
// *NoNeedError, *DeniedError, *LimitError, *ReasonError, *NoApproverError,
// *ExistsError where the same was asked for already.
func (v *Vault) Request(w Wish) (*GrantState, error) {
	return v.ask(w, statement.Act{Op: statement.OpRequest}, v.me.Member, policy.Request)
}

// Grant gives somebody access to entries, unasked. It is an approval, by this
// member; where the policy asks for more of them it waits for others. The same errors as Request.
func (v *Vault) Grant(member string, w Wish) (*GrantState, error) {
	if v.policy.Doc.Members[member] == nil {
		return nil, &NotFoundError{What: "member", Name: member}
	}
	if len(v.policy.Doc.Members[member].Devices) == 0 {
		return nil, &NoDeviceError{member}
	}
	if member == v.me.Member {
		return nil, &OwnRequestError{}
	}
	return v.ask(w, statement.Act{Op: statement.OpGrant, Member: member}, member, policy.Grant)
}

// ask writes a request or a grant.
func (v *Vault) ask(w Wish, act statement.Act, member string, right policy.Capability) (*GrantState, error) {
	var made *GrantState
	err := v.writing(func() error {
		if w.Reason == "" && w.Ticket == "" {
			return &ReasonError{Safe: w.Paths[0].Safe(), Need: "reason"}
		}
		act.Span = uint64(w.Span / time.Second)
		note := Note{Reason: w.Reason, Ticket: w.Ticket}
		for _, path := range w.Paths {
			ref, stored, err := v.wish(path, member, right, w.Span)
			if err != nil {
				return err
			}
			if slices.Contains(act.Entries, ref) {
				continue
			}
			act.Entries = append(act.Entries, ref)
			note.Paths = append(note.Paths, stored)
		}
		if err := v.checkWish(act, member, note); err != nil {
			return err
		}
		ids, err := v.writeActs(newAct{act, note})
		if err != nil {
			return err
		}
		made, err = v.sealNow(ids[0])
		return err
	})
	return made, err
}

// wish holds one path against the policy.
func (v *Vault) wish(path entry.Path, member string, right policy.Capability, span time.Duration) (statement.EntryRef, string, error) {
	var none statement.EntryRef
	safe := v.policy.Doc.Safes[path.Safe()]
	if safe == nil {
		return none, "", &NotFoundError{What: "safe", Name: path.Safe(), Near: v.policy.Doc.SafeIDs()}
	}
	if d := v.policy.Doc.DecideAt(member, policy.Read, path.Safe(), v.now()); d.Allowed {
		return none, "", &NoNeedError{member, path.String(), d.Why}
	}
	if d := v.policy.Doc.DecideAt(v.me.Member, right, path.Safe(), v.now()); !d.Allowed {
		return none, "", &DeniedError{Member: v.me.Member, Capability: right, On: path.String(), Decision: d}
	}
	if limit := safe.Grants.Max.Duration(); limit > 0 && span > limit {
		return none, "", &LimitError{path.Safe(), limit, span}
	}
	if span < time.Second || span > statement.MaxSpan*time.Second {
		return none, "", &LimitError{path.Safe(), statement.MaxSpan * time.Second, span}
	}
	e, _, err := v.Show(path, false)
	if err != nil {
		return none, "", err
	}
	if e.Deleted {
		return none, "", &NotFoundError{What: "entry", Name: path.String()}
	}
	return statement.EntryRef{Safe: e.body.Safe, ID: e.body.ID}, e.Path.String(), nil
}

// checkWish refuses what nobody could approve, and what was asked for already.
func (v *Vault) checkWish(act statement.Act, member string, note Note) error {
	g := &GrantState{Member: member}
	for _, ref := range act.Entries {
		g.Entries = append(g.Entries, GrantEntry{Safe: ref.Safe, ID: ref.ID})
	}
	if act.Op == statement.OpRequest && len(v.approversOf(g)) == 0 {
		return &NoApproverError{note.Paths}
	}
	open, err := v.Grants(GrantFilter{Member: member, Open: true})
	if err != nil {
		return err
	}
	for _, other := range open {
		same := func(a, b GrantEntry) bool { return a.ID == b.ID }
		if other.Op == act.Op && other.Author == v.me.Member && other.Phase == PhaseWaiting && len(other.Entries) == len(g.Entries) {
			slices.SortFunc(g.Entries, byID)
			theirs := slices.SortedFunc(slices.Values(other.Entries), byID)
			if slices.EqualFunc(g.Entries, theirs, same) {
				return &ExistsError{string(act.Op), other.Short()}
			}
		}
	}
	return nil
}

func byID(a, b GrantEntry) int {
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// Approve approves a request, or a grant that needs more than its author's
// word, and seals what it can when that was the last approval. About one that is
// approved and not sealed yet it only seals.
// *NotFoundError, *AmbiguousError, *OwnRequestError, *DeniedError, *PhaseError;
// ErrUnchanged where this member has approved already.
func (v *Vault) Approve(id string) (*GrantState, error) {
	return v.answer(id, statement.OpApprove, "", func(g *GrantState) error {
		switch {
		case g.Member == v.me.Member:
			return &OwnRequestError{g}
		case !g.Phase.Open():
			return &PhaseError{g}
		case g.Phase == PhaseLive:
			return ErrUnchanged
		}
		if err := v.mayAnswer(g, true); err != nil {
			return err
		}
		again := slices.ContainsFunc(g.Approvals, func(a Answer) bool { return a.Member == v.me.Member })
		if again && g.Phase == PhaseWaiting {
			return ErrUnchanged
		}
		return nil
	})
}

// Deny ends a request, or a grant, that waits for approvals. The errors of Approve.
func (v *Vault) Deny(id, reason string) (*GrantState, error) {
	return v.answer(id, statement.OpDeny, reason, func(g *GrantState) error {
		if g.Phase != PhaseWaiting {
			return &PhaseError{g}
		}
		return v.mayAnswer(g, false)
	})
}

// Revoke ends a grant early: by somebody who may grant there, or by the member
// that it is for, who may take a request back by it, too. The errors of Approve.
func (v *Vault) Revoke(id, reason string) (*GrantState, error) {
	return v.answer(id, statement.OpRevoke, reason, func(g *GrantState) error {
		if !g.Phase.Open() {
			return &PhaseError{g}
		}
		if g.Member == v.me.Member {
			return nil
		}
		return v.mayAnswer(g, false)
	})
}

// mayAnswer asks the policy whether this member may grant: on every safe that
// it concerns, or on one of them.
func (v *Vault) mayAnswer(g *GrantState, every bool) error {
	var refusal error
	allowed := 0
	for _, e := range g.Entries {
		d := v.policy.Doc.DecideAt(v.me.Member, policy.Grant, e.Safe, v.now())
		if d.Allowed {
			allowed++
			continue
		}
		refusal = &DeniedError{Member: v.me.Member, Capability: policy.Grant, On: e.Safe, Decision: d}
	}
	if allowed > 0 && !every {
		return nil
	}
	return refusal
}

// answer writes an answer to a request or a grant.
func (v *Vault) answer(id string, op statement.ActOp, reason string, check func(*GrantState) error) (*GrantState, error) {
	var after *GrantState
	err := v.writing(func() error {
		g, err := v.grantByID(id)
		if err != nil {
			return err
		}
		if err := check(g); err != nil {
			return err
		}
		if op != statement.OpApprove || g.Phase == PhaseWaiting {
			if _, err := v.writeActs(newAct{statement.Act{Op: op, About: g.ID}, Note{Reason: reason}}); err != nil {
				return err
			}
		}
		after, err = v.sealNow(g.ID)
		return err
	})
	return after, err
}

// sealNow seals what is due of a grant, and says what it has come to.
func (v *Vault) sealNow(id statement.Hash) (*GrantState, error) {
	g, err := v.grantByID(id.String())
	if err != nil {
		return nil, err
	}
	n, err := v.sealGrants([]*GrantState{g}, "")
	if err != nil || n == 0 {
		return g, err
	}
	return v.grantByID(id.String())
}

// FindGrant finds a request or a grant by the beginning of its id, at least four
// hex digits. *NotFoundError, *AmbiguousError.
func (v *Vault) FindGrant(id string) (*GrantState, error) { return v.grantByID(id) }

// SealDue seals what running grants lack and this device can give. It returns
// how many packets it wrote.
func (v *Vault) SealDue() (n int, err error) {
	err = v.writing(func() error {
		n, err = v.sealDue()
		return err
	})
	return n, err
}
