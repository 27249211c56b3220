package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/urfave/cli/v2"
)

// A probe is a command with flags of all sorts, to see what arrives at a command's work.
type probe struct {
	Field, Reason string
	Unmask, Paste bool
	Version       int
	Env           []string
}

func newProbe(name string) func(*env, runFunc[probe]) *cli.Command {
	return func(e *env, run runFunc[probe]) *cli.Command {
		o, variables := &probe{}, &cli.StringSlice{}
		return e.command(&cli.Command{
			Name:      name,
			ArgsUsage: "[PATH…]",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.Field},
				&cli.StringFlag{Name: "reason", Destination: &o.Reason},
				&cli.BoolFlag{Name: "unmask", Aliases: []string{"u"}, Destination: &o.Unmask},
				&cli.BoolFlag{Name: "paste", Aliases: []string{"p"}, Destination: &o.Paste},
				&cli.IntFlag{Name: "version", Destination: &o.Version},
				&cli.StringSliceFlag{Name: "env", Destination: variables},
			},
		}, func(ctx context.Context, c *call) error {
			o.Env = variables.Value()
			return run(ctx, c, o)
		})
	}
}

func TestOrder(t *testing.T) {
	type want struct {
		options probe
		args    []string
		common  common
	}
	tests := []struct {
		name, line string
		want       want
	}{
		{"flag before the argument", "show -f password p", want{options: probe{Field: "password"}, args: []string{"p"}}},
		{"flag after the argument", "show p -f password", want{options: probe{Field: "password"}, args: []string{"p"}}},
		{"flag between arguments", "show p --reason x q", want{options: probe{Reason: "x"}, args: []string{"p", "q"}}},
		{"with an equals sign", "show p --field=a=b", want{options: probe{Field: "a=b"}, args: []string{"p"}}},
		{"an empty value", "show p --field=", want{args: []string{"p"}}},
		{"one hyphen", "show -field a p", want{options: probe{Field: "a"}, args: []string{"p"}}},
		{"letters together", "show -up p", want{options: probe{Unmask: true, Paste: true}, args: []string{"p"}}},
		{"letters, the last with a value", "show -uf a p", want{options: probe{Unmask: true, Field: "a"}, args: []string{"p"}}},
		{"global flags before the verb", "--vault d --me ivan show p", want{args: []string{"p"}, common: common{vaultDir: "d", me: "ivan"}}},
		{"global flags after it", "show p --json --vault=d -q", want{args: []string{"p"}, common: common{vaultDir: "d", json: true, quiet: true}}},
		{"two hyphens end the flags", "show -u -- -f --json", want{options: probe{Unmask: true}, args: []string{"-f", "--json"}}},
		{"after the argument too", "show p -- -f", want{args: []string{"p", "-f"}}},
		{"a second -- is an argument", "show -- a -- b", want{args: []string{"a", "--", "b"}}},
		{"a hyphen is an argument", "show - -u", want{options: probe{Unmask: true}, args: []string{"-"}}},
		{"a value that looks like a flag", "show --reason -u p", want{options: probe{Reason: "-u"}, args: []string{"p"}}},
		{"a value that looks like the end", "show --reason -- p", want{options: probe{Reason: "--"}, args: []string{"p"}}},
		{"a value that is a verb", "--me show show p", want{args: []string{"p"}, common: common{me: "show"}}},
		{"an argument that is a verb", "show show", want{args: []string{"show"}}},
		{"an argument named help", "show help", want{args: []string{"help"}}},
		{"an argument named h", "show h", want{args: []string{"h"}}},
		{"an argument named like a flag that was given", "show field --field x", want{options: probe{Field: "x"}, args: []string{"field"}}},
		{"a bool that is switched off", "show --json=false p", want{args: []string{"p"}}},
		{"a number", "show p --version 3", want{options: probe{Version: 3}, args: []string{"p"}}},
		{"commas don't split", "show --env A=b,c --env D=e", want{options: probe{Env: []string{"A=b,c", "D=e"}}}},
		{"the last one counts", "show -f a --field b", want{options: probe{Field: "b"}}},
		{"verbs behind --", "-- show -u", want{args: []string{"-u"}}},
		{"Cyrillic", "show телефония/транк --reason авария", want{options: probe{Reason: "авария"}, args: []string{"телефония/транк"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			options, c, err := parsed(t, newProbe("show"), strings.Fields(tt.line)...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want.options, options, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if !slices.Equal(c.args, tt.want.args) {
				t.Errorf("arguments: got %q, want %q", c.args, tt.want.args)
			}
			tt.want.common.lang = c.lang
			if c.common != tt.want.common {
				t.Errorf("got %+v, want %+v", c.common, tt.want.common)
			}
		})
	}
}

func TestOrderRefuses(t *testing.T) {
	tests := []struct{ name, line, message, hint string }{
		{"an unknown flag", "show --felid x", "usage.unknown-flag", "hint.did-you-mean"},
		{"a flag like nothing", "show --zzzzzz", "usage.unknown-flag", "hint.help"},
		{"an unknown letter", "show -z", "usage.unknown-flag", "hint.help"},
		{"letters with a value in the middle", "show -fu", "usage.unknown-flag", "hint.help"},
		{"a flag of a verb before it", "--field x show", "usage.unknown-flag", "hint.help"},
		{"no value", "show p --field", "usage.flag-value", ""},
		{"a value of the wrong kind", "show --version x", "usage.flag-invalid", "hint.help"},
		{"a bool with a value", "show --unmask=maybe", "usage.flag-invalid", "hint.help"},
		{"an unknown verb", "shwo p", "usage.unknown-command", "hint.did-you-mean"},
		{"a verb behind another word", "nothing show", "usage.unknown-command", "hint.help"},
		{"a verb in the other layout", "ырщц p", "usage.unknown-command", "hint.did-you-mean"},
		{"a verb like nothing", "zzzzzz", "usage.unknown-command", "hint.help"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := parsed(t, newProbe("show"), strings.Fields(tt.line)...)
			var f *failure
			if !errors.As(err, &f) || f.code != codeUsage {
				t.Fatalf("got %v", err)
			}
			if string(f.message) != tt.message || string(f.hint) != tt.hint {
				t.Errorf("got %q, %q, want %q, %q", f.message, f.hint, tt.message, tt.hint)
			}
		})
	}
}

// probes is a small tree: two verbs and a noun with two.
func probes() []group {
	work := func(context.Context, *call, *probe) error { return nil }
	return []group{{"group.start", []constructor{
		verb(newProbe("show"), work),
		verb(newProbe("find"), work),
		noun("rotate", verb(newProbe("list"), work), verb(newProbe("done"), work)),
		newHelpCommand,
	}}}
}

// FuzzPermute puts words in order and holds the promises of order: it never panics; what it returns is in order
// already; nothing after "--" is touched; the arguments keep their sequence; and the parser agrees with it.
func FuzzPermute(f *testing.F) {
	data, err := os.ReadFile("testdata/permute.txt")
	if err != nil {
		f.Fatal(err)
	}
	seeds := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(seeds) < 10 {
		f.Fatalf("only %d seeds", len(seeds))
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		e := newWorld(t).env
		first, err := order(rootOf(newApp(e, probes())), words)
		if err != nil {
			var usage *failure
			if !errors.As(err, &usage) || usage.code != codeUsage {
				t.Fatalf("%q: error %v", words, err)
			}
			return
		}
		checkSequence(t, words, first)
		again, err := order(rootOf(newApp(e, probes())), first.args)
		if err != nil || !slices.Equal(first.args, again.args) || !slices.Equal(first.path, again.path) {
			t.Fatalf("%q: in order %q, again %q, %v", words, first.args, again.args, err)
		}
		if !first.wantsHelp() {
			checkParser(t, e, first)
		}
	})
}

