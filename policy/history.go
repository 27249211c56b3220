package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// A History remembers, over a whole chain of versions, what must stay as it was even after it left the policy: whose a
// device is and which file it has, and which generations of a safe were used. The zero value is empty.
type History struct {
	devices map[string]named
	highest map[string]Generation
}

type named struct{ member, file string }

// Add takes in a version. Versions are added from the first on.
func (h *History) Add(d *Document) {
	if h.devices == nil {
		h.devices, h.highest = map[string]named{}, map[string]Generation{}
	}
	for id, m := range d.Members {
		for device, one := range m.Devices {
			if _, known := h.devices[device]; !known {
				h.devices[device] = named{id, one.File}
			}
		}
	}
	for _, safe := range d.SafeIDs() {
		if g := d.Current(safe); g.Gen > h.highest[safe].Gen {
			h.highest[safe] = g
		}
	}
}

// Device says whose a device is or was, and the SHA-256 of its file.
func (h *History) Device(device string) (member, file string, ok bool) {
	n, ok := h.devices[device]
	return n.member, n.file, ok
}

// Devices lists every device ever named, sorted by id.
func (h *History) Devices() []string { return sorted(h.devices) }

// NextGeneration is the lowest number that a safe's next generation may have.
func (h *History) NextGeneration(safe string) uint64 { return h.highest[safe].Gen + 1 }

// Check says what a version, added or not, breaks of what was there before its parent: a device that comes back as another's or
// with another file, a safe that comes back with generations that it used before.
func (h *History) Check(child *Document) []Problem {
	c := checker{d: child}
	for _, id := range sorted(child.Members) {
		for _, device := range sorted(child.Members[id].Devices) {
			if n, known := h.devices[device]; known {
				c.sameDevice(id, device, n.member, n.file)
			}
		}
	}
	for _, safe := range child.SafeIDs() {
		old, now := h.highest[safe], child.Current(safe)
		known := slices.Contains(child.Generations(safe), old)
		if old.Gen > 0 && now.Gen > 0 && now.Gen <= old.Gen && !known {
			c.at(CodeGeneration, strconv.FormatUint(now.Gen, 10), fmt.Sprintf("generation %d of %s was used before: the next is above it", old.Gen, safe),
				append(sectionOf(safe), "generations")...)
		}
	}
	return c.found
}
