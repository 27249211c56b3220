package policy

import (
	"slices"
)

// Governors lists the members who can govern: with a role that governs, and a device to sign with. Sorted. Acting
// governors are not among them.
func (d *Document) Governors() []string {
	if len(d.Heads) > 0 {
		return d.withDevice(inAll(d, (*Document).Governors))
	}
	return d.able(d.Govern.Roles)
}

// Auditors lists the members with a role that audits and a device. Sorted.
func (d *Document) Auditors() []string {
	if len(d.Heads) > 0 {
		return d.withDevice(inAll(d, (*Document).Auditors))
	}
	return d.able(d.Audit.Roles)
}

// able lists the members with a device and one of the roles.
func (d *Document) able(roles []string) []string {
	var list []string
	for _, id := range sorted(d.Members) {
		if m := d.Members[id]; len(m.Devices) > 0 && slices.ContainsFunc(m.Roles, func(r string) bool { return contains(roles, r) }) {
			list = append(list, id)
		}
	}
	return list
}

// MemberOf finds whose device it is.
func (d *Document) MemberOf(device string) (member string, ok bool) {
	for id, m := range d.Members {
		if _, ok := m.Devices[device]; ok {
			return id, true
		}
	}
	return "", false
}

// Device finds a device by its id.
func (d *Document) Device(device string) (Device, bool) {
	for _, m := range d.Members {
		if found, ok := m.Devices[device]; ok {
			return found, true
		}
	}
	return Device{}, false
}

// Safe finds a safe by its id, or by one of its titles in any case of letters. The built-in safes are known by their
// ids and have no Safe.
func (d *Document) Safe(idOrTitle string) (id string, safe *Safe, ok bool) {
	if s := d.Safes[idOrTitle]; s != nil {
		return idOrTitle, s, true
	}
	if builtIn(idOrTitle) {
		return idOrTitle, nil, true
	}
	name := fold(idOrTitle)
	for _, id := range sorted(d.Safes) {
		for _, title := range d.Safes[id].Title {
			if fold(title) == name {
				return id, d.Safes[id], true
			}
		}
	}
	return "", nil, false
}

func builtIn(safe string) bool { return safe == Catalogue || safe == Audit }

// SafeIDs lists every safe, the built-in ones last.
func (d *Document) SafeIDs() []string { return append(sorted(d.Safes), Audit, Catalogue) }

// Generations lists the generations of a safe that are in use, newest last. The slice is the document's own.
func (d *Document) Generations(safe string) []Generation {
	switch s := d.Safes[safe]; {
	case safe == Catalogue:
		return d.Catalogue.Generations
	case safe == Audit:
		return d.Audit.Generations
	case s != nil:
		return s.Generations
	}
	return nil
}

// Current is the newest generation of a safe: Gen is 0 when nobody has made a key yet.
func (d *Document) Current(safe string) Generation {
	list := d.Generations(safe)
	if len(list) == 0 {
		return Generation{}
	}
	return list[len(list)-1]
}

// Renewing reports a safe whose key must be renewed before anything is written to it.
func (d *Document) Renewing(safe string) bool {
	switch s := d.Safes[safe]; {
	case safe == Catalogue:
		return d.Catalogue.Renew
	case safe == Audit:
		return d.Audit.Renew
	default:
		return s != nil && s.Renew
	}
}

// Readers lists the members whose roles let them read a safe and who have a device to hold its keys. Sorted. Who reads only by acting is
// not among them: see ActingReaders.
func (d *Document) Readers(safe string) []string {
	return d.holders(safe, func(member string) bool { return d.Allows(member, Read, safe) })
}

// ActingReaders lists the members with a device who read a safe only by an acting row, whatever its window: they receive keys when they accept.
func (d *Document) ActingReaders(safe string) []string {
	if len(d.Heads) > 0 {
		may := inAll(d, func(h *Document) []string { return append(h.Readers(safe), h.ActingReaders(safe)...) })
		return d.withDevice(slices.DeleteFunc(may, func(m string) bool { return contains(d.Readers(safe), m) }))
	}
	return d.holders(safe, func(member string) bool {
		lines := d.safeLines(member, safe, anyTime)
		return slices.ContainsFunc(lines, gives(Read)) && !slices.ContainsFunc(lines, func(l line) bool { return l.acting == nil && gives(Read)(l) })
	})
}

func (d *Document) holders(safe string, reads func(member string) bool) []string {
	var list []string
	for _, id := range sorted(d.Members) {
		if len(d.Members[id].Devices) > 0 && reads(id) {
			list = append(list, id)
		}
	}
	return list
}

// A DeviceOf is a device with its owner.
type DeviceOf struct{ Member, Device, Label string }

// ReadingDevices lists the devices that may hold a safe's keys: those of Readers and of ActingReaders.
func (d *Document) ReadingDevices(safe string) []DeviceOf {
	var list []DeviceOf
	readers := append(d.Readers(safe), d.ActingReaders(safe)...)
	slices.Sort(readers)
	for _, member := range readers {
		devices := d.Members[member].Devices
		for _, id := range sorted(devices) {
			list = append(list, DeviceOf{member, id, devices[id].Label})
		}
	}
	return list
}
