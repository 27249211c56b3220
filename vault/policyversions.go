package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A version is one link of the policy: it follows its parents, which are
// known, and enough of those who govern them have signed it. Whether it is
// followed is another question: see policyfork.go.
type version struct {
	number  uint64
	hash    statement.Hash
	parents []statement.Hash // none of version 1, several of a merge
}

func (w *version) ref() statement.PolicyRef {
	return statement.PolicyRef{Number: w.number, Hash: w.hash}
}

func (w *version) file() string { return store.PolicyName(w.number, w.hash.Short()) }

// versions are all that this device has found to be sound, parents first.
type versions struct {
	list []*version
	by   map[statement.Hash]*version
}

func (vs *versions) add(w *version) {
	if vs.by == nil {
		vs.by = map[statement.Hash]*version{}
	}
	vs.list, vs.by[w.hash] = append(vs.list, w), w
}

// lineage is a version with everything before it.
func (vs *versions) lineage(heads ...statement.Hash) map[statement.Hash]bool {
	all, todo := map[statement.Hash]bool{}, heads
	for len(todo) > 0 {
		hash := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w := vs.by[hash]; w != nil && !all[hash] {
			all[hash] = true
			todo = append(todo, w.parents...)
		}
	}
	return all
}

// tips are the versions that nothing follows.
func (vs *versions) tips() []*version {
	followed := map[statement.Hash]bool{}
	for _, w := range vs.list {
		for _, p := range w.parents {
			followed[p] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(vs.list), func(w *version) bool { return followed[w.hash] })
}

// firsts are the versions with which the branch of tip leaves that of other.
func (vs *versions) firsts(tip, other statement.Hash) []*version {
	mine, theirs := vs.lineage(tip), vs.lineage(other)
	var list []*version
	for _, w := range vs.list {
		if mine[w.hash] && !theirs[w.hash] && slices.ContainsFunc(w.parents, func(p statement.Hash) bool { return theirs[p] }) {
			list = append(list, w)
		}
	}
	return list
}

// chainFile holds the versions, one a line: `<hash>` where the version on the
// line before is its only parent and its number is one more than that one's,
// else `<hash> <number> <parent> …`.
func (vs *versions) marshal() []byte {
	var b strings.Builder
	var before *version
	for _, w := range vs.list {
		plain := before == nil && w.number == 1 ||
			before != nil && len(w.parents) == 1 && w.parents[0] == before.hash && w.number == before.number+1
		b.WriteString(w.hash.String())
		if !plain {
			fmt.Fprintf(&b, " %d", w.number)
			for _, p := range w.parents {
				b.WriteString(" " + p.String())
			}
		}
		b.WriteString("\n")
		before = w
	}
	return []byte(b.String())
}

func parseVersions(data []byte) (*versions, error) {
	vs := &versions{}
	var before *version
	for line := range strings.Lines(string(data)) {
		w, err := parseVersion(strings.Split(strings.TrimSuffix(line, "\n"), " "), before)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", chainFile, store.ErrDamaged)
		}
		vs.add(w)
		before = w
	}
	return vs, nil
}

func parseVersion(words []string, before *version) (*version, error) {
	hash, err := statement.ParseHash(words[0])
	if err != nil {
		return nil, err
	}
	w := &version{number: 1, hash: hash}
	switch {
	case len(words) > 1:
		if w.number, err = strconv.ParseUint(words[1], 10, 32); err != nil {
			return nil, err
		}
	case before != nil:
		w.number, w.parents = before.number+1, []statement.Hash{before.hash}
	}
	for _, word := range words[min(2, len(words)):] {
		parent, err := statement.ParseHash(word)
		if err != nil {
			return nil, err
		}
		w.parents = append(w.parents, parent)
	}
	return w, nil
}

// loadVersions reads the list, or follows the parents from the heads.
func (v *Vault) loadVersions() error {
	if v.policy.versions != nil {
		return nil
	}
	if v.policy.Number == 0 {
		v.policy.versions = &versions{}
		return nil
	}
	data, err := v.readChecked(chainFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, store.ErrDamaged) {
		return err
	}
	vs := &versions{}
	if err == nil {
		if vs, err = parseVersions(data); err != nil {
			vs = &versions{}
		}
	}
	for _, head := range v.policy.heads() {
		if vs.by[head.Hash] == nil {
			if err := v.followParents(vs, head.ref()); err != nil {
				return err
			}
		}
	}
	v.policy.versions = vs
	return nil
}

// followParents adds a version that was verified before, and what it follows.
func (v *Vault) followParents(vs *versions, ref statement.PolicyRef) error {
	if ref.Number == 0 || vs.by[ref.Hash] != nil {
		return nil
	}
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	var missing []*version
	seen := map[statement.Hash]bool{}
	for todo := []statement.PolicyRef{ref}; len(todo) > 0; todo = todo[1:] {
		ref := todo[0]
		if vs.by[ref.Hash] != nil || seen[ref.Hash] {
			continue
		}
		seen[ref.Hash] = true
		doc, err := v.readDocument(ref.Number, ref.Hash)
		if err != nil {
			return err
		}
		w := &version{number: ref.Number, hash: ref.Hash}
		for _, text := range doc.Prev {
			parent, err := statement.ParseHash(text)
			if err != nil {
				return err
			}
			w.parents = append(w.parents, parent)
			todo = append(todo, statement.PolicyRef{Number: here.numberOf(parent), Hash: parent})
		}
		missing = append(missing, w)
	}
	slices.SortFunc(missing, func(a, b *version) int { return int(a.number) - int(b.number) })
	for _, w := range missing {
		vs.add(w)
	}
	return nil
}

