package vaulttest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"opsvault/vault/store"
)

// Attacks by somebody who can make links and FIFOs in the directory: to have
// others read what is not in the vault, write where they don't mean to, or
// wait for ever.
func linkAttacks() []Attack {
	return slices.Concat([]Attack{
		{"entry-linked", EntryLinked},
		{"entry-linked-outside", EntryLinkedOutside},
		{"entry-directory", EntryDirectory},
		{"shard-linked", ShardLinked},
		{"entries-linked", EntriesLinked},
		{"write-target-linked", WriteTargetLinked},
		{"tmp-linked", TmpLinked},
		{"logs-linked", LogsLinked},
		{"log-segment-linked", LogSegmentLinked},
		{"log-head-linked", LogHeadLinked},
		{"marker-linked", MarkerLinked},
		{"policy-linked", PolicyLinked},
		{"keys-linked", KeysLinked},
	}, fifoAttacks())
}

// link puts a symbolic link at a name of the vault, in place of what is there.
func (w *World) link(name, to string) error {
	if err := os.RemoveAll(w.Path(name)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.Path(name)), 0o700); err != nil {
		return err
	}
	return os.Symlink(to, w.Path(name))
}

// moveOut moves what is at a name out of the vault, and links to it.
func (w *World) moveOut(name string) error {
	to := filepath.Join(w.Root, "moved")
	if err := os.Rename(w.Path(name), to); err != nil {
		return err
	}
	return w.link(name, to)
}

// EntryLinked links the newest version to the first.
func EntryLinked(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.link(name, filepath.Base(nameLike(name, idOf(name), 1)))
}

// EntryLinkedOutside links the newest version to a file outside.
func EntryLinkedOutside(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.moveOut(name)
}

// EntryDirectory makes a directory of the newest version.
func EntryDirectory(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	if err := os.Remove(w.Path(name)); err != nil {
		return err
	}
	return os.Mkdir(w.Path(name), 0o700)
}

// ShardLinked moves the directory of Trunk out of the vault and links to it.
func ShardLinked(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.moveOut(filepath.ToSlash(filepath.Dir(filepath.FromSlash(name))))
}

// EntriesLinked does the same to all entries.
func EntriesLinked(w *World) error { return w.moveOut("entries") }

// WriteTargetLinked waits for Maria's next version with a link to something
// precious.
func WriteTargetLinked(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.link(nameLike(name, idOf(name), 3), filepath.Join(w.Elsewhere, "precious"))
}

// TmpLinked has files prepared elsewhere.
func TmpLinked(w *World) error { return w.link(store.TempDir, w.Elsewhere) }

// device is a person's device in this vault.
func (w *World) device(p *Person) (string, error) {
	key, err := w.Key(p)
	if err != nil {
		return "", err
	}
	return key.DeviceID(), nil
}

// linkLog links something of Maria's log.
func (w *World) linkLog(below, to string) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return w.link(strings.TrimSuffix(store.LogBase(device)+"/"+below, "/"), to)
}

// LogsLinked has Maria's log published elsewhere.
func LogsLinked(w *World) error { return w.linkLog("", w.Elsewhere) }

// LogSegmentLinked has Maria's lines appended to something precious.
func LogSegmentLinked(w *World) error {
	return w.linkLog("000001.jsonl", filepath.Join(w.Elsewhere, "precious"))
}

// LogHeadLinked has Maria's head written over something precious.
func LogHeadLinked(w *World) error {
	return w.linkLog("head", filepath.Join(w.Elsewhere, "precious"))
}

// MarkerLinked links the marker.
func MarkerLinked(w *World) error { return w.moveOut("opsvault.yaml") }

// PolicyLinked links the policy's directory.
func PolicyLinked(w *World) error { return w.moveOut("policy") }

// KeysLinked links the bundles of all devices.
func KeysLinked(w *World) error { return w.moveOut("keys") }
