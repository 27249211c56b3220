package term

import (
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A bench is a desktop of a test: it remembers which programs were started, and plays them.
type bench struct {
	started []string
	board   string
	old     bool // wl-copy knows no --sensitive
	t       *testing.T
}

func (b *bench) desktop(goos string, vars, installed []string) Desktop {
	return Desktop{
		GOOS: goos, Environ: func() []string { return vars },
		Getenv: func(name string) string {
			for _, v := range vars {
				if value, ok := strings.CutPrefix(v, name+"="); ok {
					return value
				}
			}
			return ""
		},
		LookPath: func(name string) (string, error) {
			if slices.Contains(installed, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		},
		Run: b.run,
	}
}

func (b *bench) run(cmd *exec.Cmd) error {
	words := strings.TrimPrefix(strings.Join(cmd.Args, " "), "/bin/")
	b.started = append(b.started, words)
	for _, word := range append(cmd.Args, cmd.Env...) {
		if strings.Contains(word, "hunter2") {
			b.t.Errorf("the value is in %s", word)
		}
	}
	switch {
	case b.old && strings.Contains(words, "--sensitive"):
		return &exec.ExitError{}
	case cmd.Stdout != nil && b.board == "":
		return &exec.ExitError{}
	case cmd.Stdout != nil:
		_, err := io.WriteString(cmd.Stdout, b.board)
		return err
	}
	data, err := io.ReadAll(cmd.Stdin)
	if b.board = string(data); strings.Contains(words, "--clear") {
		b.board = ""
	}
	return err
}

func TestClipboardByPrograms(t *testing.T) {
	wayland, x11 := []string{"WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0", "XDG_RUNTIME_DIR=/run/user/1"}, []string{"DISPLAY=:0"}
	for _, tt := range []struct {
		name, goos      string
		vars, installed []string
		old             bool
		want            []string // what is started to write, read and clear; nil: no clipboard
		missing         []string
	}{
		{"Wayland", "linux", wayland, []string{"wl-copy", "wl-paste", "xclip"}, false, []string{"wl-copy --sensitive --type text/plain", "wl-paste --no-newline", "wl-copy --clear"}, nil},
		{"an older wl-copy", "linux", wayland, []string{"wl-copy", "wl-paste"}, true, []string{"wl-copy --sensitive --type text/plain", "wl-copy --type text/plain", "wl-paste --no-newline", "wl-copy --clear"}, nil},
		{"Wayland with X", "linux", wayland, []string{"xsel"}, false, []string{"xsel --clipboard --input", "xsel --clipboard --output", "xsel --clipboard --clear"}, nil},
		{"X", "linux", x11, []string{"wl-copy", "wl-paste", "xclip", "xsel"}, false, []string{"xclip -selection clipboard -in", "xclip -selection clipboard -out", "xclip -selection clipboard -in"}, nil},
		{"nothing installed", "linux", wayland, nil, false, nil, []string{"wl-copy", "xclip", "xsel"}},
		{"half of it", "linux", []string{"WAYLAND_DISPLAY=w"}, []string{"wl-copy"}, false, nil, []string{"wl-copy"}},
		{"no desktop", "linux", nil, []string{"wl-copy", "wl-paste", "xclip", "xsel"}, false, nil, nil},
		{"macOS", "darwin", nil, []string{"pbcopy", "pbpaste"}, false, []string{"pbcopy", "pbpaste", "pbcopy"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{old: tt.old, t: t}
			board, err := b.desktop(tt.goos, tt.vars, tt.installed).Clipboard()
			var none *NoClipboardError
			if tt.want == nil {
				if !errors.As(err, &none) || !slices.Equal(none.Want, tt.missing) {
					t.Errorf("got %v, %v", board, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := board.Write([]byte("hunter2")); err != nil || b.board != "hunter2" {
				t.Errorf("write: %v, %q", err, b.board)
			}
			if got, err := board.Read(); err != nil || string(got) != "hunter2" {
				t.Errorf("read: %v, %q", err, got)
			}
			if err := board.Clear(); err != nil || b.board != "" {
				t.Errorf("clear: %v, %q", err, b.board)
			}
			if !slices.Equal(b.started, tt.want) {
				t.Errorf("started %q", b.started)
			}
			if got, err := board.Read(); err != nil || len(got) > 0 {
				t.Errorf("read of an empty one: %v, %q", err, got)
			}
			b.board = strings.Repeat("a", MaxClipboard+1)
			if got, err := board.Read(); err != nil || len(got) != MaxClipboard {
				t.Errorf("read of a large one: %v, %d bytes", err, len(got))
			}
		})
	}
}

func TestTrace(t *testing.T) {
	trace := TraceOf([]byte("hunter2"))
	for value, want := range map[string]bool{"hunter2": true, "hunter2\n": true, "hunter2\r\n": true, "hunter": false, "hunter22": false, "": false, "Hunter2": false} {
		if trace.Is([]byte(value)) != want {
			t.Errorf("%q: not %t", value, want)
		}
	}
	if other := TraceOf([]byte("hunter2")); string(other.Hash) == string(trace.Hash) {
		t.Error("no salt")
	}
	if (Trace{}).Is(nil) || (Trace{Salt: []byte("a")}).Is(nil) {
		t.Error("no trace is one of nothing")
	}
}
