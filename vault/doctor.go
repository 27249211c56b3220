package vault

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// An Ailment is one thing that Doctor found. Its code is one of Ailments, or
// that of a finding or note of Verify, which is then in Audit. Words for people
// are made from the code and the arguments.
type Ailment struct {
	Code  string
	File  string // in the vault, or "local:" and a name in the local state of it; empty: no file
	What  string // in English, for experts; never holds what was sealed
	Args  map[string]string
	Fix   string // the command that mends it; empty where a person has to be asked first
	Note  bool   // worth knowing, and nothing is broken
	Fixed bool   // Doctor has mended it
	Audit *audit.Finding
}

// The codes of ailments that are findings.
const (
	CardWrong         = "card-wrong"          // a card that can't be opened, or is not what its header says
	SecretWrong       = "secret-wrong"        // the same of a secret
	PacketWrong       = "packet-wrong"        // the same of a secret that was sealed to this device for a grant
	SecretsUnopened   = "secrets-unopened"    // the log could not be written, so no secret was looked into
	BundleRefused     = "bundle-refused"      // keys for this device that can't be used
	KeyringDamaged    = "keyring-damaged"     // the sealed cache of keys
	KeyWrong          = "key-wrong"           // a key in it that is not the one that the policy names
	KeyMissing        = "key-missing"         // a key that this device should have
	KeyUndelivered    = "key-undelivered"     // a key that another device should have
	SecretsUnreadable = "secrets-unreadable"  // sealed to a key that nobody has any more
	SafeWithoutReader = "safe-without-reader" // nobody may read it
	PolicyForked      = "policy-fork"         // two newest versions
	SafeRenew         = "safe-renew"          // its key must be renewed first
	EntryConflict     = "conflict"            // versions side by side
	WaitingForUs      = "waiting"             // what does not count until a person decides
	IntentsOpen       = "intents-open"        // a write that was cut short and not closed
	DraftLeft         = "draft-left"          // of a policy version by this device that can't come into force any more
	TempLeft          = "temp-left"           // this device's files in tmp/
	TempUnsafe        = "temp-unsafe"         // a link or special file where the directory tmp/ belongs
	IndexStale        = "index-stale"         // the sealed cache of cards
	StateExposed      = "state-exposed"       // others on this machine can read the local state
	GitAttributes     = "git-attributes"      // git may change line ends, or merge, what is signed
	ClockBehind       = "clock-behind"        // of this machine
	DiskLow           = "disk-low"
)

// The codes of ailments that are notes.
const (
	AnnouncedMissing = "announced-missing" // a version that a log calls written, and that isn't here
	SyncLongAgo      = "sync-long-ago"     // the other copy was not reached for long
	PolicyPending    = "policy-pending"    // a policy version waits for signatures
	DraftOther       = "draft-other"       // a policy version that doesn't count, and that this device can't prove to be its own
	TempOther        = "temp-other"        // somebody else's files in tmp/
	Quarantined      = "quarantined"       // files that were moved out of the way
	EvidenceKept     = "evidence-kept"     // of two histories
	CopyStale        = "copy-stale"        // nothing new from others for long
	IdentityInClear  = "identity-in-clear" // without a passphrase
)

// Ailments lists the codes of findings and of notes.
func Ailments() (findings, notes []string) {
	return []string{
			CardWrong, SecretWrong, PacketWrong, SecretsUnopened, BundleRefused, KeyringDamaged, KeyWrong, KeyMissing, KeyUndelivered,
			SecretsUnreadable, SafeWithoutReader, PolicyForked, SafeRenew, EntryConflict, WaitingForUs, IntentsOpen, DraftLeft, TempLeft, TempUnsafe, IndexStale,
			StateExposed, GitAttributes, ClockBehind, DiskLow,
		}, []string{
			AnnouncedMissing, SyncLongAgo, PolicyPending, DraftOther, TempOther, Quarantined, EvidenceKept, CopyStale, IdentityInClear,
		}
}

