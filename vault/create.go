package vault

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// NewVault describes a vault to be made.
type NewVault struct {
	Name       string
	Member     string // id of the person who makes it: governor and auditor
	PersonName string // as people write it; empty: the id
	Label      string // of this device
	Safes      []NewSafe

	Roles        map[string]*policy.Role
	GovernRole   string // the maker's role: governs and publishes runbooks
	AuditRoles   []string
	ApproveRoles []string // of runbooks

	// A new identity is sealed with the passphrase; without one it lies in
	// clear, and only because NoPassphrase says so.
	Passphrase   []byte
	NoPassphrase bool
}

// NewSafe is a safe to be made: its id, its title, and what each role may do.
type NewSafe struct {
	ID     string
	Title  policy.Title
	Access map[string]policy.Access
}

// attributes keep git from touching line ends, which would break signatures.
const attributes = "* -text -diff -merge\n"

// Create makes a vault in a new or empty directory. The order is that of
// docs/format.md; the marker is written last, so a directory in which Create
// was cut short is not a vault. An identity that the member has on this
// machine already is used again. It returns ErrNotEmpty among others.
func Create(opts Options, n NewVault) (*Vault, error) {
	if err := emptyDir(opts.Dir); err != nil {
		return nil, err
	}
	if _, err := opts.storage(opts.Dir, true); err != nil {
		return nil, err
	}
	v, err := begin(opts)
	if err != nil {
		return nil, err
	}
	if v.key, err = v.takeIdentity(n); err != nil {
		return nil, err
	}
	v.me = Me{n.Member, v.key.DeviceID()}
	device, err := v.key.DeviceStatement(n.Label, v.now())
	if err != nil {
		return nil, err
	}
	first, err := v.firstPolicy(n, device)
	if err != nil {
		return nil, err
	}
	if err := v.foundVault(first, device); err != nil {
		return nil, err
	}
	v.clearPlace() // of a vault that is no longer there
	v.rememberPlace()
	return v, nil
}

func emptyDir(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == MarkerName {
			return fmt.Errorf("%s: %w: it holds a vault", path, ErrNotEmpty)
		}
	}
	if len(entries) > 0 && !(len(entries) == 1 && entries[0].Name() == ".git") {
		return fmt.Errorf("%s: %w", path, ErrNotEmpty)
	}
	return nil
}

// takeIdentity uses the member's identity, or makes one.
func (v *Vault) takeIdentity(n NewVault) (*identity.Identity, error) {
	key, err := unlockIdentity(v.home, Me{Member: n.Member}, v.opts.Passphrase)
	if err == nil || !errors.Is(err, ErrNoIdentity) {
		return key, err
	}
	if key, err = identity.New(n.Member, v.opts.Rand); err != nil {
		return nil, err
	}
	if n.NoPassphrase {
		return key, identity.CreateInClear(v.home, key)
	}
	return key, identity.Create(v.home, key, n.Passphrase)
}

// A founding is what a vault begins with.
type founding struct {
	doc        *policy.Document
	text       []byte
	keys       map[keyID]string // identity strings
	recipients []store.Blob
}

// firstPolicy makes the first generations, and the document that names them.
func (v *Vault) firstPolicy(n NewVault, device []byte) (*founding, error) {
	nonce := make([]byte, 32)
	if _, err := io.ReadFull(v.opts.Rand, nonce); err != nil {
		return nil, err
	}
	first := policy.First{
		Name: n.Name, Nonce: hex.EncodeToString(nonce), Issued: v.now(), Member: n.Member, MemberName: n.PersonName,
		Device: v.me.Device, DeviceFile: policy.Device{Label: n.Label, File: statement.Sum(device).String()},
		Roles: n.Roles, GovernRole: n.GovernRole, AuditRoles: n.AuditRoles, Approve: n.ApproveRoles,
		Safes: map[string]*policy.Safe{},
	}
	for _, s := range n.Safes {
		first.Safes[s.ID] = &policy.Safe{Title: s.Title, Access: s.Access}
	}
	f := &founding{doc: policy.NewFirst(first), keys: map[keyID]string{}}
	f.doc.Audit.Generations, f.doc.Catalogue.Generations = nil, nil // made below, like those of the safes
	for _, safe := range f.doc.SafeIDs() {
		if err := v.addGeneration(f, safe); err != nil {
			return nil, err
		}
	}
	text, err := f.doc.Encode()
	if err != nil {
		return nil, err
	}
	f.text = text
	return f, nil
}

// addGeneration gives a safe its next generation. Its number is above every
// one that was used, by an abandoned draft too: those left their recipient.
func (v *Vault) addGeneration(f *founding, safe string) error {
	items, err := v.dir.List("safes/" + safe)
	if err != nil {
		return err
	}
	gen := f.doc.Current(safe).Gen
	for _, item := range items {
		if n, ok := store.ParseName("safes/" + safe + "/" + item.Name); ok {
			gen = max(gen, n.Number)
		}
	}
	gen++
	text, recipient, err := newGeneration()
	if err != nil {
		return err
	}
	file := recipientFile(recipient)
	hash := statement.Sum(file)
	f.keys[keyID{safe, gen, hash.String()}] = text
	f.recipients = append(f.recipients, store.Blob{Name: store.RecipientName(safe, gen, hash.Short()), Data: file})
	return f.doc.AddGeneration(safe, policy.Generation{Gen: gen, Recipient: hash.String()})
}

// foundVault writes a founding, signature and marker last.
func (v *Vault) foundVault(f *founding, device []byte) error {
	v.id = statement.Sum(f.text)
	if err := v.createState(); err != nil {
		return err
	}
	v.openPins()
	policyName := store.PolicyName(1, v.id.Short())
	blobs := append(f.recipients,
		store.Blob{Name: store.AttributesName, Data: []byte(attributes)},
		store.Blob{Name: store.DeviceName(v.me.Device), Data: device},
		store.Blob{Name: policyName, Data: f.text})
	if err := v.dir.WriteGroup(blobs); err != nil {
		return err
	}
	if err := v.begin(f.doc, v.id); err != nil {
		return err
	}
	if err := v.addKeys(f.keys); err != nil {
		return err
	}
	err := v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(v.draft("vault.init", "", chain.OK))
		return err
	})
	if err != nil {
		return err
	}
	if err := v.deliver(f.doc, func(string) bool { return true }); err != nil {
		return err
	}
	if err := v.announce(v.signatureJob(1, v.id, nil, nil)); err != nil {
		return err
	}
	if err := v.savePolicy(); err != nil {
		return err
	}
	mark, err := encodeMarker(v.id, f.doc.Name)
	if err != nil {
		return err
	}
	return v.dir.WriteOnce(MarkerName, mark)
}

// signatureJob announces this member's signature of a policy version.
func (v *Vault) signatureJob(number uint64, hash statement.Hash, closed []statement.Closed, relies []statement.Hash) announcement {
	var details map[string]any
	if v.because != "" {
		details = map[string]any{"reason": v.because}
	}
	return announcement{
		op: "policy.sign", object: fmt.Sprintf("%d", number), details: details,
		header: func(c statement.Common) (statement.Header, error) {
			return statement.PolicySignature{Common: c, Document: statement.PolicyRef{Number: number, Hash: hash}, Closed: closed, Relies: relies}.Header()
		},
		name: func(c statement.Common, _ statement.Hash) string {
			return store.SignName(number, hash.Short(), c.Device)
		},
	}
}

// LocalDir is where this machine keeps what it knows of the vault.
func (v *Vault) LocalDir() string {
	return filepath.Join(v.opts.Home, filepath.FromSlash(stateName(v.id)))
}
