package vault_test

import (
	"slices"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/vaulttest"
)

func team(t *testing.T, members ...string) *vaulttest.Team {
	t.Helper()
	team, err := vaulttest.NewTeam(t.TempDir(), members...)
	if err != nil {
		t.Fatal(err)
	}
	return team
}

func openMate(t *testing.T, team *vaulttest.Team, member string) *vault.Vault {
	t.Helper()
	v, err := team.Open(team.Person(member))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// meet copies files both ways between two people.
func meet(t *testing.T, team *vaulttest.Team, a, b string) {
	t.Helper()
	for _, way := range [][2]string{{a, b}, {b, a}} {
		if err := team.CopyFiles(team.Person(way[0]), team.Person(way[1])); err != nil {
			t.Fatal(err)
		}
	}
}

// refTo names an entry as acts do.
func refTo(t *testing.T, v *vault.Vault, path string) statement.EntryRef {
	t.Helper()
	e, _, err := v.Show(vaulttest.ParsePath(path), false)
	if err != nil {
		t.Fatal(err)
	}
	return statement.EntryRef{Safe: e.Path.Safe(), ID: e.Card.ID}
}

func opsOf(deeds []*vault.Deed) (ops []statement.ActOp) {
	for _, d := range deeds {
		ops = append(ops, d.Body.Op)
	}
	return ops
}

func TestActsThatStand(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	ivan := openMate(t, tm, "ivan")
	ref := refTo(t, ivan, vaulttest.Hosting)
	note := vault.Note{Paths: []string{vaulttest.Hosting}, Reason: "счёт не оплачен", Ticket: "INC-7"}
	id, err := ivan.WriteAct(statement.Act{Op: statement.OpRequest, Entries: []statement.EntryRef{ref}, Span: 3600}, note)
	if err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "ivan", "maria")
	maria := openMate(t, tm, "maria")
	deeds, err := maria.ActsOf(statement.OpRequest)
	if err != nil || len(deeds) != 1 {
		t.Fatalf("%v, %v", deeds, err)
	}
	got := deeds[0]
	if got.ID != id || got.Body.Author != "ivan" || !slices.Equal(got.Note.Paths, note.Paths) || got.Note.Reason != note.Reason || got.Note.Ticket != note.Ticket {
		t.Errorf("got %+v", got)
	}
	if _, err := maria.WriteAct(statement.Act{Op: statement.OpApprove, About: id}, vault.Note{}); err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "ivan", "maria")
	deeds, err = openMate(t, tm, "ivan").ActsOf()
	if err != nil || !slices.Equal(opsOf(deeds), []statement.ActOp{statement.OpRequest, statement.OpApprove}) {
		t.Errorf("%v, %v", opsOf(deeds), err)
	}
}

// TestActsThatDoNotStand has one case for each way in which an act takes a
// right that its author doesn't have.
func TestActsThatDoNotStand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		author string
		act    func(request statement.Hash, ref statement.EntryRef) (statement.Act, vault.Note)
	}{
		"an approval by the requester": {"ivan", func(id statement.Hash, _ statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpApprove, About: id}, vault.Note{}
		}},
		"an approval by somebody without grant": {"oleg", func(id statement.Hash, _ statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpApprove, About: id}, vault.Note{}
		}},
		"a denial by somebody without grant": {"oleg", func(id statement.Hash, _ statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpDeny, About: id}, vault.Note{}
		}},
		"a revocation by another": {"oleg", func(id statement.Hash, _ statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpRevoke, About: id}, vault.Note{}
		}},
		"an approval of nothing that is here": {"maria", func(statement.Hash, statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpApprove, About: statement.Hash{1}}, vault.Note{}
		}},
		"a grant by somebody without grant": {"oleg", func(_ statement.Hash, ref statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpGrant, Member: "ivan", Entries: []statement.EntryRef{ref}, Span: 60}, vault.Note{}
		}},
		"a grant to oneself": {"maria", func(_ statement.Hash, ref statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpGrant, Member: "maria", Entries: []statement.EntryRef{ref}, Span: 60}, vault.Note{}
		}},
		"a request without the right to ask": {"oleg", func(_ statement.Hash, ref statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpRequest, Entries: []statement.EntryRef{{Safe: "office", ID: ref.ID}}, Span: 60}, vault.Note{}
		}},
		"a note that names another path": {"oleg", func(_ statement.Hash, ref statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpRequest, Entries: []statement.EntryRef{ref}, Span: 60}, vault.Note{Paths: []string{"billing/printer"}}
		}},
		"an invitation by somebody who doesn't govern": {"oleg", func(statement.Hash, statement.EntryRef) (statement.Act, vault.Note) {
			return statement.Act{Op: statement.OpInvite, Member: "petr", Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, vault.Note{}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm := team(t, "ivan", "oleg")
			ivan := openMate(t, tm, "ivan")
			ref := refTo(t, ivan, vaulttest.Hosting)
			id, err := ivan.WriteAct(statement.Act{Op: statement.OpRequest, Entries: []statement.EntryRef{ref}, Span: 3600}, vault.Note{})
			if err != nil {
				t.Fatal(err)
			}
			meet(t, tm, "ivan", c.author)
			body, note := c.act(id, ref)
			if _, err := openMate(t, tm, c.author).WriteAct(body, note); err != nil {
				t.Fatal(err)
			}
			meet(t, tm, c.author, "ivan")
			v := openMate(t, tm, "ivan")
			deeds, err := v.ActsOf()
			if err != nil || !slices.Equal(opsOf(deeds), []statement.ActOp{statement.OpRequest}) {
				t.Errorf("%v stand, %v", opsOf(deeds), err)
			}
			if !warned(v, "act-refused") {
				t.Errorf("not a word about it: %v", v.Warnings())
			}
		})
	}
}

// TestActsAfterARemoval: what was announced below the cut stands, what comes
// later doesn't.
func TestActsAfterARemoval(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan", "anna")
	ivan := openMate(t, tm, "ivan")
	ref := refTo(t, ivan, vaulttest.Hosting)
	grant := statement.Act{Op: statement.OpGrant, Member: "ivan", Entries: []statement.EntryRef{ref}, Span: 3600}
	anna := openMate(t, tm, "anna")
	before, err := anna.WriteAct(grant, vault.Note{})
	if err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "anna", "maria")
	if _, err := openMate(t, tm, "maria").ChangePolicy(func(d *policy.Document) error {
		d.Members["anna"].Roles = []string{"agent"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := anna.WriteAct(grant, vault.Note{}); err != nil {
		t.Fatal(err)
	}
	meet(t, tm, "anna", "maria")
	deeds, err := openMate(t, tm, "maria").ActsOf()
	if err != nil || len(deeds) != 1 || deeds[0].ID != before {
		t.Errorf("%v, %v", opsOf(deeds), err)
	}
}
