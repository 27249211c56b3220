package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestShowFlags(t *testing.T) {
	tests := []struct {
		line string
		want showOptions
	}{
		{"show a/b", showOptions{}},
		{"show -f pin a/b", showOptions{field: "pin"}},
		{"show a/b -p --reason trunk", showOptions{main: true, reason: "trunk"}},
		{"show --unmask --version 3 a/b --stale --ticket=7", showOptions{unmask: true, version: 3, stale: true, ticket: "7"}},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, c, err := parsed(t, newShowCommand, strings.Fields(tt.line)...)
			if err != nil || got != tt.want || c.args[0] != "a/b" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestEditTellsWhatWasGiven(t *testing.T) {
	got, _, err := parsed(t, newEditCommand, "edit", "a/b", "--title", "", "--tag", "x,y", "--tag", "z")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"title": true, "tag": true, "kind": false, "url": false, "owner": false, "due": false, "note": false}
	if !reflect.DeepEqual(got.set, want) || !reflect.DeepEqual(got.tags.Value(), []string{"x,y", "z"}) {
		t.Errorf("got %v, tags %q", got.set, got.tags.Value())
	}
}

func TestOtherFlags(t *testing.T) {
	if got, _, err := parsed(t, newInsertCommand, "insert", "-k", "sip", "a/b", "--from", "-"); err != nil || got != (insertOptions{kind: "sip", from: "-"}) {
		t.Errorf("insert: %+v, %v", got, err)
	}
	if got, _, err := parsed(t, newGenerateCommand, "generate", "a/b", "-n", "30", "--no-symbols", "-y"); err != nil ||
		got != (generateOptions{length: 30, noSymbols: true, yes: true}) {
		t.Errorf("generate: %+v, %v", got, err)
	}
	if got, c, err := parsed(t, newInitCommand, "init", "dir", "--safes", "a,b", "--no-passphrase"); err != nil ||
		got != (initOptions{safes: "a,b", noPassphrase: true}) || c.args[0] != "dir" {
		t.Errorf("init: %+v, %v", got, err)
	}
	if got, _, err := parsed(t, newRestoreCommand, "restore", "a/b", "--version", "2"); err != nil || got.version != 2 {
		t.Errorf("restore: %+v, %v", got, err)
	}
	if got, c, err := parsed(t, newSafeSetCommand, "set", "sms", "--approvals", "0", "--quorum", "none"); err != nil ||
		got != (safeOptions{quorum: "none"}) || !c.isSet("approvals") || c.isSet("title") {
		t.Errorf("safe set: %+v, %v", got, err)
	}
	if got, _, err := parsed(t, newPolicyEditCommand, "edit", "--from", "p.yaml", "-y"); err != nil || got != (policyEditOptions{from: "p.yaml", yes: true}) {
		t.Errorf("policy edit: %+v, %v", got, err)
	}
}

func TestParseQuorum(t *testing.T) {
	tests := []struct {
		in   string
		need int
		of   []string
		ok   bool
	}{
		{"2/ivan,anna,oleg", 2, []string{"ivan", "anna", "oleg"}, true},
		{"none", 0, nil, true},
		{"2", 0, nil, false}, {"x/ivan", 0, nil, false}, {"", 0, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := parseQuorum(tt.in)
			switch {
			case (err == nil) != tt.ok:
				t.Errorf("error: %v", err)
			case got != nil && (got.Need != tt.need || !reflect.DeepEqual(got.Of, tt.of)), got == nil && tt.need > 0:
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestJoiningFlags(t *testing.T) {
	got, c, err := parsed(t, newInviteCommand, "invite", "ivan", "--role", "agent", "--role", "night", "--valid", "2d", "-o", "f", "--at", "x")
	if err != nil || c.args[0] != "ivan" || !reflect.DeepEqual(got.roles.Value(), []string{"agent", "night"}) || got.valid != "2d" || got.output != "f" || got.at != "x" {
		t.Errorf("invite: %+v, %v", got, err)
	}
	if got, c, err := parsed(t, newJoinCommand, "join", "f.invite", "dir", "--label", "desk", "--no-passphrase"); err != nil ||
		got != (joinOptions{label: "desk", noPassphrase: true}) || len(c.args) != 2 {
		t.Errorf("join: %+v, %v", got, err)
	}
	if got, c, err := parsed(t, newJoinCommand, "join", "--confirm", "1234 5678"); err != nil || got.confirm != "1234 5678" || !c.isSet("confirm") {
		t.Errorf("join: %+v, %v", got, err)
	}
	if got, _, err := parsed(t, newAdmitCommand, "admit", "ivan", "f.join", "--digits", "1 2"); err != nil || got.digits != "1 2" {
		t.Errorf("admit: %+v, %v", got, err)
	}
	if got, _, err := parsed(t, newDeviceRenewCommand, "renew", "f.invite", "--label", "x"); err != nil || got != (joinOptions{label: "x", renew: true}) {
		t.Errorf("renew: %+v, %v", got, err)
	}
}

func TestGrouped(t *testing.T) {
	for digits, want := range map[string]string{"": "", "1234": "1234", "12345678": "1234 5678", "123456789": "1234 5678 9"} {
		if got := grouped(digits); got != want {
			t.Errorf("%s: %q", digits, got)
		}
	}
}
