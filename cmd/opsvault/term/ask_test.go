package term

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// A fake is a terminal on which somebody has already typed everything.
type fake struct {
	typed    io.Reader
	shown    bytes.Buffer
	hidden   int
	restored int
	closed   bool
	rows     int
}

func (f *fake) Read(p []byte) (int, error)     { return f.typed.Read(p) }
func (f *fake) Write(p []byte) (int, error)    { return f.shown.Write(p) }
func (f *fake) Close() error                   { f.closed = true; return nil }
func (f *fake) Hide() error                    { f.hidden++; return nil }
func (f *fake) Restore() error                 { f.restored++; return nil }
func (f *fake) Size() (columns, rows int)      { return 20, f.rows }
func typing(s string) *fake                    { return &fake{typed: strings.NewReader(s)} }
func (f *fake) terminal() *Terminal            { return New(func() (Device, error) { return f, nil }) }
func noTerminal() (Device, error)              { return nil, ErrNoTerminal }
func silent() (f *fake, typist *io.PipeWriter) { r, w := io.Pipe(); return &fake{typed: r}, w }
func cancelSoon(t *testing.T) context.Context  { return cancelAfter(t, time.Millisecond) }
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestLine(t *testing.T) {
	tests := []struct {
		name, typed, def, want string
		err                    error
	}{
		{"an answer", "мария\n", "", "мария", nil},
		{"spaces are cut off", "  a b \r\n", "", "a b", nil},
		{"Enter alone", "\n", "telephony", "telephony", nil},
		{"only the first line", "a\nb\n", "", "a", nil},
		{"end of input", "", "x", "", ErrCancelled},
		{"end of input within a line", "abc", "x", "", ErrCancelled},
		{"the longest line", strings.Repeat("x", MaxLine) + "\n", "", strings.Repeat("x", MaxLine), nil},
		{"too long", strings.Repeat("x", MaxLine+1) + "\n", "", "", ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := typing(tt.typed)
			got, err := f.terminal().Line(t.Context(), "Name:", tt.def)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
			if strings.TrimSuffix(f.shown.String(), "\n") != "Name: " {
				t.Errorf("shown: %q", f.shown.String())
			}
		})
	}
}

func TestSecret(t *testing.T) {
	tests := []struct {
		name, typed, want string
		err               error
	}{
		{"as typed", " p w \n", " p w ", nil},
		{"empty", "\n", "", nil},
		{"end of input", "", "", ErrCancelled},
		{"too long", strings.Repeat("x", MaxLine+1) + "\n", "", ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := typing(tt.typed)
			got, err := f.terminal().Secret(t.Context(), "Passphrase:")
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
			if f.shown.String() != "Passphrase: \n" || f.hidden != 1 || f.restored != 1 {
				t.Errorf("shown: %q, hidden %d times, restored %d times", f.shown.String(), f.hidden, f.restored)
			}
		})
	}
}

func TestConfirm(t *testing.T) {
	tests := []struct {
		name, typed string
		def, want   bool
		err         error
	}{
		{"yes", "y\n", false, true, nil},
		{"YES", "YES\n", false, true, nil},
		{"да", "Да\n", false, true, nil},
		{"y in the Cyrillic layout is н: no", "н\n", true, false, nil},
		{"д in the Latin layout", "l\n", false, true, nil},
		{"нет in the Latin layout", "ytn\n", true, false, nil},
		{"Enter takes the default", "\n", true, true, nil},
		{"asks again", "maybe\nno\n", true, false, nil},
		{"not for ever", strings.Repeat("?\n", 10), true, false, ErrCancelled},
		{"end of input is no yes", "", true, false, ErrCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := typing(tt.typed).terminal().Confirm(t.Context(), "Go on?", "Please say y or n.", tt.def)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	tests := []struct {
		name, typed string
		def, want   int
		err         error
	}{
		{"a number", "2\n", -1, 1, nil},
		{"the default", "\n", 2, 2, nil},
		{"no default: again", "\n0\n4\nx\n3\n", -1, 2, nil},
		{"not for ever", "9\n9\n9\n9\n9\n1\n", -1, 0, ErrCancelled},
		{"end of input", "", 0, 0, ErrCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := typing(tt.typed)
			got, err := f.terminal().Choose(t.Context(), "Which?", "A number.", []string{"мария", "iv\x1b[2Jan", "x"}, tt.def)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %d, %v", got, err)
			}
			if !strings.HasPrefix(f.shown.String(), " 1  мария\n 2  iv�an\n 3  x\nWhich? ") {
				t.Errorf("shown: %q", f.shown.String())
			}
		})
	}
	if _, err := typing("1\n").terminal().Choose(t.Context(), "Which?", "", nil, 0); !errors.Is(err, ErrCancelled) {
		t.Errorf("nothing to choose from: %v", err)
	}
}

