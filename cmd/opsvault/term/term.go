// Package term holds opsvault's manners on a terminal: questions, hidden input, the alternate screen, tables, widths and
// the cleaning of text that came from outside.
//
// Questions go to the terminal device itself (/dev/tty, CONIN$ and CONOUT$), not to the standard streams, so they work
// when those are redirected. A device is opened when the first question is asked. The package holds no words of its own:
// whoever asks brings them, in the language of the person.
//
// What it promises: hidden input never shows, and the terminal is given back as it was found, also after an interrupt or
// a panic; Clean leaves nothing in a text that a terminal would obey; what is read is bounded.
package term

import (
	"errors"
	"io"
)

// The outcomes of a question that got no answer.
var (
	ErrNoTerminal = errors.New("there is no terminal to ask on")
	ErrCancelled  = errors.New("cancelled")
	ErrTooLong    = errors.New("the line is too long")
)

// MaxLine is the longest line that a question accepts, in bytes. A terminal itself gives at most 4095 bytes a line and
// drops the rest without a word, so a line that long is refused rather than taken short.
const MaxLine = 4094

// A Device is an open terminal: what is read comes from the keyboard, what is written is shown.
type Device interface {
	io.Reader
	io.Writer
	io.Closer
	// Hide makes the terminal not show what is typed, until Restore.
	Hide() error
	// Restore gives the terminal the modes that it had when it was opened.
	Restore() error
	// Size is the number of columns and rows, zeros if unknown.
	Size() (columns, rows int)
}

// A Terminal asks questions on a device that it opens when it is first needed.
type Terminal struct {
	open   func() (Device, error)
	device Device
	lost   bool // a read that was given up may still take the next line
}

// New makes a terminal on the device that open returns; open is called at most once after success.
func New(open func() (Device, error)) *Terminal { return &Terminal{open: open} }

// Present reports whether there is a terminal to ask on.
func (t *Terminal) Present() bool {
	_, err := t.use()
	return err == nil
}

// Size is the number of columns and rows of the device, zeros if unknown.
func (t *Terminal) Size() (columns, rows int) {
	device, err := t.use()
	if err != nil {
		return 0, 0
	}
	return device.Size()
}

// Close restores and closes the device if it was opened.
func (t *Terminal) Close() error {
	if t.device == nil {
		return nil
	}
	err := errors.Join(t.device.Restore(), t.device.Close())
	t.device = nil
	return err
}

func (t *Terminal) use() (Device, error) {
	if t.lost {
		return nil, ErrCancelled
	}
	if t.device != nil {
		return t.device, nil
	}
	device, err := t.open()
	if err != nil {
		return nil, err
	}
	t.device = device
	return device, nil
}
