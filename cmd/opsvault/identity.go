package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
)

type identityShowOptions struct{}

func newIdentityShowCommand(e *env, run runFunc[identityShowOptions]) *cli.Command {
	o := &identityShowOptions{}
	return e.command(&cli.Command{Name: "show"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type identityInfo struct {
	Member     string `json:"member"`
	Passphrase bool   `json:"passphrase"`
	File       string `json:"file"`
}

// runIdentityShow lists the identities of this machine. It opens none.
func runIdentityShow(_ context.Context, c *call, _ *identityShowOptions) error {
	home, dir, err := c.openHome()
	if err != nil {
		return err
	}
	defer dir.Close()
	found, err := identity.Find(dir)
	if err != nil {
		return err
	}
	list := make([]identityInfo, len(found))
	for i, f := range found {
		extension := ".txt"
		if f.Locked {
			extension = ".age"
		}
		list[i] = identityInfo{f.Member, f.Locked, filepath.Join(home, "identities", f.Member+extension)}
	}
	return c.result(list, func() {
		if len(list) == 0 {
			c.say("identity.none", "home", home)
		}
		for _, i := range list {
			state := c.text("identity.open")
			if i.Passphrase {
				state = c.text("identity.locked")
			}
			fmt.Fprintf(c.out, "%s %s  %s\n", term.Pad(i.Member, 16), state, term.Clean(i.File))
		}
	})
}

func (c *call) openHome() (string, *store.Dir, error) {
	home, err := c.home()
	if err != nil {
		return "", nil, err
	}
	dir, err := store.CreateDir(home, 0o700)
	return home, dir, err
}

type identityPasswdOptions struct{}

func newIdentityPasswdCommand(e *env, run runFunc[identityPasswdOptions]) *cli.Command {
	o := &identityPasswdOptions{}
	return e.command(&cli.Command{Name: "passwd"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runIdentityPasswd changes the passphrase of an identity, or gives it its first. The old one is asked for first, and a
// wrong one changes nothing.
func runIdentityPasswd(ctx context.Context, c *call, _ *identityPasswdOptions) error {
	_, dir, err := c.openHome()
	if err != nil {
		return err
	}
	defer dir.Close()
	member, err := c.oneMember(dir)
	if err != nil {
		return err
	}
	file, err := identity.Read(dir, member)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", vault.ErrNoIdentity, member)
	}
	if err != nil {
		return err
	}
	var old []byte
	if file.Locked {
		if old, err = c.checkedPassphrase(ctx, file); err != nil {
			return err
		}
		defer clear(old)
	}
	fresh := *c
	fresh.passphraseFile = "" // that file holds the old one
	passphrase, err := fresh.newPassphrase(ctx, member)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := identity.ChangePassphrase(dir, member, old, passphrase); err != nil {
		return err
	}
	c.say("identity.changed", "member", member)
	return nil
}

// checkedPassphrase asks for the present passphrase until it opens the file.
func (c *call) checkedPassphrase(ctx context.Context, file identity.File) ([]byte, error) {
	ask := c.passphraseSource(ctx)
	for attempt := 0; ; attempt++ {
		typed, err := ask(file.Member, attempt)
		if err != nil {
			return nil, err
		}
		_, err = file.Open(typed)
		if err == nil || !errors.Is(err, identity.ErrPassphrase) {
			return typed, err
		}
	}
}

// oneMember is --me, or the only member with an identity here.
func (c *call) oneMember(dir *store.Dir) (string, error) {
	found, err := identity.Find(dir)
	if err != nil || c.me != "" {
		return c.me, err
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Member)
	}
	switch len(names) {
	case 0:
		return "", vault.ErrNoIdentity
	case 1:
		return names[0], nil
	}
	return "", &vault.WhoError{Members: names}
}
