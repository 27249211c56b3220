package vault

import (
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A packet is an entry's secret, sealed to the devices of a member for a grant.
type packet struct {
	file string
	st   *statement.Statement
	body statement.Packet
}

// part is what is sealed to a device; nil if nothing is.
func (p *packet) part(device string) []byte {
	for i, part := range p.body.Parts {
		if part.Device == device {
			return p.st.Parts[i]
		}
	}
	return nil
}

// packetsOf returns the packets of a grant that count. What doesn't is left
// out, with a warning.
func (v *Vault) packetsOf(g *GrantState) ([]*packet, error) {
	dir := "packets/" + g.ID.Short()
	items, err := v.dir.List(dir)
	if err != nil {
		return nil, err
	}
	var list []*packet
	for _, item := range items {
		name := dir + "/" + item.Name
		if n, ok := store.ParseName(name); !ok || n.Form != store.FormPacket || n.Newcomer != "" {
			continue
		}
		p, err := v.readPacket(name, g)
		if err == nil {
			list = append(list, p)
		} else if err := v.leavePacketOut(name, err); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (v *Vault) leavePacketOut(name string, err error) error {
	var transit *TransitError
	switch {
	case !errors.As(refuse(err), new(*refusal)):
		return err
	case errors.As(err, &transit):
		v.warn("packet-in-transit", "file", name, "why", err.Error())
	default:
		v.warn("packet-refused", "file", name, "why", err.Error())
	}
	return nil
}

// readPacket verifies a packet up to what can be seen without opening it.
func (v *Vault) readPacket(name string, g *GrantState) (*packet, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return nil, err
	}
	body, err := statement.ParsePacket(st.Header)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	if err := v.checkCommon(name, st, body.Common); err != nil {
		return nil, err
	}
	switch {
	case body.About != g.ID:
		return nil, &IntegrityError{name, errors.New("it is about another act")}
	case body.To != g.Member:
		return nil, &IntegrityError{name, fmt.Errorf("it is for %s, the grant for %s", body.To, g.Member)}
	case !slices.ContainsFunc(g.Entries, func(e GrantEntry) bool { return e.ID == body.ID && e.Safe == body.Safe }):
		return nil, &IntegrityError{name, errors.New("it holds an entry that the grant doesn't name")}
	}
	doc, err := v.docAt(body.Policy)
	if err != nil {
		return nil, &IntegrityError{name, err}
	}
	for _, part := range body.Parts {
		if !holdsDevice(doc, body.To, part.Device) {
			return nil, &IntegrityError{name, fmt.Errorf("it is sealed to device %s, which was not %s's", part.Device, body.To)}
		}
	}
	return &packet{name, st, body}, v.sealerStands(body)
}

// sealerStands reports whether the author of a packet had, and has, the right
// to seal it: whoever may grant, or write, on the safe.
func (v *Vault) sealerStands(body statement.Packet) error {
	err := v.stands(body.Common, policy.Grant, body.Safe)
	if err == nil {
		return nil
	}
	if v.stands(body.Common, policy.Write, body.Safe) == nil {
		return nil
	}
	return err
}

// packetEntry finds the version that a packet says it holds: a version of that
// entry, by somebody who could write it.
func (v *Vault) packetEntry(p *packet) (*Entry, error) {
	files, err := v.versionsOf(p.body.ID)
	if err != nil {
		return nil, err
	}
	pin, err := v.pins.Get(p.body.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.number != p.body.Version {
			continue
		}
		e, err := v.readEntry(f, pin)
		if errors.As(err, new(*refusal)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if e.Hash == p.body.Statement && e.body.Secret == p.body.Secret && e.body.Safe == p.body.Safe {
			return e, nil
		}
	}
	return nil, &IntegrityError{p.file, fmt.Errorf("the version %d that it holds is not here, or does not count", p.body.Version)}
}

// isSealed reports whether every entry of a grant has a packet, of whatever version.
func (v *Vault) isSealed(g *GrantState) (bool, error) {
	packets, err := v.packetsOf(g)
	if err != nil {
		return false, err
	}
	for _, e := range g.Entries {
		if !slices.ContainsFunc(packets, func(p *packet) bool { return p.body.ID == e.ID }) {
			return false, nil
		}
	}
	return true, nil
}

// lacking lists the devices of a grant's member that have no packet of a
// version which lasts as long as the grant.
func (v *Vault) lacking(g *GrantState, e *Entry, packets []*packet) []string {
	member := v.policy.Doc.Members[g.Member]
	if member == nil {
		return nil
	}
	var list []string
	for device := range member.Devices {
		has := func(p *packet) bool {
			return p.body.Statement == e.Hash && p.part(device) != nil && !p.body.NotAfter.Before(g.Until)
		}
		if !slices.ContainsFunc(packets, has) {
			list = append(list, device)
		}
	}
	slices.Sort(list)
	return list
}
