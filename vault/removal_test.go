package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

// crew is a Team with helpers that fail the test.
type crew struct {
	*vaulttest.Team
	t testing.TB
}

func newCrew(t testing.TB, members ...string) *crew {
	t.Helper()
	team, err := vaulttest.NewTeam(t.TempDir(), members...)
	if err != nil {
		t.Fatal(err)
	}
	return &crew{team, t}
}

func (c *crew) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *crew) open(member string) *vault.Vault {
	c.t.Helper()
	v, err := c.Open(c.Person(member))
	c.must(err)
	return v
}

func (c *crew) carry(from, to string) {
	c.t.Helper()
	c.must(c.CopyFiles(c.Person(from), c.Person(to)))
}

// meet carries everything both ways.
func (c *crew) meet(a, b string) {
	c.t.Helper()
	c.carry(a, b)
	c.carry(b, a)
}

// edit gives an entry another password, or another field.
func (c *crew) edit(member, path string, fields ...string) *vault.Entry {
	c.t.Helper()
	e, err := c.open(member).Edit(vaulttest.ParsePath(path), func(d entry.Draft) (entry.Draft, error) {
		for i := 0; i < len(fields); i += 2 {
			d.Fields = d.Fields.Set(fields[i], entry.NewValue([]byte(fields[i+1])))
		}
		return d, nil
	})
	c.must(err)
	return e
}

func (c *crew) policy(member string, edit func(*policy.Document)) {
	c.t.Helper()
	_, err := c.open(member).ChangePolicy(func(d *policy.Document) error { edit(d); return nil })
	c.must(err)
}

func (c *crew) remove(by, member string) {
	c.t.Helper()
	c.policy(by, func(d *policy.Document) { d.RemoveMember(member) })
}

// take removes a file from a member's copy and returns what puts it back.
func (c *crew) take(member, file string) (back func()) {
	c.t.Helper()
	name := filepath.Join(c.Person(member).Dir, filepath.FromSlash(file))
	data, err := os.ReadFile(name)
	c.must(err)
	c.must(os.Remove(name))
	return func() { c.must(os.WriteFile(name, data, 0o600)) }
}

// password is what is shown of an entry; the version comes with it.
func (c *crew) password(member, path string) (string, uint64) {
	c.t.Helper()
	got, err := c.open(member).Reveal(vaulttest.ParsePath(path), vault.Purpose{Fields: []string{"password"}})
	c.must(err)
	return password(got), got.Entry.Version
}

// waits lists what waits for a member, as `path@version why`.
func (c *crew) waits(member string) string {
	c.t.Helper()
	list, err := c.open(member).Waiting()
	c.must(err)
	words := []string{}
	for _, w := range list {
		words = append(words, w.Name+"@"+string(rune('0'+w.Version))+" "+string(w.Why))
	}
	return strings.Join(words, ", ")
}

// What a member wrote and everybody held stands after the member left; what was written afterwards, or kept back until
// then, waits on every copy.
func TestLeaver(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	held := c.edit("anna", vaulttest.Trunk, "password", "held")
	kept := c.edit("anna", vaulttest.Wifi, "password", "kept-back")
	c.carry("anna", "maria")
	release := c.take("maria", kept.File)
	c.remove("maria", "anna")
	c.edit("anna", vaulttest.PBX, "password", "after")

	c.carry("anna", "maria") // her log goes on, and what she kept back comes
	release()
	c.carry("maria", "ivan")
	for _, member := range []string{"maria", "ivan"} {
		if got, version := c.password(member, vaulttest.Trunk); got != "held" || version != held.Version {
			t.Errorf("%s: what stood shows %q, version %d", member, got, version)
		}
		if got, _ := c.password(member, vaulttest.PBX); got != "pbx-only" {
			t.Errorf("%s: what was written afterwards stands: %q", member, got)
		}
		if got := c.waits(member); member == "maria" && got != vaulttest.Wifi+"@2 late, "+vaulttest.PBX+"@2 late" {
			t.Errorf("%s: waiting: %s", member, got)
		}
	}
	if got, _ := c.password("maria", vaulttest.Wifi); got != "wifi-only" {
		t.Errorf("what was kept back stands: %q", got)
	}
}

