package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// ordered are the arguments of a command line in the one order that the parser understands: flags of every command,
// then each verb with its own flags, then "--" and the positional arguments.
type ordered struct {
	args    []string
	command *cli.Command // the last verb that was found; the root when none was
	path    []string     // the verbs
	help    bool         // help was asked for
	lang    string       // the value of --lang, also of a line that is wrong elsewhere
	json    bool         // --json was given, also on a line that is wrong elsewhere
}

// order lets flags stand anywhere: before and after verbs and arguments. root is the command with the flags of every
// command and with all verbs. "--" ends the flags; "-" alone is an argument; -abc stands for -a -b -c when each is a
// flag of one letter. Flags may be written with one hyphen or two. The error is a *failure about a flag that does not
// exist or lacks its value; what was understood is returned with it.
func order(root *cli.Command, args []string) (ordered, error) {
	o := orderer{root: root, found: ordered{command: root}}
	for len(args) > 0 {
		token := args[0]
		args = args[1:]
		switch {
		case token == "--":
			for _, word := range args {
				o.word(word)
			}
			args = nil
		case len(token) > 1 && token[0] == '-':
			args = o.flag(token, args)
		default:
			o.word(token)
		}
	}
	return o.finish(), o.err
}

type orderer struct {
	root       *cli.Command
	found      ordered
	global     []string // flags of every command
	verbs      []string // verbs, each followed by its own flags
	positional []string
	err        error // the first one
}

func (o *orderer) finish() ordered {
	o.found.args = append(append([]string{}, o.global...), o.verbs...)
	if len(o.positional) > 0 {
		o.found.args = append(append(o.found.args, "--"), o.positional...)
	}
	return o.found
}

// word takes a token that is no flag: a verb where one is expected, else a positional argument.
func (o *orderer) word(token string) {
	if len(o.positional) == 0 {
		if child := subcommand(o.found.command, token); child != nil {
			o.found.command = child
			o.found.path = append(o.found.path, child.Name)
			o.verbs = append(o.verbs, child.Name)
			return
		}
	}
	o.positional = append(o.positional, token)
}

func subcommand(parent *cli.Command, name string) *cli.Command {
	for _, child := range parent.Subcommands {
		if child.HasName(name) {
			return child
		}
	}
	return nil
}

// flag takes a token that begins with a hyphen, and the next one when that is its value; it returns what is left.
func (o *orderer) flag(token string, rest []string) []string {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(token[1:], "-"), "=")
	flag, own := o.lookup(name)
	switch {
	case flag != nil:
	case name == "help" || name == "h":
		o.found.help = true
		return rest
	case name == "version" && o.found.command == o.root && len(o.positional) == 0 && subcommand(o.root, name) != nil:
		o.word(name)
		return rest
	}
	if flag == nil {
		if letters := o.letters(token); letters != nil {
			return append(letters, rest...)
		}
		o.fail(unknownFlag(o.found, o.root, name))
		return rest
	}
	if !hasValue && takesValue(flag) {
		if len(rest) == 0 {
			o.fail(usage("usage.flag-value", "flag", dashed(name)))
			return nil
		}
		value, rest = rest[0], rest[1:]
		hasValue = true
	}
	o.keep(flag.Names()[0], value, hasValue, own)
	return rest
}

func (o *orderer) keep(name, value string, hasValue, own bool) {
	token := "--" + name
	if hasValue {
		token += "=" + value
	}
	if own {
		o.verbs = append(o.verbs, token)
		return
	}
	o.global = append(o.global, token)
	switch name {
	case "lang":
		o.found.lang = value
	case "json":
		on, err := strconv.ParseBool(value)
		o.found.json = !hasValue || err == nil && on
	}
}

// lookup finds a flag of the current verb (own) or of every command.
func (o *orderer) lookup(name string) (flag cli.Flag, own bool) {
	if o.found.command != o.root {
		if flag := flagNamed(o.found.command.Flags, name); flag != nil {
			return flag, true
		}
	}
	return flagNamed(o.root.Flags, name), false
}

// letters takes -abc apart, or returns nil when that is not what it is. Only the last letter may take a value.
func (o *orderer) letters(token string) []string {
	if strings.HasPrefix(token, "--") || strings.Contains(token, "=") || len(token) < 3 {
		return nil
	}
	var letters []string
	for i, letter := range token[1:] {
		flag, _ := o.lookup(string(letter))
		last := i+1+len(string(letter)) == len(token)
		if flag == nil || takesValue(flag) && !last {
			return nil
		}
		letters = append(letters, "-"+string(letter))
	}
	return letters
}

func (o *orderer) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, flag := range flags {
		for _, n := range flag.Names() {
			if n == name {
				return flag
			}
		}
	}
	return nil
}

func takesValue(flag cli.Flag) bool {
	f, ok := flag.(cli.DocGenerationFlag)
	return ok && f.TakesValue()
}

// dashed is a flag as a person writes it.
func dashed(name string) string {
	if len([]rune(name)) == 1 {
		return "-" + name
	}
	return "--" + name
}