// docAt returns the policy version that a statement names, if it is one that
// this device follows: on either branch, while there are two.
func (v *Vault) docAt(ref statement.PolicyRef) (*policy.Document, error) {
	for _, head := range v.policy.heads() {
		if head.ref() == ref {
			return head.Doc, nil
		}
	}
	if err := v.loadVersions(); err != nil {
		return nil, err
	}
	if !v.policy.follows(ref) {
		return nil, fmt.Errorf("it names policy %d %s, which is not in the chain", ref.Number, ref.Hash.Short())
	}
	return v.docOf(ref)
}

// follows reports a version that is one of the heads or lies before them.
func (p *policyState) follows(ref statement.PolicyRef) bool {
	if p.lineage == nil {
		var heads []statement.Hash
		for _, h := range p.heads() {
			heads = append(heads, h.Hash)
		}
		p.lineage = p.versions.lineage(heads...)
	}
	return p.lineage[ref.Hash] && p.versions.by[ref.Hash].number == ref.Number
}

// knows reports a version that is sound, followed or not.
func (p *policyState) knows(hash statement.Hash) bool {
	return p.versions != nil && p.versions.by[hash] != nil
}

// docOf reads a document once.
func (v *Vault) docOf(ref statement.PolicyRef) (*policy.Document, error) {
	for _, head := range v.policy.heads() {
		if head.ref() == ref {
			return head.Doc, nil
		}
	}
	if doc, ok := v.policy.docs[ref.Hash]; ok {
		return doc, nil
	}
	doc, err := v.readDocument(ref.Number, ref.Hash)
	if err != nil {
		return nil, err
	}
	if v.policy.docs == nil {
		v.policy.docs = map[statement.Hash]*policy.Document{}
	}
	v.policy.docs[ref.Hash] = doc
	return doc, nil
}

// docNow is docOf of a followed version without remembering it: many may read
// beside one another.
func (v *Vault) docNow(ref statement.PolicyRef) (*policy.Document, error) {
	for _, head := range v.policy.heads() {
		if head.ref() == ref {
			return head.Doc, nil
		}
	}
	if v.policy.versions == nil || v.policy.versions.by[ref.Hash] == nil {
		return nil, errors.New("it is not known")
	}
	return v.readDocument(ref.Number, ref.Hash)
}

// parentDocs are the documents that a version follows; none of version 1.
func (v *Vault) parentDocs(w *version) ([]*policy.Document, error) {
	docs := make([]*policy.Document, len(w.parents))
	for i, hash := range w.parents {
		parent := v.policy.versions.by[hash]
		if parent == nil {
			return nil, fmt.Errorf("policy %d: its parent %s is not known", w.number, hash.Short())
		}
		doc, err := v.docOf(parent.ref())
		if err != nil {
			return nil, err
		}
		docs[i] = doc
	}
	return docs, nil
}

// followed lists the versions that this device follows, parents first.
func (v *Vault) followed() ([]*version, error) {
	if err := v.loadVersions(); err != nil {
		return nil, err
	}
	p := &v.policy
	if p.lineage == nil || p.followed == nil {
		p.followed = slices.DeleteFunc(slices.Clone(p.versions.list), func(w *version) bool { return !p.follows(w.ref()) })
		p.before = nil
	}
	return slices.Clone(p.followed), nil
}

// lineageOf is what lies before a version that is followed, and itself. It is
// made once: many statements name one version.
func (p *policyState) lineageOf(hash statement.Hash) map[statement.Hash]bool {
	if p.before[hash] == nil {
		if p.before == nil || len(p.before) >= maxLineages {
			p.before = map[statement.Hash]map[statement.Hash]bool{}
		}
		p.before[hash] = p.versions.lineage(hash)
	}
	return p.before[hash]
}

// maxLineages bounds what lineageOf keeps.
const maxLineages = 64

// versionsAt lists the followed versions of a number: two, perhaps, on the
// branches of a fork.
func (v *Vault) versionsAt(number uint64) ([]statement.PolicyRef, error) {
	all, err := v.followed()
	if err != nil {
		return nil, err
	}
	var refs []statement.PolicyRef
	for _, w := range all {
		if w.number == number {
			refs = append(refs, w.ref())
		}
	}
	return refs, nil
}

// takings lists the followed versions that take away what the version of a
// statement gave: on each way from there, and on each branch beside it, the
// first that doesn't give what the one before it did. A statement stands below
// the cuts of all of them.
func (v *Vault) takings(from statement.PolicyRef, gives func(*policy.Document) bool) ([]*version, error) {
	all, err := v.followed()
	if err != nil {
		return nil, err
	}
	before, past := v.policy.lineageOf(from.Hash), map[statement.Hash]bool{}
	var found []*version
	for _, w := range all {
		if before[w.hash] {
			continue
		}
		if slices.ContainsFunc(w.parents, func(p statement.Hash) bool { return past[p] }) {
			past[w.hash] = true
			continue
		}
		takes, err := v.takes(w, gives)
		if err != nil {
			return nil, err
		}
		if takes {
			found, past[w.hash] = append(found, w), true
		}
	}
	return found, nil
}

// takes reports whether a version doesn't give what one of its parents did.
func (v *Vault) takes(w *version, gives func(*policy.Document) bool) (bool, error) {
	doc, err := v.docOf(w.ref())
	if err != nil || gives(doc) {
		return false, err
	}
	parents, err := v.parentDocs(w)
	return slices.ContainsFunc(parents, gives), err
}
