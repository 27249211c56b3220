package vault_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

// wish asks for Hosting for some hours.
func wish(hours int) vault.Wish {
	return vault.Wish{Paths: []entry.Path{vaulttest.ParsePath(vaulttest.Hosting)}, Span: time.Duration(hours) * time.Hour, Reason: "INC-7"}
}

func hosting(v *vault.Vault) (*vault.Revealed, error) {
	return v.Reveal(vaulttest.ParsePath(vaulttest.Hosting), vault.Purpose{Reason: "test"})
}

// mustOpen opens Hosting and compares its password.
func mustOpen(t *testing.T, v *vault.Vault, want string) *vault.Revealed {
	t.Helper()
	r, err := hosting(v)
	if err != nil {
		t.Fatalf("%v, warnings %v", err, v.Warnings())
	}
	if got := password(r); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	return r
}

// mustFail opens Hosting and wants an error of this type.
func mustFail[E error](t *testing.T, v *vault.Vault) E {
	t.Helper()
	var want E
	if r, err := hosting(v); !errors.As(err, &want) {
		t.Fatalf("got %v, %v; warnings %v", r, err, v.Warnings())
	}
	return want
}

// asked is a request by Ivan that has reached Maria.
func asked(t *testing.T, tm *vaulttest.Team, hours int) *vault.GrantState {
	t.Helper()
	g, err := openMate(t, tm, "ivan").Request(wish(hours))
	if err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "ivan", "maria")
	return g
}

