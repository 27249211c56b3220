package vault

import (
	"testing"
	"time"
)

// One entry with two versions, Ivan, who held generation 1 and lost it with
// policy 5, and what is changed of that.
func oneCredential(edit func(*rotationFacts)) *rotationFacts {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	old, fresh := keyID{"telephony", 1, "a"}, keyID{"telephony", 2, "b"}
	f := &rotationFacts{
		credentials: []credential{{path: "telephony/pbx", kind: "sip", entries: []entryLine{{"telephony", "id", []versionFact{
			{1, old, 3, at(1)}, {2, fresh, 5, at(6)},
		}}}}},
		knowers: []*knower{{member: "ivan", packets: map[entryAt]time.Time{}, devices: map[string]*reach{
			"device": {keys: map[keyID]bool{old: true}, opened: map[entryAt]time.Time{}},
		}}},
		reads:   func(string, string) bool { return false },
		granted: func(string, string) bool { return false },
		lost:    func(string, string) loss { return loss{5, at(5)} },
		dropped: func(string) loss { return loss{5, at(5)} },
		changed: map[ackKey]uint64{}, waived: map[ackKey][]waived{},
	}
	edit(f)
	return f
}

func TestRotationRules(t *testing.T) {
	version := func(f *rotationFacts, i int) *versionFact { return &f.credentials[0].entries[0].versions[i] }
	device := func(f *rotationFacts) *reach { return f.knowers[0].devices["device"] }
	tests := []struct {
		name    string
		edit    func(*rotationFacts)
		why     string // empty: no row
		risk    string
		changed uint64
	}{
		{"changed since", func(*rotationFacts) {}, RotateOpenable, RiskLow, 2},
		{"not changed since", func(f *rotationFacts) { version(f, 1).policy = 4 }, RotateOpenable, RiskLow, 0},
		{"changed, and sealed to the old key", func(f *rotationFacts) { version(f, 1).key = version(f, 0).key }, RotateOpenable, RiskLow, 0},
		{"the new version was opened", func(f *rotationFacts) { device(f).opened[entryAt{"id", 2}] = version(f, 1).time }, RotateOpened, RiskHigh, 0},
		{"the new version was sealed to a packet", func(f *rotationFacts) { f.knowers[0].packets[entryAt{"id", 2}] = version(f, 0).time }, RotateOpenable, RiskLow, 0},
		{"done", func(f *rotationFacts) { f.changed[ackKey{"id", "ivan"}] = 2 }, "", "", 0},
		{"done for somebody else", func(f *rotationFacts) { f.changed[ackKey{"id", "oleg"}] = 2 }, RotateOpenable, RiskLow, 2},
		{"done with a version that he could open", func(f *rotationFacts) { f.changed[ackKey{"id", "ivan"}] = 1 }, RotateOpenable, RiskLow, 2},
		{"he reads it", func(f *rotationFacts) { f.reads = func(string, string) bool { return true } }, "", "", 0},
		{"a grant runs", func(f *rotationFacts) { f.granted = func(string, string) bool { return true } }, "", "", 0},
		{"he reads it, and lost a device", func(f *rotationFacts) {
			f.reads = func(string, string) bool { return true }
			device(f).gone = true
		}, RotateOpenable, RiskLow, 2},
		{"he could never open it", func(f *rotationFacts) { device(f).keys = nil }, "", "", 0},
		{"opened", func(f *rotationFacts) { device(f).opened[entryAt{"id", 1}] = version(f, 0).time }, RotateOpened, RiskHigh, 2},
		{"opened long ago", func(f *rotationFacts) { device(f).opened[entryAt{"id", 1}] = version(f, 0).time.AddDate(-2, 0, 0) }, RotateOpened, RiskMedium, 2},
		{"a bank", func(f *rotationFacts) { f.credentials[0].kind = "bank" }, RotateOpenable, RiskMedium, 2},
		{"deleted before", func(f *rotationFacts) {
			f.credentials[0].deleted = true
			*version(f, 1) = versionFact{2, keyID{}, 4, version(f, 1).time}
		}, "", "", 0},
		{"deleted since", func(f *rotationFacts) {
			f.credentials[0].deleted = true
			version(f, 1).key = keyID{}
		}, RotateOpenable, RiskLow, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := oneCredential(tt.edit).rows()
			if tt.why == "" {
				if len(rows) > 0 {
					t.Errorf("%+v", rows)
				}
				return
			}
			if len(rows) != 1 || rows[0].Why != tt.why || rows[0].Risk != tt.risk || rows[0].Changed != tt.changed {
				t.Errorf("%+v", rows)
			}
		})
	}
}

func TestRotationWaivers(t *testing.T) {
	for policy, holds := range map[uint64]bool{4: false, 5: true, 6: true} {
		rows := oneCredential(func(f *rotationFacts) {
			f.waived[ackKey{"id", "ivan"}] = []waived{{Waiver{Member: "maria", Reason: "closed"}, policy}}
		}).rows()
		if len(rows) != 1 || (rows[0].Waived != nil) != holds {
			t.Errorf("under policy %d: %+v", policy, rows)
		}
	}
}

func TestRotationOrder(t *testing.T) {
	f := oneCredential(func(*rotationFacts) {})
	base := f.credentials[0]
	f.credentials = nil
	for _, c := range []struct{ path, kind, id string }{{"telephony/a", "sip", "a"}, {"telephony/b", "database", "b"}, {"telephony/c", "bank", "c"}, {"telephony/d", "sip", "d"}} {
		e := base
		e.path, e.kind = c.path, c.kind
		e.entries = []entryLine{{"telephony", c.id, base.entries[0].versions}}
		f.credentials = append(f.credentials, e)
	}
	f.knowers[0].devices["device"].opened[entryAt{"d", 1}] = base.entries[0].versions[0].time
	var order string
	for _, r := range f.rows() {
		order += r.Path[len(r.Path)-1:]
	}
	if order != "dcba" {
		t.Errorf("the order is %s", order)
	}
}
