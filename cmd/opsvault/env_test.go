package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/cmd/opsvault/text"
)

func TestHome(t *testing.T) {
	abs, err := filepath.Abs("here")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, goos string
		vars       []string
		want       string
	}{
		{"asked for", "linux", []string{"OPSVAULT_HOME=here", "XDG_STATE_HOME=/s", "HOME=/h"}, abs},
		{"Linux with XDG", "linux", []string{"XDG_STATE_HOME=" + abs, "HOME=/h"}, filepath.Join(abs, "opsvault")},
		{"a relative XDG is ignored", "linux", []string{"XDG_STATE_HOME=s", "HOME=/h"}, filepath.Join("/h", ".local", "state", "opsvault")},
		{"Linux", "linux", []string{"HOME=/h"}, filepath.Join("/h", ".local", "state", "opsvault")},
		{"macOS", "darwin", []string{"HOME=/h"}, filepath.Join("/h", "Library", "Application Support", "opsvault")},
		{"Windows", "windows", []string{"LocalAppData=/l", "HOME=/h"}, filepath.Join("/l", "opsvault")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.vars...)
			w.GOOS = tt.goos
			got, err := w.home()
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	w := newWorld(t, "HOME=")
	if dir, err := w.home(); err == nil {
		t.Errorf("without a home directory: %q", dir)
	}
}

func TestChooseLang(t *testing.T) {
	tests := []struct {
		name, flag string
		vars       []string
		system     []string
		want       text.Lang
	}{
		{"nothing", "", nil, nil, text.English},
		{"the flag", "ru", []string{"OPSVAULT_LANG=en"}, nil, text.Russian},
		{"our variable", "", []string{"OPSVAULT_LANG=ru", "LC_ALL=en_US.UTF-8"}, nil, text.Russian},
		{"LC_ALL before LC_MESSAGES", "", []string{"LC_ALL=ru_RU.UTF-8", "LC_MESSAGES=en_US"}, nil, text.Russian},
		{"LC_MESSAGES before LANG", "", []string{"LC_MESSAGES=ru_RU", "LANG=en_US"}, nil, text.Russian},
		{"LANG", "", []string{"LANG=ru_RU.UTF-8"}, nil, text.Russian},
		{"the C locale is a choice", "", []string{"LC_ALL=C", "LANG=ru_RU"}, []string{"ru-RU"}, text.English},
		{"the system", "", nil, []string{"ru-RU", "en-US"}, text.Russian},
		{"a language that is not spoken", "", []string{"OPSVAULT_LANG=de"}, []string{"ru-RU"}, text.Russian},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.vars...)
			w.Languages = func() []string { return tt.system }
			if got := w.chooseLang(tt.flag); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestStyle(t *testing.T) {
	yes := func() bool { return true }
	tests := []struct {
		name string
		vars []string
		want bool
	}{
		{"a terminal", nil, true}, {"NO_COLOR", []string{"NO_COLOR=1"}, false}, {"a dumb terminal", []string{"TERM=dumb"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.vars...)
			if got := w.style(yes).On; got != tt.want {
				t.Errorf("got %t", got)
			}
			if w.style(w.OutEscapes).On {
				t.Error("bold without a terminal")
			}
		})
	}
}

func TestFindVault(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(top, "vault", "entries", "ab")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "vault", vaultMarker), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// A directory of that name is no marker.
	if err := os.MkdirAll(filepath.Join(deep, vaultMarker), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, flag, workDir, want string }{
		{"asked for", filepath.Join(top, "elsewhere"), deep, filepath.Join(top, "elsewhere")},
		{"here", "", filepath.Join(top, "vault"), filepath.Join(top, "vault")},
		{"upwards", "", deep, filepath.Join(top, "vault")},
		{"none", "", top, ""},
		{"no working directory", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.WorkDir = tt.workDir
			got, err := (&call{env: w.env, common: common{vaultDir: tt.flag}}).findVault()
			var f *failure
			if got != tt.want || errors.As(err, &f) != (tt.want == "") || f != nil && f.code != codeNotFound {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestInput(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.In = strings.NewReader("123456")
	c := &call{env: w.env, tr: text.New(text.English, nil)}
	if got, err := c.input(name, 5); err != nil || string(got) != "12345" {
		t.Errorf("got %q, %v", got, err)
	}
	var f *failure
	if _, err := c.input("-", 5); !errors.As(err, &f) || f.code != codeUsage {
		t.Errorf("too much: %v", err)
	}
	if _, err := c.input(name+"x", 5); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}
