package main

import (
	"encoding/json"

	"github.com/rogpeppe/go-internal/testscript"

	"opsvault/vault/vaulttest"
)

// scriptTeam is the script command "team DIR member…": it makes a vaulttest.Team below a directory, in which Maria is
// there without being named. Each has DIR/<member>/home and a copy of the vault in DIR/<member>/vault.
func scriptTeam(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: team directory [member…]")
	}
	_, err := vaulttest.NewTeam(ts.MkAbs(args[0]), args[1:]...)
	ts.Check(err)
}

// scriptIDOf is the script command "idof FILE": it sets $ID to the "id" in a JSON document, or in the first of a list.
func scriptIDOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: idof file")
	}
	var doc struct{ ID string }
	data := []byte(ts.ReadFile(args[0]))
	if err := json.Unmarshal(data, &doc); err != nil {
		list := []*struct{ ID string }{&doc}
		ts.Check(json.Unmarshal(data, &list))
	}
	ts.Setenv("ID", doc.ID)
}