// checkSequence demands that the positional arguments are a subsequence of the words, and end with all that stood
// behind the first "--" that is no flag's value.
func checkSequence(t *testing.T, words []string, o ordered) {
	t.Helper()
	rest := words
	for _, argument := range o.positional() {
		i := slices.Index(rest, argument)
		if i < 0 {
			t.Fatalf("%q: the arguments %q are not in their sequence", words, o.positional())
		}
		rest = rest[i+1:]
	}
	last := len(words) - 1
	if i := slices.Index(words, "--"); i >= 0 && i < last && !strings.HasPrefix(strings.Join(words[:i], ""), "-") && i > 0 && words[i-1] == "show" {
		if n := len(words) - i - 1; !slices.Equal(o.positional()[len(o.positional())-n:], words[i+1:]) {
			t.Fatalf("%q: what follows -- has become %q", words, o.positional())
		}
	}
}

// checkParser runs the parser over an ordered line and demands that it ends at the same command with the same arguments.
func checkParser(t *testing.T, e *env, o ordered) {
	t.Helper()
	reached := false
	work := func(_ context.Context, c *call, _ *probe) error {
		reached = true
		if !slices.Equal(c.args, o.positional()) {
			t.Errorf("%q: the command got %q", o.args, c.args)
		}
		return nil
	}
	groups := []group{{"group.start", []constructor{
		verb(newProbe("show"), work), verb(newProbe("find"), work),
		noun("rotate", verb(newProbe("list"), work), verb(newProbe("done"), work)),
	}}}
	err := newApp(e, groups).RunContext(t.Context(), append([]string{"opsvault"}, o.args...))
	var usage *failure
	if err != nil && (!errors.As(err, &usage) || usage.code != codeUsage) {
		t.Errorf("%q: error %v", o.args, err)
	}
	leaf := len(o.command.Subcommands) == 0
	if err == nil && reached != leaf {
		t.Errorf("%q: the command was reached: %t", o.args, reached)
	}
}
