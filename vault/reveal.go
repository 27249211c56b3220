package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Purpose says why a secret is opened. It goes into the log before the
// secret comes out.
type Purpose struct {
	Fields  []string // names of the fields that are wanted; empty: all
	Reason  string   // in the person's words; required where the safe says so
	Ticket  string
	Run     string // run id, when a runbook's step asks
	Step    string
	Version uint64 // 0: the newest
	Stale   bool   // show what is here even if it is older than what was seen before
	// Hash names one of several versions, or one that waits; zero: none.
	Hash statement.Hash

	grant string // id of the grant that it is opened by, or sealed for
}

// Revealed is an opened secret, and the version that it came from.
type Revealed struct {
	Entry    *Entry
	Fields   entry.Fields // those that were asked for
	Siblings []*Entry     // other versions of the same number, still sealed
	Grant    string       // id of the grant that let this member in; empty: the policy does
}

// Reveal is the only way out for plaintext. It decides by policy, or else by a
// grant of which a packet is here, finds the newest standing version, writes
// this device's log (line, fsync, signed head), and then decrypts.
//
// It returns *DeniedError, *WaitingError or *GrantEndedError (which are logged, too), *NotFoundError,
// *RollbackError, *IntegrityError, *ConflictError is not one of them: siblings
// come with the result. *ReasonError asks for a reason; *LogError means that
// the log could not be written and nothing was opened. The caller owns the
// fields and wipes them.
func (v *Vault) Reveal(path entry.Path, p Purpose) (*Revealed, error) {
	if err := v.maySign(); err != nil {
		return nil, err
	}
	e, siblings, err := v.wanted(path, p)
	if err != nil {
		return nil, err
	}
	if e, err = v.allowReveal(e, p); err != nil {
		return nil, err
	}
	if e.by != nil {
		p.grant = e.by.grant
	}
	if e.Deleted {
		return nil, &NotFoundError{What: "entry", Name: path.String()}
	}
	for _, f := range p.Fields {
		if !slices.Contains(e.Card.Fields, f) {
			return nil, &NotFoundError{What: "field", Name: f, Near: e.Card.Fields}
		}
	}
	if err := v.checkReason(e, p); err != nil {
		return nil, err
	}
	if _, err := v.secretsOf(e); err != nil {
		return nil, err
	}
	v.closeLeftovers()
	if err := v.logOpening("secret.reveal", chain.OK, e, p); err != nil {
		return nil, err
	}
	secret, err := v.unseal(e)
	if err != nil {
		return nil, err
	}
	return &Revealed{Entry: e, Fields: picked(secret.Fields, p.Fields), Siblings: siblings, Grant: p.grant}, nil
}

// wanted is the version that a purpose asks for.
func (v *Vault) wanted(path entry.Path, p Purpose) (*Entry, []*Entry, error) {
	if !p.Hash.IsZero() {
		e, err := v.version(path, p.Hash)
		return e, nil, err
	}
	e, siblings, err := v.find(path, p.Stale || p.Version > 0)
	if err != nil || p.Version == 0 || p.Version == e.Version {
		return e, siblings, err
	}
	old, err := v.History(path)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range old {
		if h.Version == p.Version {
			return h, nil, nil
		}
	}
	return nil, nil, &NotFoundError{What: "version", Name: fmt.Sprintf("%s@%d", path, p.Version)}
}

// version is one version by its hash, whether it stands or waits.
func (v *Vault) version(path entry.Path, hash statement.Hash) (*Entry, error) {
	names, err := v.names()
	if err != nil {
		return nil, err
	}
	e, err := v.byHash(entry.ID(names, path), hash)
	if err == nil && e == nil {
		err = &NotFoundError{What: "version", Name: fmt.Sprintf("%s@%s", path, hash.Short())}
	}
	return e, err
}

// allowReveal asks the policy, and then the grants; it returns the version that
// may be opened. A refusal is logged before it is returned.
func (v *Vault) allowReveal(e *Entry, p Purpose) (*Entry, error) {
	d := v.policy.Doc.DecideAt(v.me.Member, policy.Read, e.body.Safe, v.now())
	if d.Allowed {
		return e, nil
	}
	opened, refusal := v.granted(e, p)
	if opened != nil {
		return opened, nil
	}
	if refusal == nil {
		refusal = &DeniedError{Member: v.me.Member, Capability: policy.Read, On: e.Path.String(), Decision: d}
	}
	if err := v.logOpening("secret.reveal", chain.Denied, e, p); err != nil {
		v.warn("denial-not-logged", "why", err.Error())
	}
	return nil, refusal
}

