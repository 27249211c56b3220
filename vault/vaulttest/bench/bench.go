package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bench holds what every row needs: the programs, the vault and a credential in it.
type bench struct {
	options
	work              string
	vault, home       string // the generated vault and its local state
	opsvault, age     string // programs
	identity, sealed  string // a post-quantum identity, and a small file sealed to it
	path, safe, title string // a readable credential
	listed            int
	peers             *peers
}

func (b *bench) prepare(ctx context.Context) error {
	for _, step := range []func(context.Context) error{b.find, b.build, b.seal, b.choose, b.neighbours} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// find looks for the vault and its local state in the generated directory, at most two levels down.
func (b *bench) find(context.Context) error {
	err := filepath.WalkDir(b.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(b.dir, name)
		switch {
		case entry.Name() == "opsvault.yaml":
			b.vault = filepath.Dir(name)
		case entry.IsDir() && entry.Name() == "identities":
			b.home = filepath.Dir(name)
		}
		if entry.IsDir() && strings.Count(filepath.ToSlash(rel), "/") >= 2 {
			return fs.SkipDir
		}
		return nil
	})
	if err == nil && (b.vault == "" || b.home == "") {
		err = fmt.Errorf("%s holds no vault (opsvault.yaml) with local state (identities)", b.dir)
	}
	return err
}

// build makes the programs that are measured: opsvault as it is released, and age with post-quantum keys.
func (b *bench) build(ctx context.Context) error {
	b.opsvault, b.age = filepath.Join(b.work, "opsvault"), filepath.Join(b.work, "age")
	for _, args := range [][]string{
		{"build", "-trimpath", "-tags", "urfave_cli_no_docs,urfave_cli_no_suggest", "-ldflags", "-s -w", "-o", b.opsvault, "./cmd/opsvault"},
		{"build", "-modfile=tools.mod", "-o", b.work + string(filepath.Separator), "filippo.io/age/cmd/age", "filippo.io/age/cmd/age-keygen"},
	} {
		command := exec.CommandContext(ctx, "go", args...)
		command.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// seal prepares the floor of show: one small file, one post-quantum stanza.
func (b *bench) seal(ctx context.Context) error {
	b.identity, b.sealed = filepath.Join(b.work, "identity.txt"), filepath.Join(b.work, "sealed.age")
	plain := filepath.Join(b.work, "plain.txt")
	if err := os.WriteFile(plain, []byte("fields:\n  password: floor\n"), 0o600); err != nil {
		return err
	}
	keygen := exec.CommandContext(ctx, filepath.Join(b.work, "age-keygen"), "-pq", "-o", b.identity)
	if out, err := keygen.CombinedOutput(); err != nil {
		return fmt.Errorf("age-keygen: %w\n%s", err, out)
	}
	encrypt := exec.CommandContext(ctx, b.age, "-e", "-i", b.identity, "-o", b.sealed, plain)
	if out, err := encrypt.CombinedOutput(); err != nil {
		return fmt.Errorf("age -e: %w\n%s", err, out)
	}
	return nil
}

// choose takes the credential in the middle of the list.
func (b *bench) choose(ctx context.Context) error {
	out, err := b.ours("ls", "--json").Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return fmt.Errorf("opsvault ls: %w", err)
	}
	var all, readable []struct {
		Path, Title string
		Readable    bool
	}
	if err := json.Unmarshal(out, &all); err != nil {
		return fmt.Errorf("opsvault ls --json: %w", err)
	}
	for _, one := range all {
		if one.Readable {
			readable = append(readable, one)
		}
	}
	if len(readable) == 0 {
		return errors.New("no credential of the vault can be read by this member")
	}
	middle := readable[len(readable)/2]
	b.path, b.title, b.listed = middle.Path, middle.Title, len(all)
	b.safe, _, _ = strings.Cut(b.path, "/")
	return ctx.Err()
}

func (b *bench) neighbours(ctx context.Context) error {
	b.peers = &peers{}
	if !b.options.peers {
		return nil
	}
	found, err := preparePeers(ctx, b.work, b.entries, b.members)
	if err == nil {
		b.peers = found
	}
	return err
}

// ours is a command of opsvault on the generated vault.
func (b *bench) ours(args ...string) *exec.Cmd {
	command := exec.Command(b.opsvault, args...)
	command.Env = append(os.Environ(), "OPSVAULT_DIR="+b.vault, "OPSVAULT_HOME="+b.home, "OPSVAULT_LANG=en", "NO_COLOR=1")
	if b.me != "" {
		command.Env = append(command.Env, "OPSVAULT_ME="+b.me)
	}
	return command
}

func (b *bench) self(args ...string) runner {
	return runner{name: "opsvault", command: func(int) *exec.Cmd { return b.ours(args...) }}
}

func (b *bench) floor(args ...string) runner {
	return runner{name: "age", command: func(int) *exec.Cmd { return exec.Command(b.age, args...) }}
}
