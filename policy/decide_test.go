package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	during = time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	after  = time.Date(2026, 12, 14, 0, 0, 0, 0, time.UTC)
)

func TestDecide(t *testing.T) {
	text := edit(t, example(t), "name: Анна, roles: [agent]", "name: Анна, roles: [agent, auditor]")
	d := parse(t, edit(t, text, "name: Олег, roles: [agent]", "name: Олег, roles: [lead]"))
	first := d.Acting[0].From
	tests := []struct {
		name   string
		member string
		c      Capability
		safe   string
		now    time.Time
		want   Decision
	}{
		{"a preset reads", "ivan", Read, "telephony", time.Time{}, Decision{Allowed: true, Why: "safes.telephony.access.agent: use"}},
		{"a preset doesn't write", "ivan", Write, "telephony", time.Time{}, Decision{Cause: CauseNotEnough, Why: "safes.telephony.access.agent: use", Ask: []string{"maria"}}},
		{"who manages writes", "maria", Write, "billing", time.Time{}, Decision{Allowed: true, Why: "safes.billing.access.lead: manage"}},
		{"who may request is told so", "ivan", Read, "billing", time.Time{},
			Decision{Cause: CauseNotEnough, Why: "safes.billing.access.agent: request", Ask: []string{"maria"}, Request: true}},
		{"who has no role there", "olga", Read, "billing", time.Time{}, Decision{Cause: CauseNoLine, Why: "safes.billing.access", Ask: []string{"maria"}}},
		{"a policy gives before there is a device", "oleg", Grant, "billing", time.Time{}, Decision{Allowed: true, Why: "safes.billing.access.lead: manage"}},
		{"a stranger", "eve", Read, "billing", time.Time{}, Decision{Cause: CauseMember, Why: "members", Ask: []string{"maria"}}},
		{"a safe that isn't", "ivan", Read, "billings", time.Time{}, Decision{Cause: CauseSafe, Why: "safes", Ask: []string{"maria"}}},
		{"nobody else to ask", "maria", Read, "billings", time.Time{}, Decision{Cause: CauseSafe, Why: "safes"}},
		{"a word that is no capability", "ivan", "own", "billing", time.Time{}, Decision{Cause: CauseCapability, Why: "safes.billing.access", Ask: []string{"maria"}}},
		{"everybody reads the catalogue", "ivan", Read, Catalogue, time.Time{}, Decision{Allowed: true, Why: "members.ivan.devices"}},
		{"but not without a device", "oleg", Read, Catalogue, time.Time{}, Decision{Cause: CauseNoDevice, Why: "members.oleg", Ask: []string{"maria"}}},
		{"nobody writes the catalogue by right", "maria", Write, Catalogue, time.Time{}, Decision{Cause: CauseCapability, Why: "@catalogue"}},
		{"an auditor reads the audit safe", "anna", Read, Audit, time.Time{}, Decision{Allowed: true, Why: "audit.roles: auditor"}},
		{"an agent doesn't", "ivan", Read, Audit, time.Time{}, Decision{Cause: CauseNoLine, Why: "audit.roles", Ask: []string{"maria"}}},
		{"a lead governs", "maria", CanGovern, "", time.Time{}, Decision{Allowed: true, Why: "govern.roles: lead"}},
		{"an agent doesn't govern", "ivan", CanGovern, "", time.Time{}, Decision{Cause: CauseNoLine, Why: "govern.roles", Ask: []string{"maria"}}},
		{"acting, in the window", "ivan", Write, "billing", during,
			Decision{Allowed: true, Why: "acting.a7 for maria: safes.billing.access.lead: manage", For: "maria", Acting: "a7"}},
		{"own roles come first", "ivan", Read, "telephony", during, Decision{Allowed: true, Why: "safes.telephony.access.agent: use"}},
		{"acting, the first moment", "ivan", Write, "billing", first,
			Decision{Allowed: true, Why: "acting.a7 for maria: safes.billing.access.lead: manage", For: "maria", Acting: "a7"}},
		{"acting, not yet", "ivan", Write, "billing", first.Add(-time.Second),
			Decision{Cause: CauseNotEnough, Why: "safes.billing.access.agent: request", Ask: []string{"maria"}, Request: true}},
		{"acting, over", "ivan", Write, "billing", after,
			Decision{Cause: CauseNotEnough, Why: "safes.billing.access.agent: request", Ask: []string{"maria"}, Request: true}},
		{"acting publishes", "ivan", CanPublish, "", during, Decision{Allowed: true, Why: "acting.a7 for maria: runbooks.publish: lead", For: "maria", Acting: "a7"}},
		{"an agent approves", "ivan", CanApprove, "", during, Decision{Allowed: true, Why: "runbooks.approve: agent"}},
		{"acting never governs", "ivan", CanGovern, "", during, Decision{Cause: CauseNoLine, Why: "govern.roles", Ask: []string{"maria"}}},
		{"acting never audits", "ivan", CanAudit, "", during, Decision{Cause: CauseNoLine, Why: "audit.roles", Ask: []string{"maria"}}},
		{"nor reads the audit safe", "ivan", Read, Audit, during, Decision{Cause: CauseNoLine, Why: "audit.roles", Ask: []string{"maria"}}},
		{"who acts can be asked", "maria", Read, "nowhere", during, Decision{Cause: CauseSafe, Why: "safes"}},
		{"who acts can be asked there", "olga", Read, "billing", during, Decision{Cause: CauseNoLine, Why: "safes.billing.access", Ask: []string{"ivan", "maria"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, d.DecideAt(tt.member, tt.c, tt.safe, tt.now), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	d := parse(t, edit(t, example(t), "name: Олег, roles: [agent]", "name: Олег, roles: [lead]"))
	tests := []struct {
		name      string
		got, want any
	}{
		{"governors have a device", d.Governors(), []string{"maria"}},
		{"auditors have a device", d.Auditors(), []string{"maria"}},
		{"readers have a device", d.Readers("telephony"), []string{"ivan", "maria"}},
		{"readers read", d.Readers("billing"), []string{"maria"}},
		{"readers of the catalogue", d.Readers(Catalogue), []string{"ivan", "maria"}},
		{"readers of the log", d.Readers(Audit), []string{"maria"}},
		{"readers of nothing", d.Readers("nowhere"), []string(nil)},
		{"acting readers", d.ActingReaders("billing"), []string{"ivan"}},
		{"acting readers who read anyway", d.ActingReaders("telephony"), []string(nil)},
		{"devices that hold keys", d.ReadingDevices("billing"), []DeviceOf{{"ivan", "a2b3c4d5e6f7g2h3", "desk-3"}, {"maria", "k7q2m4x5c6v7b2n3", "laptop"}}},
		{"what", d.What("ivan", time.Time{}), []Holding{{"ivan", "billing", []Capability{Request}, "safes.billing.access.agent: request"},
			{"ivan", "telephony", []Capability{Read}, "safes.telephony.access.agent: use"}, {"ivan", Catalogue, []Capability{Read}, "members.ivan.devices"}}},
		{"who", d.Who("billing", during), []Holding{{"anna", "billing", []Capability{Request}, "safes.billing.access.agent: request"},
			{"ivan", "billing", []Capability{Read, Write, Grant, Request}, "safes.billing.access.agent: request, acting.a7 for maria: safes.billing.access.lead: manage"},
			{"maria", "billing", []Capability{Read, Write, Grant}, "safes.billing.access.lead: manage"},
			{"oleg", "billing", []Capability{Read, Write, Grant}, "safes.billing.access.lead: manage"}}},
		{"current", d.Current("telephony").Gen, uint64(2)},
		{"current of nothing", d.Current("nowhere"), Generation{}},
		{"approvals", []int{d.Safes["billing"].NeedApprovals(), d.Safes["telephony"].NeedApprovals()}, []int{1, 1}},
		{"reasons", []Reason{d.Safes["billing"].NeedReason(), d.Safes["telephony"].NeedReason()}, []Reason{ReasonOptional, ReasonRequired}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if member, ok := d.MemberOf("a2b3c4d5e6f7g2h3"); !ok || member != "ivan" {
		t.Errorf("MemberOf: %q, %v", member, ok)
	}
	if device, ok := d.Device("a2b3c4d5e6f7g2h3"); !ok || device.Label != "desk-3" {
		t.Errorf("Device: %v, %v", device, ok)
	}
	if _, ok := d.MemberOf("aaaaaaaaaaaaaaaa"); ok {
		t.Error("MemberOf finds a stranger's device")
	}
}

func TestSafeByTitle(t *testing.T) {
	d := parse(t, example(t))
	tests := []struct {
		name, ask, id string
		ok            bool
	}{
		{"id", "telephony", "telephony", true}, {"title", "Телефония", "telephony", true}, {"any case", "тЕЛЕФОНИЯ", "telephony", true},
		{"built in", Audit, Audit, true}, {"nothing", "tele", "", false}, {"empty", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, safe, ok := d.Safe(tt.ask)
			if id != tt.id || ok != tt.ok || (safe != nil) != (ok && id != Audit) {
				t.Errorf("got %q, %v, %v", id, safe, ok)
			}
		})
	}
}

func TestAccessWords(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"use", "use", "use"}, {"read is use", "read", "use"}, {"manage", "manage", "manage"}, {"spelt out", "grant+write+read", "manage"},
		{"write reads", "write", "read+write"}, {"grant reads", "grant", "read+grant"}, {"request", "request", "request"},
		{"all", "manage+request", "read+write+grant+request"}, {"spaces", " use + request ", "read+request"},
		{"nothing", "", ""}, {"a near word", "mange", ""}, {"a word of the vault", "govern", ""}, {"a trailing plus", "use+", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := ParseAccess(tt.text)
			if (err == nil) != (tt.want != "") || a.String() != tt.want {
				t.Errorf("got %q, %v", a, err)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"minutes", "90m", "90m"}, {"hours", "36h", "36h"}, {"a day", "24h", "1d"}, {"weeks", "2w", "14d"}, {"nothing", "0", "0"}, {"no hours", "0h", "0"},
		{"no unit", "12", ""}, {"no number", "h", ""}, {"a fraction", "1.5h", ""}, {"zeros", "08h", ""}, {"two", "1d12h", ""}, {"sign", "-1h", ""},
		{"ten years", "3660d", "3660d"}, {"longer", "3661d", ""}, {"far longer", "9999999w", ""}, {"seconds", "5s", ""}, {"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSpan(tt.text)
			if (err == nil) != (tt.want != "") || err == nil && s.String() != tt.want {
				t.Errorf("got %q, %v", s, err)
			}
		})
	}
}

func TestTitles(t *testing.T) {
	tests := []struct {
		name       string
		title      Title
		lang, want string
	}{
		{"plain", Plain("A"), "ru", "A"}, {"its own", Title{"en": "A", "ru": "Б"}, "ru", "Б"}, {"else English", Title{"en": "A", "ru": "Б"}, "de", "A"},
		{"else any", Title{"fr": "C"}, "de", "C"}, {"none", nil, "en", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.title.In(tt.lang); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
