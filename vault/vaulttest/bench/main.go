// Bench prints the rows of the project's budgets: how long opsvault takes for the work of a day in a vault of many
// entries, members and log events, side by side with whichever neighbours are installed (gopass, passage) and with
// the floor (age's own program, SHA-256, fsync). Whole processes are timed, in turn, so that a machine that slows
// down slows all of them; the median counts.
//
//	go run ./vault/vaulttest/bench -entries 10000 -members 50 -events 1000000
//	go run ./vault/vaulttest/bench -dir DIR     a vault that vaulttest/generate made before
//
// Run it from the root of the repository. The neighbours' stores are written directly, in their own layout: one age
// file an entry, sealed to as many X25519 recipients as there are members, and an identity without a passphrase,
// as everybody's here. A neighbour that is not installed is shown with the figure recorded on 2026-11-21, scaled by what
// `age -d` takes on this machine now; scaled figures are marked with ~.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
)

type options struct {
	entries, members, events, runs int
	dir, me, only                  string
	peers                          bool
}

func main() {
	var o options
	flag.IntVar(&o.entries, "entries", 10_000, "entries of the vault and of the neighbours' stores")
	flag.IntVar(&o.members, "members", 50, "members of the vault, recipients of the neighbours' files")
	flag.IntVar(&o.events, "events", 1_000_000, "lines of the log")
	flag.IntVar(&o.runs, "runs", 21, "runs of each command; the median is printed")
	flag.StringVar(&o.dir, "dir", "", "a generated vault to use; made in a temporary directory without it")
	flag.StringVar(&o.me, "me", "", "the member to act as, where the local state has several")
	flag.StringVar(&o.only, "only", "", "regular expression of the rows to run; all of them without it")
	flag.BoolVar(&o.peers, "peers", true, "measure installed neighbours too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	work, err := os.MkdirTemp("", "opsvault-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if o.dir == "" {
		o.dir = filepath.Join(work, "generated")
		if err := generate(ctx, o); err != nil {
			return err
		}
	}
	b := &bench{options: o, work: work}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	return b.rows(ctx)
}

// generate has the project's own generator make the vault.
func generate(ctx context.Context, o options) error {
	command := exec.CommandContext(ctx, "go", "run", "./vault/vaulttest/generate",
		"-entries", strconv.Itoa(o.entries), "-members", strconv.Itoa(o.members), "-events", strconv.Itoa(o.events), "-o", o.dir)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("generate the vault: %w", err)
	}
	return nil
}
