package vault

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A versionSeen is what Doctor learned of one version of an entry.
type versionSeen struct {
	file   string
	body   statement.Entry
	card   *entry.Card // nil where it was not opened
	sealed keyID       // what the secret is sealed to; zero for a tombstone
	code   string      // what is wrong inside: CardWrong, SecretWrong or nothing
	why    string
}

// A heldKey is a key of a safe, or why it isn't here.
type heldKey struct {
	key *age.HybridIdentity
	err error
}

// inside opens the card of every version of every entry, and every secret that
// this device has the key of, and holds them against their headers. It is no
// door: what is opened is wiped in the function that opens it, and comes out
// as right or wrong. Its line in the log stands before the first secret.
func (x *examination) inside() error {
	if _, err := x.v.names(); err != nil {
		if errors.Is(err, ErrNoKey) {
			return nil // deliveries says which keys are missing
		}
		return err
	}
	files, err := x.entryFiles()
	if err != nil {
		return err
	}
	closed := true
	if len(files) > 0 && (x.v.holdsSafes() || x.v.sentPackets()) {
		closed = !x.logOpening(len(files))
	}
	var lock sync.Mutex
	x.versions = make([]versionSeen, len(files))
	done := 0
	parallel(len(files), func(i int) {
		x.versions[i] = x.lookInside(files[i], closed, &lock)
		if x.v.opts.Progress != nil {
			lock.Lock()
			defer lock.Unlock()
			done++
			x.v.opts.Progress(done, len(files))
		}
	})
	x.tellInside()
	if closed {
		return nil
	}
	return x.packets()
}

// entryFiles are the files of all versions, but for those that Verify has
// found something about.
func (x *examination) entryFiles() ([]string, error) {
	shards, err := x.v.dir.List("entries")
	if err != nil {
		return nil, ofVault(err)
	}
	var names []string
	for _, shard := range shards {
		if shard.Kind != store.KindDir || len(shard.Name) != 2 {
			continue
		}
		items, err := x.v.dir.List("entries/" + shard.Name)
		if err != nil {
			continue // Verify has found it
		}
		for _, item := range items {
			name := "entries/" + shard.Name + "/" + item.Name
			if n, ok := store.ParseName(name); ok && n.Form == store.FormEntry && n.Newcomer == "" && !x.bad[name] {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// ofVault drops errors about what lies in the vault, which Verify has found;
// those of the disk stay.
func ofVault(err error) error {
	if ofDisk(err) && !errors.Is(err, store.ErrUnsafe) {
		return err
	}
	return nil
}

// holdsSafes reports whether there is a key of any safe but the built-in ones.
func (v *Vault) holdsSafes() bool {
	for id := range v.ring.text {
		if !strings.HasPrefix(id.Safe, "@") {
			return true
		}
	}
	return false
}

// logOpening writes the line that stands before the first secret is opened. The
// details say how many versions there are: at most so many are.
func (x *examination) logOpening(versions int) bool {
	d := x.v.draft("doctor.check", "", chain.OK)
	d.Details = map[string]any{"versions": fmt.Sprint(versions)}
	err := x.v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(d)
		return err
	})
	if err != nil && !errors.As(err, new(*UnconfirmedError)) { // such a device opens nothing yet
		x.find(Ailment{Code: SecretsUnopened, What: err.Error(), Fix: "opsvault audit verify"})
	}
	return err == nil
}

// lookInside opens one version. It may run beside others; the lock guards the keyring.
func (x *examination) lookInside(name string, closed bool, lock *sync.Mutex) (seen versionSeen) {
	seen.file = name
	st, body, err := x.v.frameOf(name)
	if err != nil {
		return seen // found by Verify, or gone since
	}
	seen.body = body
	if body.Op == statement.OpPut {
		seen.sealed = x.sealedTo(body, body.Safe, body.SealedSecret.Generation, lock)
	}
	key := x.held(x.sealedTo(body, policy.Catalogue, body.SealedCard.Generation, lock), lock)
	if key == nil {
		return seen
	}
	card, why := soundCard(st.Parts[0], key, x.v.binding(body), x.v.namesKey)
	if why != "" {
		seen.code, seen.why = CardWrong, why
		return seen
	}
	seen.card = &card
	if body.Op != statement.OpPut || closed {
		return seen
	}
	if key = x.held(seen.sealed, lock); key != nil {
		if why := soundSecret(st.Parts[1], key, body.Secret, card); why != "" {
			seen.code, seen.why = SecretWrong, why
		}
	}
	return seen
}

// sealedTo is the key that a part is sealed to; zero where the policy that the
// version names is not known.
func (x *examination) sealedTo(body statement.Entry, safe string, gen uint64, lock *sync.Mutex) keyID {
	lock.Lock()
	defer lock.Unlock()
	id, err := x.v.keyAt(body.Policy, safe, gen)
	if err != nil {
		return keyID{}
	}
	return id
}

func (x *examination) held(id keyID, lock *sync.Mutex) *age.HybridIdentity {
	lock.Lock()
	defer lock.Unlock()
	known, ok := x.keys[id]
	if !ok {
		known.key, known.err = x.v.safeKey(id)
		x.keys[id] = known
	}
	return known.key
}

// soundCard opens a card and says what is wrong with it, in words of this
// program alone: what was sealed may say anything.
func soundCard(part []byte, key *age.HybridIdentity, want entry.Binding, names []byte) (entry.Card, string) {
	plain, err := statement.Unseal(part, key)
	if err != nil {
		return entry.Card{}, notOpening
	}
	card, err := entry.ParseCard(plain)
	if err != nil {
		return entry.Card{}, "what is inside is no card"
	}
	if card.Bind(want, names) != nil {
		return entry.Card{}, "the card inside is another entry's or version's"
	}
	return card, ""
}

const notOpening = "it does not open with the key that it names"

// soundSecret does the same with a secret. Nothing of it comes out.
func soundSecret(part []byte, key *age.HybridIdentity, want statement.Hash, card entry.Card) string {
	plain, err := statement.Unseal(part, key)
	if err != nil {
		return notOpening
	}
	defer clear(plain)
	if statement.Sum(plain) != want {
		return "the secret inside is not the one that was signed"
	}
	secret, err := entry.ParseSecret(plain)
	if err != nil {
		return "what is inside is no secret of an entry"
	}
	defer secret.Wipe()
	if secret.Fits(card) != nil {
		return "the secret inside does not fit the card"
	}
	return ""
}

// tellInside makes ailments of what was wrong. Of older versions it is a note:
// nobody is shown them, and nothing takes them away.
func (x *examination) tellInside() {
	newest := map[string]uint64{}
	for i := range x.versions {
		body := &x.versions[i].body
		newest[body.ID] = max(newest[body.ID], body.Version)
	}
	for i := range x.versions {
		seen := &x.versions[i]
		if seen.code == "" {
			continue
		}
		a := Ailment{Code: seen.code, File: seen.file, What: seen.why, Args: map[string]string{
			"member": seen.body.Author, "device": seen.body.Device, "version": fmt.Sprint(seen.body.Version)}}
		if seen.card != nil {
			a.Args["path"] = seen.card.Path
		}
		a.Note = seen.body.Version < newest[seen.body.ID]
		x.find(a)
	}
}
