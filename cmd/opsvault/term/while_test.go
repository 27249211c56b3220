package term

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhileAQuestionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, typist := silent()
		calls := 0
		wake := func() (time.Duration, error) {
			calls++
			switch calls {
			case 1:
				return 20 * time.Minute, nil
			case 2:
				fmt.Fprint(f, "\nit rings\nDone? ")
				return time.Hour, nil
			}
			return 0, nil
		}
		go func() {
			time.Sleep(30 * time.Minute)
			io.WriteString(typist, "ye")
			time.Sleep(2 * time.Hour) // in the middle of a word it rings again
			io.WriteString(typist, "s\n")
		}()
		got, err := f.terminal().LineWhile(t.Context(), "Done?", "", wake)
		if got != "yes" || err != nil || calls != 3 {
			t.Errorf("%q, %v, woken %d times", got, err, calls)
		}
		if want := "Done? \nit rings\nDone? "; f.shown.String() != want {
			t.Errorf("shown %q", f.shown.String())
		}
	})
}

func TestWhatWakesMayFail(t *testing.T) {
	f, typist := silent()
	defer typist.Close()
	terminal, failed := f.terminal(), errors.New("the disk is full")
	if _, err := terminal.LineWhile(t.Context(), "Done?", "", func() (time.Duration, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if _, err := terminal.Line(t.Context(), "Again?", ""); !errors.Is(err, ErrCancelled) {
		t.Errorf("a read is lost, and the next question gives %v", err)
	}
}

// gone is a terminal that hangs up.
type gone struct{ *fake }

func (gone) Read([]byte) (int, error) { return 0, fmt.Errorf("read /dev/tty: %w", syscall.EIO) }

func TestATerminalHangsUp(t *testing.T) {
	terminal := New(func() (Device, error) { return gone{&fake{typed: strings.NewReader("")}}, nil })
	if _, err := terminal.Line(t.Context(), "Done?", ""); !errors.Is(err, ErrCancelled) {
		t.Errorf("%v", err)
	}
}
