package vaulttest

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"opsvault/vault"
)

// Attacks on the vault as a whole.
func vaultAttacks() []Attack {
	return []Attack{
		{"vault-swapped", VaultSwapped},
		{"vault-swapped-under-marker", VaultSwappedUnderMarker},
		{"vault-swapped-for-joined", VaultSwappedForJoined},
		{"marker-removed", MarkerRemoved},
		{"marker-oversized", MarkerOversized},
		{"marker-yaml-bomb", MarkerYAMLBomb},
		{"file-name-escape", FileNameEscape},
	}
}

// swap puts a new vault with the same name in place of the known one, made
// with somebody's local state.
func (w *World) swap(home string) error {
	if err := w.readLogs(); err != nil { // everybody has used the known one here
		return err
	}
	if err := os.Rename(w.Dir, filepath.Join(w.Root, "known")); err != nil {
		return err
	}
	_, err := vault.Create(vault.Options{Dir: w.Dir, Home: home, Rand: rand.Reader, Now: w.Now}, NewVault())
	return err
}

// VaultSwapped is a new vault by somebody who calls themselves maria, too.
func VaultSwapped(w *World) error { return w.swap(filepath.Join(w.Root, "attacker")) }

// VaultSwappedUnderMarker keeps the marker of the known vault.
func VaultSwappedUnderMarker(w *World) error {
	marker, err := os.ReadFile(w.Path("opsvault.yaml"))
	if err != nil {
		return err
	}
	if err := VaultSwapped(w); err != nil {
		return err
	}
	return w.Write("opsvault.yaml", marker)
}

// VaultSwappedForJoined swaps it for another vault that Maria has joined, too,
// and where others read what she writes.
func VaultSwappedForJoined(w *World) error {
	if err := w.readLogs(); err != nil {
		return err
	}
	other := *w
	other.Dir = filepath.Join(w.Root, "other")
	options := w.Options(w.Maria)
	options.Dir = other.Dir
	if _, err := vault.Create(options, NewVault()); err != nil {
		return err
	}
	if err := os.Rename(w.Dir, filepath.Join(w.Root, "known")); err != nil {
		return err
	}
	return os.Rename(other.Dir, w.Dir)
}

// MarkerRemoved takes the marker away.
func MarkerRemoved(w *World) error { return os.Remove(w.Path("opsvault.yaml")) }

// MarkerOversized fills the marker up.
func MarkerOversized(w *World) error {
	return w.Change("opsvault.yaml", func(b []byte) []byte { return append(b, strings.Repeat("# filled up\n", 500)...) })
}

// MarkerYAMLBomb is the billion laughs.
func MarkerYAMLBomb(w *World) error {
	return w.Change("opsvault.yaml", func(b []byte) []byte { return append(b, bomb()...) })
}

// FileNameEscape puts files with escape sequences in their names wherever
// names are listed.
func FileNameEscape(w *World) error {
	for _, dir := range []string{"", "entries/", "entries/aa/", "policy/", "logs/", "runbooks/", "devices/"} {
		if err := w.Write(dir+"\x1b[2J\x1b]0;owned\x07", []byte("x")); err != nil {
			return err
		}
	}
	return nil
}
