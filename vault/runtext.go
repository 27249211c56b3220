package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// RunTextError says that a run can't be gone on with here, because its text is
// not here, or doesn't count.
type RunTextError struct {
	Run, Slug string
	Version   uint64
	Refused   bool // the text is here, and not approved
}

func (e *RunTextError) Error() string {
	if e.Refused {
		return fmt.Sprintf("the text of run %s is not an approved version of %s", e.Run, e.Slug)
	}
	return fmt.Sprintf("the text of run %s (%s@%d) is not here", e.Run, e.Slug, e.Version)
}

const runText = "text.md"

// keepRunText copies the exact bytes that a run goes on with.
func (v *Vault) keepRunText(run string, text []byte) error {
	if err := v.state.Replace(v.runBase(run)+"/"+runText, text); err != nil {
		return &LogError{err}
	}
	return nil
}

// RunText is the text that a run began with: this device's own copy, or the
// approved version of the runbook with the digest that the journal names.
// *RunTextError; *IntegrityError where the own copy was changed and nothing
// replaces it.
func (v *Vault) RunText(info *RunInfo) ([]byte, error) { return v.runText(info, true) }

// runText: a text that is only looked at need not be approved.
func (v *Vault) runText(info *RunInfo, approved bool) ([]byte, error) {
	file := v.runBase(info.Run) + "/" + runText
	text, err := v.state.Read(file, MaxBook)
	if err == nil && statement.Sum(text) == info.Digest {
		return text, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && info.Device == v.me.Device {
		return nil, &IntegrityError{file, errors.New("the text is not the one that this run began with")}
	}
	missing := &RunTextError{Run: info.Run, Slug: info.Slug, Version: info.Version}
	if !policy.IsID(info.Slug) {
		return nil, missing
	}
	all, err := v.BookHistory(info.Slug)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		switch {
		case statement.Sum(b.Text) != info.Digest || b.Version != info.Version:
		case !approved || b.Approved():
			return b.Text, nil
		default:
			missing.Refused = true
		}
	}
	return nil, missing
}

// A leave is when a device left the vault.
type leave struct {
	version *version
	number  uint64    // of the first policy version without it
	time    time.Time // of the latest signature of that version; zero if none is here
}

// leaving finds the version that took a device away from its member.
func (v *Vault) leaving(member, device string) (leave, bool, error) {
	holds := func(doc *policy.Document) bool { return holdsDevice(doc, member, device) }
	if v.policy.Doc == nil || holds(v.policy.Doc) {
		return leave{}, false, nil
	}
	all, err := v.followed()
	if err != nil {
		return leave{}, false, err
	}
	for _, w := range all {
		takes, err := v.takes(w, holds)
		if err != nil {
			return leave{}, false, err
		}
		if !takes {
			continue
		}
		gone := leave{version: w, number: w.number}
		parents, err := v.parentDocs(w)
		if err != nil {
			return leave{}, false, err
		}
		signatures, err := v.signatures(w, parents)
		if len(signatures) > 0 {
			gone.time = slices.MaxFunc(signatures, func(a, b statement.PolicySignature) int { return a.Time.Compare(b.Time) }).Time
		}
		return gone, true, err
	}
	return leave{}, false, nil
}
