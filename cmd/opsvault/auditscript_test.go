package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptFlip is the script command "flip PATTERN TEXT": it changes one bit of the first letter of TEXT where it is found
// first in the one file that matches.
func scriptFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip pattern text")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	if err != nil || len(found) != 1 {
		ts.Fatalf("%s: %v, %v", args[0], found, err)
	}
	data, err := os.ReadFile(found[0])
	ts.Check(err)
	at := bytes.Index(data, []byte(args[1]))
	if at < 0 {
		ts.Fatalf("%s holds no %q", found[0], args[1])
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(found[0], data, 0o600))
}
