package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// policyState is the verified policy as far as this device has followed it, in
// the form that the local state keeps: it loads without the YAML library.
type policyState struct {
	Number  uint64                 `json:"number"`
	Hash    statement.Hash         `json:"hash"`
	Own     *policy.Document       `json:"doc"`              // the version of that number and hash
	Others  []PolicyHead           `json:"others,omitempty"` // of a fork
	Devices map[string]knownDevice `json:"devices"`          // every device that any followed version named
	Keys    generations            `json:"keys"`             // of every safe, each that any followed version named
	Adopted []statement.Hash       `json:"adopted,omitempty"`
	Signed  signedBy               `json:"signed,omitempty"` // of the versions that make the fork
	Stamp   string                 `json:"stamp"`            // of policy/, when it was last looked through
	Notes   []Warning              `json:"notes,omitempty"`  // what was to be said of it

	// Doc is what holds: Own or, of a fork, what all heads give.
	Doc      *policy.Document        `json:"-"`
	versions *versions               // loaded when asked for
	lineage  map[statement.Hash]bool // of all heads
	followed []*version              // those in it, parents first
	before   map[statement.Hash]map[statement.Hash]bool
	docs     map[statement.Hash]*policy.Document // older versions, loaded when asked for
}

// A PolicyHead is a newest version of the policy. There are several while it
// is forked.
type PolicyHead struct {
	Number uint64           `json:"number"`
	Hash   statement.Hash   `json:"hash"`
	Doc    *policy.Document `json:"doc"`
}

func (h PolicyHead) ref() statement.PolicyRef {
	return statement.PolicyRef{Number: h.Number, Hash: h.Hash}
}

// signedBy lists the devices whose signatures of a version were verified.
type signedBy map[string][]string

// heads are the newest versions, the one that this device was pinned to first.
// There is none before version 1 is here.
func (p *policyState) heads() []PolicyHead {
	if p.Number == 0 {
		return nil
	}
	return append([]PolicyHead{{p.Number, p.Hash, p.Own}}, p.Others...)
}

// settle makes Doc from the heads.
func (p *policyState) settle() {
	docs := make([]*policy.Document, 0, 2)
	for _, h := range p.heads() {
		docs = append(docs, h.Doc)
	}
	p.Doc, p.lineage, p.followed, p.before = policy.Stricter(docs...), nil, nil, nil
}

// Heads are the newest versions of the policy: one, or several while it is
// forked, the one that this device was pinned to first. They are not to be changed.
func (v *Vault) Heads() []PolicyHead { return v.policy.heads() }

// Forked reports that the policy has several heads, which must be merged.
func (v *Vault) Forked() bool { return len(v.policy.Others) > 0 }

// knownDevice is what a .device file said when the policy first named it.
type knownDevice struct {
	Member string `json:"member"`
	File   string `json:"file"` // SHA-256 of the .device file
	Key    string `json:"key"`  // as in an authorized_keys file
}

// generations of safes' keys, by safe.
type generations map[string][]policy.Generation

// with adds those that a version names.
func (g generations) with(doc *policy.Document) generations {
	if g == nil {
		g = generations{}
	}
	for _, safe := range doc.SafeIDs() {
		for _, one := range doc.Generations(safe) {
			if !slices.Contains(g[safe], one) {
				g[safe] = append(g[safe], one)
			}
		}
	}
	return g
}

const (
	stateFile  = "policy"      // policyState
	pinnedFile = "policy.yaml" // the pinned document's bytes
	chainFile  = "chain"       // the versions, see policyversions.go
	stateLimit = 64 << 20
)

// loadPolicy takes the pinned policy from the local state. Where the cache is
// missing or damaged the chain is verified again, up to the pinned bytes.
func (v *Vault) loadPolicy() error {
	data, err := v.readChecked(stateFile)
	if err == nil {
		err = json.Unmarshal(data, &v.policy)
	}
	if err == nil && v.policy.Own != nil && v.policy.Keys != nil {
		v.policy.settle()
		return nil
	}
	pinned, err := v.state.Read(pinnedFile, policy.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return v.notJoined()
	}
	if err != nil {
		return fmt.Errorf("the pinned policy: %w", err)
	}
	return v.rebuildPolicy(statement.Sum(pinned))
}

// writeChecked writes a cache with the hash of its bytes in a line before them:
// what is decided by it must not change with a bit of the disk.
func (v *Vault) writeChecked(name string, data []byte) error {
	return v.state.Replace(name, append([]byte(statement.Sum(data).String()+"\n"), data...))
}

func (v *Vault) readChecked(name string) ([]byte, error) {
	data, err := v.state.Read(name, stateLimit)
	if err != nil {
		return nil, err
	}
	hash, rest, _ := bytes.Cut(data, []byte("\n"))
	if statement.Sum(rest).String() != string(hash) {
		return nil, fmt.Errorf("%s: %w", name, store.ErrDamaged)
	}
	return rest, nil
}

// rebuildPolicy verifies every version again and follows those that lead to the pin.
func (v *Vault) rebuildPolicy(pin statement.Hash) error {
	v.policy = policyState{Devices: map[string]knownDevice{}, Keys: generations{}, versions: &versions{}}
	look, err := v.lookThrough()
	if err != nil {
		return err
	}
	w := v.policy.versions.by[pin]
	if w == nil {
		newest := uint64(0)
		for _, w := range v.policy.versions.list {
			newest = max(newest, w.number)
		}
		return &RollbackError{What: "policy", Name: pin.Short(), Have: newest, Pinned: newest + 1}
	}
	if err := v.follow([]*version{w}); err != nil {
		return err
	}
	return v.chooseHeads(look)
}

