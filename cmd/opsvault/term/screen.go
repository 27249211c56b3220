package term

import (
	"context"
	"io"
	"strings"
)

const (
	enterScreen = "\x1b[?1049h\x1b[2J\x1b[H"
	leaveScreen = "\x1b[2J\x1b[H\x1b[?1049l"
)

// Alternate gives show the alternate screen of the terminal, empty, and takes it away when show returns, also by a
// panic: what was shown does not stay in the scroll-back.
func (t *Terminal) Alternate(show func(screen io.Writer) error) (err error) {
	device, err := t.use()
	if err != nil {
		return err
	}
	defer func() {
		if _, leaveErr := io.WriteString(device, leaveScreen); err == nil {
			err = leaveErr
		}
	}()
	if _, err := io.WriteString(device, enterScreen); err != nil {
		return err
	}
	return show(device)
}

// Page shows a text on the alternate screen, screen by screen, and waits for Enter after each; label says so. The text
// is cleaned (CleanLines) and wrapped to the width of the terminal. The end of input or an interrupt ends it early and
// is ErrCancelled; the screen is restored in any case.
func (t *Terminal) Page(ctx context.Context, body, label string) error {
	columns, rows := t.Size()
	if columns <= 0 {
		columns = 80
	}
	if rows < 5 {
		rows = 24
	}
	lines := strings.Split(Wrap(CleanLines(body), columns), "\n")
	return t.Alternate(func(screen io.Writer) error {
		for len(lines) > 0 {
			n := min(len(lines), rows-2)
			page := strings.Join(lines[:n], "\n")
			lines = lines[n:]
			if _, err := io.WriteString(screen, "\x1b[2J\x1b[H"+page+"\n\n"); err != nil {
				return err
			}
			if _, err := t.Line(ctx, label, ""); err != nil {
				return err
			}
		}
		return nil
	})
}
