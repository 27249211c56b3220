package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
)

// update writes the golden files anew: go test ./cmd/opsvault -run TestHelpPages -update
var update = flag.Bool("update", false, "write the golden files")

// TestHelpPages compares every page of help, in both languages, with testdata/help.
func TestHelpPages(t *testing.T) {
	for _, lang := range text.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			var pages bytes.Buffer
			add := func(words ...string) {
				w := newWorld(t)
				if code := run(t.Context(), append([]string{"opsvault", "--lang", string(lang)}, words...), w.env); code != 0 {
					t.Errorf("%v: code %d, %s", words, code, w.err.String())
				}
				pages.WriteString("==== " + strings.Join(words, " ") + "\n" + w.out.String())
			}
			add("help")
			eachCommand(t, func(path []string, command *cli.Command) {
				if !command.Hidden {
					add(append([]string{"help"}, path...)...)
				}
			})
			checkGolden(t, filepath.Join("testdata", "help", string(lang)+".txt"), pages.Bytes())
			for _, line := range strings.Split(pages.String(), "\n") {
				if term.Width(line) > helpWidth && !strings.HasPrefix(line, "====") {
					t.Errorf("wider than %d columns: %q", helpWidth, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("a space at the end: %q", line)
				}
			}
		})
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), string(got)); diff != "" {
		t.Errorf("%s differs; if that is right, run: go test ./cmd/opsvault -run %s -update\n%s", name, t.Name(), diff)
	}
}

// TestHelpIsFoundEverywhere asks for the same page in all the ways that people try.
func TestHelpIsFoundEverywhere(t *testing.T) {
	pages := map[string][]string{
		"opsvault": {"", "help", "--help", "-h", "help --json", "-q"},
		"rotate":   {"help rotate", "rotate --help", "rotate -h", "--help rotate", "--quiet rotate --help"},
		"rotate list": {
			"help rotate list", "rotate list --help", "rotate --help list", "rotate list p --reason x -h", "-h rotate list",
		},
	}
	for page, lines := range pages {
		for _, line := range lines {
			t.Run(line, func(t *testing.T) {
				w := newWorld(t)
				if code := runGroups(t.Context(), strings.Fields("opsvault "+line), w.env, probes()); code != 0 {
					t.Fatalf("code %d: %s", code, w.err.String())
				}
				name := strings.TrimSpace("opsvault " + strings.TrimPrefix(page, "opsvault"))
				if !strings.HasPrefix(w.out.String(), name+": ") || w.err.Len() > 0 {
					t.Errorf("got %q and %q", w.out.String(), w.err.String())
				}
			})
		}
	}
}

func TestHelpAboutNothing(t *testing.T) {
	for _, line := range []string{"help rotate lst", "rotate lst --help"} {
		w := newWorld(t)
		if code := runGroups(t.Context(), strings.Fields("opsvault "+line), w.env, probes()); code != codeUsage {
			t.Errorf("%s: code %d", line, code)
		}
		want := "opsvault: error: there is no command \"rotate lst\"\nopsvault: hint: did you mean \"opsvault rotate list\"?\n"
		if w.err.String() != want || w.out.Len() > 0 {
			t.Errorf("%s: got %q and %q", line, w.out.String(), w.err.String())
		}
	}
}

func TestHelpAboutFlags(t *testing.T) {
	h := helper{tr: text.New(text.English, nil)}
	tests := []struct {
		name, value string
		flag        cli.Flag
		want        string
	}{
		{"long", "", &cli.BoolFlag{Name: "unmask"}, "    --unmask"},
		{"short and long with a value", "FIELD", &cli.StringFlag{Name: "field", Aliases: []string{"f"}}, "-f, --field FIELD"},
		{"two long names show the first", "", &cli.BoolFlag{Name: "copy", Aliases: []string{"clip", "c"}}, "-c, --copy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := flagForm(tt.flag, tt.value); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	h.list("page.options", []item{{"    --a-very-long-flag WITH-A-LONG-VALUE", "about it"}, {"-q, --кратко", strings.Repeat("слово ", 20)}})
	want := "Options:\n" +
		"      --a-very-long-flag WITH-A-LONG-VALUE\n" +
		"                about it\n" +
		"  -q, --кратко  слово слово слово слово слово слово слово слово слово слово\n" +
		"                слово слово слово слово слово слово слово слово слово слово\n\n"
	if h.out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", h.out.String(), want)
	}
}
