package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Figures recorded on 2026-11-21 on two cores, 10,000 entries and 50 members, identities without a passphrase.
const recordedAge = 4100 * time.Microsecond // `age -d`, one post-quantum stanza

var recorded = map[string]map[string]time.Duration{
	"process start": {"gopass": 12 * time.Millisecond, "passage": 6 * time.Millisecond},
	"show":          {"gopass": 17600 * time.Microsecond, "passage": 27700 * time.Microsecond},
	"insert":        {"gopass": 66 * time.Millisecond, "passage": 85 * time.Millisecond},
	"list":          {"gopass": 111 * time.Millisecond, "passage": 68 * time.Millisecond},
	"search":        {"gopass": 64 * time.Second, "passage": 76 * time.Second},

	"add a member":    {"gopass": 127 * time.Second, "passage": 77 * time.Second}, // to the second, with git
	"remove a member": {"gopass": 210 * time.Second, "passage": 125 * time.Second},
}

// limit is what a row must stay under: a factor of another's time, or a time of its own.
type limit struct {
	of     string
	factor float64
	most   time.Duration
}

// row is one line of the budgets.
type row struct {
	name   string
	runs   int
	all    []runner
	limits []limit
}

func (b *bench) rows(ctx context.Context) error {
	only, err := regexp.Compile(b.only)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries listed, %d members, %d events, medians of %d runs; ~: recorded, scaled by what age takes now\n\n",
		b.listed, b.members, b.events, b.runs)
	var failures []error
	for _, r := range append(b.timed(), b.teamRows()...) {
		if only.MatchString(r.name) {
			failures = append(failures, named(r.name, func() error { return r.race(ctx) }))
		}
	}
	for _, r := range []struct {
		name    string
		measure func() error
	}{{"size", b.size}, {"append", b.appends}, {"audit verify", b.verifies(ctx)}} {
		if only.MatchString(r.name) {
			failures = append(failures, named(r.name, r.measure))
		}
	}
	return errors.Join(failures...)
}

