package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"opsvault/vault"
)

// Enough entries that their shards are read ahead in several stretches: a listing made anew says what the warm one says.
func TestListManyShards(t *testing.T) {
	d := newDesk(t)
	var list []vault.Fresh
	for i := range 300 {
		list = append(list, vault.Fresh{Path: path(t, fmt.Sprintf("telephony/line-%03d", i)), Draft: secretDraft("x")})
	}
	if err := d.create().InsertAll(list); err != nil {
		t.Fatal(err)
	}
	first, err := d.open().List("")
	if err != nil || len(first) != len(list) {
		t.Fatalf("%d rows: %v", len(first), err)
	}
	indexes, err := filepath.Glob(filepath.Join(d.home, "vaults", "*", "*", "index"))
	if err != nil || len(indexes) != 1 {
		t.Fatal(indexes, err)
	}
	if err := os.Remove(indexes[0]); err != nil {
		t.Fatal(err)
	}
	again, err := d.open().List("")
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("%d rows and then %d: %v", len(first), len(again), err)
	}
}

func TestInsertAllRefusesTwins(t *testing.T) {
	d := newDesk(t)
	v := d.create()
	twins := []vault.Fresh{{Path: path(t, "telephony/Line"), Draft: secretDraft("x")}, {Path: path(t, "telephony/line"), Draft: secretDraft("y")}}
	if err := v.InsertAll(twins); err == nil {
		t.Fatal("two entries with one path went in")
	}
	if rows, err := d.open().List(""); err != nil || len(rows) != 0 {
		t.Errorf("%d entries are there: %v", len(rows), err)
	}
}
