package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"unicode/utf8"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
)

// Words of a passphrase that is offered: 77.5 bits (docs/threat-model.md).
const passphraseWords = 6

// minPassphrase is the least that is accepted of a person's own, in characters. It keeps out slips, not weak choices.
const minPassphrase = 10

// maxRounds is where asking for a new passphrase ends: somebody leans on Enter.
const maxRounds = 10

// newPassphrase gets a passphrase for a new identity: from the file, or from the person, who may take six words.
func (c *call) newPassphrase(ctx context.Context, member string) ([]byte, error) {
	if c.passphraseFile != "" {
		return c.readPassphraseFile()
	}
	if !c.Terminal.Present() {
		return nil, usage("passphrase.needed").withHint("passphrase.needed-hint")
	}
	c.say("passphrase.offer")
	for range maxRounds {
		typed, err := c.askSecret(ctx, "passphrase.new", "member", member)
		switch {
		case err != nil:
			return nil, err
		case len(typed) == 0:
			return c.offerWords(ctx)
		case utf8.RuneCount(typed) < minPassphrase:
			c.warn("passphrase.short", "least", minPassphrase)
			continue
		case identity.LooksLikeRussianLayout(typed):
			c.warn("passphrase.cyrillic")
		}
		if same, err := c.again(ctx, typed, "passphrase.again"); err != nil || same {
			return typed, err
		}
		c.warn("passphrase.differs")
	}
	return nil, term.ErrCancelled
}

// offerWords shows six words on a screen that leaves no trace in the scrollback, and has them typed: what was not written
// down is shown again.
func (c *call) offerWords(ctx context.Context) ([]byte, error) {
	made, err := identity.Passphrase(passphraseWords, c.Rand)
	if err != nil {
		return nil, err
	}
	words := []byte(made)
	for range maxRounds {
		if err := c.showHidden(ctx, c.text("passphrase.words", "words", made)); err != nil {
			return nil, err
		}
		if same, err := c.again(ctx, words, "passphrase.type-words"); err != nil || same {
			return words, err
		}
		c.warn("passphrase.words-differ")
	}
	return nil, term.ErrCancelled
}

// again asks for a passphrase once more and compares.
func (c *call) again(ctx context.Context, want []byte, key text.Key) (bool, error) {
	typed, err := c.askSecret(ctx, key)
	defer clear(typed)
	return bytes.Equal(typed, want), err
}

// knownMember reports whether this machine has an identity of the member already.
func (c *call) knownMember(opts vault.Options, member string) (bool, error) {
	home, err := store.CreateDir(opts.Home, 0o700)
	if err != nil {
		return false, err
	}
	defer home.Close()
	_, err = identity.Read(home, member)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
