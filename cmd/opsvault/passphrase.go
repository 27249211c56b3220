package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
)

// Words of a passphrase that is offered: 77.5 bits (docs/threat-model.md).
const passphraseWords = 6

// minPassphrase is the least that is accepted of a person's own, in bytes. It keeps out slips, not weak choices.
const minPassphrase = 10

// newPassphrase gets a passphrase for a new identity: from the file, or from the person, who may take six words.
func (c *call) newPassphrase(ctx context.Context, member string) ([]byte, error) {
	if c.passphraseFile != "" {
		return c.readPassphraseFile()
	}
	if !c.Terminal.Present() {
		return nil, usage("passphrase.needed").withHint("passphrase.needed-hint")
	}
	c.say("passphrase.offer")
	for {
		typed, err := c.askSecret(ctx, "passphrase.new", "member", member)
		if err != nil {
			return nil, err
		}
		if len(typed) == 0 {
			if typed, err = c.offerWords(ctx); err != nil {
				return nil, err
			}
		} else if len(typed) < minPassphrase {
			c.warn("passphrase.short", "least", minPassphrase)
			continue
		}
		again, err := c.askSecret(ctx, "passphrase.again")
		if err != nil {
			return nil, err
		}
		same := bytes.Equal(typed, again)
		clear(again)
		if same {
			return typed, nil
		}
		clear(typed)
		c.warn("passphrase.differs")
	}
}

// offerWords shows six words on a screen that leaves no trace in the scrollback.
func (c *call) offerWords(ctx context.Context) ([]byte, error) {
	words, err := identity.Passphrase(passphraseWords, c.Rand)
	if err != nil {
		return nil, err
	}
	return []byte(words), c.showHidden(ctx, c.text("passphrase.words", "words", strings.TrimSpace(words)))
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
