package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// An argument is one word of a command's ArgsUsage.
type argument struct {
	name     string
	optional bool // [NAME]
	many     bool // NAME…
}

// arguments reads an ArgsUsage: "PATH", "[SAFE]", "INVITE [DIR]", "FILE…", "-- CMD [ARG…]".
func arguments(usage string) []argument {
	var list []argument
	for usage = strings.TrimSpace(usage); usage != ""; usage = strings.TrimSpace(usage) {
		end := " "
		if usage[0] == '[' {
			end = "]"
		}
		word, rest, _ := strings.Cut(usage, end)
		usage = rest
		if word == "--" {
			continue
		}
		a := argument{name: strings.TrimPrefix(word, "["), optional: word[0] == '['}
		a.name, a.many = strings.CutSuffix(a.name, "…")
		list = append(list, a)
	}
	return list
}

// checkArgs compares the number of arguments with ArgsUsage, so that args[i] is there wherever a command needs it.
func checkArgs(command *cli.Command, path, args []string) error {
	line := strings.Join(append([]string{"opsvault"}, path...), " ")
	if len(command.Subcommands) > 0 && command.ArgsUsage == "" {
		if len(args) > 0 {
			return unknownCommand(path, command, args[0])
		}
		return nil
	}
	list := arguments(command.ArgsUsage)
	many := false
	for i, a := range list {
		many = many || a.many
		if i >= len(args) && !a.optional {
			return usage("usage.argument-missing", "argument", a.name, "command", line).
				withHint("hint.usage", "usage", line+" "+command.ArgsUsage)
		}
	}
	if len(args) > len(list) && !many {
		return usage("usage.argument-extra", "argument", args[len(list)], "command", line).
			withHint("hint.usage", "usage", strings.TrimSpace(line+" "+command.ArgsUsage))
	}
	return nil
}
