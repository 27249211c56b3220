package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
)

// A constructor makes a command for an env.
type constructor func(*env) *cli.Command

// A group is a heading of the help and the commands under it, in the order in which a person meets them.
type group struct {
	title    text.Key
	commands []constructor
}

// verb pairs the parsing of a command with its work.
func verb[O any](parse func(*env, runFunc[O]) *cli.Command, work runFunc[O]) constructor {
	return func(e *env) *cli.Command { return parse(e, work) }
}

// noun is a command that only holds others: "rotate list", "rotate done".
func noun(name string, children ...constructor) constructor {
	return func(e *env) *cli.Command {
		return e.command(&cli.Command{Name: name, Subcommands: build(e, children)}, nil)
	}
}

// nounVerb is a command that works by itself and holds others, too: "audit", "audit list".
func nounVerb(name string, work func(context.Context, *call) error, children ...constructor) constructor {
	return func(e *env) *cli.Command {
		return e.command(&cli.Command{Name: name, Subcommands: build(e, children)}, work)
	}
}

func build(e *env, constructors []constructor) []*cli.Command {
	commands := make([]*cli.Command, len(constructors))
	for i, construct := range constructors {
		commands[i] = construct(e)
	}
	return commands
}

// rootFlags are the flags of every command. Each is defined here alone: a second definition in a command would hide
// its value with a default.
func rootFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "vault"},
		&cli.StringFlag{Name: "me"},
		&cli.StringFlag{Name: "passphrase-file"},
		&cli.StringFlag{Name: "lang"},
		&cli.BoolFlag{Name: "json"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}},
	}
}

// newApp puts the tree of commands together.
func newApp(e *env, groups []group) *cli.App {
	app := &cli.App{
		Name:                      "opsvault",
		Usage:                     "usage",
		Flags:                     rootFlags(),
		Writer:                    e.Out,
		ErrWriter:                 e.Err,
		Reader:                    e.In,
		HideHelp:                  true,
		HideHelpCommand:           true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		OnUsageError:              usageError,
		ExitErrHandler:            func(*cli.Context, error) {},
	}
	for _, g := range groups {
		for _, command := range build(e, g.commands) {
			command.Category = string(g.title)
			app.Commands = append(app.Commands, command)
		}
	}
	app.Action = func(cc *cli.Context) error {
		if cc.Args().Present() {
			return unknownCommand(nil, &cli.Command{Subcommands: app.Commands}, cc.Args().First())
		}
		return nil
	}
	return app
}

// rootOf is the program seen as a command: the flags of every command, and the verbs.
func rootOf(app *cli.App) *cli.Command {
	return &cli.Command{Name: app.Name, Flags: app.Flags, Subcommands: app.Commands}
}

// command completes a command: the countermeasures against the habits of the library, the check of the number of
// arguments, and an action that gives the work a call. ArgsUsage says which arguments there are: words, those in
// brackets optional, one with … any number of times. Work is nil for a command that only holds others.
func (e *env) command(command *cli.Command, work func(context.Context, *call) error) *cli.Command {
	command.HideHelp = true
	command.HideHelpCommand = true
	command.OnUsageError = usageError
	command.Action = func(cc *cli.Context) error {
		args := cc.Args().Slice()
		if err := checkArgs(command, path(cc), args); err != nil {
			return err
		}
		if work == nil {
			return needsSubcommand(command, path(cc))
		}
		c := e.call(cc, args)
		err := work(cc.Context, c)
		if flushErr := c.out.Flush(); flushErr != nil && err == nil {
			err = fmt.Errorf("write the output: %w", flushErr)
		}
		return err
	}
	return command
}

func (e *env) call(cc *cli.Context, args []string) *call {
	c := &call{env: e, args: args, isSet: cc.IsSet, out: bufio.NewWriter(e.Out)}
	c.common = common{
		vaultDir:       orEnv(cc.String("vault"), e.Getenv("OPSVAULT_DIR")),
		me:             orEnv(cc.String("me"), e.Getenv("OPSVAULT_ME")),
		passphraseFile: orEnv(cc.String("passphrase-file"), e.Getenv("OPSVAULT_PASSPHRASE_FILE")),
		lang:           e.chooseLang(cc.String("lang")),
		json:           cc.Bool("json"),
		quiet:          cc.Bool("quiet"),
	}
	c.tr = text.New(c.lang, nil)
	return c
}

func orEnv(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return variable
}

// path are the verbs that led to a context, without the program's name.
func path(cc *cli.Context) []string {
	var verbs []string
	for _, c := range cc.Lineage() {
		if c.Command != nil && c.Command.Name != "" && c.Command.Name != cc.App.Name {
			verbs = append([]string{c.Command.Name}, verbs...)
		}
	}
	return verbs
}

func needsSubcommand(command *cli.Command, path []string) error {
	var names []string
	for _, child := range command.Subcommands {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return usage("usage.needs-subcommand", "command", strings.Join(path, " "), "names", names).
		withHint("hint.help", "command", strings.Join(append([]string{"opsvault"}, path...), " "))
}

// usageError turns what the parser complains about into an error of ours.
func usageError(cc *cli.Context, err error, _ bool) error {
	command := strings.Join(append([]string{"opsvault"}, path(cc)...), " ")
	rest, found := strings.CutPrefix(err.Error(), "invalid value ")
	if value, after, cut := strings.Cut(rest, " for flag -"); found && cut {
		name, _, _ := strings.Cut(after, ":")
		return usage("usage.flag-invalid", "flag", dashed(name), "value", strings.Trim(value, `"`)).
			withHint("hint.help", "command", command).because(err)
	}
	if rest, found := strings.CutPrefix(err.Error(), "invalid boolean value "); found {
		value, after, _ := strings.Cut(rest, " for -")
		name, _, _ := strings.Cut(after, ":")
		return usage("usage.flag-invalid", "flag", dashed(name), "value", strings.Trim(value, `"`)).
			withHint("hint.help", "command", command).because(err)
	}
	return usage("usage.other").withHint("hint.help", "command", command).because(err)
}

// run is the whole program: it parses, works, prints an error if there is one, and returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	return runGroups(ctx, args, e, groups())
}

func runGroups(ctx context.Context, args []string, e *env, groups []group) int {
	defer e.Terminal.Close()
	var words []string
	if len(args) > 0 {
		words = args[1:]
	}
	app := newApp(e, groups)
	root := rootOf(app)
	line, err := order(root, words)
	if err == nil {
		err = line.checkLang()
	}
	switch {
	case err != nil:
	case line.wantsHelp():
		err = printHelp(e, root, line)
	default:
		err = app.RunContext(ctx, append([]string{app.Name}, line.args...))
	}
	return finish(ctx, e, line, err)
}

// finish prints an error and returns its code.
func finish(ctx context.Context, e *env, line ordered, err error) int {
	if err == nil {
		return codeDone
	}
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	lang := e.chooseLang(line.lang)
	if line.json {
		lang = text.English // what scripts read is not translated
	}
	tr := text.New(lang, nil)
	r := explain(err, tr, ctx.Err() != nil)
	var b strings.Builder
	r.print(&b, line.json, tr, e.style(e.ErrEscapes))
	said := b.String()
	if !line.json {
		said = e.wrapped(said)
	}
	_, _ = io.WriteString(e.Err, said)
	return r.Code
}

func (o ordered) checkLang() error {
	if _, ok := text.ParseLang(o.lang); o.lang != "" && !ok {
		return usage("usage.lang", "lang", o.lang).withHint("hint.lang")
	}
	return nil
}