// Doctor checks everything that this device can open: what Verify checks, and
// cards, secrets and keys inside; what this machine keeps, and the machine
// itself. It hands no plaintext out; opening secrets is one line of the log,
// before the first. With fix it mends what are this device's own leftovers:
// it closes intents, rebuilds caches, and takes away files in tmp/ and drafts
// that can't come into force any more. What is more than a file in tmp/ goes
// to the local quarantine.
//
// An error is one of the keys or of this machine's own state; what is wrong
// with the vault is in the list.
func (v *Vault) Doctor(fix bool) ([]Ailment, error) {
	if _, err := v.unlocked(); err != nil {
		return nil, err
	}
	x := &examination{v: v, fix: fix, bad: map[string]bool{}, keys: map[keyID]heldKey{}}
	before := v.warnings
	v.warnings = nil
	for _, step := range []func() error{
		x.leftovers, x.verify, x.bundles, x.inside, x.entries, x.deliveries, x.drafts, x.keptFiles, x.machine,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	added := slices.DeleteFunc(v.warnings, func(w Warning) bool { return examined(w.Code) })
	v.warnings = append(before, added...)
	x.sort()
	return x.found, nil
}

// examination is one call of Doctor.
type examination struct {
	v     *Vault
	fix   bool
	found []Ailment
	bad   map[string]bool // files with a finding

	report   *audit.Report
	keys     map[keyID]heldKey
	versions []versionSeen
}

func (x *examination) find(a Ailment) {
	if a.File != "" {
		x.bad[a.File] = true
	}
	x.found = append(x.found, a)
}

func (x *examination) note(a Ailment) {
	a.Note = true
	x.find(a)
}

func (x *examination) sort() {
	slices.SortStableFunc(x.found, func(a, b Ailment) int {
		return cmp.Or(compareBool(a.Note, b.Note), cmp.Compare(a.Code, b.Code), cmp.Compare(a.File, b.File), cmp.Compare(a.What, b.What))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// verify takes over what Verify finds. That events have no witness yet is no
// ailment.
func (x *examination) verify() (err error) {
	if x.report, err = x.v.Verify(true); err != nil {
		return err
	}
	for i := range x.report.Findings {
		x.find(fromAudit(&x.report.Findings[i]))
	}
	transit := map[string]*Ailment{}
	for i := range x.report.Notes {
		f := &x.report.Notes[i]
		switch {
		case f.Code == audit.Unwitnessed, f.Code == audit.UnknownFile && strings.HasPrefix(f.File, "policy/"):
			continue // the second: see drafts
		case f.Code == chain.InTransit:
			x.inTransit(transit, f)
			continue
		}
		x.note(fromAudit(f))
	}
	for _, a := range transit {
		x.note(*a)
	}
	return nil
}

func fromAudit(f *audit.Finding) Ailment {
	return Ailment{Code: string(f.Code), File: placeOf(f), What: f.Detail, Args: map[string]string{"device": f.Device, "member": f.Member}, Audit: f}
}

func placeOf(f *audit.Finding) string {
	if f.Local {
		return "local:" + f.File
	}
	return f.File
}

// inTransit gathers what waits for one device's log: the oldest file says
// since when.
func (x *examination) inTransit(all map[string]*Ailment, f *audit.Finding) {
	a := all[f.Device]
	if a == nil {
		one := *f
		one.Count = 0
		a = new(fromAudit(&one))
		a.Fix = "opsvault sync"
		all[f.Device] = a
	}
	a.Audit.Count += max(1, f.Count)
	x.bad[f.File] = true
	if info, err := x.v.dir.Stat(f.File); err == nil {
		if since := info.ModTime.UTC().Format(time.RFC3339); a.Args["since"] == "" || since < a.Args["since"] {
			a.Args["since"], a.File = since, f.File
		}
	}
}

// examined reports whether a warning says what an ailment says better.
func examined(code string) bool {
	return slices.Contains([]string{
		"version-refused", "entry-left-out", "bundle-refused", "signature-refused", "keyring-damaged", "equivocation",
		"act-refused", "act-in-transit", "act-newer", "packet-refused", "packet-in-transit", "entry-equivocation",
		"policy-pending", "policy-sibling", "policy-fork", "policy-refused", "device-file-missing", "safe-must-renew",
	}, code)
}

// setAside moves a file of the vault to the local quarantine.
func (v *Vault) setAside(name string, limit int64) error {
	data, err := v.dir.Read(name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := v.state.WriteOnce(quarantineName(name, data), data); err != nil {
		return err
	}
	return v.dir.Remove(name)
}

// idle takes the lock of this machine's writers. It reports false where another
// process is at work, whose files are not leftovers, or where no lock can be
// taken.
func (v *Vault) idle() (release func(), ok bool) {
	l, err := store.LockFile(v.lockPath("lock"), 0)
	if err != nil {
		return nil, false
	}
	return func() { _ = l.Unlock() }, true // it ends with the process at the latest
}
