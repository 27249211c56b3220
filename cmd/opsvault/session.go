package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
)

// maxAttempts is how often a person is asked for a passphrase.
const maxAttempts = 3

// withVault opens the vault of the command line, does the work, and tells the warnings that came up.
func (c *call) withVault(ctx context.Context, work func(*vault.Vault) error) error {
	return c.withVaultBy(ctx, vault.Open, work)
}

// withVaultToVerify is withVault for an auditor: it also opens a vault whose newest policy is damaged.
func (c *call) withVaultToVerify(ctx context.Context, work func(*vault.Vault) error) error {
	defer frugal()()
	return c.withVaultBy(ctx, vault.OpenToVerify, work)
}

func (c *call) withVaultBy(ctx context.Context, open func(vault.Options) (*vault.Vault, error), work func(*vault.Vault) error) error {
	opts, err := c.vaultOptions(ctx)
	if err != nil {
		return err
	}
	if opts.Dir, err = c.findVault(); err != nil {
		return err
	}
	v, err := c.openWaiting(opts, open)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := c.unconfirmed(ctx, v); err != nil {
		return err
	}
	if err = work(v); err == nil {
		c.syncAfter(v)
	}
	var damaged *vault.IntegrityError
	var waits *vault.UnconfirmedError
	for _, w := range v.Warnings() {
		if errors.As(err, &waits) && w.Code == "unconfirmed" {
			continue
		}
		if errors.As(err, &damaged) && w.Args["file"] == damaged.File {
			continue // the error tells it
		}
		if slices.Contains(c.told, w.Code) {
			continue // the answer tells it
		}
		c.warn(warningKey(w), warningArgs(w)...)
	}
	return err
}

// vaultOptions are what the vault gets of the world.
func (c *call) vaultOptions(ctx context.Context) (vault.Options, error) {
	home, err := c.home()
	if err != nil {
		return vault.Options{}, err
	}
	return vault.Options{
		Home: home, Member: c.me, Now: c.Now, Rand: c.Rand, Booted: c.Booted, Free: c.Free,
		Passphrase: c.passphraseSource(ctx),
		Progress:   c.progress(),
	}, nil
}

// passphraseSource gives the passphrase of --passphrase-file, or asks for it: three times, with a word about the keyboard
// when one with Cyrillic letters was refused. Who gave up once is not asked again.
func (c *call) passphraseSource(ctx context.Context) func(member string, attempt int) ([]byte, error) {
	russian := false
	var end error
	return func(member string, attempt int) (typed []byte, err error) {
		if end == nil {
			typed, end = c.passphrase(ctx, member, attempt, russian)
			russian = identity.LooksLikeRussianLayout(typed)
		}
		return typed, end
	}
}

// passphrase is one attempt; russian says that the one before was refused and had Cyrillic letters.
func (c *call) passphrase(ctx context.Context, member string, attempt int, russian bool) ([]byte, error) {
	switch {
	case c.passphraseFile != "" && attempt > 0:
		return nil, hinted(identity.ErrPassphrase, "hint.passphrase-file", "name", c.inputName(c.passphraseFile))
	case c.passphraseFile != "":
		return c.readPassphraseFile()
	case !c.Terminal.Present():
		return nil, identity.ErrNoPassphrase
	case attempt > 0 && russian:
		c.warn("passphrase.layout")
	case attempt > 0 && attempt < maxAttempts:
		c.warn("passphrase.wrong")
	}
	if attempt >= maxAttempts {
		return nil, identity.ErrPassphrase
	}
	return c.askPassphrase(ctx, member)
}

// askPassphrase asks until something was typed: Enter alone is a slip.
func (c *call) askPassphrase(ctx context.Context, member string) ([]byte, error) {
	for range maxAttempts {
		typed, err := c.askSecret(ctx, "passphrase.ask", "member", member)
		if err != nil || len(typed) > 0 {
			return typed, err
		}
	}
	return nil, identity.ErrPassphrase
}

// readPassphraseFile reads the first line of the file; the line's end is not part of it.
func (c *call) readPassphraseFile() ([]byte, error) {
	data, err := c.input(c.passphraseFile, 8<<10)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, usage("usage.passphrase-file", "name", c.inputName(c.passphraseFile)).withHint("hint.no-file")
	}
	return line, nil
}

// warningKey is the message of a warning. The vault's codes are words; their messages begin with "warning.".
func warningKey(w vault.Warning) text.Key { return text.Key("warning." + w.Code) }

func warningArgs(w vault.Warning) []any {
	var args []any
	for name, value := range w.Args {
		if name == "why" {
			value = strings.TrimPrefix(value, w.Args["file"]+": ") // it is named already
		}
		args = append(args, name, value)
	}
	return args
}

// path reads the path of an entry. Its safe may be named by its title: Телефония/trunk.
func (c *call) path(v *vault.Vault, s string) (entry.Path, error) {
	if safe, rest, ok := strings.Cut(s, "/"); ok {
		if id, _, known := v.Policy().Safe(safe); known {
			s = id + "/" + rest
		}
	}
	path, err := entry.ParsePath(s)
	var bad *entry.PathError
	switch {
	case errors.As(err, &bad) && bad.Why == entry.NotASafe:
		return path, &vault.NotFoundError{What: "safe", Name: bad.Segment, Near: safeIDs(v)}
	case bad != nil:
		return path, usage("usage.path", "path", s, "why", c.pathWhy(bad)).withHint("hint.path").because(err)
	}
	return path, err
}

// safe reads the id or the title of a safe.
func (c *call) safe(v *vault.Vault, s string) (string, error) {
	if id, _, ok := v.Policy().Safe(s); ok {
		return id, nil
	}
	return "", &vault.NotFoundError{What: "safe", Name: s, Near: safeIDs(v)}
}

// safeIDs are the safes that people made, without the built-in ones.
func safeIDs(v *vault.Vault) []string {
	var ids []string
	for _, id := range v.Policy().SafeIDs() {
		if !strings.HasPrefix(id, "@") {
			ids = append(ids, id)
		}
	}
	return ids
}

// pathWhy and textWhy say in the person's language what is wrong with a path, and with a line of a card.
func (c *call) pathWhy(e *entry.PathError) string {
	return reasonWords(c.tr, "path.", e.Segment, e.Why, e.Char)
}
func (c *call) textWhy(e *entry.TextError) string { return textWhat(c.tr, e) }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// textKey is the key of a message, for functions that pass one on.
type textKey = text.Key

// asError is errors.As, for conditions that read better in one line.
func asError[E error](err error, target *E) bool { return errors.As(err, target) }

// langID is the language as the data of other rooms name it: "en" or "ru".
func (c *call) langID() string { return string(c.lang) }

// safeOf is the first segment of a path.
func safeOf(path string) string {
	safe, _, _ := strings.Cut(path, "/")
	return safe
}

// existing is the newest version of an entry; nil where there is none, or only a deleted one.
func existing(v *vault.Vault, path entry.Path) (*vault.Entry, error) {
	e, _, err := v.Show(path, false)
	var none *vault.NotFoundError
	if errors.As(err, &none) && none.What == "entry" || err == nil && e.Deleted {
		return nil, nil
	}
	return e, err
}
