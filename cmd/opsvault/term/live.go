package term

import (
	"context"
	"io"
	"strings"
	"time"
)

const (
	keepCursor = "\x1b7"
	backCursor = "\x1b8"
	endOfLine  = "\x1b[K"
)

// Live shows a text that changes, once a second, on the alternate screen until Enter; label says so. The text is cleaned and
// wrapped as by Page, and must always have as many lines. What doesn't fit on one screen is shown as Page does, and stands
// still.
func (t *Terminal) Live(ctx context.Context, body func() string, label string) error {
	columns, rows := t.Size()
	if columns <= 0 {
		columns = 80
	}
	if rows < 5 {
		rows = 24
	}
	lines := func() []string { return strings.Split(Wrap(CleanLines(body()), columns), "\n") }
	first := lines()
	if len(first) > rows-2 {
		return t.Page(ctx, body(), label)
	}
	return t.Alternate(func(screen io.Writer) error {
		if _, err := io.WriteString(screen, strings.Join(first, "\n")+"\n\n"); err != nil {
			return err
		}
		_, err := t.LineWhile(ctx, label, "", func() (time.Duration, error) {
			now := lines()
			now = append(now, make([]string, len(first))...)[:len(first)] // what was there is gone, and the question stays
			_, err := io.WriteString(screen, keepCursor+"\x1b[H"+strings.Join(now, endOfLine+"\n")+endOfLine+backCursor)
			return time.Second, err
		})
		return err
	})
}
