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
}

// Revealed is an opened secret, and the version that it came from.
type Revealed struct {
	Entry    *Entry
	Fields   entry.Fields // those that were asked for
	Siblings []*Entry     // other versions of the same number, still sealed
}

// Reveal is the only way out for plaintext. It decides by policy, finds the
// newest standing version, writes this device's log (line, fsync, signed
// head), and then decrypts.
//
// It returns *DeniedError (which is logged, too), *NotFoundError,
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
	if err := v.allowReveal(e, p); err != nil {
		return nil, err
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
	if _, err := v.secretKey(e); err != nil {
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
	return &Revealed{Entry: e, Fields: picked(secret.Fields, p.Fields), Siblings: siblings}, nil
}

// wanted is the version that a purpose asks for.
func (v *Vault) wanted(path entry.Path, p Purpose) (*Entry, []*Entry, error) {
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

// allowReveal asks the policy; a refusal is logged before it is returned.
func (v *Vault) allowReveal(e *Entry, p Purpose) error {
	d := v.policy.Doc.DecideAt(v.me.Member, policy.Read, e.body.Safe, v.now())
	if d.Allowed {
		return nil
	}
	if err := v.logOpening("secret.reveal", chain.Denied, e, p); err != nil {
		v.warn("denial-not-logged", "why", err.Error())
	}
	return &DeniedError{Member: v.me.Member, Capability: policy.Read, On: e.Path.String(), Decision: d}
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
	d.Run = p.Run
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

// unseal decrypts the secret of a version and holds it against header and
// card. Only Reveal and reseal call it, after the log.
func (v *Vault) unseal(e *Entry) (entry.Secret, error) {
	key, err := v.secretKey(e)
	if err != nil {
		return entry.Secret{}, err
	}
	plain, err := statement.Unseal(e.st.Parts[1], key)
	if err != nil {
		return entry.Secret{}, &IntegrityError{e.File, err}
	}
	defer clear(plain)
	if statement.Sum(plain) != e.body.Secret {
		return entry.Secret{}, &IntegrityError{e.File, errors.New("the secret inside is not the one that was signed")}
	}
	secret, err := entry.ParseSecret(plain)
	if err != nil {
		return entry.Secret{}, &IntegrityError{e.File, err}
	}
	if err := secret.Fits(e.Card); err != nil {
		return entry.Secret{}, &IntegrityError{e.File, err}
	}
	return secret, nil
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
	if _, err := v.state.Stat(v.mine(pendingFile)); errors.Is(err, fs.ErrNotExist) {
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
