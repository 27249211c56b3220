package policy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEffect(t *testing.T) {
	tests := []struct {
		name string
		edit func(c *Document)
		want string
	}{
		{"only the head", func(*Document) {}, ""},
		{"a name", func(c *Document) { c.Name = "Support" }, "name: \"Contact centre\" -> \"Support\"\n"},
		{"a wider access", func(c *Document) { c.Safes["billing"].Access["agent"] = AccessOf(Read, Request) },
			"anna on billing: +read\n" + // ivan has it already, by acting
				"oleg on billing: +read\n" +
				"safes.billing.access.agent: \"request\" -> \"read+request\"\n"},
		{"a person leaves", func(c *Document) { c.RemoveMember("ivan") },
			"member ivan removed\ndevice a2b3c4d5e6f7g2h3 of ivan removed\n" +
				"ivan on @catalogue: -read\nivan on billing: -read -write -grant -request\nivan on telephony: -read -write -grant\n" +
				"acting.a7.basis: \"planned\" -> \"\"\nacting.a7.duties: \"pay-internet\" -> \"\"\nacting.a7.for: \"maria\" -> \"\"\n" +
				"acting.a7.from: \"2026-12-01T00:00:00Z\" -> \"\"\nacting.a7.id: \"a7\" -> \"\"\nacting.a7.member: \"ivan\" -> \"\"\n" +
				"acting.a7.roles: \"lead\" -> \"\"\nacting.a7.until: \"2026-12-14T00:00:00Z\" -> \"\"\n" +
				"duties.pay-internet.deputies: \"ivan, anna\" -> \"anna\"\n" +
				"govern.succession.of: \"ivan, anna, oleg\" -> \"anna, oleg\"\n" +
				"members.ivan.devices.a2b3c4d5e6f7g2h3.file: \"8c1b0a9f7e6d5c4b3a2918070f6e5d4c3b2a19080f7e6d5c4b3a2918070f6e5d\" -> \"\"\n" +
				"members.ivan.devices.a2b3c4d5e6f7g2h3.label: \"desk-3\" -> \"\"\nmembers.ivan.name: \"Иван\" -> \"\"\nmembers.ivan.roles: \"agent\" -> \"\"\n" +
				"safes.telephony.quorum.of: \"ivan, anna, oleg\" -> \"anna, oleg\"\n"},
		{"a second governor", func(c *Document) {
			c.Members["ivan"].Roles = []string{"lead"}
			c.Govern.Threshold = 2
		}, "ivan governs now\nthreshold 2, was 1\nivan audits now\nivan on @audit: +read\nivan on billing: -request\n" +
			"govern.threshold: \"1\" -> \"2\"\nmembers.ivan.roles: \"agent\" -> \"lead\"\n"},
		{"a safe with a key, another renewed", func(c *Document) {
			c.Safes["office"] = &Safe{Generations: []Generation{{1, hashB}}}
			c.Safes["telephony"].Renew = true
			c.Safes["billing"].Generations = []Generation{{2, hashB}}
			c.Roles["guest"] = &Role{}
		}, "role guest added\nsafe office added\nkeys of billing: +2 -1\nkeys of office: +1\nkeys of telephony: renew\nroles.guest: \"\" -> \"{}\"\n" +
			"safes.billing.generations.1.gen: \"1\" -> \"\"\nsafes.billing.generations.1.recipient: \"6e52513bcd5c3b87ca82aea22128d6a31b2c3d4e5f60718293a4b5c6d7e8f90a\" -> \"\"\n" +
			fmt.Sprintf("safes.billing.generations.2.gen: \"\" -> \"2\"\nsafes.billing.generations.2.recipient: \"\" -> %q\n", hashB) +
			fmt.Sprintf("safes.office.generations.1.gen: \"\" -> \"1\"\nsafes.office.generations.1.recipient: \"\" -> %q\n", hashB) +
			"safes.telephony.renew: \"\" -> \"true\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent, child := successor(t)
			tt.edit(child)
			e := Diff(parent, child)
			if diff := cmp.Diff(tt.want, e.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if e.Empty() != (tt.want == "") {
				t.Errorf("Empty: %v", e.Empty())
			}
		})
	}
}

func TestRemoveMemberLeavesTraces(t *testing.T) {
	_, d := successor(t)
	d.Safes["telephony"].Quorum.Need = 3
	traces := d.RemoveMember("ivan")
	want := []Trace{{[]string{"govern", "succession", "of"}, "ivan"}, {[]string{"safes", "telephony", "quorum", "of"}, "ivan"}, {[]string{"safes", "telephony", "quorum"}, ""},
		{[]string{"duties", "pay-internet", "deputies"}, "ivan"}, {[]string{"acting", "a7"}, "ivan for maria"}}
	if diff := cmp.Diff(want, traces); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if d.Safes["telephony"].Quorum != nil || d.Govern.Succession == nil {
		t.Error("quorum or succession is wrong")
	}
}

func TestRemoveRoleLeavesTraces(t *testing.T) {
	_, d := successor(t)
	traces := d.RemoveRole("lead")
	var where []string
	for _, trace := range traces {
		where = append(where, fmt.Sprint(trace.Path, trace.Was))
	}
	want := []string{"[audit.roles]lead", "[govern.roles]lead", "[runbooks.approve]lead", "[runbooks.publish]lead", "[members maria roles]lead",
		"[safes billing access lead]manage", "[safes telephony access lead]manage", "[acting a7 roles]lead"}
	if !slices.Equal(where, want) {
		t.Errorf("got %v", where)
	}
	if problems := d.Check(); !problems.Has(CodeGovern) {
		t.Errorf("got %v", problems)
	}
}

func TestNewFirst(t *testing.T) {
	_, other := successor(t)
	d := NewFirst(First{Name: "Contact centre", Nonce: hashA, Issued: other.Issued.Add(5), Member: "maria", MemberName: "Мария", Device: "k7q2m4x5c6v7b2n3",
		DeviceFile: Device{"laptop", hashB}, Roles: map[string]*Role{"lead": {Title: Plain("Lead")}, "agent": {}, "auditor": {}}, GovernRole: "lead",
		AuditRoles: []string{"auditor", "lead"}, Approve: []string{"lead", "agent"}, Catalogue: Generation{1, hashA}, Audit: Generation{1, hashB},
		Safes: map[string]*Safe{"telephony": {Access: map[string]Access{"lead": Manage, "agent": Use}, Generations: []Generation{{1, hashA}}}}})
	roundTrip(t, d)
	if !d.Decide("maria", CanGovern, "").Allowed || !d.Decide("maria", Grant, "telephony").Allowed || !slices.Equal(d.Readers(Audit), []string{"maria"}) {
		t.Errorf("the founder can't do what is hers: %+v", d)
	}
}
