package vault

import (
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A policyLook is one look through policy/: what is sound and signed enough
// becomes a version, the rest waits, or is none.
type policyLook struct {
	v      *Vault
	here   *policyHere
	drafts []*candidate
	spent  map[string]int // device → its drafts that were looked at
	beside int            // versions that nothing follows, on other branches
	waits  bool           // for a log that has not arrived
	notes  []Warning
}

// Limits of what is looked at: anybody can put files there.
const (
	maxDrafts   = 32 // documents of one device that come after a head, or beside it
	maxBeside   = 64 // tips of branches that are not followed
	maxSigns    = 4  // signatures of one document by one device
	maxUnsigned = 16 // documents without any, looked at for a newer format
)

// lookThrough verifies every document that is no version yet, parents first.
func (v *Vault) lookThrough() (*policyLook, error) {
	here, err := v.policyFiles()
	if err != nil {
		return nil, err
	}
	if err := v.loadVersions(); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, w := range v.policy.versions.list {
		known[w.file()] = true
	}
	l := &policyLook{v: v, here: here, spent: map[string]int{}, beside: len(v.policy.versions.tips()) - len(v.policy.heads())}
	for _, number := range here.numbers() {
		for _, hash16 := range here.docs[number] {
			if known[store.PolicyName(number, hash16)] {
				continue
			}
			if err := l.consider(number, hash16); err != nil {
				return nil, err
			}
		}
	}
	l.old()
	return l, nil
}

func (l *policyLook) note(code string, pairs ...string) {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	l.notes = appendWarning(l.notes, Warning{code, args})
}

// old notes a copy whose newest version is older than the one that is followed.
func (l *policyLook) old() {
	newest := uint64(0)
	if numbers := l.here.numbers(); len(numbers) > 0 {
		newest = numbers[len(numbers)-1]
	}
	if newest < l.v.policy.Number {
		l.note("old-copy", "have", fmt.Sprint(newest), "pinned", fmt.Sprint(l.v.policy.Number))
	}
}

// consider looks at one document: it becomes a version, or a draft that waits,
// or nothing. What should come next and can't be read stops everything: it may
// be of a newer opsvault, and take rights away. What can be read and breaks the
// rules is no version, for nobody and whoever signed it.
func (l *policyLook) consider(number uint64, hash16 string) error {
	name := store.PolicyName(number, hash16)
	if !l.affords(name, number) {
		return nil
	}
	signs := l.signatures(name, number)
	c, err := l.v.readCandidate(number, hash16)
	if err != nil {
		if c == nil && l.isNext(number, signs) && l.couldCount(signs) {
			return err
		}
		l.note("policy-refused", "file", name, "why", err.Error())
		return nil
	}
	if c == nil {
		return nil // it follows something that is not here, or is no first version
	}
	if len(signs) == 0 && number > 1 {
		return nil
	}
	if c.signs = l.ofParents(c, signs); len(c.signs) == 0 {
		return nil
	}
	return l.judge(c)
}

// isNext reports whether a document claims to come after a head.
func (l *policyLook) isNext(number uint64, signs []signature) bool {
	heads := l.v.policy.heads()
	if len(heads) == 0 {
		return number == 1
	}
	if len(signs) == 0 {
		return number == heads[0].Number+1
	}
	return slices.ContainsFunc(signs, func(s signature) bool {
		return slices.ContainsFunc(heads, func(h PolicyHead) bool { return h.ref() == s.Policy && number > h.Number })
	})
}

// couldCount reports whether a document that can't be read may come next all the
// same: enough of those who govern at a head have signed it, or else nobody that
// this version knows. What others sign stops nobody.
func (l *policyLook) couldCount(signs []signature) bool {
	if len(signs) == 0 {
		return true
	}
	var devices []string
	for _, s := range signs {
		if l.v.announcedSign(s) == nil {
			devices = append(devices, s.Device)
		}
	}
	agreed := func(h PolicyHead) bool { return policy.Agreed(h.Doc, h.Doc, devices) }
	return slices.ContainsFunc(l.v.policy.heads(), agreed)
}

// affords bounds what one device, or nobody, can make this device look at. It
// goes by names alone: nothing is read beyond the bound.
func (l *policyLook) affords(name string, number uint64) bool {
	files := l.here.signs[name]
	if len(files) == 0 {
		l.spent[""]++
		return l.isNext(number, nil) && l.spent[""] <= maxUnsigned
	}
	afford := false
	for _, purse := range l.purses(name, number) {
		l.spent[purse]++
		afford = afford || l.spent[purse] <= maxDrafts
	}
	if !afford {
		n, _ := store.ParseName(files[0])
		l.flood(n.Device)
	}
	return afford
}

// purses are what a look at a document is charged to: of each device that has
// signed it, one for what comes after the head and one for what lies beside it.
func (l *policyLook) purses(name string, number uint64) []string {
	var list []string
	for _, file := range l.here.signs[name] {
		n, _ := store.ParseName(file)
		if purse := fmt.Sprint(n.Device, number > l.v.policy.Number); !slices.Contains(list, purse) {
			list = append(list, purse)
		}
	}
	return list
}

func (l *policyLook) flood(device string) {
	member, _ := l.v.policy.memberOf(device)
	l.note("policy-flood", "device", device, "member", member, "limit", fmt.Sprint(maxDrafts))
}

// signatures are those of a document whose frame is sound and whose device
// belonged to its author under the version that they name. Only of one device
// not more than a few are heard: nobody can drown another's.
func (l *policyLook) signatures(name string, number uint64) []signature {
	var list []signature
	heard := map[string]int{}
	for _, file := range l.here.signs[name] {
		n, _ := store.ParseName(file)
		if heard[n.Device]++; heard[n.Device] > maxSigns {
			continue
		}
		s, err := l.v.openSign(file, n)
		if err == nil && number > 1 {
			err = l.authorOf(s)
		}
		if errors.Is(err, errElsewhere) {
			continue
		}
		if err != nil {
			l.note("signature-refused", "file", file, "why", err.Error())
			continue
		}
		list = append(list, s)
	}
	return list
}

// errElsewhere marks a signature under a version that is not known here.
var errElsewhere = errors.New("made under a version that is not here")

func (l *policyLook) authorOf(s signature) error {
	w := l.v.policy.versions.by[s.Policy.Hash]
	if w == nil || w.number != s.Policy.Number {
		return errElsewhere
	}
	doc, err := l.v.docOf(w.ref())
	if err != nil {
		return err
	}
	if !holdsDevice(doc, s.Author, s.Device) {
		return fmt.Errorf("device %s does not belong to %s", s.Device, s.Author)
	}
	return nil
}

// ofParents leaves the signatures of these very bytes, which their name alone
// can't tell, that were made under a parent of the version.
func (l *policyLook) ofParents(c *candidate, signs []signature) []signature {
	return slices.DeleteFunc(slices.Clone(signs), func(s signature) bool {
		if s.Document != c.ref() {
			l.note("signature-refused", "file", s.file, "why", "it signs another document")
			return true
		}
		if c.number == 1 {
			return s.Policy != c.ref() || !holdsDevice(c.doc, s.Author, s.Device)
		}
		under := slices.Contains(c.version.parents, s.Policy.Hash)
		if !under {
			l.note("signature-refused", "file", s.file, "why", "it was made under another policy version")
		}
		return !under
	})
}

// judge counts the signatures of a candidate.
func (l *policyLook) judge(c *candidate) error {
	devices := l.counted(c)
	c.needs = policy.SignersOf(c.parents, c.doc, devices)
	if !policy.Met(c.needs) {
		l.drafts = append(l.drafts, c)
		return nil
	}
	if len(c.parents) == 1 && l.isNext(c.number, c.signs) {
		if err := l.v.sameOwners(c); err != nil {
			l.note("policy-refused", "file", c.file(), "why", err.Error())
			return nil
		}
	}
	if l.isBeside(c) {
		if l.beside++; l.beside > maxBeside && !policy.Agreed(l.v.policy.Own, c.doc, devices) {
			l.flood(c.signs[0].Device)
			return nil
		}
	}
	for _, purse := range l.purses(c.file(), c.number) {
		l.spent[purse]-- // a version is no draft: a newcomer meets all of them at once
	}
	w := c.version
	l.v.policy.versions.add(&w)
	if l.v.policy.docs == nil {
		l.v.policy.docs = map[statement.Hash]*policy.Document{}
	}
	l.v.policy.docs[w.hash] = c.doc
	return nil
}

// isBeside reports a version beside one that is known.
func (l *policyLook) isBeside(c *candidate) bool {
	return l.v.policy.Own != nil && slices.ContainsFunc(l.v.policy.versions.list, func(w *version) bool {
		return slices.ContainsFunc(w.parents, func(p statement.Hash) bool { return slices.Contains(c.version.parents, p) })
	})
}

// sameOwners refuses a version that names a device which another member had, or
// with another file, even long ago.
func (v *Vault) sameOwners(c *candidate) error {
	for member, m := range c.doc.Members {
		for id, d := range m.Devices {
			if known, ok := v.policy.Devices[id]; ok && (known.Member != member || known.File != d.File) {
				return &IntegrityError{c.file(), fmt.Errorf("device %s was %s's with another file", id, known.Member)}
			}
		}
	}
	return nil
}

// counted lists the devices whose signatures of a version were announced.
func (l *policyLook) counted(c *candidate) []string {
	var devices []string
	for _, s := range c.signs {
		err := l.v.announcedSign(s)
		var contradicted *AnnouncementError
		var transit *TransitError
		if errors.As(err, &contradicted) && l.vouched(c, s) {
			err = nil
		}
		if errors.As(err, &transit) {
			l.waits = true
			continue
		}
		if err != nil {
			if !errors.As(err, &contradicted) {
				l.waits = true // the disk failed, which says nothing about the signature: it is looked at again
			}
			l.note("signature-refused", "file", s.file, "why", err.Error())
			continue
		}
		devices = append(devices, s.Device)
	}
	return devices
}

// vouched reports whether a signature whose line the log of its device now
// contradicts was seen with that line by somebody else who could have signed
// beside it: another governor of the same parent, who said so in a signature
// of the version that came next. So a device that rewrites its log undoes
// nothing, and can't vouch for itself.
func (l *policyLook) vouched(c *candidate, s signature) bool {
	for _, hash16 := range l.here.docs[c.number+1] {
		name := store.PolicyName(c.number+1, hash16)
		for _, file := range l.here.signs[name] {
			n, _ := store.ParseName(file)
			witness, err := l.v.openSign(file, n)
			if err != nil || witness.Policy != c.ref() || witness.Author == s.Author || !slices.Contains(witness.Relies, s.hash) {
				continue
			}
			governs := func(d *policy.Document) bool {
				return contains(d.Governors(), witness.Author) && holdsDevice(d, witness.Author, witness.Device)
			}
			if governs(c.doc) && !slices.ContainsFunc(c.parents, func(p *policy.Document) bool { return !governs(p) }) && l.v.announcedSign(witness) == nil {
				return true
			}
		}
	}
	return false
}

// relied are the hashes of the signatures of a version that this device counts:
// what a signature of the next version names, so that they count for good.
func (v *Vault) relied(ref statement.PolicyRef) ([]statement.Hash, error) {
	here, err := v.policyFiles()
	if err != nil {
		return nil, err
	}
	l := &policyLook{v: v, here: here, spent: map[string]int{}}
	var hashes []statement.Hash
	for _, s := range l.signatures(store.PolicyName(ref.Number, ref.Hash.Short()), ref.Number) {
		if s.Document == ref && len(hashes) < statement.MaxRelies && v.announcedSign(s) == nil {
			hashes = append(hashes, s.hash)
		}
	}
	slices.SortFunc(hashes, func(a, b statement.Hash) int { return slices.Compare(a[:], b[:]) })
	return hashes, nil
}
