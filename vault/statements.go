package vault

import (
	"errors"
	"fmt"
	"strings"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// readStatement reads and verifies a signed file, whose header must say what
// its name says.
func (v *Vault) readStatement(name string) (*statement.Statement, error) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrUnsafe) {
		return nil, &IntegrityError{name, err}
	}
	if err != nil {
		return nil, err
	}
	if n, ok := store.ParseName(name); ok && n.Newcomer != "" && statement.Sum(data).String()[:8] != n.Newcomer {
		return nil, &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
	}
	st, err := statement.Open(data, v.keyOf)
	if err != nil {
		return st, &IntegrityError{name, err}
	}
	return st, v.checkNamed(name, st)
}

// checkNamed holds the name of a file against what its header says.
func (v *Vault) checkNamed(name string, st *statement.Statement) error {
	n, ok := store.ParseName(name)
	if !ok {
		return &IntegrityError{name, errors.New("no file of a vault has such a name")}
	}
	for key, want := range promised(n) {
		if got, _ := st.Header.Get(key); got != want {
			return &IntegrityError{name, fmt.Errorf("its name and its header differ: %s is %s", key, got)}
		}
	}
	switch n.Form {
	case store.FormKeys, store.FormAct, store.FormPacket:
		if n.Hash != st.Hash.Short() {
			return &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
		}
		if err := checkPlaced(name, n, st); err != nil {
			return err
		}
	case store.FormSign:
		if document, _ := st.Header.Get("document"); !strings.HasPrefix(document, fmt.Sprintf("%d %s", n.Number, n.Hash)) {
			return &IntegrityError{name, errors.New("it signs another document")}
		}
	}
	if want, ok := typeOf(n.Form); ok && want != st.Header.Type {
		return &IntegrityError{name, fmt.Errorf("it is a statement of type %s", st.Header.Type)}
	}
	return nil
}

// checkPlaced holds the directory of an act or a packet against its header.
func checkPlaced(name string, n store.Name, st *statement.Statement) error {
	when, _ := st.Header.Get("time")
	about, _ := st.Header.Get("about")
	if n.Form == store.FormAct && strings.Replace(when[:min(len(when), 7)], "-", "", 1) != n.Month {
		return &IntegrityError{name, errors.New("it was made in another month")}
	}
	if n.Form == store.FormPacket && !strings.HasPrefix(about, n.Act) {
		return &IntegrityError{name, errors.New("it is about another act")}
	}
	return nil
}

// promised is what a file's name says about its header, by key.
func promised(n store.Name) map[string]string {
	number := fmt.Sprint(n.Number)
	switch n.Form {
	case store.FormEntry:
		return map[string]string{"device": n.Device, "id": n.ID, "version": number}
	case store.FormKeys:
		return map[string]string{"to": n.Device}
	case store.FormPublish, store.FormApprove:
		return map[string]string{"device": n.Signer, "runbook": n.Slug, "version": number}
	case store.FormSign, store.FormDevice, store.FormAct:
		return map[string]string{"device": n.Device}
	}
	return nil
}

func typeOf(f store.Form) (statement.Type, bool) {
	t, ok := map[store.Form]statement.Type{
		store.FormEntry: statement.TypeEntry, store.FormSign: statement.TypeSign, store.FormKeys: statement.TypeKeys,
		store.FormPublish: statement.TypePublish, store.FormApprove: statement.TypeApprove,
		store.FormAct: statement.TypeAct, store.FormPacket: statement.TypePacket,
	}[f]
	return t, ok
}

// checkCommon checks what every announced statement says about itself: this
// vault, a policy version of the chain, a device that belonged to its author
// then, and a line of the author's log that announces these very bytes.
// It returns *TransitError while the log hasn't arrived.
func (v *Vault) checkCommon(name string, st *statement.Statement, c statement.Common) error {
	if c.Vault != v.id {
		return &IntegrityError{name, errors.New("it belongs to another vault")}
	}
	doc, err := v.docAt(c.Policy)
	if err != nil {
		return &IntegrityError{name, err}
	}
	if !holdsDevice(doc, c.Author, c.Device) {
		return &IntegrityError{name, fmt.Errorf("device %s did not belong to %s in policy %d", c.Device, c.Author, c.Policy.Number)}
	}
	key, err := v.keyOf(c.Device)
	if err != nil {
		return &IntegrityError{name, err}
	}
	if err := v.announcedBy(key, st.Hash, c); err != nil {
		var missing *AnnouncementError
		if errors.As(err, &missing) {
			return &IntegrityError{name, err}
		}
		return err
	}
	return nil
}
