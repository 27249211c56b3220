package vault

import (
	"fmt"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// RotationList is the list of credentials to change at the far system, because
// somebody who knew them, or could have opened them, should not any more:
// riskiest first. member chooses one person's; empty means everybody's. Rows
// that were waived come only with all.
//
// What could be opened is what keys and packets were ever delivered for; what
// was opened is what the log says, and nothing else. No secret is opened.
func (v *Vault) RotationList(member string, all bool) ([]Rotation, error) {
	f, err := v.rotationFacts(member)
	if err != nil {
		return nil, err
	}
	var list []Rotation
	for _, r := range f.rows() {
		if all || r.Waived == nil {
			list = append(list, r)
		}
	}
	return list, nil
}

// RotationFor counts a member's rows: what they opened, and what they could
// have opened.
func (v *Vault) RotationFor(member string) (opened, openable int, err error) {
	list, err := v.RotationList(member, false)
	for _, r := range list {
		if r.Why == RotateOpened {
			opened++
		} else {
			openable++
		}
	}
	return opened, openable, err
}

// A NotRotatedError says why a credential can't be marked as changed.
type NotRotatedError struct {
	Path    string
	Member  string
	Version uint64
	Why     string // NotNewer or StillOpenable
}

// Why a credential can't be marked.
const (
	NotNewer      = "not-newer"      // no version was written since
	StillOpenable = "still-openable" // the newest one is sealed to a key that they have
)

func (e *NotRotatedError) Error() string {
	if e.Why == StillOpenable {
		return fmt.Sprintf("%s: %s could open version %d, too", e.Path, e.Member, e.Version)
	}
	return fmt.Sprintf("%s: version %d was written before %s lost it", e.Path, e.Version, e.Member)
}

// RotateDone records that a credential was changed at the far system, and that
// its newest version holds the new value. It returns the rows that are closed.
// Who may write the safe may say so. *NotRotatedError where that version is not
// newer than the loss, or is open to them, too; *NotFoundError where nothing is to be changed.
func (v *Vault) RotateDone(path entry.Path, member string) ([]Rotation, error) {
	return v.acknowledge(path, member, statement.OpRotateDone, Note{}, func(r *Rotation) error {
		if r.Changed > 0 {
			return nil
		}
		e, _, err := v.find(path, false)
		if err != nil {
			return err
		}
		err = &NotRotatedError{Path: r.Path, Member: r.Member, Version: e.Version, Why: NotNewer}
		if r.reached {
			err.(*NotRotatedError).Why = StillOpenable
		}
		return err
	})
}

// RotateWaive records why a credential need not be changed. Who may write the
// safe, or governs, may say so.
func (v *Vault) RotateWaive(path entry.Path, member, reason string) ([]Rotation, error) {
	if reason == "" {
		return nil, &ReasonError{Safe: path.Safe(), Need: "reason"}
	}
	return v.acknowledge(path, member, statement.OpRotateWaive, Note{Reason: reason}, func(*Rotation) error { return nil })
}

// acknowledge writes an act for each row of a path, all or none.
func (v *Vault) acknowledge(path entry.Path, member string, op statement.ActOp, note Note, check func(*Rotation) error) ([]Rotation, error) {
	var rows []Rotation
	err := v.writing(func() error {
		if err := v.mayAcknowledge(op, path); err != nil {
			return err
		}
		list, err := v.RotationList(member, false)
		if err != nil {
			return err
		}
		for _, r := range list {
			if sameEntry(r.Path, path) {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			return &NotFoundError{What: "rotation", Name: path.String()}
		}
		acts := make([]newAct, len(rows))
		for i := range rows {
			if err := check(&rows[i]); err != nil {
				return err
			}
			acts[i] = newAct{Body: rows[i].act(op), Note: note}
		}
		_, err = v.writeActs(acts...)
		return err
	})
	return rows, err
}

func sameEntry(text string, path entry.Path) bool {
	p, err := entry.ParsePath(text)
	return err == nil && p.Folded() == path.Folded()
}

func (r *Rotation) act(op statement.ActOp) statement.Act {
	ref := statement.EntryRef{Safe: r.Safe, ID: r.id}
	if op == statement.OpRotateDone {
		ref.Version = r.Changed
	}
	return statement.Act{Op: op, Member: r.Member, Entries: []statement.EntryRef{ref}}
}

// mayAcknowledge: who may write a safe says what was changed there; who
// governs may waive it, too.
func (v *Vault) mayAcknowledge(op statement.ActOp, path entry.Path) error {
	err := v.may(policy.Write, path)
	if err != nil && op == statement.OpRotateWaive && v.mayGovern() == nil {
		return nil
	}
	return err
}

// waiverStands holds a waiver against the rights of its author.
func (v *Vault) waiverStands(c statement.Common, entries []statement.EntryRef) error {
	if v.stands(c, policy.CanGovern, "") == nil {
		return nil
	}
	return v.everySafe(c, policy.Write, entries)
}

// EverMembers are the members that any version of the policy named a device
// of, and those that it names now, sorted.
func (v *Vault) EverMembers() []string {
	all := map[string]bool{}
	for _, d := range v.policy.Devices {
		all[d.Member] = true
	}
	for member := range v.policy.Doc.Members {
		all[member] = true
	}
	return sortedNames(all)
}
