package identity

import (
	"errors"
	"fmt"
)

// Errors to be asked for with errors.Is.
var (
	// ErrPassphrase says that the passphrase is not the one of this file.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrNoPassphrase says that a passphrase is needed and there was none.
	ErrNoPassphrase = errors.New("no passphrase")
	// ErrDamaged says that a file does not hold an identity, or not as it was
	// written. The copy of another medium may still be good.
	ErrDamaged = errors.New("damaged identity")
	// ErrExists says that this member has an identity here, which stays as it is.
	ErrExists = errors.New("there is an identity already")
	// ErrMember says that a word is no member's id.
	ErrMember = errors.New("not a member's id")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
