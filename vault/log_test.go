package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
	"opsvault/vault/vaulttest"
)

// eventsOf returns a member's events as a person sees them.
func eventsOf(t *testing.T, v *vault.Vault, member string) (list []audit.Event) {
	t.Helper()
	err := v.Events(audit.Filter{}, func(e audit.Event) error {
		if e.Member == member {
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRevealIsLogged(t *testing.T) {
	t.Parallel()
	w := world(t)
	purpose := vault.Purpose{Fields: []string{"password"}, Reason: "the line is down", Ticket: "T-1", Run: "aaaaaaaaaaaaaaaa", Step: "call"}
	r, err := openAs(t, w, w.Ivan).Reveal(pbx, purpose)
	if err != nil || len(r.Fields) != 1 || password(r) != "pbx-only" {
		t.Fatalf("%+v, %v", r, err)
	}
	events := eventsOf(t, openAs(t, w, w.Maria), "ivan")
	last := events[len(events)-1]
	if last.Op != "secret.reveal" || last.Result != chain.OK || last.Path != vaulttest.PBX || last.Run != purpose.Run {
		t.Errorf("%+v", last)
	}
	if last.Reason != purpose.Reason || last.Ticket != "T-1" || !slices.Equal(last.Fields, purpose.Fields) || last.Details["step"] != "call" {
		t.Errorf("%+v", last)
	}
	for _, e := range eventsOf(t, openAs(t, w, w.Ivan), "maria") { // who is no auditor gets no details of others
		if e.Details != nil || e.Reason != "" || e.Fields != nil {
			t.Errorf("ivan reads %+v", e)
		}
	}
}

func TestDenialIsLogged(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Ivan)
	_, err := v.Reveal(wifi, vault.Purpose{Reason: "curious"})
	denied := isA[*vault.DeniedError](t, err)
	if denied.Member != "ivan" || denied.Capability != policy.Read || denied.On != vaulttest.Wifi || denied.Decision.Why == "" {
		t.Errorf("%+v", denied)
	}
	events := eventsOf(t, openAs(t, w, w.Maria), "ivan")
	if last := events[len(events)-1]; last.Op != "secret.reveal" || last.Result != chain.Denied || last.Path != vaulttest.Wifi {
		t.Errorf("%+v", last)
	}
	if e, _, err := v.Show(wifi, false); err != nil || e.Card.Title == "" { // the card is everybody's
		t.Errorf("%+v, %v", e, err)
	}
}

func TestRevealRefusesBeforeTheLog(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	before := len(eventsOf(t, v, "maria"))
	_, err := v.Reveal(pbx, vault.Purpose{Fields: []string{"pin"}})
	if e := isA[*vault.NotFoundError](t, err); e.What != "field" || !slices.Contains(e.Near, "password") {
		t.Errorf("%+v", e)
	}
	_, err = v.Reveal(pbx, vault.Purpose{Version: 5})
	isA[*vault.NotFoundError](t, err)
	_, err = v.Reveal(vaulttest.ParsePath("telephony/none"), vault.Purpose{})
	isA[*vault.NotFoundError](t, err)
	if after := len(eventsOf(t, v, "maria")); after != before+1 { // reading the log is logged
		t.Errorf("%d events became %d", before, after)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Safes["telephony"].Reason = policy.ReasonRequired
		d.Safes["office"].Reason = policy.ReasonTicket
		return nil
	})
	must(t, err)
	client := vaulttest.Draft("client")
	client.Kind = "client"
	if _, err := v.Insert(vaulttest.ParsePath("telephony/client"), client); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path    string
		purpose vault.Purpose
		need    string
	}{
		{vaulttest.PBX, vault.Purpose{}, "reason"},
		{vaulttest.PBX, vault.Purpose{Reason: "x"}, ""},
		{vaulttest.PBX, vault.Purpose{Ticket: "T-1"}, ""},
		{vaulttest.Wifi, vault.Purpose{}, "ticket"},
		{vaulttest.Wifi, vault.Purpose{Ticket: "T-1"}, ""},
		{"telephony/client", vault.Purpose{}, "ticket"}, // by its kind
	} {
		_, err := v.Reveal(vaulttest.ParsePath(c.path), c.purpose)
		if c.need == "" {
			must(t, err)
			continue
		}
		if e := isA[*vault.ReasonError](t, err); e.Need != c.need {
			t.Errorf("%s %+v: %+v", c.path, c.purpose, e)
		}
	}
}

// Where the local log can't be written nothing is revealed and nothing is
// written, and reading goes on.
func TestNoSpaceForTheLog(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*storetest.Faulty){
		"full":      func(m *storetest.Faulty) { m.Room(0) },
		"read-only": func(m *storetest.Faulty) { m.ReadOnly(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, files := preparedBench(t)
			d := twoDisks(b, files)
			spoil(d.home)
			v, err := vault.Open(d.options())
			must(t, err)
			r, err := v.Reveal(pbx, vault.Purpose{})
			isA[*vault.LogError](t, err)
			if r != nil {
				t.Error("it was revealed all the same")
			}
			if _, err := v.Edit(pbx, to("x")); err == nil {
				t.Error("it was written all the same")
			}
			if _, _, err := v.Show(pbx, false); err != nil {
				t.Error(err)
			}
			if rows, err := v.List(""); err != nil || len(rows) != 2 {
				t.Errorf("%v, %v", rows, err)
			}
			d.home.Room(-1)
			d.home.ReadOnly(false)
			v, err = vault.Open(d.options())
			must(t, err)
			getsPassword(t, v, pbx, "pbx-only")
		})
	}
}

