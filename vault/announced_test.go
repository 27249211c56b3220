package vault_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// look makes a member read all logs that are here, as a sync does.
func (c *crew) look(member string) {
	c.t.Helper()
	v := c.open(member)
	if err := v.ReadLogs(); err != nil {
		c.t.Fatal(err)
	}
}

func letAgentsWrite(d *policy.Document) error {
	d.Safes["telephony"].Access["agent"] = policy.Manage
	return nil
}

// A version that was announced as written and withheld is missed; resolve goes on without it, for everybody; and when it
// turns up after all it is judged like any other.
func TestWithheld(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	written := c.edit("anna", vaulttest.Trunk, "password", "withheld")
	c.carry("anna", "maria")
	release := c.take("maria", written.File)
	c.look("maria")

	var back *vault.RollbackError
	_, err := c.open("maria").Reveal(trunk, vault.Purpose{})
	if !errors.As(err, &back) || len(back.Missing) != 1 || back.Missing[0].Member != "anna" || back.Pinned != 2 || back.Have != 1 {
		t.Fatalf("a withheld version: %v", err)
	}
	if _, err := c.open("maria").Edit(trunk, func(d entry.Draft) (entry.Draft, error) { d.Note = "x"; return d, nil }); !errors.As(err, &back) {
		t.Errorf("edited over it: %v", err)
	}
	if rows, err := c.open("maria").List("telephony"); err != nil || len(rows) != 2 {
		t.Errorf("listed: %v, %v", rows, err)
	}
	got, err := c.open("maria").Reveal(trunk, vault.Purpose{Stale: true})
	if err != nil || password(got) != "trunk-old" {
		t.Errorf("stale: %v, %v", got, err)
	}
	e, err := c.open("maria").Resolve(trunk, vault.Resolution{})
	if err != nil || e.Version != 2 {
		t.Fatalf("resolve: %v, %v", e, err)
	}
	c.carry("maria", "ivan")
	c.look("ivan")
	for _, member := range []string{"maria", "ivan"} {
		if got, version := c.password(member, vaulttest.Trunk); got != "trunk-old" || version != 2 {
			t.Errorf("%s: %q, %d", member, got, version)
		}
	}
	release()
	_, siblings, err := c.open("maria").Show(trunk, false)
	if err != nil || len(siblings) != 1 {
		t.Errorf("the skipped version turned up: %v, %v", siblings, err)
	}
	if e, err = c.open("maria").Resolve(trunk, vault.Resolution{}); err != nil || e.Version != 3 {
		t.Fatalf("resolve again: %v, %v", e, err)
	}
	if got, _ := c.password("maria", vaulttest.Trunk); got != "withheld" {
		t.Errorf("what only one side changed is merged: %q", got)
	}
}

// What one wrote offline while others went two versions further stands below the newest: it is listed, and resolve merges it.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna")
	c.edit("anna", vaulttest.Trunk, "password", "offline")
	c.edit("maria", vaulttest.Trunk, "note-a", "1")
	c.edit("maria", vaulttest.Trunk, "note-b", "2")
	c.meet("anna", "maria")
	for _, member := range []string{"anna", "maria"} {
		if got, version := c.password(member, vaulttest.Trunk); got != "trunk-old" || version != 3 {
			t.Errorf("%s: %q, %d", member, got, version)
		}
		if got := c.waits(member); got != vaulttest.Trunk+"@2 overtaken" {
			t.Errorf("%s: waiting: %s", member, got)
		}
	}
	e, err := c.open("anna").Resolve(vaulttest.ParsePath(vaulttest.Trunk), vault.Resolution{})
	if err != nil || e.Version != 4 || len(e.Card.Fields) != 4 {
		t.Fatalf("resolve: %+v, %v", e, err)
	}
	if got, _ := c.password("anna", vaulttest.Trunk); got != "offline" {
		t.Errorf("merged: %q", got)
	}
	if got := c.waits("anna"); got != "" {
		t.Errorf("still waiting: %s", got)
	}
}

// What was announced and arrives is not missed any more.
func TestAnnouncedAndArrived(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna")
	written := c.edit("anna", vaulttest.Trunk, "password", "new")
	c.carry("anna", "maria")
	release := c.take("maria", written.File)
	c.look("maria")
	release()
	if got, _ := c.password("maria", vaulttest.Trunk); got != "new" {
		t.Errorf("shown: %q", got)
	}
	list, err := c.open("maria").Conflicts()
	if err != nil || len(list) != 0 {
		t.Errorf("conflicts: %v, %v", list, err)
	}
}

