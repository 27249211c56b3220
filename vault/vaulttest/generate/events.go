package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// batch is how many events go under one fsync and one head.
const batch = 1000

// addEvents appends openings of secrets to the log of the vault's own device, as Reveal logs them.
func addEvents(v *vault.Vault, opts vault.Options, count int) error {
	if count <= 0 {
		return nil
	}
	w, to, err := openLog(v, opts)
	if err != nil {
		return err
	}
	rows, err := v.List("")
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("events need at least one entry")
	}
	for done := 0; done < count; {
		drafts := make([]chain.Draft, min(batch, count-done))
		for i := range drafts {
			row := rows[(done+i)%len(rows)]
			drafts[i] = chain.Draft{
				Actor: v.Me().Member, Op: "secret.reveal", Object: fmt.Sprintf("%s@%d", row.ID, row.Version),
				Policy: v.PolicyRef().Number, Result: chain.OK,
				Details: map[string]any{"path": row.Path, "fields": []string{"password"}, "reason": "measured"},
			}
		}
		if _, err := w.Append(drafts...); err != nil {
			return err
		}
		done += len(drafts)
	}
	_, err = w.Publish(to, store.LogBase(v.Me().Device))
	return err
}

// openLog opens the original of the log beneath the vault, which has no way to write what didn't happen.
func openLog(v *vault.Vault, opts vault.Options) (*chain.Writer, chain.Dir, error) {
	home, err := store.OpenDir(opts.Home)
	if err != nil {
		return nil, nil, err
	}
	file, err := identity.Read(home, v.Me().Member)
	if err != nil {
		return nil, nil, err
	}
	key, err := file.Open(nil)
	if err != nil {
		return nil, nil, err
	}
	dir, err := store.OpenDir(opts.Dir)
	if err != nil {
		return nil, nil, err
	}
	recipient, err := auditRecipient(v, dir)
	if err != nil {
		return nil, nil, err
	}
	state, err := store.OpenDir(v.LocalDir())
	if err != nil {
		return nil, nil, err
	}
	w, err := chain.OpenWriter(chain.Over(state), v.Me().Device+"/log",
		chain.Spec{Vault: v.ID(), Device: v.Me().Device, Key: key.PublicKey()}, key.Signer(), chain.Options{
			Clock: time.Now, Rand: rand.Reader, Derive: key.Derive, Recipient: recipient, Actor: v.Me().Member, Policy: v.PolicyRef().Number,
		})
	return w, chain.Over(dir), err
}

func auditRecipient(v *vault.Vault, dir *store.Dir) (string, error) {
	current := v.Policy().Current(policy.Audit)
	hash, err := statement.ParseHash(current.Recipient)
	if err != nil {
		return "", err
	}
	data, err := dir.Read(store.RecipientName(policy.Audit, current.Gen, hash.Short()), 4<<10)
	return strings.TrimSuffix(string(data), "\n"), err
}
