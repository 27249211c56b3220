package vault

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A keyID names one generation of one safe's key. Two branches of the policy
// may have made the same number, so the recipient belongs to the name.
type keyID struct {
	Safe      string
	Gen       uint64
	Recipient string // SHA-256 of the recipient file, as the policy has it
}

func keyOfGeneration(safe string, g policy.Generation) keyID {
	return keyID{safe, g.Gen, g.Recipient}
}

func (k keyID) String() string { return fmt.Sprintf("%s generation %d", k.Safe, k.Gen) }

// keyring is what this device holds: identity strings, parsed only when used.
type keyring struct {
	loaded bool
	text   map[keyID]string
	parsed map[keyID]*age.HybridIdentity
}

const (
	ringFile  = "keyring"
	ringLimit = 4 << 20
	ringInfo  = "opsvault/v1 keyring "
)

// safeKeyText returns the identity string of a safe's generation: from the
// keyring, or from a bundle that has arrived since. ErrNoKey when neither has it.
func (v *Vault) safeKeyText(id keyID) (string, error) {
	if err := v.loadRing(); err != nil {
		return "", err
	}
	if text, ok := v.ring.text[id]; ok {
		return text, nil
	}
	if err := v.receiveBundles(); err != nil {
		return "", err
	}
	if text, ok := v.ring.text[id]; ok {
		return text, nil
	}
	return "", fmt.Errorf("%s: %w", id, ErrNoKey)
}

// safeKey is the same, parsed.
func (v *Vault) safeKey(id keyID) (*age.HybridIdentity, error) {
	text, err := v.safeKeyText(id)
	if err != nil {
		return nil, err
	}
	if key, ok := v.ring.parsed[id]; ok {
		return key, nil
	}
	key, err := age.ParseHybridIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("keyring: %s: %w", id, err)
	}
	v.ring.parsed[id] = key
	return key, nil
}

// loadRing opens the sealed cache once. A missing one is empty; a damaged one
// is thrown away and filled from the bundles again.
func (v *Vault) loadRing() error {
	if v.ring.loaded {
		return nil
	}
	v.ring = keyring{loaded: true, text: map[keyID]string{}, parsed: map[keyID]*age.HybridIdentity{}}
	key, err := v.unlocked()
	if err != nil {
		v.ring.loaded = false
		return err
	}
	blob, err := v.state.Read(v.mine(ringFile), ringLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	seal := key.Derive(ringInfo + v.id.String())
	plain, err := store.OpenBlob(&seal, []byte(v.me.Device), blob)
	if err != nil {
		v.warn("keyring-damaged")
		return nil
	}
	return v.ring.parse(plain)
}

func (r *keyring) parse(plain []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(plain))
	for lines.Scan() {
		part := strings.Split(lines.Text(), " ")
		if len(part) < 3 || len(part) > 4 {
			return fmt.Errorf("keyring: %w", store.ErrDamaged)
		}
		gen, err := strconv.ParseUint(part[1], 10, 32)
		if err != nil {
			return fmt.Errorf("keyring: %w", store.ErrDamaged)
		}
		id, text := keyID{part[0], gen, ""}, part[len(part)-1]
		if len(part) == 4 {
			id.Recipient = part[2]
		} else if id.Recipient, err = recipientOf(text); err != nil { // of before recipients were noted
			return fmt.Errorf("keyring: %w", store.ErrDamaged)
		}
		r.text[id] = text
	}
	return lines.Err()
}

func (r *keyring) ids() []keyID {
	ids := make([]keyID, 0, len(r.text))
	for id := range r.text {
		ids = append(ids, id)
	}
	sortKeys(ids)
	return ids
}

func sortKeys(ids []keyID) {
	slices.SortFunc(ids, func(a, b keyID) int {
		return cmp.Or(strings.Compare(a.Safe, b.Safe), cmp.Compare(a.Gen, b.Gen), strings.Compare(a.Recipient, b.Recipient))
	})
}

// addKeys puts keys into the keyring and makes it durable.
func (v *Vault) addKeys(keys map[keyID]string) error {
	if err := v.loadRing(); err != nil {
		return err
	}
	for id, text := range keys {
		v.ring.text[id] = text
		delete(v.ring.parsed, id)
	}
	var b strings.Builder
	for _, id := range v.ring.ids() {
		fmt.Fprintf(&b, "%s %d %s %s\n", id.Safe, id.Gen, id.Recipient, v.ring.text[id])
	}
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	seal := key.Derive(ringInfo + v.id.String())
	blob, err := store.SealBlob(&seal, []byte(v.me.Device), []byte(b.String()), v.opts.Rand)
	if err != nil {
		return err
	}
	return v.state.Replace(v.mine(ringFile), blob)
}