// named runs one row and puts its name before its error, so that a row that fails doesn't keep the others from running.
func named(name string, measure func() error) error {
	if err := measure(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (r row) race(ctx context.Context) error {
	results, err := inTurn(ctx, r.runs, r.all...)
	if err == nil {
		report(r, results)
	}
	return err
}

// timed are the rows that are whole processes of opsvault and its neighbours.
func (b *bench) timed() []row {
	insert := runner{name: "opsvault", command: func(run int) *exec.Cmd {
		command := b.ours("insert", fmt.Sprintf("%s/bench-%d-%d", b.safe, os.Getpid(), run), "--kind", "service", "--field", "password", "--stdin")
		command.Stdin = strings.NewReader("a password")
		return command
	}}
	cold := runner{name: "opsvault", command: func(int) *exec.Cmd {
		b.dropIndex()
		return b.ours("ls")
	}}
	return []row{
		{"process start", b.runs, b.with(b.self("version"), "", func(string, int) []string { return []string{"version"} }),
			[]limit{{of: "gopass", factor: 0.5}}},
		{"show", b.runs, b.with(b.self("show", "-f", "password", b.path), "", func(name string, _ int) []string {
			if name == "gopass" {
				return []string{"show", "-o", b.peers.path(1)}
			}
			return []string{"show", b.peers.path(1)}
		}), []limit{{of: "gopass", factor: 0.6}, {of: "age", factor: 3}}},
		{"list", b.runs, b.with(b.self("ls"), "", func(string, int) []string { return []string{"ls"} }),
			[]limit{{of: "gopass", factor: 0.4}}},
		{"list, cold", 3, []runner{cold}, []limit{{most: 3 * time.Second}}},
		{"search", b.runs, b.with(b.self("find", b.title), "", nil),
			[]limit{{of: "gopass", factor: 0.01}, {most: 60 * time.Millisecond}}},
		// last: after a write a directory is read again until its time of change has settled
		{"insert", b.runs, b.with(insert, "a password\n", func(name string, run int) []string {
			if name == "gopass" {
				return []string{"insert", "-f", fmt.Sprintf("bench/new-%d", run)}
			}
			return []string{"insert", "-m", "-f", fmt.Sprintf("bench/other-%d", run)}
		}), []limit{{of: "gopass", factor: 0.6}}},
	}
}

// with puts the installed neighbours, where they can do the same, and the floor beside one of our own runners.
func (b *bench) with(own runner, stdin string, args func(name string, run int) []string) []runner {
	all := []runner{own, b.floor("-d", "-i", b.identity, b.sealed)}
	if args != nil {
		all = append(all, b.peers.runners(stdin, args)...)
	}
	return all
}

// dropIndex removes the sealed index of cards, which the next listing makes anew.
func (b *bench) dropIndex() {
	found, err := filepath.Glob(filepath.Join(b.home, "vaults", "*", "*", "index"))
	if err != nil {
		return
	}
	for _, index := range found {
		os.Remove(index)
	}
}

// report prints a row. A neighbour that wasn't measured counts with its recorded figure, scaled by what age took in
// the same turns.
func report(r row, results map[string]result) {
	scale := 1.0 // where age has not run beside it
	if age, ran := results["age"]; ran {
		scale = float64(age.median) / float64(recordedAge)
	}
	own := results["opsvault"].median
	fmt.Printf("%-16s opsvault %9s", r.name, show(own))
	for _, name := range []string{"gopass", "passage", "age"} {
		if other, measured := results[name]; measured {
			fmt.Printf("   %s %s", name, show(other.median))
		} else if other, known := recorded[r.name][name]; known {
			fmt.Printf("   %s ~%s", name, show(time.Duration(float64(other)*scale)))
		}
	}
	for _, l := range r.limits {
		most, what := l.most, "≤ "+show(l.most)
		if l.of != "" {
			other, measured := results[l.of]
			if !measured {
				other.median = time.Duration(float64(recorded[r.name][l.of]) * scale)
			}
			most = time.Duration(float64(other.median) * l.factor)
			what = fmt.Sprintf("%.3g × %s, ≤ %g", float64(own)/float64(other.median), l.of, l.factor)
		}
		fmt.Printf("   [%s: %s]", what, verdict(own <= most))
	}
	fmt.Println()
}

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "TOO SLOW"
}

func show(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// size is the mean size of an entry's file, and of the neighbours' files.
func (b *bench) size() error {
	own, err := meanSize(filepath.Join(b.vault, "entries"), ".entry")
	if err != nil {
		return err
	}
	fmt.Printf("%-16s opsvault %9.0f bytes", "size", own)
	if len(b.peers.installed) > 0 {
		other, err := meanSize(b.peers.store, ".age")
		if err != nil {
			return err
		}
		fmt.Printf("   %s %.0f bytes", strings.Join(b.peers.installed, ", "), other)
	}
	fmt.Printf("   [≤ 7168 bytes: %s]\n", verdict(own <= 7168))
	return nil
}

func meanSize(dir, suffix string) (float64, error) {
	var total, files int64
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, suffix) {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total, files = total+info.Size(), files+1
		}
		return err
	})
	if err == nil && files == 0 {
		err = fmt.Errorf("no %s files in %s", suffix, dir)
	}
	return float64(total) / float64(max(files, 1)), err
}

// appends compares the project's benchmark of an append with an append and a durable replace by hand.
func (b *bench) appends() error {
	floor, err := appendFloor(b.work, 300)
	if err != nil {
		return err
	}
	own, err := appendBenchmark()
	if err != nil {
		return err
	}
	fmt.Printf("%-16s opsvault %9s   floor %s   [%.2f × floor, ≤ 2: %s]\n", "append", show(own), show(floor),
		float64(own)/float64(floor), verdict(own <= 2*floor))
	return nil
}

// verifies measures a full verification beside SHA-256 of the same lines, and one that finds nothing new.
func (b *bench) verifies(ctx context.Context) func() error {
	return func() error {
		floor, lines, err := hashLines(b.vault)
		if err != nil {
			return err
		}
		full, err := inTurn(ctx, 3, b.self("audit", "verify", "--full"))
		if err != nil {
			return err
		}
		own := full["opsvault"]
		fmt.Printf("%-16s opsvault %9s   SHA-256 of %d lines %s   [%.2f × floor, ≤ 3: %s]   [%d MiB, ≤ 64: %s]\n", "audit verify",
			show(own.median), lines, show(floor), float64(own.median)/float64(floor), verdict(own.median <= 3*floor),
			own.memory>>20, verdict(own.memory <= 64<<20))
		again, err := inTurn(ctx, b.runs, b.self("audit", "verify"))
		if err != nil {
			return err
		}
		fmt.Printf("%-16s opsvault %9s   [≤ 50 ms: %s]\n", "  nothing new", show(again["opsvault"].median),
			verdict(again["opsvault"].median <= 50*time.Millisecond))
		return nil
	}
}