// advancePolicy verifies and pins what is newer in policy/. Nothing happens
// when the directory hasn't changed since it was last looked through, but that
// what was said then is said again.
func (v *Vault) advancePolicy() error {
	stamp := v.stampOf("policy")
	if stamp != "" && stamp == v.policy.Stamp {
		v.warnAgain()
		return nil
	}
	if err := v.loadVersions(); err != nil {
		return err
	}
	known := len(v.policy.versions.list)
	look, err := v.lookThrough()
	if err != nil {
		return err
	}
	heads := v.policy.heads()
	if err := v.chooseHeads(look); err != nil {
		return err
	}
	if look.waits {
		stamp = "" // what it waits for, a log perhaps, does not change this directory
	}
	same := slices.EqualFunc(heads, v.policy.heads(), func(a, b PolicyHead) bool { return a.ref() == b.ref() })
	unsaid := slices.EqualFunc(look.notes, v.policy.Notes, Warning.equal)
	v.policy.Notes = look.notes
	v.warnAgain()
	if same && unsaid && stamp == v.policy.Stamp && known == len(v.policy.versions.list) {
		return nil
	}
	v.policy.Stamp = stamp
	return v.savePolicy()
}

func (v *Vault) warnAgain() {
	for _, w := range v.policy.Notes {
		v.warnings = appendWarning(v.warnings, w)
	}
}

// follow makes versions the heads, and learns the devices and keys that they,
// and all before them, name.
func (v *Vault) follow(chosen []*version) error {
	hashes := make([]statement.Hash, len(chosen))
	for i, w := range chosen {
		hashes[i] = w.hash
	}
	lineage := v.policy.versions.lineage(hashes...)
	var before []statement.Hash
	for _, h := range v.policy.heads() {
		before = append(before, h.Hash)
	}
	old := v.policy.versions.lineage(before...)
	for _, w := range v.policy.versions.list {
		if !lineage[w.hash] || old[w.hash] {
			continue
		}
		doc, err := v.docOf(w.ref())
		if err != nil {
			return err
		}
		if err := v.learnDevices(w.file(), doc, len(chosen) == 1); err != nil {
			return err
		}
		v.policy.Keys = v.policy.Keys.with(doc)
	}
	return v.become(chosen)
}

// become pins the heads.
func (v *Vault) become(chosen []*version) error {
	var heads []PolicyHead
	for _, w := range chosen {
		doc, err := v.docOf(w.ref())
		if err != nil {
			return err
		}
		heads = append(heads, PolicyHead{w.number, w.hash, doc})
	}
	p := &v.policy
	p.Number, p.Hash, p.Own, p.Others = heads[0].Number, heads[0].Hash, heads[0].Doc, heads[1:]
	p.settle()
	v.found, v.cuts, v.trusted = nil, nil, nil
	return nil
}

// begin makes version 1 the head, while a vault is made.
func (v *Vault) begin(doc *policy.Document, hash statement.Hash) error {
	v.policy = policyState{Devices: map[string]knownDevice{}, docs: map[statement.Hash]*policy.Document{hash: doc}}
	v.policy.versions = &versions{}
	first := &version{number: 1, hash: hash}
	v.policy.versions.add(first)
	return v.follow([]*version{first})
}

func (v *Vault) savePolicy() error {
	data, err := json.Marshal(v.policy)
	if err != nil {
		return err
	}
	if err := v.loadVersions(); err != nil {
		return err
	}
	name := store.PolicyName(v.policy.Number, v.policy.Hash.Short())
	if doc, err := v.dir.Read(name, policy.MaxSize); err == nil && statement.Sum(doc) == v.policy.Hash {
		if err := v.state.Replace(pinnedFile, doc); err != nil {
			return v.readOnlyState(err)
		}
	}
	if err := v.writeChecked(chainFile, v.policy.versions.marshal()); err != nil {
		return v.readOnlyState(err)
	}
	return v.readOnlyState(v.writeChecked(stateFile, data))
}

// readOnlyState lets reading go on where the local state can't be written:
// what was verified counts for this process. A reveal fails later, at the log.
func (v *Vault) readOnlyState(err error) error {
	if errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrFull) {
		v.warn("state-not-written", "why", err.Error())
		return nil
	}
	return err
}

// keyOf returns the signing key of a device that some policy version named.
func (v *Vault) keyOf(device string) (ssh.PublicKey, error) {
	known, ok := v.policy.Devices[device]
	if !ok {
		return nil, errors.New("no policy version names this device")
	}
	if known.Key == "" { // its file had not come when the policy named it
		body, err := v.readDevice(device, known.File)
		if err != nil {
			return nil, errors.New("the file of this device is not here")
		}
		return body.Key, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(known.Key))
	return key, err
}

// memberOf returns whose device it is or was.
func (p *policyState) memberOf(device string) (string, bool) {
	known, ok := p.Devices[device]
	return known.Member, ok
}

// stampOf tells one state of a directory from another by its time of change.
// It is empty when that time is so recent that a change could hide behind it.
func (v *Vault) stampOf(name string) string {
	info, err := v.dir.Stat(name)
	if err != nil {
		return ""
	}
	return stampAt(info.ModTime)
}

func stampAt(changed time.Time) string {
	if time.Since(changed) < stampSettles {
		return ""
	}
	return changed.UTC().Format(time.RFC3339Nano)
}

// stampSettles is the coarsest clock of a filesystem in use: FAT counts in steps
// of two seconds.
const stampSettles = 2 * time.Second
