package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"filippo.io/age"
)

// peers is a store that gopass and passage both read: one directory of age files, the recipients beside them, and
// an identity without a passphrase where both look for one (~/.passage/identities).
type peers struct {
	home, store string
	installed   []string
}

// preparePeers finds the installed neighbours and writes their store. Without any it costs nothing.
func preparePeers(ctx context.Context, work string, entries, members int) (*peers, error) {
	p := &peers{home: filepath.Join(work, "neighbours")}
	p.store = filepath.Join(p.home, ".passage", "store")
	for _, name := range []string{"gopass", "passage"} {
		// Debian has other programs of these names: a game, and a gopass without age.
		if out, err := exec.CommandContext(ctx, name, "--version").CombinedOutput(); err == nil && p.known(name, string(out)) {
			p.installed = append(p.installed, name)
		}
	}
	if len(p.installed) == 0 {
		return p, nil
	}
	fmt.Fprintf(os.Stderr, "writing %d files for %d recipients for %s\n", entries, members, strings.Join(p.installed, ", "))
	if err := p.write(entries, members); err != nil {
		return nil, err
	}
	return p, p.configure(ctx)
}

func (p *peers) known(name, version string) bool {
	if name == "gopass" {
		return strings.HasPrefix(version, "gopass 1.16") || strings.HasPrefix(version, "gopass 1.15")
	}
	return strings.Contains(version, "age")
}

// write makes the identity, the recipients and the files, on all cores.
func (p *peers) write(entries, members int) error {
	if err := os.MkdirAll(filepath.Join(p.store, "bench"), 0o700); err != nil {
		return err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	recipients := []age.Recipient{identity.Recipient()}
	names := identity.Recipient().String() + "\n"
	for range members - 1 {
		other, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		recipients = append(recipients, other.Recipient())
		names += other.Recipient().String() + "\n"
	}
	if err := os.WriteFile(filepath.Join(p.home, ".passage", "identities"), []byte(identity.String()+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.store, ".age-recipients"), []byte(names), 0o600); err != nil {
		return err
	}
	var next atomic.Int64
	var group sync.WaitGroup
	failures := make([]error, runtime.NumCPU())
	for worker := range failures {
		group.Go(func() {
			for n := int(next.Add(1)); n <= entries && failures[worker] == nil; n = int(next.Add(1)) {
				failures[worker] = p.writeOne(n, recipients)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

func (p *peers) path(n int) string { return fmt.Sprintf("bench/entry-%06d", n) }

func (p *peers) writeOne(n int, recipients []age.Recipient) (err error) {
	file, err := os.OpenFile(filepath.Join(p.store, p.path(n)+".age"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	writer, err := age.Encrypt(file, recipients...)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("password-of-%06d\nusername: user-%d\nurl: https://host-%d.example.net\ntags: bench\n", n, n, n)
	if _, err := io.WriteString(writer, text); err != nil {
		return err
	}
	return writer.Close()
}

// configure points gopass at the store and puts the store under git, as both programs do by default.
func (p *peers) configure(ctx context.Context) error {
	config := filepath.Join(p.home, ".config", "gopass", "config")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("[mounts]\n\tpath = %s\n[age]\n\tagent-enabled = false\n[core]\n\tautopush = false\n\tnotifications = false\n", p.store)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"config", "user.name", "bench"}, {"config", "user.email", "bench@example.net"},
		{"add", "-A"}, {"commit", "-q", "-m", "all entries"},
	} {
		git := exec.CommandContext(ctx, "git", append([]string{"-C", p.store}, args...)...)
		git.Env = p.env()
		if out, err := git.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

func (p *peers) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "GOPASS_NO_NOTIFY=true", "GOPASS_NO_REMINDER=true",
		"NO_COLOR=1", "TMPDIR=" + os.TempDir(),
	}
}

// runners returns one runner for each installed neighbour; args tells what to run, stdin what it reads.
func (p *peers) runners(stdin string, args func(name string, run int) []string) []runner {
	var all []runner
	for _, name := range p.installed {
		all = append(all, runner{name: name, command: func(run int) *exec.Cmd {
			command := exec.Command(name, args(name, run)...)
			command.Env = p.env()
			command.Stdin = strings.NewReader(stdin)
			return command
		}})
	}
	return all
}
