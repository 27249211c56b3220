package vault

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An Applicant is a device that waits to be admitted. What it says of itself
// is signed by itself alone: only the digits prove whose it is.
type Applicant struct {
	Member string
	Device string
	Label  string
	Time   time.Time // as the device says
	Until  time.Time // when the last invitation of its member ends
	File   []byte    // the .device file
}

// How many devices that nobody knows are looked at: files can be put into a
// shared folder by anybody who can write there.
const (
	maxApplicants = 16
	maxStrangers  = 256 // files that are opened to find them
)

// Applicants lists the devices here that no policy names, of members with a
// live invitation: at most 16, with a warning where there are more.
func (v *Vault) Applicants() ([]Applicant, error) {
	live, err := v.liveInvitations()
	if err != nil {
		return nil, err
	}
	until := map[string]time.Time{}
	for _, d := range live {
		if d.Body.Until.After(until[d.Body.Member]) {
			until[d.Body.Member] = d.Body.Until
		}
	}
	if len(until) == 0 {
		return nil, nil
	}
	items, err := v.dir.List("devices")
	if err != nil {
		return nil, err
	}
	var list []Applicant
	opened := 0
	for _, item := range items {
		n, ok := store.ParseName("devices/" + item.Name)
		if !ok || item.Kind != store.KindFile || v.named(n.Device) {
			continue
		}
		if opened++; opened > maxStrangers || len(list) == maxApplicants {
			v.warn("many-applicants", "most", fmt.Sprint(maxApplicants))
			break
		}
		a, err := v.applicant("devices/" + item.Name)
		if err != nil {
			v.warn("applicant-refused", "file", "devices/"+item.Name, "why", err.Error())
			continue
		}
		if end, ok := until[a.Member]; ok {
			a.Until = end
			list = append(list, a)
		}
	}
	return list, nil
}

func (v *Vault) applicant(name string) (Applicant, error) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return Applicant{}, err
	}
	return ReadApplicant(data)
}

// ReadApplicant reads a join file. Its error is an *IntegrityError.
func ReadApplicant(file []byte) (Applicant, error) {
	_, body, err := statement.OpenDevice(file)
	if err != nil {
		return Applicant{}, &IntegrityError{joinFile, err}
	}
	return Applicant{Member: body.Member, Device: body.Device, Label: body.Label, Time: body.Time, File: file}, nil
}

// An Admission is what became of an applicant.
type Admission struct {
	Member, Device, Label string
	// ReadBack are the digits to be read to the newcomer. They are empty while
	// the version waits for other signatures.
	ReadBack string
	Pending  *PendingPolicy    // the version that waits
	Change   *Change           // nil: the device was admitted before
	Others   []policy.DeviceOf // devices that the member has besides
}

// Admit makes a device a member's, in one version of the policy, and delivers
// its keys. file is the .device file, digits are what the newcomer has read
// out: they prove that file, invitation and vault are the same at both ends.
// ErrDigits when they are not; then nothing was written. A device that was
// admitted before gets its digits read back once more.
//
// It returns *DeniedError, *ExpiredError, *NotFoundError without an
// invitation, *IntegrityError for a file that is not this member's, and
// ErrDeviceGone for a device that was removed.
func (v *Vault) Admit(member string, file []byte, digits string) (*Admission, error) {
	var out *Admission
	err := v.writing(func() (err error) {
		if err := v.mayGovern(); err != nil {
			return err
		}
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		out, err = v.admit(member, file, digits)
		return err
	})
	return out, err
}

