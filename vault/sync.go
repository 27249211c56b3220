package vault

import (
	"errors"
	"slices"

	"opsvault/policy"
	"opsvault/vault/identity"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// SyncReport is what came of a meeting with another copy.
type SyncReport struct {
	Place    string
	Made     bool // there was no copy, now there is one
	ReadOnly bool // nothing could be written there
	Locked   bool // keys would have been delivered, but nobody gave the passphrase

	Received, Sent int // files, and logs and journals that grew
	Delivered      int // bundles of keys written for others
	Witnessed      int // heads of others' logs recorded
	NewPolicy      bool

	Quarantined []Refused // not carried, and kept in the local quarantine where there was room
	Waiting     []Refused // stay where they are until more is known
	Unknown     []Refused // names of no known form
	More        int       // what these lists had no room for
}

// A Refused is a file that was not carried. Why is a word of union or one of
// the Why… here; Side is "here" or "there".
type Refused struct {
	File   string
	Why    union.Why
	Detail string
	Side   string
}

// Why a file is not carried, besides what package union says.
const (
	WhySignature    union.Why = "signature"        // the signature is not that of the device it names
	WhyForm         union.Why = "form"             // it is no statement as the format has it
	WhyOtherVault   union.Why = "other-vault"      // it belongs to another vault
	WhyDevice       union.Why = "unknown-device"   // no policy version here names its device
	WhyOtherDevice  union.Why = "other-device"     // the policy names another file for this device
	WhyNoInvitation union.Why = "no-invitation"    // a device for which no invitation waits
	WhyUnsigned     union.Why = "unsigned-policy"  // no device of the vault has signed this policy
	WhyPolicy       union.Why = "broken-policy"    // signed, but it can't be the version that it says it is
	WhyUnnamed      union.Why = "unnamed-key"      // no policy names this recipient
	WhyUnpublished  union.Why = "unpublished-text" // no publication of this text is here
	WhyLogFork      union.Why = "log-fork"         // two copies of a log exclude one another
	WhyLogDamaged   union.Why = "log-damaged"      // a log that does not verify
	WhyLogTransit   union.Why = "log-in-transit"   // a copy of a log ends before its head
)

// Sync merges this copy of the vault with the one in dir, both ways, and
// remembers the place. A dir that is missing or empty becomes a copy. What is
// carried is verified first, and what can't be is reported.
//
// Errors: *OtherVaultError, ErrSamePlace, ErrNotEmpty, *PlaceError when dir can't
// be read or stops being there, chain.ErrAhead when it holds more of this
// device's log than this machine does. With a *PlaceError because of a full disk
// there comes a report, too: what was received stays.
func (v *Vault) Sync(dir string) (*SyncReport, error) { return v.SyncWith(dir, SyncOptions{}) }

// SyncOptions change how a Sync works.
type SyncOptions struct {
	Full     bool // compare everything, whatever is remembered
	Once     bool // don't remember the place
	onlyKept bool // only where a copy is; make none
	stop     func() error
}

// SyncWith is Sync with options.
func (v *Vault) SyncWith(dir string, o SyncOptions) (*SyncReport, error) {
	var report *SyncReport
	err := v.writing(func() error {
		p, err := v.openPlace(dir, !o.onlyKept)
		if err != nil {
			return err
		}
		report, err = v.meet(p, o)
		if err == nil && !o.Once && !o.onlyKept {
			err = v.rememberSync(p.path)
		}
		if err == nil && v.SyncPlace() == p.path {
			v.noteReached()
		}
		return err
	})
	return report, err
}

// meet carries everything, does what new knowledge asks for, and carries what
// that wrote.
func (v *Vault) meet(p *place, o SyncOptions) (*SyncReport, error) {
	c := v.newCarrier(p, o)
	before := v.policy.Number
	v.noteLater = true // logs come before what they announce
	err := c.both()
	if noteErr := v.noteAllAnnounced(); err == nil {
		err = noteErr
	}
	if errors.Is(err, errStopped) {
		return nil, err
	}
	r := c.sum()
	r.NewPolicy = v.policy.Number != before
	if err != nil {
		return r, p.blame(err)
	}
	if c.merge.Failed != nil {
		return r, &PlaceError{p.path, c.merge.Failed}
	}
	return r, nil
}

// both is the order of docs/format.md, section 12.
func (c *carrier) both() error {
	for _, step := range []func() error{c.carryOwnLog, c.carryPolicy, c.carryStatements, c.carryRuns, c.act} {
		if err := c.goOn(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	if err := c.finishPlace(); err != nil {
		return err
	}
	return c.remember()
}

// carryStatements carries what is announced in logs, and what belongs to it.
func (c *carrier) carryStatements() error {
	_, err := c.merge.Run(nil, "keys", "entries", "acts", "packets", "quorum", "runbooks")
	c.v.forgetRead()
	if err != nil || !c.applicantsWait() {
		return err
	}
	c.invited = nil // the invitation may have come just now
	_, err = c.merge.Run(isDevice, "devices")
	return err
}

func (c *carrier) applicantsWait() bool {
	return slices.ContainsFunc(c.merge.Sum().Waiting, func(r union.Refused) bool { return r.Why == WhyNoInvitation })
}

// act does what only a device can do that knows the newest: it records the
// heads of other logs (first, for they may say that this device must write
// nothing more), delivers keys, seals what is due; and carries that at once.
func (c *carrier) act() error {
	if c.v.me.Device == "" || !c.news() {
		return nil
	}
	wrote := 0
	for _, step := range []struct {
		do    func() (int, error)
		count *int
	}{{c.v.witness, &c.witnessed}, {c.v.refuseBundles, &c.refusals}, {c.v.renewDue, &c.renewed}, {c.v.deliverMissing, &c.delivered}, {c.v.sealDue, &c.sealed}} {
		n, err := step.do()
		*step.count += n
		wrote += n
		if locked(err) {
			c.locked = true
			continue
		}
		if errors.Is(err, ErrNoKey) { // the files have met all the same
			c.v.warn("keys-not-here", "why", err.Error())
			continue
		}
		if err != nil {
			return err
		}
	}
	if !c.locked {
		c.memory.Facts[factPolicy] = c.v.policy.Hash.String()
	}
	if wrote == 0 {
		return nil
	}
	if err := c.carryOwnLog(); err != nil {
		return err
	}
	c.keys = nil // a renewed key has a recipient of its own
	_, err := c.merge.Run(nil, "policy", "safes", "keys", "acts", "packets")
	return err
}

// factPolicy is the policy version up to which keys were delivered.
const factPolicy = "policy"

// news reports whether anything has changed since this machine last delivered.
func (c *carrier) news() bool {
	r := &c.merge.Result
	return r.Received > 0 || r.Sent > 0 || c.logsMet || c.memory.Facts[factPolicy] != c.v.policy.Hash.String()
}

func locked(err error) bool {
	return errors.Is(err, identity.ErrNoPassphrase) || errors.Is(err, identity.ErrPassphrase) || errors.Is(err, ErrNoIdentity)
}

// forgetRead forgets what was learnt from files before others came.
func (v *Vault) forgetRead() {
	v.found, v.cuts, v.absentees, v.refused = nil, nil, nil, nil
	for _, log := range v.logs {
		log.fresh = false
	}
}

// deliverMissing writes bundles for devices that lack keys which this one
// holds. It asks for the passphrase only if there are such devices.
func (v *Vault) deliverMissing() (int, error) {
	if v.Forked() { // which keys count is not decided
		return 0, nil
	}
	doc := v.policy.Doc
	mine := map[keyID]bool{}
	for _, id := range entitled(doc, v.me.Member) {
		mine[id] = true
	}
	var jobs []announcement
	received := false
	for _, d := range doc.ReadingDevices(policy.Catalogue) {
		lacks, err := v.lacksOneOf(d.Member, d.Device, mine)
		if err != nil || !lacks {
			if err != nil {
				return 0, err
			}
			continue
		}
		if !received {
			if err := v.loadRing(); err != nil {
				return 0, err
			}
			if err := v.receiveBundles(); err != nil {
				return 0, err
			}
			received = true
		}
		more, err := v.bundleJobs(doc, d.Member, d.Device)
		if unknownDevice(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		jobs = append(jobs, more...)
	}
	return len(jobs), v.announce(jobs...)
}

// unknownDevice reports a device whose .device file has not arrived, or lies
// under another name: it is served when it has come.
func unknownDevice(err error) bool {
	wrong := new(IntegrityError)
	return errors.Is(err, store.ErrNotExist) || errors.As(err, &wrong)
}

func (v *Vault) lacksOneOf(member, device string, mine map[keyID]bool) (bool, error) {
	if device == v.me.Device {
		return false, nil
	}
	have, err := v.delivered(v.policy.Doc, device)
	if err != nil {
		return false, err
	}
	for _, id := range entitled(v.policy.Doc, member) {
		if mine[id] && !have[id] {
			return true, nil
		}
	}
	return false, nil
}

// sum makes the report.
func (c *carrier) sum() *SyncReport {
	found := c.merge.Sum()
	r := &SyncReport{
		Place: c.place.path, Made: c.place.made && !c.merge.ReadOnly, ReadOnly: c.merge.ReadOnly, Locked: c.locked,
		Received: found.Received, Sent: found.Sent, Delivered: c.delivered, Witnessed: c.witnessed, More: found.More,
	}
	r.Quarantined = append(refusals(found.Refused), c.refused.list()...)
	r.Waiting = append(refusals(found.Waiting), c.waiting.list()...)
	r.Unknown = refusals(found.Unknown)
	return r
}

func refusals(list []union.Refused) []Refused {
	out := make([]Refused, 0, len(list))
	for _, r := range list {
		out = append(out, Refused{r.File, r.Why, r.Detail, r.Side.String()})
	}
	return out
}
