package vault

import (
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// JoinRequest says how a newcomer joins.
type JoinRequest struct {
	Invitation []byte // the file
	Label      string // of this device, 1 to 64 bytes
	Place      string // where a copy is; empty: where the invitation says
	// NewPassphrase is asked when keys are made; nil, and they lie in clear.
	// Keys that the member has on this machine already are used again.
	NewPassphrase func(member string) ([]byte, error)
	// Renew makes new keys in place of those of a device that the policy names
	// already: its state was put back to an older one, or it was copied.
	Renew bool
}

// Joined is a device that waits to be admitted.
type Joined struct {
	Vault  statement.Hash
	Name   string // of the vault
	Dir    string
	Member string
	Device string
	File   []byte // the .device file, which is the join file
	Digits string // to be read to whoever admits the device
	// Admitted: the device is in the policy already, and what is left is to
	// type the digits that were read back.
	Admitted bool
	Warnings []Warning
}

// Join makes this machine a device of an invited member, as far as the
// newcomer can: the copy in opts.Dir is filled from the invitation's place if
// it is new or empty, its policy is verified from version 1 to the one that
// the invitation names, then the invitation itself; then keys are made and the
// .device file is written. What a crash cut short is taken up again: the same
// device, the same digits.
//
// It returns ErrNotInvitation, *ExpiredError, ErrOtherVault, ErrNotEmpty,
// ErrNoCopy, *BehindError, *IntegrityError, *DeniedError, ErrJoined, ErrNamed
// or ErrDeviceGone, among others.
func Join(opts Options, r JoinRequest) (*Joined, error) {
	inv, err := ReadInvitation(r.Invitation)
	if err != nil {
		return nil, err
	}
	if err := inv.Over(opts.Now()); err != nil {
		return nil, err
	}
	if r.Place != "" {
		inv.Place = r.Place
	}
	v, err := openCopy(opts, inv.Vault, inv.Place)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	var out *Joined
	err = v.locked(func() (err error) {
		if err := v.believe(inv); err != nil {
			return err
		}
		if err := v.savePolicy(); err != nil {
			return err
		}
		out, err = v.enrol(r, inv)
		return err
	})
	return out, err
}

// believe verifies the copy's policy and holds the invitation against it. A
// copy that is older takes once what the invitation's place has.
func (v *Vault) believe(inv *Invitation) error {
	check := func() error {
		if err := v.followChain(); err != nil {
			return err
		}
		return v.checkInvitation(inv)
	}
	err := check()
	var behind *BehindError
	if !errors.As(err, &behind) || v.fill(inv.Place) != nil {
		return err
	}
	v.logs = map[string]*logView{} // what was missing may be there now
	return check()
}

// locked runs f under the lock of this machine's writers.
func (v *Vault) locked(f func() error) error {
	lock, err := store.LockFile(v.lockPath("lock"), v.opts.Wait)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	return f()
}

// openCopy opens the copy of a vault that this machine may not have joined,
// filled from a place if there is nothing yet. Its local state is made.
func openCopy(opts Options, id statement.Hash, place string) (*Vault, error) {
	if err := opts.fillable(id, place); err != nil {
		return nil, err
	}
	v, err := begin(opts)
	if err != nil {
		return nil, err
	}
	v.id = id
	if err := v.createState(); err != nil {
		return nil, err
	}
	v.openPins()
	if _, err := v.markerOf(v.dir); errors.Is(err, ErrNoVault) {
		if err := v.fill(place); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	return v, nil
}

// fillable looks whether opts.Dir holds the vault, or else can be filled with
// it. It makes the directory.
func (o *Options) fillable(id statement.Hash, place string) error {
	dir, err := o.storage(o.Dir, false)
	if err == nil {
		defer dir.Close()
		held, err := new(Vault).markerOf(dir)
		switch {
		case err == nil && held == id:
			return nil
		case err == nil:
			return &OtherVaultError{o.Dir, held, id}
		case !errors.Is(err, ErrNoVault):
			return err
		}
		items, err := dir.List(".")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(items, func(i store.Item) bool { return !partOfCopy(i.Name) }) {
			return fmt.Errorf("%s: %w", o.Dir, ErrNotEmpty)
		}
	}
	if !o.holds(place, id) {
		return ErrNoCopy
	}
	made, err := o.storage(o.Dir, true)
	if err != nil {
		return err
	}
	return made.Close()
}

// holds reports whether a copy of the vault lies at a place.
func (o *Options) holds(place string, id statement.Hash) bool {
	if place == "" {
		return false
	}
	dir, err := o.storage(place, false)
	if err != nil {
		return false
	}
	defer dir.Close()
	held, err := new(Vault).markerOf(dir)
	return err == nil && held == id
}

// followChain takes the pinned policy, or begins with version 1, and verifies
// what comes after. A machine without a pin pins nothing yet.
func (v *Vault) followChain() error {
	err := v.loadPolicy()
	if err == nil {
		return v.advancePolicy()
	}
	if !errors.Is(err, ErrNotJoined) {
		return err
	}
	v.policy = policyState{Devices: map[string]knownDevice{}, Keys: generations{}, versions: &versions{}}
	look, err := v.lookThrough()
	if err != nil {
		return err
	}
	if err := v.chooseHeads(look); err != nil {
		return err
	}
	if v.policy.Number == 0 {
		return &IntegrityError{store.PolicyName(1, v.id.Short()), errors.New("the vault's first policy is not here, or does not count")}
	}
	v.policy.Notes = look.notes
	v.warnAgain()
	return nil
}

// joinFile stands in errors for the file that a person brought.
const (
	invitationFile = "invitation"
	joinFile       = "join file"
)

// checkInvitation holds an invitation against the verified policy: the version
// that it names, its signature, its announcement, and that its author governs.
func (v *Vault) checkInvitation(inv *Invitation) error {
	if inv.Policy.Number > v.policy.Number {
		return &BehindError{Have: v.policy.Number, Want: inv.Policy.Number}
	}
	if _, err := v.docAt(inv.Policy); err != nil {
		name := store.PolicyName(inv.Policy.Number, inv.Policy.Hash.Short())
		return &IntegrityError{name, fmt.Errorf("the invitation names it, and the policy of this copy is another one: %w", err)}
	}
	st, err := statement.Open(inv.file, v.keyOf)
	if err != nil {
		return &IntegrityError{invitationFile, err}
	}
	body, err := statement.ParseAct(st.Header)
	if err != nil {
		return &IntegrityError{invitationFile, err}
	}
	err = v.inviteStands(invitationFile, st, body)
	var transit *TransitError
	if errors.As(err, &transit) {
		return &BehindError{Have: v.policy.Number, Want: inv.Policy.Number}
	}
	if err == nil && v.policy.Doc.Members[inv.Member] == nil {
		err = &DeniedError{Member: inv.Member, Capability: policy.Read, On: policy.Catalogue,
			Decision: v.policy.Doc.Decide(inv.Member, policy.Read, policy.Catalogue)}
	}
	return err
}

// enrol makes, or finds, the device of an invited member, and notes that it
// waits.
func (v *Vault) enrol(r JoinRequest, inv *Invitation) (*Joined, error) {
	if err := v.newcomerKey(r, inv.Member); err != nil {
		return nil, err
	}
	a, err := v.readAwaiting(v.me.Device)
	if err != nil {
		return nil, err
	}
	if err := v.mayEnrol(a); err != nil {
		return nil, err
	}
	if a == nil {
		a = &awaiting{Member: inv.Member}
		if a.Device, err = v.key.DeviceStatement(r.Label, v.opts.Now()); err != nil {
			return nil, err
		}
	}
	a.Invitation, a.Tries = inv.file, 0
	if a.Place == "" || v.opts.holds(inv.Place, v.id) {
		a.Place = inv.Place
	}
	if err := v.saveAwaiting(a); err != nil {
		return nil, err
	}
	if err := v.replaceOlder(); err != nil {
		return nil, err
	}
	if err := v.showDevice(a); err != nil {
		return nil, err
	}
	v.rememberPlace()
	digits, err := v.joinDigits(a)
	return &Joined{Vault: v.id, Name: v.Name(), Dir: v.path, Member: a.Member, Device: v.me.Device, File: a.Device, Digits: digits,
		Admitted: holdsDevice(v.policy.Doc, v.me.Member, v.me.Device), Warnings: v.warnings}, err
}

// newcomerKey opens the member's keys on this machine, or makes them.
func (v *Vault) newcomerKey(r JoinRequest, member string) error {
	key, err := unlockIdentity(v.home, Me{Member: member}, v.opts.Passphrase)
	switch {
	case errors.Is(err, ErrNoIdentity):
		key, err = v.newKey(r, member, "")
	case err == nil && r.Renew && v.named(key.DeviceID()):
		key, err = v.newKey(r, member, key.DeviceID())
	}
	if err != nil {
		return err
	}
	v.key, v.me = key, Me{member, key.DeviceID()}
	return nil
}

// named reports whether any version of the policy has named a device.
func (v *Vault) named(device string) bool {
	_, ok := v.policy.memberOf(device)
	return ok
}

// newKey makes keys; old is the device whose keys they take the place of, if any.
func (v *Vault) newKey(r JoinRequest, member, old string) (*identity.Identity, error) {
	key, err := identity.New(member, v.opts.Rand)
	if err != nil {
		return nil, err
	}
	var passphrase []byte
	if r.NewPassphrase != nil {
		if passphrase, err = r.NewPassphrase(member); err != nil {
			return nil, err
		}
		defer clear(passphrase)
	}
	switch {
	case old != "":
		return key, identity.Renew(v.home, key, old, passphrase)
	case r.NewPassphrase == nil:
		return key, identity.CreateInClear(v.home, key)
	}
	return key, identity.Create(v.home, key, passphrase)
}

// mayEnrol refuses a device that the policy knows already; a is what this
// machine remembers of its joining, or nil.
func (v *Vault) mayEnrol(a *awaiting) error {
	switch {
	case !v.named(v.me.Device):
		return nil
	case !holdsDevice(v.policy.Doc, v.me.Member, v.me.Device):
		return fmt.Errorf("%s: %w", v.me.Device, ErrDeviceGone)
	case a != nil:
		return nil
	}
	if _, err := v.state.Stat(v.me.Device); err != nil {
		return fmt.Errorf("%s: %w", v.me.Device, ErrNamed)
	}
	return ErrJoined
}

// replaceOlder notes in the directories of the member's other devices on this
// machine that this one takes their place in this vault.
func (v *Vault) replaceOlder() error {
	items, err := v.state.List(".")
	if err != nil {
		return err
	}
	for _, item := range items {
		older, err := v.presentBy(item)
		if err != nil {
			return err
		}
		if older.Member != v.me.Member || older.Device == v.me.Device {
			continue
		}
		if err := v.state.Replace(older.Device+"/"+renewedFile, []byte(v.me.Device+"\n")); err != nil {
			return err
		}
	}
	return nil
}

// showDevice writes the .device file into the copy, and into the place that
// the invitation names if that is within reach. Where it can't be written the
// join file brings it.
func (v *Vault) showDevice(a *awaiting) error {
	blob := store.Blob{Name: store.DeviceName(v.me.Device), Data: a.Device}
	err := v.clearWay(blob)
	if err == nil {
		err = v.dir.WriteOnce(blob.Name, blob.Data)
	}
	if errors.Is(err, store.ErrReadOnly) {
		v.warn("device-not-shown", "place", v.path, "why", err.Error())
	} else if err != nil {
		return err
	}
	if !v.opts.holds(a.Place, v.id) {
		return nil
	}
	there, err := v.opts.storage(a.Place, false)
	if err == nil {
		defer there.Close()
		err = there.WriteOnce(blob.Name, blob.Data)
	}
	if err == nil && v.SyncPlace() == "" && v.notOurs(a.Place) == nil {
		err = v.rememberSync(a.Place)
	}
	if err != nil {
		v.warn("device-not-shown", "place", a.Place, "why", err.Error())
	}
	return nil
}

// Receive takes what a place has for a device that waits to be admitted: the
// one that its invitation names, if place is empty. Nothing is sent. ErrNoCopy
// when no copy of the vault lies there.
func Receive(opts Options, place string) error {
	v, err := open(opts, func(*Vault) error { return nil })
	var waits *NotAdmittedError
	switch {
	case errors.As(err, &waits):
		if place == "" {
			place = waits.Place
		}
		if v, err = openCopy(opts, waits.Vault, place); err != nil {
			return err
		}
	case err != nil:
		return err
	case v.await == nil:
		v.Close()
		return ErrJoined
	case place == "":
		place = v.await.Place
	}
	defer v.Close()
	return v.locked(func() error { return v.fill(place) })
}

// Describe reads what a directory says of itself: which vault it claims to be,
// and what that is called. Nothing may be trusted for it.
func Describe(opts Options, dir string) (id statement.Hash, name string, err error) {
	d, err := opts.storage(dir, false)
	if err != nil {
		return id, "", noVault(err)
	}
	defer d.Close()
	if id, err = readMarker(d); err != nil {
		return id, "", err
	}
	data, err := d.Read(MarkerName, markerLimit)
	if err != nil {
		return id, "", err
	}
	var m marker
	err = strictyaml.Decode(data, markerLimit, &m)
	return id, m.Name, err
}
