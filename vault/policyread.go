package vault

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A candidate is a policy version that may come after the newest one.
type candidate struct {
	number  uint64
	hash    statement.Hash
	file    string
	doc     *policy.Document
	devices map[string]knownDevice
}

// policyFiles lists the documents here: by number, the hash16 of each.
func (v *Vault) policyFiles() (map[uint64][]string, error) {
	items, err := v.dir.List("policy")
	if err != nil {
		return nil, err
	}
	here := map[uint64][]string{}
	for _, item := range items {
		if n, ok := store.ParseName("policy/" + item.Name); ok && n.Form == store.FormPolicy && n.Newcomer == "" {
			here[n.Number] = append(here[n.Number], n.Hash)
		}
	}
	return here, nil
}

// readDocument reads a version's bytes, which must have that hash.
func (v *Vault) readDocument(number uint64, hash statement.Hash) (*policy.Document, error) {
	name := store.PolicyName(number, hash.Short())
	data, err := v.dir.Read(name, policy.MaxSize)
	if err != nil {
		return nil, err
	}
	if statement.Sum(data) != hash {
		return nil, &IntegrityError{name, errors.New("its bytes are not those that were signed")}
	}
	doc, err := policy.Parse(data)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	return doc, nil
}

// readCandidate reads a document that follows the newest version; nil if it
// follows another one.
func (v *Vault) readCandidate(number uint64, hash16 string) (*candidate, error) {
	name := store.PolicyName(number, hash16)
	data, err := v.dir.Read(name, policy.MaxSize)
	if err != nil {
		return nil, err
	}
	hash := statement.Sum(data)
	if hash.Short() != hash16 {
		return nil, &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
	}
	doc, err := policy.Parse(data)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	c := &candidate{number: number, hash: hash, file: name, doc: doc}
	if number == 1 {
		if hash != v.id || doc.Version != 1 {
			return nil, nil
		}
		return c, v.readNewDevices(c)
	}
	if len(doc.Prev) != 1 || doc.Prev[0] != v.policy.Hash.String() {
		return nil, nil
	}
	if problems := policy.CheckNext(v.policy.Doc, doc, v.policy.Hash.String()); len(problems) > 0 {
		return nil, &IntegrityError{name, &PolicyError{problems}}
	}
	return c, v.readNewDevices(c)
}

// readNewDevices learns the keys of devices that no earlier version named. A
// missing file leaves the device known by its pin alone: it can't sign yet.
func (v *Vault) readNewDevices(c *candidate) error {
	c.devices = map[string]knownDevice{}
	for member, m := range c.doc.Members {
		for id, d := range m.Devices {
			if known, ok := v.policy.Devices[id]; ok && (known.Member != member || known.File != d.File) {
				return &IntegrityError{c.file, fmt.Errorf("device %s was %s's with another file", id, known.Member)}
			} else if ok && known.Key != "" {
				continue
			}
			known := knownDevice{Member: member, File: d.File}
			body, err := v.readDevice(id, d.File)
			switch {
			case errors.Is(err, store.ErrNotExist):
				v.warn("device-file-missing", "device", id)
			case err != nil:
				return err
			default:
				known.Key = string(ssh.MarshalAuthorizedKey(body.Key))
			}
			c.devices[id] = known
		}
	}
	return nil
}

// readDevice reads a .device file whose bytes must hash to pin.
func (v *Vault) readDevice(device, pin string) (statement.Device, error) {
	name := store.DeviceName(device)
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return statement.Device{}, err
	}
	if statement.Sum(data).String() != pin {
		return statement.Device{}, &IntegrityError{name, errors.New("it is not the device that the policy names")}
	}
	_, body, err := statement.OpenDevice(data)
	if err != nil {
		return statement.Device{}, &IntegrityError{name, err}
	}
	if body.Device != device {
		return statement.Device{}, &IntegrityError{name, fmt.Errorf("it is device %s", body.Device)}
	}
	return body, nil
}

// counts reports whether enough governors of the parent have signed c. A
// signature that doesn't verify, or isn't by a governor, is not counted.
func (v *Vault) counts(c *candidate) (bool, error) {
	items, err := v.dir.List("policy")
	if err != nil {
		return false, err
	}
	var devices []string
	for _, item := range items {
		n, ok := store.ParseName("policy/" + item.Name)
		if !ok || n.Form != store.FormSign || n.Number != c.number || n.Hash != c.hash.Short() || n.Newcomer != "" {
			continue
		}
		if err := v.checkSign("policy/"+item.Name, c); err != nil {
			v.warn("signature-refused", "file", "policy/"+item.Name, "why", err.Error())
			continue
		}
		devices = append(devices, n.Device)
	}
	return policy.Signed(v.policy.Doc, c.doc, devices), nil
}

// checkSign verifies one signature of c.
func (v *Vault) checkSign(name string, c *candidate) error {
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return err
	}
	st, err := statement.Open(data, func(device string) (ssh.PublicKey, error) { return v.keyOfCandidate(device, c) })
	if err != nil {
		return err
	}
	body, err := statement.ParseSign(st.Header)
	if err != nil {
		return err
	}
	under, doc := v.PolicyRef(), v.policy.Doc
	if c.number == 1 {
		under, doc = statement.PolicyRef{Number: 1, Hash: c.hash}, c.doc
	}
	switch {
	case body.Vault != v.id || body.Document.Hash != c.hash || body.Document.Number != c.number:
		return errors.New("it signs another document")
	case body.Policy != under:
		return errors.New("it was made under another policy version")
	case !holdsDevice(doc, body.Author, body.Device):
		return fmt.Errorf("device %s does not belong to %s", body.Device, body.Author)
	}
	key, err := v.keyOfCandidate(body.Device, c)
	if err != nil {
		return err
	}
	return v.announcedBy(key, st.Hash, body.Common)
}

func (v *Vault) keyOfCandidate(device string, c *candidate) (ssh.PublicKey, error) {
	if c.number == 1 {
		return (&Vault{policy: policyState{Devices: c.devices}}).keyOf(device)
	}
	return v.keyOf(device)
}

func holdsDevice(doc *policy.Document, member, device string) bool {
	owner, ok := doc.MemberOf(device)
	return ok && owner == member
}