// Announcements of versions that will never come: they stop the reading of an entry only when made by somebody who may write there,
// they move no number, and one resolve is enough for all of a device.
func TestAnnouncedAndNeverWritten(t *testing.T) {
	t.Parallel()
	w := world(t)
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	lie := func(p *vaulttest.Person, version uint64) {
		t.Helper()
		n, err := w.Next(p, vaulttest.Trunk)
		if err != nil {
			t.Fatal(err)
		}
		n.Line = func(d *chain.Draft) { d.Object = fmt.Sprintf("%s@%d", n.Body.ID, version) }
		n.Object = fmt.Sprintf("%s@%d", n.Body.ID, version)
		if err := w.Put(p, n); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(w.Path(store.EntryName(n.FileID, n.FileVersion, n.Body.Device))); err != nil {
			t.Fatal(err)
		}
	}
	read := func(p *vaulttest.Person) error {
		v := openAs(t, w, p)
		if err := v.ReadLogs(); err != nil {
			t.Fatal(err)
		}
		_, err := openAs(t, w, p).Reveal(trunk, vault.Purpose{})
		return err
	}
	lie(w.Ivan, 999_999) // he only reads telephony
	if err := read(w.Maria); err != nil {
		t.Errorf("an agent's announcement: %v", err)
	}
	now, _, err := openAs(t, w, w.Maria).Show(trunk, false)
	if err != nil {
		t.Fatal(err)
	}
	lie(w.Maria, 7)
	lie(w.Maria, 999_999)
	var back *vault.RollbackError
	if err := read(w.Ivan); !errors.As(err, &back) || back.Pinned != 999_999 || len(back.Missing) != 2 {
		t.Fatalf("a writer's announcement: %v", err)
	}
	e, err := openAs(t, w, w.Maria).Resolve(trunk, vault.Resolution{})
	if err == nil || !errors.Is(err, vault.ErrSettled) {
		t.Errorf("a device doesn't miss what it announced itself: %v, %v", e, err)
	}
	give, err := openAs(t, w, w.Maria).ChangePolicy(letAgentsWrite)
	if err != nil || give == nil {
		t.Fatal(err)
	}
	if e, err = openAs(t, w, w.Ivan).Resolve(trunk, vault.Resolution{}); err != nil || e.Version != now.Version+1 {
		t.Fatalf("resolve: %v, %v", e, err)
	}
	if err := read(w.Ivan); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if got, err := openAs(t, w, w.Maria).Reveal(trunk, vault.Purpose{}); err != nil || got.Entry.Version != e.Version {
		t.Errorf("afterwards: %v", err)
	}
}

// Two files by one device for one version, both announced, are siblings; whichever name holds which bytes, every copy shows the same.
func TestEquivocatedFiles(t *testing.T) {
	t.Parallel()
	w := world(t)
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	n, err := w.Next(w.Maria, vaulttest.Trunk)
	if err != nil {
		t.Fatal(err)
	}
	var files [2][]byte
	name := store.EntryName(n.FileID, n.FileVersion, openAs(t, w, w.Maria).Me().Device)
	for i, password := range []string{"first", "second"} {
		n.SecretText, n.SealedSecret = nil, nil
		secret, err := entry.NewSecret(n.Card.Binding, vaulttest.Draft(password).Fields, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		n.Secret, n.Parts, n.CardText, n.SealedCard = secret, nil, nil, nil
		if err := w.Put(w.Maria, n); err != nil {
			t.Fatal(err)
		}
		if files[i], err = os.ReadFile(w.Path(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(w.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	beside := func(data []byte) string {
		sum := sha256.Sum256(data)
		return name + "~" + hex.EncodeToString(sum[:4])
	}
	var shown [2][]statement.Hash
	for turn := range 2 {
		plain, newcomer := files[turn], files[1-turn]
		for file, data := range map[string][]byte{name: plain, beside(newcomer): newcomer, name + "~00000000": plain} {
			if err := w.Write(file, data); err != nil {
				t.Fatal(err)
			}
		}
		v := openAs(t, w, w.Ivan)
		e, siblings, err := v.Show(trunk, false)
		if err != nil || len(siblings) != 1 {
			t.Fatalf("turn %d: %v, %v", turn, siblings, err)
		}
		shown[turn] = []statement.Hash{e.Hash, siblings[0].Hash}
		warned := map[string]bool{}
		for _, w := range v.Warnings() {
			warned[w.Code+" "+w.Args["file"]] = true
		}
		if !warned["equivocation "+beside(newcomer)] || !warned["version-refused "+name+"~00000000"] {
			t.Errorf("turn %d: warnings %v", turn, v.Warnings())
		}
		matches, _ := filepath.Glob(w.Path(name) + "*")
		for _, file := range matches {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	if shown[0][0] != shown[1][0] || shown[0][1] != shown[1][1] {
		t.Errorf("the copies differ: %v", shown)
	}
}

// A sync brings logs before what they announce: nothing is missed after it, but what the other copy lacks too.
func TestSyncMissesWhatIsWithheld(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna")
	c.edit("anna", vaulttest.Trunk, "password", "new")
	kept := c.edit("anna", vaulttest.Wifi, "password", "withheld")
	c.take("anna", kept.File)
	v := c.open("maria")
	if _, err := v.Sync(c.Person("anna").Dir); err != nil {
		t.Fatal(err)
	}
	list, err := c.open("maria").Conflicts()
	if err != nil || len(list) != 1 || list[0].Path.String() != vaulttest.Wifi || len(list[0].Missing) != 1 {
		t.Errorf("conflicts: %+v, %v", list, err)
	}
	if got, _ := c.password("maria", vaulttest.Trunk); got != "new" {
		t.Errorf("what came: %q", got)
	}
}

func letAgentsWriteDoc(d *policy.Document) { _ = letAgentsWrite(d) }
