package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Clone copies the document deeply.
func (d *Document) Clone() *Document {
	c := *d
	c.Prev = slices.Clone(d.Prev)
	c.Govern.Roles = slices.Clone(d.Govern.Roles)
	c.Govern.Succession = clone(d.Govern.Succession)
	if s := c.Govern.Succession; s != nil {
		s.Of = slices.Clone(s.Of)
	}
	c.Audit.Roles, c.Audit.Generations = slices.Clone(d.Audit.Roles), slices.Clone(d.Audit.Generations)
	c.Catalogue.Generations = slices.Clone(d.Catalogue.Generations)
	c.Runbooks.Publish, c.Runbooks.Approve = slices.Clone(d.Runbooks.Publish), slices.Clone(d.Runbooks.Approve)
	c.Members = cloneEach(d.Members, func(m *Member) {
		m.Roles, m.Devices = slices.Clone(m.Roles), maps.Clone(m.Devices)
	})
	c.Roles = cloneEach(d.Roles, func(r *Role) { r.Title = maps.Clone(r.Title) })
	c.Safes = cloneEach(d.Safes, func(s *Safe) {
		s.Title, s.Access, s.Generations, s.Quorum = maps.Clone(s.Title), maps.Clone(s.Access), slices.Clone(s.Generations), clone(s.Quorum)
		if s.Quorum != nil {
			s.Quorum.Of = slices.Clone(s.Quorum.Of)
		}
	})
	c.Duties = cloneEach(d.Duties, func(u *Duty) {
		u.Title, u.Due = maps.Clone(u.Title), clone(u.Due)
		u.Deputies, u.Safes, u.Runbooks = slices.Clone(u.Deputies), slices.Clone(u.Safes), slices.Clone(u.Runbooks)
		if u.Due != nil {
			u.Due.Remind = slices.Clone(u.Due.Remind)
		}
	})
	c.Acting = slices.Clone(d.Acting)
	for i := range c.Acting {
		c.Acting[i].Roles, c.Acting[i].Duties = slices.Clone(c.Acting[i].Roles), slices.Clone(c.Acting[i].Duties)
	}
	return &c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func cloneEach[T any](m map[string]*T, deepen func(*T)) map[string]*T {
	if m == nil {
		return nil
	}
	out := make(map[string]*T, len(m))
	for id, one := range m {
		out[id] = clone(one)
		deepen(out[id])
	}
	return out
}

// Next is a copy of the document that follows it: its number plus one, and prev naming the SHA-256 of this one's bytes.
func (d *Document) Next(hash string, issued time.Time) *Document {
	c := d.Clone()
	c.Version, c.Prev, c.Nonce, c.Issued = d.Version+1, []string{hash}, "", issued.UTC().Truncate(time.Second)
	return c
}

// First holds what [NewFirst] needs.
type First struct {
	Name       string // of the vault
	Nonce      string // 64 random hex digits
	Issued     time.Time
	Member     string // id of the founder
	MemberName string
	Device     string // id of the founder's device
	DeviceFile Device
	Roles      map[string]*Role // at least GovernRole
	GovernRole string           // the founder's role: governs and publishes runbooks
	AuditRoles []string
	Approve    []string // roles that approve runbooks
	Catalogue  Generation
	Audit      Generation
	Safes      map[string]*Safe // with their generations
}

// NewFirst makes a vault's first version: one member, who governs, with one device. Encode says what it lacks.
func NewFirst(f First) *Document {
	d := &Document{Format: Format, Version: 1, Issued: f.Issued.UTC().Truncate(time.Second), Name: f.Name, Nonce: f.Nonce,
		Govern:    Govern{Roles: []string{f.GovernRole}, Threshold: 1},
		Audit:     AuditRules{Roles: f.AuditRoles, Generations: []Generation{f.Audit}},
		Catalogue: CatalogueRules{Generations: []Generation{f.Catalogue}},
		Runbooks:  RunbookRules{Publish: []string{f.GovernRole}, Approve: f.Approve},
		Members: map[string]*Member{f.Member: {Name: f.MemberName, Roles: []string{f.GovernRole},
			Devices: map[string]Device{f.Device: f.DeviceFile}}},
		Roles: f.Roles, Safes: f.Safes}
	return d.Clone()
}

// AddGeneration appends a generation to a safe and takes the mark `renew` away. Its number must be above the safe's newest, and above every number
// that an abandoned draft used.
func (d *Document) AddGeneration(safe string, g Generation) error {
	if newest := d.Current(safe).Gen; g.Gen <= newest {
		return fmt.Errorf("generation %d of %s is not above %d", g.Gen, safe, newest)
	}
	if !builtIn(safe) && d.Safes[safe] == nil {
		return fmt.Errorf("there is no safe %q", safe)
	}
	d.setGenerations(safe, append(d.Generations(safe), g))
	d.setRenew(safe, false)
	return nil
}

// MarkRenew marks the safes that a device lost since the parent and that got no new generation, and returns them, sorted.
// Call it last, when the document is otherwise as it will be signed.
func (d *Document) MarkRenew(parent *Document) []string {
	var marked []string
	for _, safe := range sorted(LostDevices(parent, d)) {
		if !d.stale(parent, safe) {
			continue
		}
		d.setRenew(safe, true)
		marked = append(marked, safe)
	}
	return marked
}

func (d *Document) setGenerations(safe string, list []Generation) {
	switch s := d.Safes[safe]; {
	case safe == Catalogue:
		d.Catalogue.Generations = list
	case safe == Audit:
		d.Audit.Generations = list
	case s != nil:
		s.Generations = list
	}
}

// SetRenew marks a safe whose key a holder must renew before anything is written to it.
func (d *Document) SetRenew(safe string) { d.setRenew(safe, true) }

func (d *Document) setRenew(safe string, renew bool) {
	switch s := d.Safes[safe]; {
	case safe == Catalogue:
		d.Catalogue.Renew = renew
	case safe == Audit:
		d.Audit.Renew = renew
	case s != nil:
		s.Renew = renew
	}
}

func byNumber(a, b Generation) int {
	return cmp.Or(cmp.Compare(a.Gen, b.Gen), strings.Compare(a.Recipient, b.Recipient))
}
