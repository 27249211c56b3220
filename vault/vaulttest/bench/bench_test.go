package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func TestMedian(t *testing.T) {
	if got := median([]time.Duration{9, 1, 5, 3, 100}); got != 5 {
		t.Errorf("median = %d, want 5", got)
	}
}

func TestRunnersTakeTurns(t *testing.T) {
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	take := func(name string) runner {
		return runner{name: name, command: func(run int) *exec.Cmd {
			order = append(order, fmt.Sprint(name, run))
			return exec.Command(program, "version")
		}}
	}
	results, err := inTurn(t.Context(), 2, take("a"), take("b"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a0", "b0", "a1", "b1", "a2", "b2"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if results["a"].median <= 0 || results["b"].median <= 0 {
		t.Errorf("no time was measured: %v", results)
	}
}

func TestFailureOfARunnerIsNamed(t *testing.T) {
	fails := runner{name: "neighbour", command: func(int) *exec.Cmd { return exec.Command("go", "no-such-command") }}
	if _, err := inTurn(t.Context(), 1, fails); err == nil || !strings.HasPrefix(err.Error(), "neighbour: ") {
		t.Errorf("err = %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := inTurn(cancelled, 1, fails); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want cancelled", err)
	}
}

func TestNeighboursStoreOpens(t *testing.T) {
	home := t.TempDir()
	p := &peers{home: home, store: filepath.Join(home, ".passage", "store")}
	if err := p.write(3, 4); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadFile(filepath.Join(p.store, ".age-recipients"))
	if err != nil || strings.Count(string(names), "age1") != 4 {
		t.Errorf("recipients %q, %v", names, err)
	}
	key, err := os.Open(filepath.Join(home, ".passage", "identities"))
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	identities, err := age.ParseIdentities(key)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		file, err := os.Open(filepath.Join(p.store, p.path(n)+".age"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = age.Decrypt(file, identities...)
		if err := errors.Join(err, file.Close()); err != nil {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	if mean, err := meanSize(p.store, ".age"); err != nil || mean < 400 {
		t.Errorf("mean size %v, %v", mean, err)
	}
}

func TestOtherProgramsOfTheSameNameAreNotNeighbours(t *testing.T) {
	p := &peers{}
	for version, want := range map[string]bool{
		"gopass 1.16.1 go1.26.0 linux amd64": true,
		"gopass version 1.5.0":               false,
		"":                                   false,
	} {
		if got := p.known("gopass", version); got != want {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
}

func TestFloors(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs", "k7q2m4x5c6v7b2n2")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"000001.jsonl": "one\ntwo\n", "000002.jsonl": "three\n"} {
		if err := os.WriteFile(filepath.Join(logs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, lines, err := hashLines(dir); err != nil || lines != 3 {
		t.Errorf("%d lines, %v; want 3", lines, err)
	}
	if took, err := appendFloor(dir, 3); err != nil || took <= 0 {
		t.Errorf("append floor %v, %v", took, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "floor-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

func TestVaultIsFound(t *testing.T) {
	dir := t.TempDir()
	b := &bench{options: options{dir: dir}}
	if err := b.find(t.Context()); err == nil {
		t.Error("an empty directory passes for a generated vault")
	}
	for _, name := range []string{"vault/opsvault.yaml", "state/identities/maria.txt"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.find(t.Context()); err != nil || b.vault != filepath.Join(dir, "vault") || b.home != filepath.Join(dir, "state") {
		t.Errorf("vault %s, state %s, %v", b.vault, b.home, err)
	}
}
