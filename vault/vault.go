package vault

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Options say which vault, whose eyes, and where the world comes from.
type Options struct {
	Dir    string // the vault
	Home   string // this machine's local state (OPSVAULT_HOME)
	Member string // who I am; empty: the only member with an identity here
	Now    func() time.Time
	Rand   io.Reader
	// Booted is when this machine was started; nil where that isn't known. It
	// tells a power cut from a log that somebody cut.
	Booted func() time.Time
	// Passphrase is asked when a key is first needed and the identity file has
	// a passphrase: attempt is 0, and higher after a wrong one. Its error ends
	// the asking.
	Passphrase func(member string, attempt int) ([]byte, error)
	// Progress is told of long work: done of total. It may be nil.
	Progress func(done, total int)
	// Free is how many bytes the disk of a path has left for this user; nil where
	// that isn't known.
	Free func(path string) (uint64, error)
	// Storage opens a directory, made first if create says so. It is nil but
	// for tests, which put a filesystem of their own below a vault.
	Storage func(path string, create bool) (*store.Dir, error)
	// Wait is how long a writer waits for another writer; 0 means 5 seconds.
	Wait time.Duration
}

// Vault is one member's view, on one device, of one copy of a vault.
type Vault struct {
	opts  Options
	path  string     // absolute path of the vault
	dir   *store.Dir // the vault
	home  *store.Dir // local state of this machine
	state *store.Dir // local state of this vault
	id    statement.Hash

	policy policyState
	me     Me
	await  *awaiting // nil once this device is confirmed

	pins      *store.Pins
	key       *identity.Identity // nil until unlocked
	namesKey  []byte
	ring      keyring
	logs      map[string]*logView
	times     map[string]time.Time // of logs that were proven here: see clock.go
	trusted   *time.Time           // what they come to
	ownPlace  string               // where the own log was last written, once it is known
	elsewhere bool                 // this machine has opened the vault in other places, too
	cuts      map[cutKey]cut
	claims    map[string]claimsTold // of runs, by device
	found     *foundEntry
	refused   map[string]map[statement.Hash]bool // bundles, by the device that refused them
	bulk      *bulkRead                          // while many entries are read at once
	ahead     *aheadRead                         // while many shards are
	warnings  []Warning
	wrote     bool
	refusals  int // versions that were refused so far

	because   string     // the reason of a change of the policy, for the log
	absentees *absentees // announced and not here; nil until read
	noteLater bool       // during a sync: logs come before what they announce
}

// Me is who acts.
type Me struct{ Member, Device string }

// Open opens a vault that this machine has joined, verifies what is new in its
// policy, and asks for no passphrase. It returns ErrNoVault, ErrNotJoined,
// ErrSwapped, ErrNoIdentity, *WhoError, *NotAdmittedError, *RollbackError or
// *IntegrityError.
func Open(opts Options) (*Vault, error) { return open(opts, (*Vault).advancePolicy) }

// OpenToVerify is Open for Verify and Events: a policy version that can't be
// followed does not keep an auditor out, and is found by Verify.
func OpenToVerify(opts Options) (*Vault, error) {
	return open(opts, func(v *Vault) error {
		err := v.advancePolicy()
		var damaged *IntegrityError
		if errors.As(err, &damaged) {
			v.warn("policy-refused", "file", damaged.File, "why", damaged.Err.Error())
			return nil
		}
		return err
	})
}

func open(opts Options, advance func(*Vault) error) (*Vault, error) {
	v, err := begin(opts)
	if err != nil {
		return nil, err
	}
	if v.id, err = readMarker(v.dir); err != nil {
		return nil, err
	}
	if err := v.openState(); err != nil {
		return nil, err
	}
	v.openPins()
	if err := v.loadPolicy(); err != nil {
		return nil, err
	}
	if err := v.findMe(); err != nil {
		return nil, err
	}
	if err := advance(v); err != nil {
		return nil, err
	}
	if err := v.checkAdmitted(); err != nil {
		return nil, err
	}
	v.rememberPlace()
	v.notePlace()
	v.warnAhead()
	return v, nil
}

func begin(opts Options) (*Vault, error) {
	path, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	if opts.Wait == 0 {
		opts.Wait = 5 * time.Second
	}
	v := &Vault{opts: opts, path: path, logs: map[string]*logView{}}
	if v.dir, err = v.opts.storage(path, false); err != nil {
		return nil, fmt.Errorf("%s: %w", path, noVault(err))
	}
	if v.home, err = v.opts.storage(opts.Home, true); err != nil {
		return nil, fmt.Errorf("local state: %w", err)
	}
	return v, nil
}

func (o *Options) storage(path string, create bool) (*store.Dir, error) {
	switch {
	case o.Storage != nil:
		return o.Storage(path, create)
	case create:
		return store.CreateDir(path, 0o700)
	}
	return store.OpenDir(path)
}

// ID is the vault's id, Name its name as the policy has it.
func (v *Vault) ID() statement.Hash { return v.id }
func (v *Vault) Name() string       { return v.policy.Doc.Name }

// Dir is the vault's absolute path.
func (v *Vault) Dir() string { return v.path }

// Me is the member and device that this Vault acts as.
func (v *Vault) Me() Me { return v.me }

// Policy is the newest policy that this device has verified. It is not to be changed.
func (v *Vault) Policy() *policy.Document { return v.policy.Doc }

// PolicyRef is its number and hash.
func (v *Vault) PolicyRef() statement.PolicyRef {
	return statement.PolicyRef{Number: v.policy.Number, Hash: v.policy.Hash}
}

// Warnings are what has come up so far, each once.
func (v *Vault) Warnings() []Warning { return v.warnings }

func (v *Vault) warn(code string, pairs ...string) {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	v.warnings = appendWarning(v.warnings, Warning{code, args})
}

// appendWarning adds a warning that is not there yet.
func appendWarning(list []Warning, w Warning) []Warning {
	alike := 0
	for _, have := range list {
		if have.Code != w.Code {
			continue
		}
		if alike++; alike == maxAlike || have.equal(w) {
			return list
		}
	}
	return append(list, w)
}

func (w Warning) equal(other Warning) bool {
	return w.Code == other.Code && maps.Equal(w.Args, other.Args)
}

// maxAlike is how many warnings of one kind are kept.
const maxAlike = 20

// unlocked returns this device's keys, asking for the passphrase if it must.
func (v *Vault) unlocked() (*identity.Identity, error) {
	if v.key != nil {
		return v.key, nil
	}
	key, err := unlockIdentity(v.home, v.me, v.opts.Passphrase)
	if err != nil {
		return nil, err
	}
	if key.DeviceID() != v.me.Device {
		return nil, fmt.Errorf("%w: the identity file of %s holds device %s, this vault knows %s",
			ErrNoIdentity, v.me.Member, key.DeviceID(), v.me.Device)
	}
	v.key = key
	return key, nil
}

func (v *Vault) openPins() { v.pins = store.NewPins(v.state, v.lockPath("pins.lock")) }

// names returns the key that turns paths into entry ids.
func (v *Vault) names() ([]byte, error) {
	if v.namesKey != nil {
		return v.namesKey, nil
	}
	id, err := v.keyAt(v.PolicyRef(), policy.Catalogue, 1) // one, and for ever
	if err != nil {
		return nil, err
	}
	text, err := v.safeKeyText(id)
	if err != nil {
		return nil, err
	}
	v.namesKey = entry.NamesKey(text)
	return v.namesKey, nil
}

// Close forgets the keys as well as Go lets it.
func (v *Vault) Close() {
	v.key, v.namesKey, v.ring = nil, nil, keyring{}
}
