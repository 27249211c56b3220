package vault_test

import (
	"errors"

	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// kindOfStore is the kind of an error that comes from below.
func kindOfStore(err error) string {
	for _, k := range []struct {
		err  error
		word string
	}{
		{store.ErrUnsafe, "unsafe"},
		{store.ErrTooLarge, "too large"},
		{store.ErrReadOnly, "read-only"},
		{store.ErrFull, "full"},
		{store.ErrBusy, "busy"},
		{store.ErrDamaged, "damaged"},
		{store.ErrNotExist, "missing"},
		{chain.ErrAhead, "ahead"},
		{vault.ErrNotJoined, "not joined"},
		{vault.ErrUnchanged, "unchanged"},
	} {
		if errors.Is(err, k.err) {
			return k.word
		}
	}
	if err == nil {
		return ""
	}
	return "other: " + err.Error()
}
