package vault

import (
	"errors"
	"fmt"

	"opsvault/vault/statement"
)

// sentPackets reports whether any packet is here.
func (v *Vault) sentPackets() bool {
	items, err := v.dir.List("packets")
	return err == nil && len(items) > 0
}

// packets opens what was sealed to this device for grants, and holds it
// against the version that it claims to be. What does not count for another
// reason is left to those who judge packets.
func (x *examination) packets() error {
	mine, err := x.v.unlocked()
	if err != nil {
		return err
	}
	key, err := mine.Age()
	if err != nil {
		return err
	}
	grants, err := x.v.Grants(GrantFilter{Member: x.v.me.Member})
	if err != nil {
		return ofVault(err)
	}
	for _, g := range grants {
		list, err := x.v.packetsOf(g)
		if err != nil {
			return ofVault(err)
		}
		for _, p := range list {
			part := p.part(x.v.me.Device)
			if part == nil || x.bad[p.file] {
				continue
			}
			e, err := x.v.packetEntry(p)
			switch {
			case errors.As(refuse(err), new(*refusal)):
				continue // of a version that isn't here
			case err != nil:
				return ofVault(err)
			}
			if why := soundSecret(part, key, p.body.Secret, e.Card); why != "" {
				x.find(packetAilment(p.body, p.file, e.Path.String(), why))
			}
		}
	}
	return nil
}

func packetAilment(body statement.Packet, file, path, why string) Ailment {
	return Ailment{Code: PacketWrong, File: file, What: why, Args: map[string]string{
		"member": body.Author, "path": path, "version": fmt.Sprint(body.Version)}}
}
