//go:build unix

package vaulttest

import (
	"os"

	"syscall"
)

func fifoAttacks() []Attack {
	return []Attack{
		{"entry-fifo", EntryFIFO},
		{"marker-fifo", MarkerFIFO},
		{"policy-fifo", PolicyFIFO},
		{"log-head-fifo", LogHeadFIFO},
	}
}

// fifo puts a FIFO at a name: who opens it to read waits for somebody to write.
func (w *World) fifo(name string) error {
	if err := os.Remove(w.Path(name)); err != nil {
		return err
	}
	return syscall.Mkfifo(w.Path(name), 0o600)
}

// EntryFIFO makes a FIFO of the newest version.
func EntryFIFO(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.fifo(name)
}

// MarkerFIFO makes a FIFO of the marker.
func MarkerFIFO(w *World) error { return w.fifo("opsvault.yaml") }

// PolicyFIFO makes a FIFO of the newest policy.
func PolicyFIFO(w *World) error {
	name, err := w.One("policy/000002-*.yaml")
	if err != nil {
		return err
	}
	return w.fifo(name)
}

// LogHeadFIFO makes a FIFO of the head of Maria's log.
func LogHeadFIFO(w *World) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return w.fifo("logs/" + device + "/head")
}
