package vault

import (
	"errors"
	"fmt"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// sealDue seals what running grants lack and this device can give: the newest
// version of each entry, to each device of the member. It returns how many
// packets it wrote; doing it again writes none. The caller holds the writers' lock.
func (v *Vault) sealDue() (int, error) {
	all, err := v.chosenGrants(actChoice{running: true})
	if err != nil {
		return 0, err
	}
	return v.sealGrants(all, "")
}

// sealGrants seals what of these grants is due, of one entry if id says so.
func (v *Vault) sealGrants(grants []*GrantState, id string) (int, error) {
	var jobs []announcement
	for _, g := range grants {
		if !g.Phase.Running() {
			continue
		}
		more, err := v.packetJobs(g, id)
		if err != nil {
			return 0, err
		}
		jobs = append(jobs, more...)
	}
	return len(jobs), v.announce(jobs...)
}

// packetJobs seals the entries of a grant that lack a packet. What this device
// can't seal, another will; a person is told why.
func (v *Vault) packetJobs(g *GrantState, id string) ([]announcement, error) {
	packets, err := v.packetsOf(g)
	if err != nil {
		return nil, err
	}
	var jobs []announcement
	for _, named := range g.Entries {
		if id != "" && named.ID != id || !v.maySeal(named.Safe) {
			continue
		}
		more, err := v.entryJobs(g, named, packets)
		if cannot := new(cannotSeal); errors.As(err, &cannot) {
			v.warn("grant-not-sealed", "id", g.Short(), "path", named.Path, "why", cannot.err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	return jobs, nil
}

// maySeal reports whether this member's packets of a safe count.
func (v *Vault) maySeal(safe string) bool {
	now := v.now()
	return v.policy.Doc.DecideAt(v.me.Member, policy.Grant, safe, now).Allowed ||
		v.policy.Doc.DecideAt(v.me.Member, policy.Write, safe, now).Allowed
}

// cannotSeal says why an entry can't be sealed by this device now.
type cannotSeal struct{ err error }

func (e *cannotSeal) Error() string { return e.err.Error() }
func (e *cannotSeal) Unwrap() error { return e.err }

// entryJobs seals one entry of a grant to the devices that lack it.
func (v *Vault) entryJobs(g *GrantState, named GrantEntry, packets []*packet) ([]announcement, error) {
	e, err := v.soleByID(named.ID)
	if err != nil {
		return nil, asCannot(err)
	}
	devices := v.lacking(g, e, packets)
	if e.Deleted || len(devices) == 0 {
		return nil, nil
	}
	if _, err := v.secretKey(e); err != nil {
		return nil, asCannot(err)
	}
	plain, err := v.resealPlain(e, g)
	if err != nil {
		return nil, asCannot(err)
	}
	defer clear(plain)
	var jobs []announcement
	for len(devices) > 0 {
		n := min(len(devices), statement.MaxParts)
		job, err := v.packetJob(g, e, devices[:n], plain)
		if err != nil {
			return nil, asCannot(err)
		}
		jobs, devices = append(jobs, job), devices[n:]
	}
	return jobs, nil
}

// asCannot marks what concerns one entry; failures of the disk, of the log and
// of the local state are passed on as they are.
func asCannot(err error) error {
	var conflict *ConflictError
	var back *RollbackError
	var none *NotFoundError
	if errors.As(err, &conflict) || errors.As(err, &back) || errors.As(err, &none) || errors.Is(err, ErrNoKey) ||
		errors.Is(err, store.ErrNotExist) || errors.As(refuse(err), new(*refusal)) {
		return &cannotSeal{err}
	}
	return err
}

// soleByID is sole by an entry's id.
func (v *Vault) soleByID(id string) (*Entry, error) {
	e, siblings, err := v.findID(id, entry.Path{}, false)
	if err != nil {
		return nil, err
	}
	if len(siblings) > 0 {
		return nil, conflictOf(e, siblings)
	}
	return e, nil
}

// packetJob seals a version's plaintext to up to statement.MaxParts devices,
// which are in ascending order.
func (v *Vault) packetJob(g *GrantState, e *Entry, devices []string, plain []byte) (announcement, error) {
	body := statement.Packet{About: g.ID, To: g.Member, Safe: e.body.Safe, ID: e.body.ID, Version: e.Version,
		Secret: e.body.Secret, Statement: e.Hash, NotAfter: g.Until}
	job := announcement{op: "packet.issue", object: fmt.Sprintf("%s@%d", e.body.ID, e.Version), grant: g.Short(),
		details: map[string]any{"path": e.Path.String(), "member": g.Member}}
	for _, device := range devices {
		recipient, err := v.deviceRecipient(v.policy.Doc, g.Member, device)
		if err != nil {
			return announcement{}, err
		}
		part, err := statement.Seal(plain, recipient)
		if err != nil {
			return announcement{}, err
		}
		job.parts = append(job.parts, part)
		body.Parts = append(body.Parts, statement.PacketPart{Device: device, Hash: statement.Sum(part)})
	}
	job.header = func(c statement.Common) (statement.Header, error) {
		body.Common = c
		return body.Header()
	}
	job.name = func(_ statement.Common, hash statement.Hash) string {
		return store.PacketName(g.Short(), hash.Short())
	}
	return job, nil
}

// reissue seals a new version for the grants that run. The version is written
// whatever becomes of it: what is not sealed now, somebody's sync will seal.
func (v *Vault) reissue(id string) {
	grants, err := v.chosenGrants(actChoice{id: id, running: true})
	if err == nil {
		_, err = v.sealGrants(grants, id)
	}
	if err != nil {
		v.warn("grants-not-sealed", "why", err.Error())
	}
}

// leftBehind warns of the running grants of an entry that has another path now.
func (v *Vault) leftBehind(old *Entry, to entry.Path) {
	grants, err := v.grantStates(old.body.ID)
	if err != nil {
		v.warn("grants-not-sealed", "why", err.Error())
	}
	for _, g := range grants {
		if g.Phase.Open() {
			v.warn("grant-not-moved", "id", g.Short(), "member", g.Member, "path", old.Path.String(), "to", to.String())
		}
	}
}
