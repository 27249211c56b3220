package main

import (
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptOlder is the script command "older FILE…": each file looks as if it was changed an hour ago.
func scriptOlder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: older file…")
	}
	before := time.Now().Add(-time.Hour)
	for _, name := range args {
		ts.Check(os.Chtimes(ts.MkAbs(name), before, before))
	}
}
