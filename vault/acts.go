package vault

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Deed is an act as this device sees it: verified, announced, and standing.
type Deed struct {
	ID   statement.Hash
	Body statement.Act
	Note Note
	File string // in the vault
}

// A Note is what an act says to members alone.
type Note struct {
	Paths  []string // of the act's entries; empty where its author named none
	Reason string
	Ticket string
}

// noteText is the plaintext of a note. It repeats what binds it to its act.
type noteText struct {
	Vault  string   `yaml:"vault"`
	Author string   `yaml:"author"`
	Op     string   `yaml:"op"`
	Paths  []string `yaml:"paths,omitempty,flow"`
	Reason string   `yaml:"reason,omitempty"`
	Ticket string   `yaml:"ticket,omitempty"`
}

// Limits of a note.
const (
	maxNote   = 16 << 10 // bytes of its plaintext
	maxTicket = 200      // bytes; of a reason maxReason
)

// acts returns the acts of these ops, or of all, that verify, are announced and
// stand, oldest first. What doesn't is left out, with a warning.
func (v *Vault) acts(ops ...statement.ActOp) ([]*Deed, error) {
	names, err := v.actNames()
	if err != nil {
		return nil, err
	}
	return v.standingActs(names, ops...)
}

// standingActs is acts for some of the files; acts about one that is not among
// them don't count.
func (v *Vault) standingActs(names []string, ops ...statement.ActOp) ([]*Deed, error) {
	all, err := v.readActs(names)
	if err != nil {
		return nil, err
	}
	byID := make(map[statement.Hash]*Deed, len(all))
	for _, d := range all {
		byID[d.ID] = d
	}
	var list []*Deed
	for _, d := range all {
		if len(ops) > 0 && !slices.Contains(ops, d.Body.Op) {
			continue
		}
		if err := v.actStands(d, byID); err != nil {
			if err := v.leaveActOut(d.File, err); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, d)
	}
	return list, nil
}

