package vault

import (
	"errors"
	"fmt"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// readStatement reads and verifies a signed file. The device in its name must
// be the one that signed it.
func (v *Vault) readStatement(name string) (*statement.Statement, error) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrUnsafe) {
		return nil, &IntegrityError{name, err}
	}
	if err != nil {
		return nil, err
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
	device, _ := st.Header.Get("device")
	signer := n.Device
	switch n.Form {
	case store.FormKeys:
		signer = device // the name holds the receiver
		if n.Hash != st.Hash.Short() {
			return &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
		}
	case store.FormPublish, store.FormApprove:
		signer = n.Signer
	}
	if signer != device {
		return &IntegrityError{name, fmt.Errorf("device %s signed it", device)}
	}
	return nil
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

// mayWrite reports whether the author may write the safe, under the policy
// that the statement names and under the newest one.
func (v *Vault) mayWrite(c statement.Common, safe string) error {
	then, err := v.docAt(c.Policy)
	if err != nil {
		return err
	}
	for _, doc := range []*policy.Document{then, v.policy.Doc} {
		if d := doc.DecideAt(c.Author, policy.Write, safe, c.Time); !d.Allowed {
			return &DeniedError{Member: c.Author, Capability: policy.Write, On: safe, Decision: d}
		}
	}
	return nil
}