// A vault that can't be written is read as ever; the log is local, and is
// published when the vault can be written again. Writes are refused, and their
// intents are closed as failed.
func TestVaultCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*storetest.Faulty){
		"full":      func(m *storetest.Faulty) { m.Room(0) },
		"read-only": func(m *storetest.Faulty) { m.ReadOnly(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, files := preparedBench(t)
			d := twoDisks(b, files)
			spoil(d.vault)
			v, err := vault.Open(d.options())
			must(t, err)
			getsPassword(t, v, pbx, "pbx-only")
			if !warned(v, "log-not-published") {
				t.Errorf("warnings %v", v.Warnings())
			}
			_, err = v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new"))
			if !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("%v", err)
			}
			d.vault.Room(-1)
			d.vault.ReadOnly(false)
			v, err = vault.Open(d.options())
			must(t, err)
			if _, err := v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
				t.Fatal(err)
			}
			closed(t, v)
			if r, err := v.Verify(true); err != nil || !r.OK() || len(r.Notes) > 0 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func warned(v *vault.Vault, code string) bool {
	return slices.ContainsFunc(v.Warnings(), func(w vault.Warning) bool { return w.Code == code })
}

// A pair is a vault and a home on disks of their own.
type pair struct {
	bench       *bench
	vault, home *storetest.Faulty
}

func twoDisks(b *bench, files map[string][]byte) *pair {
	p := &pair{b, storetest.New(), storetest.New()}
	for name, data := range files {
		p.vault.Plant(name, 0, data)
		p.home.Plant(name, 0, data)
	}
	return p
}

func (p *pair) options() vault.Options {
	o := p.bench.options()
	o.Storage = func(path string, create bool) (*store.Dir, error) {
		if path == filepath.Join(p.bench.root, "vault") {
			return p.bench.on(p.vault).open(path, create)
		}
		return p.bench.on(p.home).open(path, create)
	}
	return o
}

// After the machine was restored from a backup its log is older than the copy
// in the vault. Nothing is revealed or written: it would be a second history.
func TestHomePutBack(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, vaulttest.HomePutBack(w))
	v := openAs(t, w, w.Maria)
	_, err := v.Reveal(pbx, vault.Purpose{})
	if !errors.Is(err, chain.ErrAhead) {
		t.Errorf("%v", err)
	}
	_, err = v.Edit(pbx, to("x"))
	if !errors.Is(err, chain.ErrAhead) {
		t.Errorf("%v", err)
	}
	if _, _, err := v.Show(pbx, false); err != nil {
		t.Error(err)
	}
}

// The copy of the own log in the vault is put right by the next event, and the
// person is told when it held something else.
func TestLogCopyIsRepaired(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, vaulttest.LogLineEdited(w))
	must(t, os.Remove(w.Path(headOf(t, w, w.Maria))))
	v := openAs(t, w, w.Maria)
	getsPassword(t, v, pbx, "pbx-only")
	if !warned(v, "log-copy-repaired") {
		t.Errorf("warnings %v", v.Warnings())
	}
	if r, err := openAs(t, w, w.Ivan).Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

func headOf(t *testing.T, w *vaulttest.World, p *vaulttest.Person) string {
	t.Helper()
	key, err := w.Key(p)
	must(t, err)
	return store.HeadName(store.LogBase(key.DeviceID()))
}