// actNames lists the files of all acts.
func (v *Vault) actNames() ([]string, error) {
	months, err := v.dir.List("acts")
	if err != nil {
		return nil, err
	}
	var names []string
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
			if n, ok := store.ParseName(name); ok && n.Form == store.FormAct && n.Newcomer == "" {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// readActs reads the acts whose frame, announcement and note are sound, oldest first.
func (v *Vault) readActs(names []string) ([]*Deed, error) {
	var all []*Deed
	for _, name := range names {
		d, err := v.readAct(name)
		if err == nil {
			all = append(all, d)
		} else if err := v.leaveActOut(name, err); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b *Deed) int {
		if c := a.Body.Time.Compare(b.Body.Time); c != 0 {
			return c
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	return all, nil
}

// leaveActOut warns of an act that does not count. It passes on what is wrong
// with the disk or the local state, which says nothing about the act.
func (v *Vault) leaveActOut(name string, err error) error {
	var transit *TransitError
	switch {
	case errors.As(refuse(err), new(*refusal)) && errors.As(err, &transit):
		v.warn("act-in-transit", "file", name, "why", err.Error())
	case errors.As(err, new(*statement.UnknownType)):
		v.warn("act-newer", "file", name)
	case errors.As(refuse(err), new(*refusal)):
		v.warn("act-refused", "file", name, "why", err.Error())
	default:
		return err
	}
	return nil
}

// readAct verifies one act as far as it can be judged by itself.
func (v *Vault) readAct(name string) (*Deed, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return nil, err
	}
	body, err := statement.ParseAct(st.Header)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	if err := v.checkCommon(name, st, body.Common); err != nil {
		return nil, err
	}
	note, err := v.openNote(name, st, body)
	if err != nil {
		return nil, err
	}
	return &Deed{ID: st.Hash, Body: body, Note: note, File: name}, nil
}

// openNote decrypts a note and holds it against the header: its paths are
// those of the act's entries, so that nobody is shown another path than the
// one that they approve.
func (v *Vault) openNote(name string, st *statement.Statement, body statement.Act) (Note, error) {
	if body.SealedNote == (statement.Part{}) {
		return Note{}, nil
	}
	id, err := v.keyAt(body.Policy, policy.Catalogue, body.SealedNote.Generation)
	if err != nil {
		return Note{}, &IntegrityError{name, err}
	}
	key, err := v.safeKey(id)
	if err != nil {
		return Note{}, err
	}
	plain, err := statement.Unseal(st.Parts[0], key)
	if err != nil {
		return Note{}, &IntegrityError{name, err}
	}
	var text noteText
	if err := strictyaml.Decode(plain, maxNote, &text); err != nil {
		return Note{}, &IntegrityError{name, err}
	}
	note := Note{text.Paths, text.Reason, text.Ticket}
	switch {
	case text.Vault != v.id.String() || text.Author != body.Author || text.Op != string(body.Op):
		return Note{}, &IntegrityError{name, errors.New("the note inside belongs to another act")}
	case len(note.Reason) > maxReason || len(note.Ticket) > maxTicket:
		return Note{}, &IntegrityError{name, errors.New("the note inside is over its limits")}
	}
	return note, v.checkNotePaths(name, body, note)
}

func (v *Vault) checkNotePaths(name string, body statement.Act, note Note) error {
	if len(note.Paths) == 0 {
		return nil
	}
	named := map[string]bool{}
	for _, text := range note.Paths {
		ref, err := v.refOf(text)
		if err != nil {
			return &IntegrityError{name, err}
		}
		named[ref.Safe+" "+ref.ID] = true
	}
	for _, e := range body.Entries {
		if !named[e.Safe+" "+e.ID] {
			return &IntegrityError{name, errors.New("the note inside names other paths than the act")}
		}
	}
	if len(named) != len(body.Entries) || len(note.Paths) != len(named) {
		return &IntegrityError{name, errors.New("the note inside names other paths than the act")}
	}
	return nil
}

// refOf names the entry at a path that is in its stored form.
func (v *Vault) refOf(text string) (statement.EntryRef, error) {
	path, err := entry.ParsePath(text)
	if err != nil {
		return statement.EntryRef{}, err
	}
	names, err := v.names()
	if err != nil {
		return statement.EntryRef{}, err
	}
	return statement.EntryRef{Safe: path.Safe(), ID: entry.ID(names, path)}, nil
}

// actStands holds an act against the rights that it takes. all are the acts
// that are here; an act about one that isn't waits for it.
func (v *Vault) actStands(d *Deed, all map[statement.Hash]*Deed) error {
	c := d.Body.Common
	switch d.Body.Op {
	case statement.OpRequest:
		return v.everySafe(c, policy.Request, d.Body.Entries)
	case statement.OpGrant:
		if d.Body.Member == c.Author {
			return &IntegrityError{d.File, errors.New("nobody grants something to themselves")}
		}
		return v.everySafe(c, policy.Grant, d.Body.Entries)
	case statement.OpApprove, statement.OpDeny, statement.OpRevoke:
		about := all[d.Body.About]
		if about == nil {
			return &IntegrityError{d.File, fmt.Errorf("the act %s that it is about is not here", d.Body.About.Short())}
		}
		return v.answerStands(d, about)
	case statement.OpInvite:
		return v.stands(c, policy.CanGovern, "")
	case statement.OpKeysRefused:
		return nil // it takes no right upon itself
	case statement.OpRotateDone:
		return v.everySafe(c, policy.Write, d.Body.Entries)
	case statement.OpRotateWaive:
		return v.waiverStands(c, d.Body.Entries)
	}
	return &IntegrityError{d.File, fmt.Errorf("nothing is known of acts %q", d.Body.Op)}
}

// answerStands judges an answer to a request or a grant. Who approves may
// grant on all safes that it concerns; who denies or revokes on one of them.
func (v *Vault) answerStands(d, about *Deed) error {
	c, grantee := d.Body.Common, granteeOf(about)
	if op := about.Body.Op; op != statement.OpRequest && op != statement.OpGrant {
		return &IntegrityError{d.File, fmt.Errorf("an act %s can't be about one that is %s", d.Body.Op, op)}
	}
	switch {
	case d.Body.Op == statement.OpApprove && c.Author == grantee:
		return &IntegrityError{d.File, errors.New("nobody approves what is for themselves")}
	case d.Body.Op == statement.OpApprove:
		return v.everySafe(c, policy.Grant, about.Body.Entries)
	case d.Body.Op == statement.OpRevoke && c.Author == grantee:
		return nil
	}
	err := error(nil)
	for _, e := range about.Body.Entries {
		if err = v.stands(c, policy.Grant, e.Safe); err == nil {
			return nil
		}
	}
	return err
}

// granteeOf is whom a request or a grant is for.
func granteeOf(d *Deed) string {
	if d.Body.Op == statement.OpRequest {
		return d.Body.Author
	}
	return d.Body.Member
}

func (v *Vault) everySafe(c statement.Common, right policy.Capability, entries []statement.EntryRef) error {
	for _, e := range entries {
		if err := v.stands(c, right, e.Safe); err != nil {
			return err
		}
	}
	return nil
}
