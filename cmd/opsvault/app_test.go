package main

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
)

// eachCommand visits all commands of the program, with their verbs.
func eachCommand(t *testing.T, visit func(path []string, command *cli.Command)) {
	t.Helper()
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			verbs := append(path[:len(path):len(path)], command.Name)
			visit(verbs, command)
			walk(verbs, command.Subcommands)
		}
	}
	commands := newApp(newWorld(t).env, groups()).Commands
	if len(commands) < 2 {
		t.Fatalf("only %d commands", len(commands))
	}
	walk(nil, commands)
}

// TestCommandsKeepTheRules holds what the framework must not be asked to do.
func TestCommandsKeepTheRules(t *testing.T) {
	eachCommand(t, func(path []string, command *cli.Command) {
		name := strings.Join(path, " ")
		if !command.HideHelp || !command.HideHelpCommand || command.OnUsageError == nil || command.Action == nil {
			t.Errorf("%s was not made with env.command", name)
		}
		if command.Before != nil || command.After != nil {
			t.Errorf("%s: Before runs at every level and After joins errors: use defer", name)
		}
		if command.Usage != "" || command.UsageText != "" || command.Description != "" {
			t.Errorf("%s: the texts stand in text/messages", name)
		}
		if len(command.Subcommands) > 0 && command.ArgsUsage != "" && name != "run" {
			t.Errorf("%s holds commands: an argument could be one of them. For run, lint refuses such ids", name)
		}
		for _, flag := range command.Flags {
			checkFlag(t, name, flag)
		}
	})
}

func checkFlag(t *testing.T, name string, flag cli.Flag) {
	t.Helper()
	if first := flag.Names()[0]; len(first) < 2 {
		t.Errorf("%s: -%s has a long name first", name, first)
	}
	for _, own := range flag.Names() {
		if flagNamed(rootFlags(), own) != nil {
			t.Errorf("%s: --%s belongs to every command and stands in rootFlags alone", name, own)
		}
		if own == "help" || own == "h" {
			t.Errorf("%s: --%s asks for help", name, own)
		}
	}
	fields := reflect.ValueOf(flag).Elem()
	for _, field := range []string{"EnvVars", "FilePath", "Required", "Usage", "Action"} {
		if value := fields.FieldByName(field); value.IsValid() && !value.IsZero() {
			t.Errorf("%s: --%s sets %s: the environment, files, texts and checks are ours", name, flag.Names()[0], field)
		}
	}
}

func TestCommandsAreExplained(t *testing.T) {
	for _, lang := range text.Langs() {
		tr := text.New(lang, nil)
		explained := func(name string, key text.Key) {
			if !tr.Has(key) {
				t.Errorf("%s: %s: no message %s", lang, name, key)
			}
		}
		for _, g := range groups() {
			explained("a group", g.title)
		}
		for _, flag := range rootFlags() {
			explained("every command", flagKey(tr, nil, flag.Names()[0]))
		}
		eachCommand(t, func(path []string, command *cli.Command) {
			if command.Hidden {
				return
			}
			explained(strings.Join(path, " "), usageKey(path))
			for _, flag := range command.Flags {
				key := flagKey(tr, path, flag.Names()[0])
				explained(strings.Join(path, " "), key)
				if value, _ := splitValue(tr.Text(key)); takesValue(flag) != (value != "") {
					t.Errorf("%s: %s begins with the <NAME> of a value, if there is one, and only then", lang, key)
				}
			}
		})
	}
}

func TestCallGetsTheCommonOptions(t *testing.T) {
	tests := []struct {
		name, line string
		vars       []string
		want       common
	}{
		{"nothing", "show", nil, common{lang: text.English}},
		{"the environment", "show", []string{"OPSVAULT_DIR=d", "OPSVAULT_ME=ivan", "OPSVAULT_LANG=ru"}, common{vaultDir: "d", me: "ivan", lang: text.Russian}},
		{"flags first", "show --vault e --me anna --lang en", []string{"OPSVAULT_DIR=d", "OPSVAULT_ME=ivan", "OPSVAULT_LANG=ru"}, common{vaultDir: "e", me: "anna", lang: text.English}},
		{"for scripts", "show --json --quiet", nil, common{json: true, quiet: true, lang: text.English}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.vars...)
			var got common
			work := func(_ context.Context, c *call, _ *probe) error {
				got = c.common
				return nil
			}
			groups := []group{{"group.start", []constructor{verb(newProbe("show"), work)}}}
			if code := runGroups(t.Context(), strings.Fields("opsvault "+tt.line), w.env, groups); code != 0 {
				t.Fatal(w.err.String())
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestArity(t *testing.T) {
	tests := []struct {
		usage string
		args  string
		want  text.Key
	}{
		{"", "", ""}, {"", "a", "usage.argument-extra"},
		{"PATH", "a", ""}, {"PATH", "", "usage.argument-missing"}, {"PATH", "a b", "usage.argument-extra"},
		{"[SAFE]", "", ""}, {"[SAFE]", "a", ""}, {"[SAFE]", "a b", "usage.argument-extra"},
		{"MEMBER CAP PATH", "a b", "usage.argument-missing"}, {"MEMBER CAP PATH", "a b c", ""},
		{"INVITE [DIR]", "", "usage.argument-missing"}, {"INVITE [DIR]", "a b", ""},
		{"[DIR | REMOTE]", "", ""}, {"[DIR | REMOTE]", "a", ""}, {"[DIR | REMOTE]", "a b", "usage.argument-extra"},
		{"FILE…", "", "usage.argument-missing"}, {"FILE…", "a b c", ""},
		{"-- CMD [ARG…]", "", "usage.argument-missing"}, {"-- CMD [ARG…]", "a b c", ""},
	}
	for _, tt := range tests {
		t.Run(tt.usage+" with "+tt.args, func(t *testing.T) {
			err := checkArgs(&cli.Command{ArgsUsage: tt.usage}, []string{"x"}, strings.Fields(tt.args))
			var f *failure
			if got := errors.As(err, &f); got != (tt.want != "") || got && f.message != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	verbs := []string{"show", "insert", "ls", "rm", "run", "runs", "runbook", "rotate", "open", "otp"}
	tests := []struct{ word, want string }{
		{"shwo", "show"}, {"sho", "show"}, {"inset", "insert"}, {"ырщц", "show"}, {"ды", "ls"}, {"runbok", "runbook"},
		{"ropen", "open"}, {"rott", "rotate"}, {"x", ""}, {"delete", ""}, {"", ""}, {"SHOW", "show"},
	}
	for _, tt := range tests {
		t.Run(tt.word, func(t *testing.T) {
			if got := nearest(tt.word, verbs); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
