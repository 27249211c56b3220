// Command hostile makes the hostile vaults of the tests, to be looked at and
// tried by anybody:
//
//	go run ./vault/vaulttest/hostile DIR [ATTACK …]
//
// makes below DIR, for each attack that is named (or all), a folder with the
// vault and the local state of its people, maria and ivan. What each attack is,
// and what must come of it, stands in testdata/hostile.
//
//	opsvault --vault DIR/ATTACK/vault show telephony/sip-trunk
//
// with OPSVAULT_HOME=DIR/ATTACK/maria then shows what a person sees of it.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"opsvault/vault/vaulttest"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: hostile DIR [ATTACK …]")
	}
	for _, a := range vaulttest.Attacks() {
		if len(args) > 1 && !slices.Contains(args[1:], a.Name) {
			continue
		}
		if err := attack(filepath.Join(args[0], a.Name), a); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		fmt.Fprintln(out, a.Name)
	}
	for _, a := range vaulttest.JoinAttacks() {
		if len(args) > 1 && !slices.Contains(args[1:], a.Name) {
			continue
		}
		j, err := vaulttest.NewJoining(filepath.Join(args[0], a.Name))
		if err == nil {
			err = a.Do(j)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		fmt.Fprintln(out, a.Name)
	}
	for _, a := range vaulttest.TeamAttacks() {
		if len(args) > 1 && !slices.Contains(args[1:], a.Name) {
			continue
		}
		if err := attackTeam(filepath.Join(args[0], a.Name), a); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		fmt.Fprintln(out, a.Name)
	}
	for _, a := range vaulttest.WriteAttacks() {
		if len(args) > 1 && !slices.Contains(args[1:], a.Name) {
			continue
		}
		t, err := vaulttest.NewTeam(filepath.Join(args[0], a.Name), "anna", "ivan")
		if err == nil {
			err = a.Do(t)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		fmt.Fprintln(out, a.Name)
	}
	return nil
}

// attackTeam makes a team in a new directory and attacks it there.
func attackTeam(dir string, a vaulttest.TeamAttack) error {
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(root, 0o700); err != nil {
		return err
	}
	t, err := vaulttest.NewTeam(root, a.Members...)
	if err != nil {
		return err
	}
	return a.Do(t)
}

// attack makes a sound vault in a new directory and attacks it there.
func attack(dir string, a vaulttest.Attack) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	w, err := vaulttest.Make(root)
	if err != nil {
		return err
	}
	return a.Do(w)
}
