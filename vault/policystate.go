package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// policyState is the verified chain as far as this device has followed it, in
// the form that the local state keeps: it loads without the YAML library.
type policyState struct {
	Number  uint64                 `json:"number"`
	Hash    statement.Hash         `json:"hash"`
	Doc     *policy.Document       `json:"doc"`
	Devices map[string]knownDevice `json:"devices"` // every device that any version named
	Keys    generations            `json:"keys"`    // of every safe, each that any version named
	Stamp   string                 `json:"stamp"`   // of policy/, when it was last looked through

	waiting bool                        // a version is here that does not count yet
	chain   []statement.Hash            // hashes of versions 1…Number, loaded when asked for
	docs    map[uint64]*policy.Document // older versions, loaded when asked for
}

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
	chainFile  = "chain"       // one hash a line, version 1 first
	stateLimit = 64 << 20
)

// loadPolicy takes the pinned policy from the local state. Where the cache is
// missing or damaged the chain is verified again, up to the pinned bytes.
func (v *Vault) loadPolicy() error {
	data, err := v.readChecked(stateFile)
	if err == nil {
		err = json.Unmarshal(data, &v.policy)
	}
	if err == nil && v.policy.Doc != nil && v.policy.Keys != nil {
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

// rebuildPolicy verifies the chain from version 1 until it meets the pin.
func (v *Vault) rebuildPolicy(pin statement.Hash) error {
	v.policy = policyState{Devices: map[string]knownDevice{}}
	for v.policy.Hash != pin {
		moved, err := v.step()
		if err != nil {
			return err
		}
		if !moved {
			return &RollbackError{What: "policy", Name: pin.Short(), Have: v.policy.Number, Pinned: v.policy.Number + 1}
		}
	}
	return v.savePolicy()
}

// advancePolicy verifies and pins what is newer in policy/. Nothing happens
// when the directory hasn't changed since it was last looked through.
func (v *Vault) advancePolicy() error {
	stamp := v.stampOf("policy")
	if stamp != "" && stamp == v.policy.Stamp {
		return nil
	}
	before := v.policy.Number
	v.policy.waiting = false
	for {
		moved, err := v.step()
		if err != nil {
			return err
		}
		if !moved {
			break
		}
	}
	if err := v.checkPinned(); err != nil {
		return err
	}
	if v.policy.waiting {
		stamp = "" // what it waits for, a log perhaps, does not change this directory
	}
	if v.policy.Number == before && stamp == v.policy.Stamp {
		return nil
	}
	v.policy.Stamp = stamp
	return v.savePolicy()
}

// checkPinned warns of a copy that is older than the pin, and of a second head.
func (v *Vault) checkPinned() error {
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	newest := uint64(0)
	for number, hashes := range here {
		newest = max(newest, number)
		for _, h := range hashes {
			if number == v.policy.Number && h != v.policy.Hash.Short() {
				v.warn("policy-sibling", "version", fmt.Sprint(number), "hash", h)
			}
		}
	}
	if newest < v.policy.Number {
		v.warn("old-copy", "have", fmt.Sprint(newest), "pinned", fmt.Sprint(v.policy.Number))
	}
	return nil
}

// step moves to the next version, if one that counts is here.
func (v *Vault) step() (bool, error) {
	here, err := v.policyFiles()
	if err != nil {
		return false, err
	}
	next := v.policy.Number + 1
	var found []*candidate
	for _, hash16 := range here[next] {
		c, err := v.readCandidate(next, hash16)
		if err != nil {
			return false, err
		}
		if c == nil {
			continue // another branch
		}
		ok, err := v.counts(c)
		if err != nil {
			return false, err
		}
		if !ok {
			v.warn("policy-pending", "version", fmt.Sprint(next), "hash", hash16)
			v.policy.waiting = true
			continue
		}
		found = append(found, c)
	}
	switch {
	case len(found) == 0:
		return false, nil
	case len(found) > 1:
		v.warn("policy-fork", "version", fmt.Sprint(next))
		return false, nil
	}
	v.accept(found[0])
	return true, nil
}

// accept makes a verified candidate the newest policy.
func (v *Vault) accept(c *candidate) {
	if v.policy.chain == nil && v.policy.Number > 0 {
		_ = v.loadChain() // a missing list is rebuilt by hashAt
	}
	v.policy.Number, v.policy.Hash, v.policy.Doc = c.number, c.hash, c.doc
	for id, d := range c.devices {
		v.policy.Devices[id] = d
	}
	v.policy.Keys = v.policy.Keys.with(c.doc)
	v.policy.chain = append(v.policy.chain, c.hash)
	v.found, v.cuts, v.trusted = nil, nil, nil
}

func (v *Vault) savePolicy() error {
	data, err := json.Marshal(v.policy)
	if err != nil {
		return err
	}
	if err := v.loadChain(); err != nil {
		return err
	}
	var list strings.Builder
	for _, h := range v.policy.chain {
		list.WriteString(h.String() + "\n")
	}
	name := store.PolicyName(v.policy.Number, v.policy.Hash.Short())
	if doc, err := v.dir.Read(name, policy.MaxSize); err == nil && statement.Sum(doc) == v.policy.Hash {
		if err := v.state.Replace(pinnedFile, doc); err != nil {
			return v.readOnlyState(err)
		}
	}
	if err := v.writeChecked(chainFile, []byte(list.String())); err != nil {
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

// loadChain reads the list of hashes, or follows the parents from the pin.
func (v *Vault) loadChain() error {
	if uint64(len(v.policy.chain)) == v.policy.Number {
		return nil
	}
	data, err := v.readChecked(chainFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, store.ErrDamaged) {
		return err
	}
	var chain []statement.Hash
	for _, line := range strings.Fields(string(data)) {
		h, err := statement.ParseHash(line)
		if err != nil {
			break
		}
		chain = append(chain, h)
	}
	if n := uint64(len(chain)); n != v.policy.Number || chain[n-1] != v.policy.Hash {
		return v.followParents()
	}
	v.policy.chain = chain
	return nil
}

// followParents rebuilds the list of hashes backwards, by the documents.
func (v *Vault) followParents() error {
	chain := make([]statement.Hash, v.policy.Number)
	hash := v.policy.Hash
	for n := v.policy.Number; n > 0; n-- {
		chain[n-1] = hash
		doc, err := v.readDocument(n, hash)
		if err != nil {
			return err
		}
		if n > 1 {
			if hash, err = statement.ParseHash(doc.Prev[0]); err != nil {
				return err
			}
		}
	}
	v.policy.chain = chain
	return nil
}

// docAt returns the policy version that a statement names, if it is in the chain.
func (v *Vault) docAt(ref statement.PolicyRef) (*policy.Document, error) {
	if ref.Number == v.policy.Number && ref.Hash == v.policy.Hash {
		return v.policy.Doc, nil
	}
	if err := v.loadChain(); err != nil {
		return nil, err
	}
	if ref.Number == 0 || ref.Number > v.policy.Number || v.policy.chain[ref.Number-1] != ref.Hash {
		return nil, fmt.Errorf("it names policy %d %s, which is not in the chain", ref.Number, ref.Hash.Short())
	}
	if doc, ok := v.policy.docs[ref.Number]; ok {
		return doc, nil
	}
	doc, err := v.readDocument(ref.Number, ref.Hash)
	if err != nil {
		return nil, err
	}
	if v.policy.docs == nil {
		v.policy.docs = map[uint64]*policy.Document{}
	}
	v.policy.docs[ref.Number] = doc
	return doc, nil
}

// keyOf returns the signing key of a device that some policy version named.
func (v *Vault) keyOf(device string) (ssh.PublicKey, error) {
	known, ok := v.policy.Devices[device]
	if !ok || known.Key == "" {
		return nil, errors.New("no policy version names this device")
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