// A device that saw a leaver's version stand is told of it when it does not any more, and reads what stands with Stale.
func TestSeenToStandAndLate(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	c.remove("maria", "anna")
	c.edit("anna", vaulttest.Trunk, "password", "late")
	c.carry("anna", "ivan")
	if got, _ := c.password("ivan", vaulttest.Trunk); got != "late" {
		t.Fatalf("before the removal is known: %q", got)
	}
	c.carry("maria", "ivan")
	var late *vault.LateError
	_, err := c.open("ivan").Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{})
	if !errors.As(err, &late) || late.Version != 2 || late.Have != 1 || late.Name != vaulttest.Trunk || late.Statement.Author != "anna" {
		t.Fatalf("after it: %v", err)
	}
	got, err := c.open("ivan").Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{Stale: true})
	if err != nil || got.Entry.Version != 1 {
		t.Errorf("stale: %v, %v", got, err)
	}
	c.carry("ivan", "maria")
	_, err = c.open("maria").Resolve(vaulttest.ParsePath(vaulttest.Trunk), vault.Resolution{})
	if !errors.Is(err, vault.ErrUndecided) {
		t.Errorf("without a decision: %v", err)
	}
	e, err := c.open("maria").Resolve(vaulttest.ParsePath(vaulttest.Trunk), vault.Resolution{Refuse: true})
	if err != nil || e.Version != 3 {
		t.Fatalf("refused: %v, %v", e, err)
	}
	c.carry("maria", "ivan")
	for _, member := range []string{"ivan", "maria"} {
		if got, version := c.password(member, vaulttest.Trunk); got != "trunk-old" || version != 3 {
			t.Errorf("%s: %q, version %d", member, got, version)
		}
		if got := c.waits(member); got != "" {
			t.Errorf("%s: still waiting: %s", member, got)
		}
	}
}

func TestBroughtBack(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna")
	c.remove("maria", "anna")
	c.edit("anna", vaulttest.Trunk, "password", "late")
	c.edit("anna", vaulttest.Trunk, "password", "later")
	made, err := c.open("anna").Insert(vaulttest.ParsePath("office/new"), vaulttest.Draft("made-late"))
	c.must(err)
	c.carry("anna", "maria")
	v := c.open("maria")
	for path, want := range map[string]string{vaulttest.Trunk: "later", "office/new": "made-late"} {
		e, err := v.Resolve(vaulttest.ParsePath(path), vault.Resolution{Late: true})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if got, version := c.password("maria", path); got != want || version != e.Version {
			t.Errorf("%s: %q, version %d", path, got, version)
		}
	}
	if got := c.waits("maria"); got != "" {
		t.Errorf("still waiting: %s", got)
	}
	if made.Version != 1 {
		t.Error("the new entry began elsewhere")
	}
	if _, err := v.Resolve(vaulttest.ParsePath(vaulttest.Trunk), vault.Resolution{Late: true}); !errors.Is(err, vault.ErrSettled) {
		t.Errorf("once more: %v", err)
	}
}