func TestInterruptRestoresTheTerminal(t *testing.T) {
	f, typist := silent()
	defer typist.Close()
	terminal := f.terminal()
	_, err := terminal.Secret(cancelSoon(t), "Passphrase:")
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error: %v", err)
	}
	if f.restored != 1 {
		t.Errorf("restored %d times", f.restored)
	}
	if _, err := terminal.Line(t.Context(), "Name:", "x"); !errors.Is(err, ErrCancelled) {
		t.Errorf("a question after an interrupt: %v", err)
	}
}

func TestInterruptBeforeTheQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := typing("x\n")
	if _, err := f.terminal().Line(ctx, "Name:", ""); !errors.Is(err, context.Canceled) || strings.TrimSpace(f.shown.String()) != "" {
		t.Errorf("error: %v, shown: %q", err, f.shown.String())
	}
}

func TestWithoutTerminal(t *testing.T) {
	terminal := New(noTerminal)
	if terminal.Present() {
		t.Error("a terminal is present")
	}
	if columns, rows := terminal.Size(); columns != 0 || rows != 0 {
		t.Errorf("size %d × %d", columns, rows)
	}
	_, lineErr := terminal.Line(t.Context(), "", "")
	_, secretErr := terminal.Secret(t.Context(), "")
	_, chooseErr := terminal.Choose(t.Context(), "", "", []string{"a"}, 0)
	pageErr := terminal.Page(t.Context(), "text", "")
	for _, err := range []error{lineErr, secretErr, chooseErr, pageErr} {
		if !errors.Is(err, ErrNoTerminal) {
			t.Errorf("error: %v", err)
		}
	}
	if err := terminal.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseRestores(t *testing.T) {
	f := typing("")
	terminal := f.terminal()
	if !terminal.Present() {
		t.Fatal("no terminal")
	}
	if err := terminal.Close(); err != nil || f.restored != 1 || !f.closed {
		t.Errorf("error %v, restored %d times, closed %t", err, f.restored, f.closed)
	}
}

func TestPage(t *testing.T) {
	f := typing("\n\n")
	f.rows = 6
	if err := f.terminal().Page(t.Context(), "1\n2\x1b[9A\n3\n4\nпять пять пять пять пять", "Enter"); err != nil {
		t.Fatal(err)
	}
	want := enterScreen +
		"\x1b[2J\x1b[H1\n2�\n3\n4\n\nEnter " +
		"\x1b[2J\x1b[Hпять пять пять пять\nпять\n\nEnter " + leaveScreen
	if f.shown.String() != want {
		t.Errorf("got  %q\nwant %q", f.shown.String(), want)
	}
}

func TestScreenIsLeft(t *testing.T) {
	t.Run("after an interrupt", func(t *testing.T) {
		f, typist := silent()
		defer typist.Close()
		if err := f.terminal().Page(cancelSoon(t), "secret", "Enter"); !errors.Is(err, ErrCancelled) {
			t.Errorf("error: %v", err)
		}
		if !strings.HasSuffix(f.shown.String(), "\x1b[?1049l") {
			t.Errorf("shown: %q", f.shown.String())
		}
	})
	t.Run("after a panic", func(t *testing.T) {
		f := typing("")
		func() {
			defer func() { recover() }()
			f.terminal().Alternate(func(io.Writer) error { panic("broken") })
		}()
		if f.shown.String() != enterScreen+leaveScreen {
			t.Errorf("shown: %q", f.shown.String())
		}
	})
}
