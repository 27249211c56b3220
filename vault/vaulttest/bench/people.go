package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// teamRows are the rows of people who come and go, and of copies that meet.
func (b *bench) teamRows() []row {
	few := min(b.runs, 7)
	return []row{
		{"add a member", few, []runner{b.asFor("add", b.admits)}, []limit{{of: "gopass", factor: 0.001}}},
		{"remove a member", few, []runner{b.asFor("remove", b.removes)}, []limit{{of: "gopass", factor: 0.01}}},
		{"sync", few, []runner{b.asFor("sync", b.syncs)}, []limit{{most: 300 * time.Millisecond}}},
	}
}

// asFor is a runner whose command needs something to be done before, which isn't timed.
func (b *bench) asFor(what string, prepare func(name string) (*exec.Cmd, error)) runner {
	return runner{name: "opsvault", command: func(run int) *exec.Cmd {
		command, err := prepare(fmt.Sprintf("%s-%d-%d", what, os.Getpid(), run))
		if err != nil {
			return &exec.Cmd{Path: b.opsvault, Err: err}
		}
		return command
	}}
}

// admits invites somebody who joins on a machine of their own, and is about to be admitted.
func (b *bench) admits(name string) (*exec.Cmd, error) {
	invitation, request := filepath.Join(b.work, name+".invite"), filepath.Join(b.work, name+".join")
	if err := quietly(b.ours("invite", name, "--role", "agent", "-o", invitation)); err != nil {
		return nil, err
	}
	join := b.ours("join", invitation, b.vault, "--label", "bench", "--no-passphrase", "-o", request, "--json")
	join.Env = append(join.Env, "OPSVAULT_ME=", "OPSVAULT_HOME="+filepath.Join(b.work, name))
	out, err := join.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("join: %w: %s", err, failed.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	var joined struct{ Digits string }
	if err := json.Unmarshal(out, &joined); err != nil {
		return nil, fmt.Errorf("join --json: %w", err)
	}
	return b.ours("admit", name, request, "--digits", joined.Digits), nil
}

// removes has somebody in the vault who is about to be removed.
func (b *bench) removes(name string) (*exec.Cmd, error) {
	admit, err := b.admits(name)
	if err == nil {
		err = quietly(admit)
	}
	return b.ours("member", "rm", name), err
}

// syncs has a copy that has met the vault, and that nothing has happened to since.
func (b *bench) syncs(string) (*exec.Cmd, error) {
	other := filepath.Join(b.work, "copy")
	sync := func() *exec.Cmd { return b.ours("sync", other, "--forget") }
	if _, err := os.Stat(other); err == nil {
		return sync(), nil
	}
	for range 3 { // the second carries what the first has noted in the log; then times of change settle
		if err := quietly(sync()); err != nil {
			return nil, err
		}
		time.Sleep(3 * time.Second)
	}
	return sync(), nil
}

func quietly(command *exec.Cmd) error {
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return nil
}
