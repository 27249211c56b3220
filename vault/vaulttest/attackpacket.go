package vaulttest

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// forgedSecret is a secret of an entry's newest version with the password Forged.
func (t *Team) forgedSecret(member, path string) ([]byte, error) {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return nil, err
	}
	e, _, err := v.Show(ParsePath(path), false)
	if err != nil {
		return nil, err
	}
	fields := entry.Fields{}
	for _, name := range e.Card.Fields {
		fields = fields.Set(name, entry.NewValue([]byte(Forged)))
	}
	secret, err := entry.NewSecret(e.Card.Binding, fields, rand.Reader)
	if err != nil {
		return nil, err
	}
	return secret.Encode()
}

// onlyGranter makes Anna somebody who may read and grant in billing, and not write.
func (t *Team) onlyGranter() error {
	access, err := policy.ParseAccess("read+grant")
	if err != nil {
		return err
	}
	return t.Govern(func(d *policy.Document) {
		d.Roles["granter"] = &policy.Role{}
		d.Safes["billing"].Access["granter"] = access
		d.Members["anna"].Roles = []string{"granter"}
	})
}

// forge has somebody write a packet of Ivan's grant, changed, with forged content.
func (t *Team) forge(by, to string, body statement.Packet) error {
	plain, err := t.forgedSecret(by, Hosting)
	if err != nil {
		return err
	}
	device, recipient, err := t.Recipient(t.Person(to))
	if err != nil {
		return err
	}
	part, err := statement.Seal(plain, recipient)
	if err != nil {
		return err
	}
	body.Parts = []statement.PacketPart{{Device: device}}
	return t.CommitPacket(t.Person(by), body, part)
}

// dropHonest removes a packet from all copies.
func (t *Team) dropHonest(name string) error {
	for _, p := range t.People {
		if err := os.Remove(filepath.Join(p.Dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// PacketContentForged: Anna may grant and not write. She puts a packet with a
// password of her own in the place of Maria's.
func PacketContentForged(t *Team) error {
	name, body, err := t.grantedByMaria()
	if err != nil {
		return err
	}
	if err := t.forge("anna", "ivan", body); err != nil {
		return err
	}
	return t.dropHonest(name)
}

// PacketContentForgedFirst is the same, with Maria's packet beside it, behind by name.
func PacketContentForgedFirst(t *Team) error {
	honest, body, err := t.grantedByMaria()
	if err != nil {
		return err
	}
	for {
		if err := t.forge("anna", "ivan", body); err != nil {
			return err
		}
		if first, _, _, err := t.Packet(t.Person("ivan")); err != nil || first != honest {
			return err
		}
	}
}

// grantedByMaria is Maria's packet of a grant to Ivan of four hours.
func (t *Team) grantedByMaria() (string, statement.Packet, error) {
	if err := t.onlyGranter(); err != nil {
		return "", statement.Packet{}, err
	}
	if _, err := t.AskAndApprove(4); err != nil {
		return "", statement.Packet{}, err
	}
	name, body, _, err := t.Packet(t.Person("maria"))
	return name, body, err
}

// resealed signs Maria's packet of Ivan's grant anew as Anna, changed.
func (t *Team) resealed(by string, change func(*statement.Packet)) error {
	name, body, parts, err := t.Packet(t.Person("maria"))
	if err != nil {
		return err
	}
	change(&body)
	if err := t.CommitPacket(t.Person(by), body, parts...); err != nil {
		return err
	}
	return t.dropHonest(name)
}

func farAway(p *statement.Packet) { p.NotAfter = p.NotAfter.Add(10 * 365 * 24 * time.Hour) }

// PacketAfterEnd: the grant is over; Anna seals a packet that lasts ten years.
func PacketAfterEnd(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	t.Pass(5 * time.Hour)
	return t.resealed("anna", farAway)
}

// PacketWithoutEnd: while the grant runs Anna seals a packet that lasts ten
// years; then the grant ends.
func PacketWithoutEnd(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	if err := t.resealed("anna", farAway); err != nil {
		return err
	}
	t.Pass(5 * time.Hour)
	return nil
}

// PacketWithoutGrant: Ivan's request waits; Anna, without approving it, seals a
// packet, as if somebody had.
func PacketWithoutGrant(t *Team) error {
	first, err := t.AskAndApprove(4)
	if err != nil {
		return err
	}
	v, err := t.Open(t.Person("maria"))
	if err != nil {
		return err
	}
	if _, err := v.Revoke(first.ID.String(), ""); err != nil {
		return err
	}
	if err := t.Spread(); err != nil {
		return err
	}
	second, err := t.Ask(4)
	if err != nil {
		return err
	}
	return t.resealed("anna", func(p *statement.Packet) { p.About = second.ID })
}

// PacketForOtherMember: Anna seals Ivan's grant to Oleg.
func PacketForOtherMember(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	_, body, _, err := t.Packet(t.Person("maria"))
	if err != nil {
		return err
	}
	body.To = "oleg"
	return t.forge("anna", "oleg", body)
}

// PacketForOtherDevice: what is sealed to Ivan's device is said to be for Oleg's.
func PacketForOtherDevice(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	device, _, err := t.Recipient(t.Person("oleg"))
	if err != nil {
		return err
	}
	return t.resealed("anna", func(p *statement.Packet) { p.Parts[0].Device = device })
}

// PacketByAgent: Oleg, who may neither grant nor write, passes a packet on as his.
func PacketByAgent(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	return t.resealed("oleg", func(*statement.Packet) {})
}

// PacketOfOtherEntry: Anna's packet of Ivan's grant says that it holds Wifi.
func PacketOfOtherEntry(t *Team) error {
	if _, err := t.AskAndApprove(4); err != nil {
		return err
	}
	v, err := t.Open(t.Person("anna"))
	if err != nil {
		return err
	}
	e, _, err := v.Show(ParsePath(Wifi), false)
	if err != nil {
		return err
	}
	return t.resealed("anna", func(p *statement.Packet) {
		p.Safe, p.ID, p.Version, p.Statement = e.Path.Safe(), e.Card.ID, e.Version, e.Hash
	})
}
