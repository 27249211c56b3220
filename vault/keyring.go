package vault

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A keyID names one generation of one safe's key.
type keyID struct {
	Safe string
	Gen  uint64
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
func (v *Vault) safeKeyText(safe string, gen uint64) (string, error) {
	id := keyID{safe, gen}
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
func (v *Vault) safeKey(safe string, gen uint64) (*age.HybridIdentity, error) {
	text, err := v.safeKeyText(safe, gen)
	if err != nil {
		return nil, err
	}
	id := keyID{safe, gen}
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
		if len(part) != 3 {
			return fmt.Errorf("keyring: %w", store.ErrDamaged)
		}
		gen, err := strconv.ParseUint(part[1], 10, 32)
		if err != nil {
			return fmt.Errorf("keyring: %w", store.ErrDamaged)
		}
		r.text[keyID{part[0], gen}] = part[2]
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
		return cmp.Or(strings.Compare(a.Safe, b.Safe), cmp.Compare(a.Gen, b.Gen))
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
		fmt.Fprintf(&b, "%s %d %s\n", id.Safe, id.Gen, v.ring.text[id])
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
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	for id, text := range keys {
		if _, ok := v.recipientHash(id); !ok {
			delete(keys, id) // of a draft that never counted, or retired since
		} else if err := v.checkKey(id, text); err != nil {
			return nil, &IntegrityError{name, err}
		}
	}
	return keys, nil
}

// checkKey compares a key with the recipient that the policy names for it.
func (v *Vault) checkKey(id keyID, text string) error {
	parsed, err := age.ParseHybridIdentity(text)
	if err != nil {
		return fmt.Errorf("%s: not a post-quantum age identity", id)
	}
	want, _ := v.recipientHash(id)
	if got := statement.Sum(recipientFile(parsed.Recipient().String())); got.String() != want {
		return fmt.Errorf("%s: the key is not the one that the policy names", id)
	}
	return nil
}

// currentKey is the generation that new secrets of a safe are sealed to.
func (v *Vault) currentKey(safe string) keyID {
	return keyID{safe, v.policy.Doc.Current(safe).Gen}
}

// recipientHash is what the policy says a generation's recipient file hashes to.
func (v *Vault) recipientHash(id keyID) (string, bool) {
	for _, g := range v.policy.Doc.Generations(id.Safe) {
		if g.Gen == id.Gen {
			return g.Recipient, true
		}
	}
	return "", false
}

// recipient reads the public half of a safe's generation. Only what the
// signed policy names is ever sealed to.
func (v *Vault) recipient(id keyID) (string, error) {
	want, ok := v.recipientHash(id)
	if !ok {
		return "", &NotFoundError{What: "safe", Name: id.Safe}
	}
	hash, err := statement.ParseHash(want)
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

func recipientFile(recipient string) []byte { return []byte(recipient + "\n") }

// newGeneration makes a key pair for a safe.
func newGeneration() (text, recipient string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", err
	}
	return id.String(), id.Recipient().String(), nil
}
