package main

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/runbooks"
)

// TestWhoIsCalled asks a policy for the people behind the targets of a runbook.
func TestWhoIsCalled(t *testing.T) {
	g := newTeam(t)
	now := time.Now().UTC().Truncate(time.Second)
	_, err := g.open().ChangePolicy(func(d *policy.Document) error {
		d.Roles["agent"] = &policy.Role{Title: policy.Title{"en": "Agent", "ru": "Оператор"}}
		for id, note := range map[string]string{"anna": "night +7 (900) 000-00-02, not on Sundays", "ivan": "desk 3", "zoya": ""} {
			d.Members[id] = &policy.Member{Name: strings.ToUpper(id[:1]) + id[1:], Roles: []string{"agent"}, Note: note}
		}
		d.Duties = map[string]*policy.Duty{
			"on-call": {Title: policy.Plain("On call"), Holder: "anna", Deputies: []string{"ivan", "zoya"}},
			"empty":   {Title: policy.Plain("Nobody's")},
		}
		d.Acting = []policy.Acting{
			{ID: "b2", Member: "zoya", For: "anna", Roles: []string{"agent"}, Duties: []string{"on-call"}, From: now.Add(-time.Hour), Until: now.Add(time.Hour), Basis: policy.BasisPlanned},
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &call{env: g.env, common: common{lang: text.English}, tr: text.New(text.English, nil), out: bufio.NewWriter(io.Discard)}
	for _, tt := range []struct{ name, target, want string }{
		{"a duty whose holder is away", "duty:on-call", "zoya Zoya  (On call, acting for Anna); anna Anna +7 (900) 000-00-02 (On call, away); ivan Ivan  (On call, deputy)"},
		{"a duty of nobody", "duty:empty", ""},
		{"an unknown duty", "duty:nobody", ""},
		{"a role", "role:agent", "ivan Ivan  (Agent); zoya Zoya  (Agent); anna Anna +7 (900) 000-00-02 (Agent, away)"},
		{"a role by its id alone", "agent", "ivan Ivan  (Agent); zoya Zoya  (Agent); anna Anna +7 (900) 000-00-02 (Agent, away)"},
		{"a duty by its id alone", "on-call", "zoya Zoya  (On call, acting for Anna); anna Anna +7 (900) 000-00-02 (On call, away); ivan Ivan  (On call, deputy)"},
		{"a member who is away", "member:anna", "zoya Zoya  (acting for Anna); anna Anna +7 (900) 000-00-02 (away)"},
		{"a member by the name", "Ivan", "ivan Ivan  ()"},
		{"whoever asks", "role:lead", "maria maria  (that is you)"},
		{"a number", "+74951234567", "  +74951234567 ()"},
		{"a short number", "112", "  112 ()"},
		{"a name that nobody has", "the guard", " the guard  ()"},
		{"nothing", "", "   ()"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, contact := range (runDirectory{c, g.open()}).Contacts(runbooks.Target{Scheme: runbooks.SchemeCall, Value: tt.target}) {
				got = append(got, contact.Member+" "+contact.Name+" "+contact.Phone+" ("+contact.Why+")")
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got  %q\nwant %q", s, tt.want)
			}
		})
	}
}