// receiveBundles opens the bundles for this device and keeps the keys that
// the policy names. A key whose recipient the policy doesn't name is refused
// and reported; it never enters the keyring.
func (v *Vault) receiveBundles() error {
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	names, err := v.bundlesFor(v.me.Device)
	if err != nil {
		return err
	}
	mine, err := key.Age()
	if err != nil {
		return err
	}
	fresh := map[keyID]string{}
	for _, name := range names {
		keys, err := v.openBundle(name, mine)
		if err != nil {
			v.warn("bundle-refused", "file", name, "why", err.Error())
			continue
		}
		for id, text := range keys {
			if _, have := v.ring.text[id]; !have {
				fresh[id] = text
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return v.addKeys(fresh)
}

func (v *Vault) openBundle(name string, mine *age.HybridIdentity) (map[keyID]string, error) {
	st, body, err := v.readBundle(name)
	if err != nil {
		return nil, err
	}
	if body.To != v.me.Device {
		return nil, &IntegrityError{name, fmt.Errorf("it is for device %s", body.To)}
	}
	plain, err := statement.Unseal(st.Parts[0], mine)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	keys, err := parseBundle(plain, v.id.String(), v.me.Device)
	clear(plain)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	under, err := v.docAt(body.Policy)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	for id := range keys {
		if err := v.checkKey(under, id); err != nil {
			return nil, &IntegrityError{name, err}
		}
		if !v.known(id) {
			delete(keys, id) // of a draft that does not count, yet or ever
		}
	}
	return keys, nil
}

// bundleInside lists the keys in a bundle to this device, whether they count or not.
func (v *Vault) bundleInside(name string, mine *age.HybridIdentity) ([]keyID, error) {
	if _, err := v.openBundle(name, mine); err != nil {
		return nil, err
	}
	st, err := v.readStatement(name)
	if err != nil {
		return nil, err
	}
	plain, err := statement.Unseal(st.Parts[0], mine)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	defer clear(plain)
	keys, err := parseBundle(plain, v.id.String(), v.me.Device)
	return slices.Collect(maps.Keys(keys)), err
}

// checkKey compares the recipient of a received key with the one that the
// policy names for its generation: the version under which the bundle was
// signed or, where the generation is newer than that, any that is followed. A
// draft that never counted may have used the number: its recipient is here.
func (v *Vault) checkKey(under *policy.Document, id keyID) error {
	wrong := fmt.Errorf("%s: the key is not the one that the policy names", id)
	for _, g := range under.Generations(id.Safe) {
		if g.Gen == id.Gen && g.Recipient == id.Recipient {
			return nil
		}
	}
	if numbered(under.Generations(id.Safe), id.Gen) {
		return wrong
	}
	if v.known(id) || !numbered(v.policy.Keys[id.Safe], id.Gen) {
		return nil
	}
	hash, err := statement.ParseHash(id.Recipient)
	if err != nil {
		return err
	}
	if _, err := v.dir.Stat(store.RecipientName(id.Safe, id.Gen, hash.Short())); err != nil {
		return wrong
	}
	return nil
}

func numbered(list []policy.Generation, gen uint64) bool {
	return slices.ContainsFunc(list, func(g policy.Generation) bool { return g.Gen == gen })
}

// known reports a generation that some version which is followed names.
func (v *Vault) known(id keyID) bool {
	return slices.Contains(v.policy.Keys[id.Safe], policy.Generation{Gen: id.Gen, Recipient: id.Recipient})
}

// keyAt is the key of a generation as the policy version that a statement
// names lists it. Only where two branches made the same number is that
// version looked at.
func (v *Vault) keyAt(ref statement.PolicyRef, safe string, gen uint64) (keyID, error) {
	var found []policy.Generation
	for _, g := range v.policy.Keys[safe] {
		if g.Gen == gen {
			found = append(found, g)
		}
	}
	if len(found) > 1 {
		doc, err := v.docAt(ref)
		if err != nil {
			return keyID{}, err
		}
		found = slices.DeleteFunc(found, func(g policy.Generation) bool { return !slices.Contains(doc.Generations(safe), g) })
	}
	if len(found) != 1 {
		return keyID{}, fmt.Errorf("%s generation %d: no policy names it", safe, gen)
	}
	return keyOfGeneration(safe, found[0]), nil
}

// currentKey is the generation that new secrets of a safe are sealed to.
func (v *Vault) currentKey(safe string) keyID {
	return keyOfGeneration(safe, v.policy.Doc.Current(safe))
}

// recipient reads the public half of a safe's generation. Only what the
// signed policy names is ever sealed to.
func (v *Vault) recipient(id keyID) (string, error) {
	if id.Gen == 0 {
		return "", &NotFoundError{What: "safe", Name: id.Safe}
	}
	hash, err := statement.ParseHash(id.Recipient)
	if err != nil {
		return "", err
	}
	name := store.RecipientName(id.Safe, id.Gen, hash.Short())
	data, err := v.dir.Read(name, 4<<10)
	if err != nil {
		return "", err
	}
	if statement.Sum(data) != hash {
		return "", &IntegrityError{name, errors.New("it is not the recipient that the policy names")}
	}
	return strings.TrimSuffix(string(data), "\n"), nil
}

// recipientOf is the hash of the recipient file that belongs to an identity string.
func recipientOf(text string) (string, error) {
	parsed, err := age.ParseHybridIdentity(text)
	if err != nil {
		return "", errors.New("not a post-quantum age identity")
	}
	return statement.Sum(recipientFile(parsed.Recipient().String())).String(), nil
}

func recipientFile(recipient string) []byte { return []byte(recipient + "\n") }

// newGeneration makes a key pair for a safe.
func newGeneration() (text, recipient string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", err
	}
	return id.String(), id.Recipient().String(), nil
}
