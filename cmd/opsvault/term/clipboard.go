package term

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// A Clipboard is the clipboard of the person's desktop.
type Clipboard interface {
	// Write puts a value there, marked as sensitive where the platform knows such a mark.
	Write(value []byte) error
	// Read gives what is there, at most MaxClipboard bytes.
	Read() ([]byte, error)
	// Clear empties it.
	Clear() error
}

// MaxClipboard is how much of a clipboard is looked at, in bytes. What is longer than any field of a credential was put there
// by somebody else.
const MaxClipboard = 256 << 10

// clipboardPatience is how long a program may take that reaches the clipboard: over a slow line it may never answer.
const clipboardPatience = 5 * time.Second

// A NoClipboardError says that no clipboard is within reach.
type NoClipboardError struct {
	Want []string // programs, one of which would help; none where there is no desktop
}

func (e *NoClipboardError) Error() string {
	if len(e.Want) == 0 {
		return "there is no desktop with a clipboard"
	}
	return "a clipboard needs one of " + strings.Join(e.Want, ", ")
}

// A Desktop is what looking for a clipboard needs of the world.
type Desktop struct {
	GOOS     string
	Getenv   func(string) string
	Environ  func() []string
	LookPath func(string) (string, error)
	Run      func(*exec.Cmd) error
}

// tools are the ways to a clipboard by programs: how to write (the first that works), read and clear.
type tools struct {
	needs       string // a variable of the desktop
	write       [][]string
	read, clear []string
}

func toolsOf(goos string) []tools {
	if goos == "darwin" {
		return []tools{{write: [][]string{{"pbcopy"}}, read: []string{"pbpaste"}, clear: []string{"pbcopy"}}}
	}
	return []tools{
		{
			needs: "WAYLAND_DISPLAY",
			write: [][]string{{"wl-copy", "--sensitive", "--type", "text/plain"}, {"wl-copy", "--type", "text/plain"}},
			read:  []string{"wl-paste", "--no-newline"}, clear: []string{"wl-copy", "--clear"},
		},
		{
			needs: "DISPLAY", write: [][]string{{"xclip", "-selection", "clipboard", "-in"}},
			read: []string{"xclip", "-selection", "clipboard", "-out"}, clear: []string{"xclip", "-selection", "clipboard", "-in"},
		},
		{
			needs: "DISPLAY", write: [][]string{{"xsel", "--clipboard", "--input"}},
			read: []string{"xsel", "--clipboard", "--output"}, clear: []string{"xsel", "--clipboard", "--clear"},
		},
	}
}

// Clipboard finds the clipboard: of the system where it has calls for it, else through the first program that is there. It gives
// a *NoClipboardError.
func (d Desktop) Clipboard() (Clipboard, error) {
	if c := systemClipboard(); c != nil && d.GOOS == "windows" {
		return c, nil
	}
	none := &NoClipboardError{}
	for _, t := range toolsOf(d.GOOS) {
		if t.needs != "" && d.Getenv(t.needs) == "" {
			continue
		}
		if d.has(t.write[0][0]) && d.has(t.read[0]) {
			return &programs{d, t}, nil
		}
		none.Want = append(none.Want, t.write[0][0])
	}
	return nil, none
}

func (d Desktop) has(name string) bool {
	_, err := d.LookPath(name)
	return err == nil
}

// programs is a clipboard behind programs.
type programs struct {
	d Desktop
	t tools
}

func (p *programs) Write(value []byte) (err error) {
	for _, words := range p.t.write {
		if err = p.run(words, value, nil); err == nil {
			return nil
		}
	}
	return err
}

func (p *programs) Clear() error { return p.run(p.t.clear, nil, nil) }

func (p *programs) Read() ([]byte, error) {
	var out bytes.Buffer
	err := p.run(p.t.read, nil, &limited{&out, MaxClipboard})
	var failed *exec.ExitError
	if errors.As(err, &failed) { // an empty clipboard is a failure to most of them
		return nil, nil
	}
	return out.Bytes(), err
}

// run starts a program with a value on its standard input, never in its arguments. Those that write stay in the background
// to hand the value out: they get no stream of ours to keep open.
func (p *programs) run(words []string, in []byte, out io.Writer) error {
	path, err := p.d.LookPath(words[0])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), clipboardPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, words[1:]...)
	cmd.WaitDelay = clipboardPatience
	cmd.Env = p.d.Environ()
	if dir := p.d.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+dir) // wl-copy keeps what it holds in a file: in memory then, not on a disk
	}
	cmd.Stdin = bytes.NewReader(in)
	if out != nil {
		cmd.Stdout = out
	}
	if err := p.d.Run(cmd); err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	return nil
}

// limited takes no more than it has room for, and says that it took all.
type limited struct {
	to   io.Writer
	room int
}

func (l *limited) Write(p []byte) (int, error) {
	n, err := l.to.Write(p[:min(len(p), l.room)])
	l.room -= n
	if err != nil {
		return n, err
	}
	return len(p), nil
}

// A Trace recognises a value without telling it: a hash with a salt of its own.
type Trace struct {
	Salt []byte `json:"salt"`
	Hash []byte `json:"hash"`
}

// TraceOf makes a trace of a value.
func TraceOf(value []byte) Trace {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	return Trace{salt, hashed(salt, value)}
}

// Is reports whether a value is the one of the trace. A line end that a program put behind it doesn't count.
func (t Trace) Is(value []byte) bool {
	if len(t.Salt) == 0 || len(t.Hash) != sha256.Size {
		return false
	}
	trimmed := bytes.TrimSuffix(bytes.TrimSuffix(value, []byte("\n")), []byte("\r"))
	return subtle.ConstantTimeCompare(t.Hash, hashed(t.Salt, value))|subtle.ConstantTimeCompare(t.Hash, hashed(t.Salt, trimmed)) == 1
}

func hashed(salt, value []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(value)
	return h.Sum(nil)
}