// An entry that only a leaver wrote, too late, can be refused too: it is deleted.
func TestRefusedEntirely(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna")
	c.remove("maria", "anna")
	_, err := c.open("anna").Insert(vaulttest.ParsePath("office/new"), vaulttest.Draft("made-late"))
	c.must(err)
	c.carry("anna", "maria")
	if _, err := c.open("maria").Resolve(vaulttest.ParsePath("office/new"), vault.Resolution{Refuse: true}); err != nil {
		t.Fatal(err)
	}
	e, _, err := c.open("maria").Show(vaulttest.ParsePath("office/new"), false)
	if err != nil || !e.Deleted || e.Version != 2 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A lead who goes, and takes another's right with the same signature, takes nothing away that was written.
func TestLeavingWithAnother(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	c.edit("anna", vaulttest.Trunk, "password", "by-anna")
	c.carry("anna", "maria")
	c.edit("maria", vaulttest.PBX, "password", "by-maria")
	c.policy("maria", func(d *policy.Document) {
		for _, id := range []string{"telephony", "billing"} {
			d.Safes[id].Access["lead"] = policy.Use
		}
	})
	c.edit("anna", vaulttest.Trunk, "password", "late")
	c.carry("anna", "maria")
	c.carry("maria", "ivan")
	for path, want := range map[string]string{vaulttest.Trunk: "by-anna", vaulttest.PBX: "by-maria"} {
		if got, _ := c.password("ivan", path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// Writing into the older of two copies on one machine is refused before anything is written.
func TestTwoCopiesOnOneMachine(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	maria := c.Person("maria")
	stick := &vaulttest.Mate{Member: "maria", Home: maria.Home, Dir: filepath.Join(t.TempDir(), "stick")}
	c.must(os.CopyFS(stick.Dir, os.DirFS(maria.Dir)))
	c.edit("maria", vaulttest.Trunk, "password", "new")
	_, err := c.open("maria").Insert(vaulttest.ParsePath("office/new"), vaulttest.Draft("one"))
	c.must(err)
	_, err = c.open("maria").PublishBook("no-internet", []byte("one"))
	c.must(err)
	c.policy("maria", func(d *policy.Document) { d.Name = "Renamed" })

	on := func() *vault.Vault {
		v, err := c.Open(stick)
		c.must(err)
		return v
	}
	before, err := vaulttest.Look(stick.Dir)
	c.must(err)
	_, err = on().Edit(vaulttest.ParsePath(vaulttest.Trunk), func(d entry.Draft) (entry.Draft, error) { d.Note = "x"; return d, nil })
	if back := new(vault.RollbackError); !errors.As(err, &back) {
		t.Errorf("edit: %v", err)
	}
	_, err = on().Insert(vaulttest.ParsePath("office/new"), vaulttest.Draft("two"))
	if back := new(vault.RollbackError); !errors.As(err, &back) {
		t.Errorf("insert: %v", err)
	}
	var old *vault.OldCopyError
	if _, err = on().PublishBook("no-internet", []byte("two")); !errors.As(err, &old) || old.What != "runbook" {
		t.Errorf("publish: %v", err)
	}
	_, err = on().ChangePolicy(func(d *policy.Document) error { d.Name = "Otherwise"; return nil })
	if !errors.As(err, &old) || old.What != "policy" || old.Have+1 != old.Pinned {
		t.Errorf("policy: %v", err)
	}
	after, err := vaulttest.Look(stick.Dir)
	c.must(err)
	for _, change := range before.Changes(after) {
		if !strings.Contains(change, "logs/") {
			t.Errorf("written all the same: %s", change)
		}
	}
	c.must(c.CopyFiles(maria, stick))
	if _, err = on().Edit(vaulttest.ParsePath(vaulttest.Trunk), func(d entry.Draft) (entry.Draft, error) { d.Note = "x"; return d, nil }); err != nil {
		t.Errorf("after the copies met: %v", err)
	}
	c.must(c.CopyFiles(stick, maria))
	tree, err := vaulttest.Look(maria.Dir)
	c.must(err)
	for name := range tree {
		if strings.Contains(name, "~") {
			t.Errorf("an equivocation: %s", name)
		}
	}
}

// damage changes the last byte of a file that counts.
func (c *crew) damage(member, file string) {
	c.t.Helper()
	name := filepath.Join(c.Person(member).Dir, filepath.FromSlash(file))
	data, err := os.ReadFile(name)
	c.must(err)
	at := strings.LastIndex(string(data), "-----END AGE") - 10
	if data[at] ^= 1; data[at] == '\n' {
		data[at]++
	}
	c.must(os.WriteFile(name, data, 0o600))
}
