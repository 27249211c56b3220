package vault_test

import (
	"os"
	"reflect"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

func list(t *testing.T, v *vault.Vault) []vault.Row {
	t.Helper()
	rows, err := v.List("")
	must(t, err)
	return rows
}

func paths(rows []vault.Row) (list []string) {
	for _, r := range rows {
		list = append(list, r.Path)
	}
	return list
}

// settled lets directories look as if they had not changed for a while, so
// that the index trusts their times.
func settled(t *testing.T, w *vaulttest.World) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	shards, err := os.ReadDir(w.Path("entries"))
	must(t, err)
	for _, s := range shards {
		must(t, os.Chtimes(w.Path("entries/"+s.Name()), old, old))
	}
	must(t, os.Chtimes(w.Path("policy"), old, old))
}

// From a cold index, a warm one, one that can trust the directories' times, a
// damaged one and none at all, the list is the same.
func TestListColdAndWarm(t *testing.T) {
	t.Parallel()
	w := world(t)
	settled(t, w)
	want := list(t, openAs(t, w, w.Ivan))
	if got := paths(want); !reflect.DeepEqual(got, []string{vaulttest.Wifi, vaulttest.PBX, vaulttest.Trunk}) {
		t.Fatalf("%v", got)
	}
	same := func(how string) {
		t.Helper()
		if got := list(t, openAs(t, w, w.Ivan)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", how, got)
		}
	}
	same("warm")
	for name, spoil := range spoils {
		spoil(t, deviceFile(t, w, w.Ivan, "index"))
		same(name)
		same(name + ", again")
	}
}

func TestListFollowsWrites(t *testing.T) {
	t.Parallel()
	w := world(t)
	settled(t, w)
	ivan := openAs(t, w, w.Ivan)
	list(t, ivan)
	v := openAs(t, w, w.Maria)
	if _, err := v.Edit(trunk, to("third")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Remove(pbx); err != nil {
		t.Fatal(err)
	}
	rows := list(t, openAs(t, w, w.Ivan))
	if !reflect.DeepEqual(paths(rows), []string{vaulttest.Wifi, vaulttest.Trunk}) || rows[1].Version != 3 {
		t.Errorf("%+v", rows)
	}
	office, err := v.List("office")
	if err != nil || !reflect.DeepEqual(paths(office), []string{vaulttest.Wifi}) {
		t.Errorf("%v, %v", office, err)
	}
}

// A version whose log has not arrived waits; it is in the list as soon as the
// log is, though its directory has not changed.
func TestListInTransit(t *testing.T) {
	t.Parallel()
	w := world(t)
	base := w.Path("logs/" + deviceOf(t, w, w.Maria))
	before := look(t, base)
	v := openAs(t, w, w.Maria)
	if _, err := v.Edit(trunk, to("third")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new")); err != nil {
		t.Fatal(err)
	}
	after := look(t, base)
	must(t, before.Restore(base))
	settled(t, w)
	for range 2 {
		v := openAs(t, w, w.Ivan)
		rows := list(t, v)
		if len(rows) != 3 || rows[2].Version != 2 || !warned(v, "version-refused") {
			t.Errorf("%+v, warnings %v", rows, v.Warnings())
		}
	}
	must(t, after.Restore(base))
	if rows := list(t, openAs(t, w, w.Ivan)); len(rows) != 4 || rows[3].Version != 3 {
		t.Errorf("%+v", rows)
	}
}

// What is gone is missed each time, also when the index is lost.
func TestListMissesWhatIsGone(t *testing.T) {
	t.Parallel()
	w := world(t)
	file, err := w.EntryFile(vaulttest.PBX, 1)
	must(t, err)
	must(t, os.Remove(w.Path(file)))
	for i := range 4 {
		if i == 2 {
			must(t, os.Remove(deviceFile(t, w, w.Maria, "index")))
		}
		settled(t, w)
		v := openAs(t, w, w.Maria)
		if rows := list(t, v); len(rows) != 2 || !warned(v, "entry-left-out") {
			t.Errorf("list %d: %v, warnings %v", i, paths(rows), v.Warnings())
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	d := vaulttest.Draft("x")
	d.Title, d.Owner, d.Tags, d.URL = "Личный кабинет", "Мария", []string{"primary"}, "https://cabinet.example.net/login"
	if _, err := v.Insert(vaulttest.ParsePath("telephony/cabinet"), d); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"cabinet": 1, "КАБИНЕТ": 1, "rf,bytn": 1, "сфиштуе": 1, "мария primary": 1, "example.net": 1, "pbx trunk": 1, "trunk zzz": 0, "": 0,
	} {
		if rows, err := v.Find(text); err != nil || len(rows) != want {
			t.Errorf("%q finds %v, %v", text, paths(rows), err)
		}
	}
}

func deviceOf(t *testing.T, w *vaulttest.World, p *vaulttest.Person) string {
	t.Helper()
	key, err := w.Key(p)
	must(t, err)
	return key.DeviceID()
}