func (v *Vault) admit(member string, file []byte, digits string) (*Admission, error) {
	a, err := ReadApplicant(file)
	if err != nil {
		return nil, err
	}
	if a.Member != member {
		return nil, &IntegrityError{joinFile, fmt.Errorf("it was made by %s, not by %s", a.Member, member)}
	}
	if v.named(a.Device) {
		return v.admitAgain(a)
	}
	if err := v.compare(a, digits); err != nil {
		return nil, err
	}
	out := &Admission{Member: member, Device: a.Device, Label: a.Label, Others: v.othersOf(member, a.Device)}
	out.Pending, err = v.pendingWith(func(doc *policy.Document) bool { return holdsDevice(doc, member, a.Device) })
	if err != nil || out.Pending != nil {
		return out, err
	}
	blob := store.Blob{Name: store.DeviceName(a.Device), Data: file}
	if err := v.clearWay(blob); err != nil {
		return nil, err
	}
	if err := v.dir.WriteOnce(blob.Name, blob.Data); err != nil {
		return nil, err
	}
	out.Change, err = v.nextPolicy(func(doc *policy.Document) error {
		m := doc.Members[member]
		if m.Devices == nil {
			m.Devices = map[string]policy.Device{}
		}
		m.Devices[a.Device] = policy.Device{Label: a.Label, File: statement.Sum(file).String()}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.Pending = out.Change.Pending; out.Pending == nil {
		out.ReadBack, err = v.readBack(a.Device, statement.Sum(file))
	}
	return out, err
}

// compare holds digits against those of the member's live invitations.
func (v *Vault) compare(a Applicant, digits string) error {
	live, err := v.invitationsOf(a.Member)
	if err != nil {
		return err
	}
	for _, d := range live {
		want := identity.JoinDigits(v.id.String(), d.Body.Policy.Hash.String(), statement.Sum(a.File).String())
		if identity.SameDigits(digits, want) {
			return nil
		}
	}
	return ErrDigits
}

// invitationsOf are a member's live invitations. Without one the error says
// whether there was any: *ExpiredError or *NotFoundError.
func (v *Vault) invitationsOf(member string) ([]*Deed, error) {
	live, err := v.liveInvitations()
	if err != nil {
		return nil, err
	}
	live = slices.DeleteFunc(live, func(d *Deed) bool { return d.Body.Member != member })
	if len(live) > 0 {
		return live, nil
	}
	all, err := v.invitations()
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Backward(all) {
		if used, err := v.usedUp(d); err == nil && !used && d.Body.Member == member {
			return nil, &ExpiredError{Member: member, Until: d.Body.Until}
		}
	}
	return nil, &NotFoundError{What: "invitation", Name: member}
}

// MayApply looks whether a device can be admitted, before a person types 24 digits.
func (v *Vault) MayApply(member string, file []byte) error {
	if err := v.mayGovern(); err != nil {
		return err
	}
	a, err := ReadApplicant(file)
	switch {
	case err != nil:
		return err
	case a.Member != member:
		return &IntegrityError{joinFile, fmt.Errorf("it was made by %s, not by %s", a.Member, member)}
	case v.named(a.Device):
		_, err := v.admitted(a)
		return err
	}
	_, err = v.invitationsOf(member)
	return err
}

// admitAgain completes what was cut short after the version that admits: the
// keys, and the copy of this device's log, without which nobody else can tell
// that the version counts.
func (v *Vault) admitAgain(a Applicant) (*Admission, error) {
	out, err := v.admitted(a)
	if err != nil {
		return nil, err
	}
	if err := v.deliver(v.policy.Doc, func(device string) bool { return device == a.Device }); err != nil {
		return nil, err
	}
	return out, v.withLog(func(*chain.Writer) error { return nil })
}

// admitted is the admission of a device that the policy has named before.
func (v *Vault) admitted(a Applicant) (*Admission, error) {
	d, here := v.policy.Doc.Device(a.Device)
	switch {
	case !here:
		return nil, fmt.Errorf("%s: %w", a.Device, ErrDeviceGone)
	case d.File != statement.Sum(a.File).String():
		return nil, &IntegrityError{joinFile, errors.New("it is not the one that this device was admitted with")}
	}
	digits, err := v.readBack(a.Device, statement.Sum(a.File))
	return &Admission{Member: a.Member, Device: a.Device, Label: a.Label, ReadBack: digits, Others: v.othersOf(a.Member, a.Device)}, err
}

func (v *Vault) othersOf(member, device string) []policy.DeviceOf {
	list := v.policy.Doc.ReadingDevices(policy.Catalogue)
	return slices.DeleteFunc(list, func(d policy.DeviceOf) bool { return d.Member != member || d.Device == device })
}

// Admitted reports whether the newest policy names a device.
func (v *Vault) Admitted(device string) bool {
	_, ok := v.policy.Doc.Device(device)
	return ok
}

// LastAdmitted is the .device file of the member's device that was admitted
// last; *NotFoundError where none is here.
func (v *Vault) LastAdmitted(member string) ([]byte, error) {
	none := &NotFoundError{What: "device", Name: member}
	m := v.policy.Doc.Members[member]
	if m == nil {
		return nil, none
	}
	last, newest := "", uint64(0)
	for device := range m.Devices {
		ref, err := v.admittedBy(device)
		if err != nil {
			return nil, err
		}
		if ref.Number > newest || ref.Number == newest && device > last {
			last, newest = device, ref.Number
		}
	}
	if last == "" {
		return nil, none
	}
	return v.dir.Read(store.DeviceName(last), statement.MaxSize)
}