func setPolicy(t *testing.T, tm *vaulttest.Team, change func(*policy.Document)) {
	t.Helper()
	if _, err := openMate(t, tm, "maria").ChangePolicy(func(d *policy.Document) error { change(d); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestRequestApprovedOpenedEnded(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "oleg")
	if d := mustFail[*vault.DeniedError](t, openMate(t, tm, "ivan")); !d.Decision.Request {
		t.Errorf("it does not say that he may ask: %+v", d)
	}
	g := asked(t, tm, 4)
	if g.Phase != vault.PhaseWaiting || g.Needs != 1 || !slices.Equal(g.Wants, []string{"maria"}) {
		t.Errorf("asked: %+v", g)
	}
	mustFail[*vault.WaitingError](t, openMate(t, tm, "ivan"))
	maria := openMate(t, tm, "maria")
	got, err := maria.Approve(g.ID.String()[:6])
	if err != nil {
		t.Fatal(err)
	}
	if got.Phase != vault.PhaseLive || got.Until.Sub(got.From) != 4*time.Hour || got.Reason != "INC-7" {
		t.Errorf("approved: %+v, warnings %v", got, maria.Warnings())
	}
	mustFail[*vault.WaitingError](t, openMate(t, tm, "ivan")) // nothing has reached him yet
	meet(t, tm, "ivan", "maria")
	ivan := openMate(t, tm, "ivan")
	if r := mustOpen(t, ivan, "hosting-only"); r.Grant != g.Short() {
		t.Errorf("grant %q", r.Grant)
	}
	if !ivan.ReadableEntry(vaulttest.ParsePath(vaulttest.Hosting)).Allowed {
		t.Error("not readable")
	}
	meet(t, tm, "ivan", "oleg")
	mustFail[*vault.DeniedError](t, openMate(t, tm, "oleg"))
	tm.Pass(4 * time.Hour)
	if e := mustFail[*vault.GrantEndedError](t, openMate(t, tm, "ivan")); !e.Ended.Equal(got.Until) {
		t.Errorf("ended at %v, not %v", e.Ended, got.Until)
	}
}

// TestGrantInTheLog: the lines say by which grant.
func TestGrantInTheLog(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan")
	g := asked(t, tm, 1)
	if _, err := openMate(t, tm, "maria").Approve(g.Short()); err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "ivan", "maria")
	mustOpen(t, openMate(t, tm, "ivan"), "hosting-only")
	meet(t, tm, "ivan", "maria")
	var ops []string
	maria := openMate(t, tm, "maria")
	err := maria.Events(audit.Filter{}, func(e audit.Event) error {
		if e.Grant == g.Short() {
			ops = append(ops, e.Op)
		}
		return nil
	})
	slices.Sort(ops)
	want := []string{"act.approve", "packet.issue", "secret.reseal", "secret.reveal"}
	if err != nil || !slices.Equal(slices.Compact(ops), want) {
		t.Errorf("got %v, %v", ops, err)
	}
	if r, err := maria.Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestApprovalsOfDifferentPeople(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	setPolicy(t, tm, func(d *policy.Document) { d.Safes["billing"].Approvals = 2 })
	meet(t, tm, "ivan", "maria")
	meet(t, tm, "anna", "maria")
	g := asked(t, tm, 4)
	got, err := openMate(t, tm, "maria").Approve(g.Short())
	if err != nil || got.Phase != vault.PhaseWaiting || len(got.Approvals) != 1 || got.Needs != 2 || !slices.Equal(got.Wants, []string{"anna"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := openMate(t, tm, "maria").Approve(g.Short()); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("twice: %v", err)
	}
	meet(t, tm, "anna", "maria")
	tm.Pass(time.Hour)
	got, err = openMate(t, tm, "anna").Approve(g.Short())
	if err != nil || got.Phase != vault.PhaseLive || got.Until.Sub(got.From) != 4*time.Hour || got.From.Sub(got.Made) < time.Hour {
		t.Fatalf("%+v, %v", got, err)
	}
	meet(t, tm, "ivan", "anna")
	mustOpen(t, openMate(t, tm, "ivan"), "hosting-only")
}

func TestGrantUnasked(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	got, err := openMate(t, tm, "anna").Grant("ivan", wish(2))
	if err != nil || got.Phase != vault.PhaseLive {
		t.Fatalf("%+v, %v", got, err)
	}
	meet(t, tm, "ivan", "anna")
	mustOpen(t, openMate(t, tm, "ivan"), "hosting-only")
	setPolicy(t, tm, func(d *policy.Document) { d.Safes["billing"].Approvals = 2 })
	meet(t, tm, "ivan", "maria")
	if w := mustFail[*vault.WaitingError](t, openMate(t, tm, "ivan")); len(w.Grant.Approvals) != 1 || w.Grant.Needs != 2 {
		t.Errorf("a stricter policy holds at once: %+v", w.Grant)
	}
}

func TestGrantRefusals(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	setPolicy(t, tm, func(d *policy.Document) { d.Safes["billing"].Grants.Max = policy.Span(8 * time.Hour) })
	meet(t, tm, "ivan", "maria")
	meet(t, tm, "anna", "maria")
	ivan := openMate(t, tm, "ivan")
	var limit *vault.LimitError
	if _, err := ivan.Request(wish(9)); !errors.As(err, &limit) || limit.Max != 8*time.Hour {
		t.Errorf("over the limit: %v", err)
	}
	var need *vault.NoNeedError
	if _, err := ivan.Request(vault.Wish{Paths: []entry.Path{vaulttest.ParsePath(vaulttest.Trunk)}, Span: time.Hour, Reason: "x"}); !errors.As(err, &need) {
		t.Errorf("what he may read: %v", err)
	}
	var denied *vault.DeniedError
	if _, err := ivan.Request(vault.Wish{Paths: []entry.Path{vaulttest.ParsePath(vaulttest.Wifi)}, Span: time.Hour, Reason: "x"}); !errors.As(err, &denied) {
		t.Errorf("what he may not ask for: %v", err)
	}
	var reason *vault.ReasonError
	if _, err := ivan.Request(vault.Wish{Paths: wish(1).Paths, Span: time.Hour}); !errors.As(err, &reason) {
		t.Errorf("without a reason: %v", err)
	}
	var none *vault.NotFoundError
	if _, err := ivan.Request(vault.Wish{Paths: []entry.Path{vaulttest.ParsePath("billing/nothing")}, Span: time.Hour, Reason: "x"}); !errors.As(err, &none) {
		t.Errorf("what isn't there: %v", err)
	}
	g, err := ivan.Request(wish(8))
	if err != nil {
		t.Fatal(err)
	}
	var exists *vault.ExistsError
	if _, err := ivan.Request(wish(2)); !errors.As(err, &exists) || exists.Name != g.Short() {
		t.Errorf("asked twice: %v", err)
	}
	var own *vault.OwnRequestError
	if _, err := ivan.Approve(g.Short()); !errors.As(err, &own) {
		t.Errorf("one's own: %v", err)
	}
	if _, err := openMate(t, tm, "anna").Grant("anna", wish(1)); !errors.As(err, &own) {
		t.Errorf("to oneself: %v", err)
	}
	if _, err := openMate(t, tm, "anna").Grant("maria", wish(1)); !errors.As(err, &need) {
		t.Errorf("to somebody who may read: %v", err)
	}
	if _, err := openMate(t, tm, "anna").Approve("ffff"); !errors.As(err, &none) {
		t.Errorf("an id of nothing: %v", err)
	}
}

func TestDenyAndRevoke(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna", "oleg")
	g := asked(t, tm, 4)
	meet(t, tm, "maria", "oleg")
	var denied *vault.DeniedError
	if _, err := openMate(t, tm, "oleg").Deny(g.Short(), "no"); !errors.As(err, &denied) {
		t.Errorf("a denial by an agent: %v", err)
	}
	got, err := openMate(t, tm, "maria").Deny(g.Short(), "ask Anna")
	if err != nil || got.Phase != vault.PhaseDenied || got.Closed.Member != "maria" || got.Closed.Reason != "ask Anna" {
		t.Fatalf("%+v, %v", got, err)
	}
	var phase *vault.PhaseError
	if _, err := openMate(t, tm, "maria").Approve(g.Short()); !errors.As(err, &phase) {
		t.Errorf("approving what was denied: %v", err)
	}
	meet(t, tm, "ivan", "maria")
	mustFail[*vault.DeniedError](t, openMate(t, tm, "ivan"))

	g = asked(t, tm, 4)
	if _, err := openMate(t, tm, "maria").Approve(g.Short()); err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "ivan", "maria")
	mustOpen(t, openMate(t, tm, "ivan"), "hosting-only")
	if got, err = openMate(t, tm, "ivan").Revoke(g.Short(), ""); err != nil || got.Phase != vault.PhaseRevoked {
		t.Fatalf("giving it up: %+v, %v", got, err)
	}
	mustFail[*vault.GrantEndedError](t, openMate(t, tm, "ivan"))
}

// TestNewVersionOfWhatIsGranted: who writes the next version seals it for the
// grants that run, with the same end.
func TestNewVersionOfWhatIsGranted(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	g, err := openMate(t, tm, "anna").Grant("ivan", wish(4))
	if err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "anna", "maria")
	edited := openMate(t, tm, "maria")
	if _, err := edited.Edit(vaulttest.ParsePath(vaulttest.Hosting), setTo("hosting-new")); err != nil {
		t.Fatal(err)
	}
	if len(edited.Warnings()) > 0 {
		t.Errorf("warnings %v", edited.Warnings())
	}
	meet(t, tm, "anna", "maria")
	if n, err := openMate(t, tm, "anna").SealDue(); n != 0 || err != nil {
		t.Errorf("%d packets more, %v", n, err)
	}
	meet(t, tm, "ivan", "maria")
	mustOpen(t, openMate(t, tm, "ivan"), "hosting-new")
	tm.Pass(g.Until.Sub(tm.Now()))
	mustFail[*vault.GrantEndedError](t, openMate(t, tm, "ivan"))
}

// TestSealedByTheNext: where the one who approves has no key, the next who has
// it seals.
func TestSealedByTheNext(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	g := asked(t, tm, 4)
	meet(t, tm, "maria", "anna")
	path := vaulttest.ParsePath(vaulttest.Hosting)
	for _, member := range []string{"maria", "anna"} { // both write the next version: a conflict
		if _, err := openMate(t, tm, member).Edit(path, setTo("by-"+member)); err != nil {
			t.Fatal(err)
		}
	}
	meet(t, tm, "maria", "anna")
	maria := openMate(t, tm, "maria")
	got, err := maria.Approve(g.Short())
	if err != nil || got.Phase != vault.PhaseApproved || !warned(maria, "grant-not-sealed") {
		t.Fatalf("%+v, %v, %v", got, err, maria.Warnings())
	}
	meet(t, tm, "ivan", "maria")
	if w := mustFail[*vault.WaitingError](t, openMate(t, tm, "ivan")); w.Grant.Phase != vault.PhaseApproved {
		t.Errorf("%+v", w.Grant)
	}
	if n, err := maria.SealDue(); n != 0 || err != nil {
		t.Errorf("a conflict is sealed: %d, %v", n, err)
	}
}

func setTo(password string) func(entry.Draft) (entry.Draft, error) {
	return func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set("password", entry.NewValue([]byte(password)))
		return d, nil
	}
}

func TestRenameLeavesGrantsBehind(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan")
	if _, err := openMate(t, tm, "maria").Grant("ivan", wish(4)); err != nil {
		t.Fatal(err)
	}
	maria := openMate(t, tm, "maria")
	if _, err := maria.Rename(vaulttest.ParsePath(vaulttest.Hosting), vaulttest.ParsePath("billing/hosting-new")); err != nil {
		t.Fatal(err)
	}
	if !warned(maria, "grant-not-moved") {
		t.Errorf("not a word: %v", maria.Warnings())
	}
	meet(t, tm, "ivan", "maria")
	ivan := openMate(t, tm, "ivan")
	mustFail[*vault.NotFoundError](t, ivan)
	if !warned(ivan, "grant-of-deleted") {
		t.Errorf("he is told nothing: %v", ivan.Warnings())
	}
}
