package vault

import (
	"cmp"
	"errors"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// waitingFiles lists acts, publications and approvals that wait.
func (v *Vault) waitingFiles() ([]*Waiting, error) {
	named, err := v.actNames()
	if err != nil {
		return nil, err
	}
	acts, err := v.readActs(named)
	if err != nil {
		return nil, err
	}
	known := make(map[statement.Hash]*Deed, len(acts))
	for _, d := range acts {
		known[d.ID] = d
	}
	var list []*Waiting
	for _, top := range []string{"acts", "runbooks"} {
		names, err := v.filesBelow(top)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			w, err := v.judgeFile(name, known)
			if err != nil {
				return nil, err
			}
			if w != nil {
				list = append(list, w)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *Waiting) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Name, b.Name), a.Time.Compare(b.Time))
	})
	return list, nil
}

// filesBelow lists the files of the directories of a directory.
func (v *Vault) filesBelow(top string) ([]string, error) {
	dirs, err := v.dir.List(top)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, dir := range dirs {
		if dir.Kind != store.KindDir {
			continue
		}
		items, err := v.dir.List(top + "/" + dir.Name)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			names = append(names, top+"/"+dir.Name+"/"+item.Name)
		}
	}
	return names, nil
}

// judgeFile judges an act or a statement about a runbook: nil where it counts,
// or will never.
func (v *Vault) judgeFile(name string, acts map[statement.Hash]*Deed) (*Waiting, error) {
	n, ok := store.ParseName(name)
	if !ok || n.Form != store.FormAct && n.Form != store.FormPublish && n.Form != store.FormApprove {
		return nil, nil
	}
	st, err := v.readStatement(name)
	if err != nil {
		return nil, ignoringUnsound(err)
	}
	w := &Waiting{Version: n.Number, Hash: st.Hash, File: name}
	if n.Form == store.FormAct {
		w.Err = v.judgeAct(w, st, acts)
	} else {
		w.Err = v.judgeBook(w, st)
	}
	if w.Err == nil {
		return nil, nil
	}
	if w.Why = waitsFor(w.Err); w.Why == "" {
		return nil, ignoringUnsound(w.Err)
	}
	return w, nil
}

// ignoringUnsound passes on what is wrong with the disk, and forgets what is
// wrong with a file: verification finds it.
func ignoringUnsound(err error) error {
	if errors.As(refuse(err), new(*refusal)) || errors.Is(err, store.ErrNotExist) {
		return nil
	}
	return err
}

func (w *Waiting) by(c statement.Common) { w.Author, w.Device, w.Time = c.Author, c.Device, c.Time }

func (v *Vault) judgeAct(w *Waiting, st *statement.Statement, acts map[statement.Hash]*Deed) error {
	body, err := statement.ParseAct(st.Header)
	if err != nil {
		return nil // of a newer opsvault
	}
	w.What, w.Name = "act", string(body.Op)
	w.by(body.Common)
	if d := acts[st.Hash]; d != nil {
		return v.actStands(d, acts)
	}
	return v.checkCommon(w.File, st, body.Common)
}

func (v *Vault) judgeBook(w *Waiting, st *statement.Statement) error {
	body, err := statement.ParseBook(st.Header)
	if err != nil {
		return &IntegrityError{w.File, err}
	}
	w.What, w.Name = "runbook", body.Runbook
	w.by(body.Common)
	if err := v.checkCommon(w.File, st, body.Common); err != nil {
		return err
	}
	right := policy.CanPublish
	if st.Header.Type == statement.TypeApprove {
		right = policy.CanApprove
	}
	return v.stands(body.Common, right, "")
}
