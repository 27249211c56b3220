package vault

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// policyHere is what lies in policy/, by names.
type policyHere struct {
	docs   map[uint64][]string // number → hash16
	number map[string]uint64   // hash16 → number
	signs  map[string][]string // name of a document → names of its signatures
}

func (h *policyHere) numberOf(hash statement.Hash) uint64 { return h.number[hash.Short()] }

func (h *policyHere) numbers() []uint64 { return slices.Sorted(maps.Keys(h.docs)) }

func (v *Vault) policyFiles() (*policyHere, error) {
	items, err := v.dir.List("policy")
	if err != nil {
		return nil, err
	}
	here := &policyHere{docs: map[uint64][]string{}, number: map[string]uint64{}, signs: map[string][]string{}}
	for _, item := range items {
		n, ok := store.ParseName("policy/" + item.Name)
		switch {
		case !ok || n.Newcomer != "" && n.Form != store.FormSign: // a device that signed twice is heard twice
		case n.Form == store.FormPolicy:
			here.docs[n.Number] = append(here.docs[n.Number], n.Hash)
			here.number[n.Hash] = n.Number
		case n.Form == store.FormSign:
			document := store.PolicyName(n.Number, n.Hash)
			here.signs[document] = append(here.signs[document], "policy/"+item.Name)
		}
	}
	return here, nil
}

// A candidate is a document that is no version yet: it follows versions that
// are known, and may have been signed.
type candidate struct {
	version
	doc     *policy.Document
	parents []*policy.Document
	base    *policy.Document // of a merge: what its parents grew apart from
	signs   []signature      // sound ones, whoever made them
	needs   []policy.Need
}

// A signature is a sound statement of type sign. Whether it was announced is
// asked apart.
type signature struct {
	statement.PolicySignature
	hash statement.Hash
	file string
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

// readCandidate reads a document by its name; nil where it follows a version
// that is not known. With an error the candidate tells that it could be read, and
// is one that can't follow.
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
	c := &candidate{version: version{number: number, hash: hash}, doc: doc}
	if doc.Version != number {
		return c, &IntegrityError{name, fmt.Errorf("it is version %d", doc.Version)}
	}
	if number == 1 {
		if hash != v.id {
			return nil, nil
		}
		return c, nil
	}
	for _, text := range doc.Prev {
		parent, err := statement.ParseHash(text)
		if err != nil {
			return nil, &IntegrityError{name, err}
		}
		if v.policy.versions.by[parent] == nil {
			return nil, nil
		}
		c.version.parents = append(c.version.parents, parent)
	}
	if c.parents, err = v.parentDocs(&c.version); err != nil {
		return nil, err
	}
	return c, v.checkFollows(c)
}

// checkFollows holds a candidate against its parents.
func (v *Vault) checkFollows(c *candidate) error {
	var problems []policy.Problem
	switch len(c.parents) {
	case 0:
		return nil
	case 1:
		problems = policy.CheckNext(c.parents[0], c.doc, c.version.parents[0].String())
	default:
		var err error
		if c.base, err = v.baseOf(c.version.parents); err != nil {
			return err
		}
		var hashes []string
		for _, h := range c.version.parents {
			hashes = append(hashes, h.String())
		}
		problems = policy.CheckMerge(c.base, c.parents, c.doc, hashes)
	}
	if len(problems) > 0 {
		return &IntegrityError{c.file(), &PolicyError{problems}}
	}
	return nil
}

// baseOf is the newest version that several heads have in common.
func (v *Vault) baseOf(heads []statement.Hash) (*policy.Document, error) {
	lineages := make([]map[statement.Hash]bool, len(heads))
	for i, h := range heads {
		lineages[i] = v.policy.versions.lineage(h)
	}
	var base *version
	for _, w := range v.policy.versions.list {
		common := !slices.ContainsFunc(lineages, func(l map[statement.Hash]bool) bool { return !l[w.hash] })
		if common && (base == nil || w.number >= base.number) {
			base = w
		}
	}
	if base == nil {
		return nil, errors.New("these versions have nothing in common")
	}
	return v.docOf(base.ref())
}

// learnDevices learns the keys of devices that no earlier version named. A
// missing file leaves the device known by its pin alone: it can't sign yet.
// strict refuses a device that was somebody else's; on two branches, which
// can't know of one another, the first that named it is believed.
func (v *Vault) learnDevices(file string, doc *policy.Document, strict bool) error {
	if v.policy.Devices == nil {
		v.policy.Devices = map[string]knownDevice{}
	}
	for member, m := range doc.Members {
		for id, d := range m.Devices {
			known, ok := v.policy.Devices[id]
			if ok && (known.Member != member || known.File != d.File) {
				if strict {
					return &IntegrityError{file, fmt.Errorf("device %s was %s's with another file", id, known.Member)}
				}
				continue
			} else if ok && known.Key != "" {
				continue
			}
			known = knownDevice{Member: member, File: d.File}
			body, err := v.readDevice(id, d.File)
			wrong := new(IntegrityError) // whose file another one took the place of can't sign, and is in nobody's way
			switch {
			case errors.Is(err, store.ErrNotExist), errors.As(err, &wrong):
				v.warn("device-file-missing", "device", id)
			case err != nil:
				return err
			default:
				known.Key = string(ssh.MarshalAuthorizedKey(body.Key))
			}
			v.policy.Devices[id] = known
		}
	}
	return nil
}

// readDevice reads a .device file whose bytes must hash to pin. Somebody may
// have made two with the same keys; then it lies beside the one that came first.
func (v *Vault) readDevice(device, pin string) (statement.Device, error) {
	name := store.DeviceName(device)
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return statement.Device{}, err
	}
	if statement.Sum(data).String() != pin {
		if data, err = v.dir.Read(name+"~"+pin[:8], statement.MaxSize); err != nil || statement.Sum(data).String() != pin {
			return statement.Device{}, &IntegrityError{name, errors.New("it is not the device that the policy names")}
		}
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

// signKey is the key of a device that signs a version, which may be known to
// no version that is followed. An id is made of its key, so whatever sound file
// has that name holds the right one; what the device may do, documents say.
func (v *Vault) signKey(device string) (ssh.PublicKey, error) {
	if key, err := v.keyOf(device); err == nil {
		return key, nil
	}
	data, err := v.dir.Read(store.DeviceName(device), statement.MaxSize)
	if err != nil {
		return nil, err
	}
	_, body, err := statement.OpenDevice(data)
	if err == nil && body.Device != device {
		err = fmt.Errorf("it is device %s", body.Device)
	}
	return body.Key, err
}

// openSign verifies the frame of a signature and that it is of that document.
func (v *Vault) openSign(name string, n store.Name) (signature, error) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return signature{}, err
	}
	st, err := statement.Open(data, v.signKey)
	if err != nil {
		return signature{}, err
	}
	body, err := statement.ParseSign(st.Header)
	switch {
	case err != nil:
		return signature{}, err
	case body.Vault != v.id || body.Document.Number != n.Number || body.Document.Hash.Short() != n.Hash:
		return signature{}, errors.New("it signs another document")
	case body.Device != n.Device:
		return signature{}, fmt.Errorf("it is by device %s", body.Device)
	}
	return signature{body, st.Hash, name}, nil
}

// announcedSign checks that the log of the signer announces a signature.
func (v *Vault) announcedSign(s signature) error {
	key, err := v.signKey(s.Device)
	if err != nil {
		return err
	}
	return v.announcedBy(key, s.hash, s.Common)
}

func holdsDevice(doc *policy.Document, member, device string) bool {
	owner, ok := doc.MemberOf(device)
	return ok && owner == member
}
