package vault_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
)

// A desk is a machine with one vault on it, for tests.
type desk struct {
	t    testing.TB
	dir  string
	home string
	now  time.Time
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	root := t.TempDir()
	return &desk{t: t, dir: filepath.Join(root, "vault"), home: filepath.Join(root, "home"), now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
}

// options has a clock that moves a second each time it is looked at.
func (d *desk) options() vault.Options {
	return vault.Options{Dir: d.dir, Home: d.home, Rand: rand.Reader, Wait: time.Minute, Now: func() time.Time {
		d.now = d.now.Add(time.Second)
		return d.now
	}}
}

func (d *desk) create() *vault.Vault {
	d.t.Helper()
	access := map[string]policy.Access{"lead": policy.Manage, "agent": policy.Use}
	v, err := vault.Create(d.options(), vault.NewVault{
		Name: "Contact centre", Member: "maria", PersonName: "Мария", Label: "laptop", NoPassphrase: true,
		Safes: []vault.NewSafe{{ID: "telephony", Access: access}, {ID: "office", Access: access}},
		Roles: map[string]*policy.Role{"lead": {}, "agent": {}, "auditor": {}}, GovernRole: "lead",
		AuditRoles: []string{"auditor", "lead"}, ApproveRoles: []string{"lead", "agent"},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) open() *vault.Vault {
	d.t.Helper()
	v, err := vault.Open(d.options())
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func path(t testing.TB, s string) entry.Path {
	t.Helper()
	p, err := entry.ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func secretDraft(password string) entry.Draft {
	return entry.Draft{Title: "SIP trunk", Kind: "sip", Fields: entry.Fields{
		{Name: "username", Value: entry.NewValue([]byte("trunk-7"))},
		{Name: "password", Value: entry.NewValue([]byte(password))},
	}}
}

func TestInsertAndReveal(t *testing.T) {
	d := newDesk(t)
	v := d.create()
	p := path(t, "telephony/sip-trunk")
	if _, err := v.Insert(p, secretDraft("hunter2")); err != nil {
		t.Fatal(err)
	}
	got, err := d.open().Reveal(p, vault.Purpose{Fields: []string{"password"}})
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := got.Fields.Get("password"); string(value.Reveal()) != "hunter2" || len(got.Fields) != 1 {
		t.Errorf("revealed %d fields, password %q", len(got.Fields), value.Reveal())
	}
	for _, w := range v.Warnings() {
		t.Errorf("warning %v", w)
	}
}

func replacePassword(i int) func(entry.Draft) (entry.Draft, error) {
	return func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set("password", entry.NewValue(fmt.Appendf(nil, "password-%d", i)))
		return d, nil
	}
}

func TestVerify(t *testing.T) {
	d := newDesk(t)
	v := d.create()
	if _, err := v.Insert(path(t, "telephony/sip-trunk"), secretDraft("hunter2")); err != nil {
		t.Fatal(err)
	}
	report, err := d.open().Verify(true)
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || len(report.Notes) > 0 || report.Events == 0 {
		t.Errorf("%+v", report)
	}
}