// checkReason holds a purpose against what the safe, or the kind, asks for.
func (v *Vault) checkReason(e *Entry, p Purpose) error {
	need := v.reasonRule(e.body.Safe)
	if kind, ok := entry.KindByID(e.Card.Kind); ok && kind.Ticket {
		need = policy.ReasonTicket
	}
	switch {
	case need == policy.ReasonTicket && p.Ticket == "" && p.Reason == "":
		return &ReasonError{Safe: e.body.Safe, Need: "ticket"}
	case need == policy.ReasonRequired && p.Reason == "" && p.Ticket == "":
		return &ReasonError{Safe: e.body.Safe, Need: "reason"}
	}
	return nil
}

func (v *Vault) reasonRule(safe string) policy.Reason {
	if s, ok := v.policy.Doc.Safes[safe]; ok {
		return s.NeedReason()
	}
	return policy.ReasonOptional
}

func (v *Vault) logOpening(op string, result chain.Result, e *Entry, p Purpose) error {
	d := v.draft(op, fmt.Sprintf("%s@%d", e.body.ID, e.Version), result)
	d.Run, d.Grant = p.Run, p.grant
	fields := p.Fields
	if len(fields) == 0 {
		fields = e.Card.Fields
	}
	d.Details = map[string]any{"path": e.Path.String(), "fields": fields}
	for key, text := range map[string]string{"reason": p.Reason, "ticket": p.Ticket, "step": p.Step} {
		if text != "" {
			d.Details[key] = clip(text, maxReason)
		}
	}
	return v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(d)
		return err
	})
}

// maxReason is how much of a reason is kept, in bytes.
const maxReason = 2000

// reseal is the second door: it opens a secret to seal it again in this
// package, and hands nothing out. It logs first, too.
func (v *Vault) reseal(e *Entry, why string) (entry.Secret, error) {
	if err := v.logOpening("secret.reseal", chain.OK, e, Purpose{Reason: why}); err != nil {
		return entry.Secret{}, err
	}
	return v.unseal(e)
}

// resealPlain is reseal for a packet, which holds the very bytes of the secret.
func (v *Vault) resealPlain(e *Entry, g *GrantState) ([]byte, error) {
	if err := v.logOpening("secret.reseal", chain.OK, e, Purpose{Reason: "grant", grant: g.Short()}); err != nil {
		return nil, err
	}
	plain, secret, err := v.decrypt(e)
	secret.Wipe()
	return plain, err
}

// unseal decrypts the secret of a version. Only Reveal and reseal call it,
// after the log.
func (v *Vault) unseal(e *Entry) (entry.Secret, error) {
	plain, secret, err := v.decrypt(e)
	clear(plain)
	return secret, err
}

// decrypt opens the secret of a version and holds it against header and card.
// Where several people sealed it, it is enough that one of them did so
// honestly. Only unseal and resealPlain call it.
func (v *Vault) decrypt(e *Entry) (plain []byte, secret entry.Secret, err error) {
	ways, err := v.secretsOf(e)
	if err != nil {
		return nil, entry.Secret{}, err
	}
	for i, way := range ways {
		if plain, secret, err = openSecret(e, way); err == nil {
			break
		}
		if i+1 < len(ways) {
			v.warn("packet-refused", "file", way.file, "why", err.Error())
		}
	}
	return plain, secret, err
}

func openSecret(e *Entry, way sealedSecret) ([]byte, entry.Secret, error) {
	plain, err := statement.Unseal(way.part, way.key)
	if err != nil {
		return nil, entry.Secret{}, &IntegrityError{way.file, err}
	}
	if statement.Sum(plain) != e.body.Secret {
		clear(plain)
		return nil, entry.Secret{}, &IntegrityError{way.file, errors.New("the secret inside is not the one that was signed")}
	}
	secret, err := entry.ParseSecret(plain)
	if err == nil {
		err = secret.Fits(e.Card)
	}
	if err != nil {
		clear(plain)
		return nil, entry.Secret{}, &IntegrityError{way.file, err}
	}
	return plain, secret, nil
}

// secretKey opens the secret of a version.
func (v *Vault) secretKey(e *Entry) (*age.HybridIdentity, error) {
	id, err := v.keyAt(e.body.Policy, e.body.Safe, e.body.SealedSecret.Generation)
	if err != nil {
		return nil, &IntegrityError{e.File, err}
	}
	return v.safeKey(id)
}

func picked(all entry.Fields, names []string) entry.Fields {
	if len(names) == 0 {
		return all
	}
	var some entry.Fields
	for _, name := range names {
		if value, ok := all.Get(name); ok {
			some = some.Set(name, value)
		}
	}
	return some
}

// closeLeftovers closes the intents of a write that was cut short, when no
// writer is at work. Revealing goes on whatever becomes of it.
func (v *Vault) closeLeftovers() {
	if _, err := v.state.Stat(v.pendingName()); errors.Is(err, fs.ErrNotExist) {
		return
	}
	lock, err := store.LockFile(v.lockPath("lock"), 0)
	if err != nil {
		return
	}
	defer lock.Unlock()
	if err := v.closeIntents(nil, false); err != nil {
		v.warn("intents-left-open", "why", err.Error())
	}
}
