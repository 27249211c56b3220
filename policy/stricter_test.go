package policy

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawHeads makes two documents that grew apart from one: each is a copy after random changes, or a document of its own.
func drawHeads(t *rapid.T) (base, a, b *Document) {
	base = drawDocument(t)
	return base, drawBranch(t, base), drawBranch(t, base)
}

func drawBranch(t *rapid.T, base *Document) *Document {
	d, other := base.Clone(), drawDocument(t)
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		switch rapid.IntRange(0, 7).Draw(t, "change") {
		case 0:
			d.Safes = other.Safes
			d.Members, d.Roles, d.Govern, d.Duties, d.Acting = other.Members, other.Roles, other.Govern, other.Duties, other.Acting
			d.Audit.Roles, d.Runbooks = other.Audit.Roles, other.Runbooks
		case 1:
			for _, id := range sorted(d.Members) {
				if len(d.Members) > 1 && rapid.Bool().Draw(t, "goes") {
					d.RemoveMember(id)
				}
			}
		case 2:
			for _, id := range sorted(d.Safes) {
				s := d.Safes[id]
				for _, role := range sorted(d.Roles) {
					s.Access[role] = AccessOf(rapid.SliceOfN(rapid.SampledFrom(onSafe()), 1, 4).Draw(t, "caps")...)
				}
			}
		case 3:
			member := rapid.SampledFrom(sorted(d.Members)).Draw(t, "member")
			d.SetRoles(member, some(t, "roles", sorted(d.Roles), 0, 3))
		case 4:
			if devices := d.allDevices(); len(devices) > 1 {
				d.RemoveDevice(rapid.SampledFrom(devices).Draw(t, "device").Device)
			}
		case 5:
			for _, id := range sorted(d.Safes) {
				if now := d.Current(id).Gen; now < MaxGeneration-10 {
					d.AddGeneration(id, Generation{now + 1, drawHash.Draw(t, "recipient")})
				}
			}
		case 6:
			d.Govern.Threshold = rapid.IntRange(1, 3).Draw(t, "threshold")
		case 7:
			d.Acting = nil
		}
	}
	d.Version, d.Issued = base.Version+uint64(rapid.IntRange(1, 3).Draw(t, "more")), drawTime.Draw(t, "issued")
	return d
}

// TestStricterIsExact: a decision holds while there is a fork exactly when both heads give it.
func TestStricterIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, a, b := drawHeads(t)
		d, back := Stricter(a, b), Stricter(b, a)
		now := rapid.SampledFrom([]time.Time{{}, drawTime.Draw(t, "now")}).Draw(t, "when")
		if len(a.Acting) > 0 && rapid.Bool().Draw(t, "in the window") {
			now = a.Acting[0].From
		}
		for _, member := range union(sorted(a.Members), sorted(b.Members)) {
			for _, safe := range union(a.SafeIDs(), b.SafeIDs()) {
				caps, _ := d.CapsAt(member, safe, now)
				for _, c := range append(onSafe(), CanGovern, CanAudit, CanPublish, CanApprove) {
					want := a.DecideAt(member, c, safe, now).Allowed && b.DecideAt(member, c, safe, now).Allowed
					got := d.DecideAt(member, c, safe, now)
					if got.Allowed != want || back.DecideAt(member, c, safe, now).Allowed != want {
						t.Fatalf("%s %s %s: %+v, but both heads say %v", member, c, safe, got, want)
					}
					if c.OnSafe() && slices.Contains(caps, c) != want || got.Why == "" {
						t.Fatalf("%s %s %s: %+v, caps %v", member, c, safe, got, caps)
					}
				}
			}
		}
	})
}

// TestStricterNarrows: people, devices, safes and who holds keys are those of both, numbers the stricter of the two.
func TestStricterNarrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, a, b := drawHeads(t)
		d := Stricter(a, b)
		for _, h := range []*Document{a, b} {
			for id, m := range d.Members {
				for device, one := range m.Devices {
					if h.Members[id].Devices[device].File != one.File {
						t.Fatalf("device %s of %s is not in both", device, id)
					}
				}
			}
			for _, safe := range d.SafeIDs() {
				for _, x := range d.ReadingDevices(safe) {
					if !slices.ContainsFunc(h.ReadingDevices(safe), func(y DeviceOf) bool { return x.Device == y.Device }) {
						t.Fatalf("%v reads %s in one head only", x, safe)
					}
				}
				if s := d.Safes[safe]; s != nil && (s.NeedApprovals() < h.Safes[safe].NeedApprovals() ||
					h.Safes[safe].Grants.Max > 0 && (s.Grants.Max == 0 || s.Grants.Max > h.Safes[safe].Grants.Max)) {
					t.Fatalf("%s: %+v", safe, s)
				}
				if g, ok := d.KeyOfAll(safe); ok && h.Current(safe).Gen > 0 && g.Gen < h.Current(safe).Gen {
					t.Fatalf("%s would be sealed to generation %d", safe, g.Gen)
				}
			}
			if d.Govern.Threshold < h.Govern.Threshold || d.Runbooks.Approvals < h.Runbooks.Approvals {
				t.Fatalf("%+v %+v", d.Govern, d.Runbooks)
			}
			for _, m := range d.Governors() {
				if !contains(h.Governors(), m) {
					t.Fatalf("%s governs in one head only", m)
				}
			}
		}
	})
}

func TestStricterOfOneHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		if Stricter(d) != d {
			t.Fatal("one head is what it is")
		}
		same := Stricter(d, d)
		for _, safe := range d.SafeIDs() {
			if g, ok := same.KeyOfAll(safe); !ok || g != d.Current(safe) || same.Current(safe) != g || !same.SameKeys(safe) {
				t.Fatalf("%s: %v, %v", safe, g, ok)
			}
			if !slices.Equal(same.Readers(safe), d.Readers(safe)) || !slices.Equal(same.ActingReaders(safe), d.ActingReaders(safe)) {
				t.Fatalf("%s: %v %v", safe, same.Readers(safe), same.ActingReaders(safe))
			}
		}
	})
}
