package policy

import (
	"fmt"
	"slices"

	"opsvault/policy/strictyaml"
)

// An Effect is what a change of policy means for people. Lists are sorted; what did not change is empty.
type Effect struct {
	MembersAdded, MembersRemoved     []string
	RolesAdded, RolesRemoved         []string
	SafesAdded, SafesRemoved         []string
	DevicesAdded, DevicesRemoved     []DeviceOf
	GovernorsAdded, GovernorsRemoved []string
	AuditorsAdded, AuditorsRemoved   []string
	ThresholdOld, ThresholdNew       int // both 0 when it did not change
	Access                           []AccessChange
	Generations                      []GenerationChange
	Lines                            []LineChange // every changed line of the policy, also those that the lists above speak of
}

// An AccessChange is what one member gains and loses on one safe, counting roles that are handed over by acting rows, whatever
// their windows. The built-in safes are among them.
type AccessChange struct {
	Member, Safe string
	Gains, Loses []Capability
	Via          string // the lines that give what the member has now
}

// A GenerationChange is what happens to a safe's keys.
type GenerationChange struct {
	Safe           string
	Added, Retired []uint64
	Renew          bool // marked now
}

// A LineChange is one value of the policy. Old or New is "" where the line is not there.
type LineChange struct{ Path, Old, New string }

// Empty reports that nothing changed but what changes in every version: number, parents, time, nonce.
func (e Effect) Empty() bool { return len(e.Lines) == 0 }

// Diff says what changes from one document to another. Both are of the form that [Document.Check] wants.
func Diff(old, new *Document) Effect {
	var e Effect
	e.MembersAdded, e.MembersRemoved = compare(sorted(old.Members), sorted(new.Members))
	e.RolesAdded, e.RolesRemoved = compare(sorted(old.Roles), sorted(new.Roles))
	e.SafesAdded, e.SafesRemoved = compare(sorted(old.Safes), sorted(new.Safes))
	e.DevicesAdded, e.DevicesRemoved = compare(old.allDevices(), new.allDevices())
	e.GovernorsAdded, e.GovernorsRemoved = compare(old.Governors(), new.Governors())
	e.AuditorsAdded, e.AuditorsRemoved = compare(old.Auditors(), new.Auditors())
	if old.Govern.Threshold != new.Govern.Threshold {
		e.ThresholdOld, e.ThresholdNew = old.Govern.Threshold, new.Govern.Threshold
	}
	members := union(sorted(old.Members), sorted(new.Members))
	for _, safe := range union(old.SafeIDs(), new.SafeIDs()) {
		for _, member := range members {
			e.access(old, new, member, safe)
		}
		e.generations(old, new, safe)
	}
	e.Lines = lineChanges(old, new)
	return e
}

func (e *Effect) access(old, new *Document, member, safe string) {
	had, _ := old.caps(member, safe, anyTime)
	has, via := new.caps(member, safe, anyTime)
	if gains, loses := compare(had, has); len(gains)+len(loses) > 0 {
		e.Access = append(e.Access, AccessChange{member, safe, gains, loses, via})
	}
}

func (e *Effect) generations(old, new *Document, safe string) {
	numbers := func(list []Generation) (out []uint64) {
		for _, g := range list {
			out = append(out, g.Gen)
		}
		return out
	}
	added, retired := compare(numbers(old.Generations(safe)), numbers(new.Generations(safe)))
	if renew := new.Renewing(safe) && !old.Renewing(safe); renew || len(added)+len(retired) > 0 {
		e.Generations = append(e.Generations, GenerationChange{safe, added, retired, renew})
	}
}

func (d *Document) allDevices() []DeviceOf {
	var list []DeviceOf
	for _, member := range sorted(d.Members) {
		for _, id := range sorted(d.Members[member].Devices) {
			list = append(list, DeviceOf{member, id, ""})
		}
	}
	return list
}

// compare returns what is only in the second and what is only in the first list, in their order.
func compare[T comparable](old, new []T) (added, removed []T) {
	for _, x := range new {
		if !slices.Contains(old, x) {
			added = append(added, x)
		}
	}
	for _, x := range old {
		if !slices.Contains(new, x) {
			removed = append(removed, x)
		}
	}
	return added, removed
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// lineChanges compares every value of the two documents as they would be written.
func lineChanges(old, new *Document) []LineChange {
	before, after := leaves(old), leaves(new)
	var list []LineChange
	for _, path := range union(sorted(before), sorted(after)) {
		if before[path] != after[path] {
			list = append(list, LineChange{path, before[path], after[path]})
		}
	}
	return list
}

// leaves flattens a document into path and value. What changes in every version is left out.
func leaves(d *Document) map[string]string {
	out := map[string]string{}
	text, err := strictyaml.Encode(d)
	if err != nil {
		return map[string]string{"": fmt.Sprintf("%p: %v", d, err)} // never equal to another document
	}
	root, err := strictyaml.Parse(text, len(text))
	if err != nil {
		return map[string]string{"": string(text)} // too large to be taken apart
	}
	flatten(root, "", out)
	for _, key := range []string{"version", "prev", "issued", "nonce"} {
		delete(out, key)
	}
	return out
}

// flatten joins lists of texts into one line: their order counts, their indexes mean nothing.
func flatten(n *strictyaml.Node, path string, out map[string]string) {
	switch {
	case n.Kind == strictyaml.KindScalar:
		out[path] = n.Text
	case len(n.Items) == 0:
		out[path] = map[strictyaml.Kind]string{strictyaml.KindMap: "{}", strictyaml.KindList: "[]"}[n.Kind]
	case n.Kind == strictyaml.KindMap:
		for i, key := range n.Keys {
			flatten(n.Items[i], dotted(path, key.Text), out)
		}
	default:
		texts := ""
		for i, item := range n.Items {
			if item.Kind != strictyaml.KindScalar {
				flatten(item, dotted(path, itemName(item, i)), out)
				continue
			}
			texts += ", " + item.Text
		}
		if texts != "" {
			out[path] = texts[2:]
		}
	}
}

// itemName names an item of a list by what identifies it.
func itemName(item *strictyaml.Node, i int) string {
	for _, key := range []string{"id", "gen"} {
		if value := item.Value(key); value != nil {
			return value.Text
		}
	}
	return index(i)
}

func dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
