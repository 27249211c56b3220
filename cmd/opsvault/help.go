package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
)

// helpWidth is the width of the help: it fits everywhere, and long lines are hard to read anyway.
const helpWidth = 80

// newHelpCommand is in the tree so that help lists it; order and printHelp do its work.
func newHelpCommand(e *env) *cli.Command {
	return e.command(&cli.Command{Name: "help", ArgsUsage: "[COMMAND…]"}, nil)
}

// wantsHelp says whether a command line asks for help: with --help, with the verb help, or by saying nothing.
func (o ordered) wantsHelp() bool {
	return o.help || len(o.path) == 1 && o.path[0] == "help" || len(o.path) == 0 && !o.hasArguments()
}

func (o ordered) hasArguments() bool {
	for _, arg := range o.args {
		if arg == "--" {
			return true
		}
	}
	return false
}

// printHelp prints the help about the command of the line, or about the one that "help COMMAND" names.
func printHelp(e *env, root *cli.Command, line ordered) error {
	command, path := line.command, line.path
	if len(path) > 0 && path[0] == "help" {
		command, path = root, nil
	}
	for _, name := range line.positional() {
		if len(command.Subcommands) == 0 || command.ArgsUsage != "" && subcommand(command, name) == nil {
			break
		}
		child := subcommand(command, name)
		if child == nil {
			return unknownCommand(path, command, name)
		}
		command, path = child, append(path[:len(path):len(path)], child.Name)
	}
	h := helper{tr: text.New(e.chooseLang(line.lang), nil), style: e.style(e.OutEscapes)}
	if command == root {
		h.program(root)
	} else {
		h.command(root, command, path)
	}
	_, err := io.WriteString(e.Out, h.out.String())
	return err
}

func (o ordered) positional() []string {
	for i, arg := range o.args {
		if arg == "--" {
			return o.args[i+1:]
		}
	}
	return nil
}

// A helper writes one page of help.
type helper struct {
	tr    *text.Translator
	style term.Style
	out   strings.Builder
}

// An item is a line of a list: a name, what it is, and how deep the line begins.
type item struct{ name, about string }

func (h *helper) program(root *cli.Command) {
	h.paragraph("opsvault: " + h.tr.Text("page.program"))
	h.paragraph(h.tr.Text("page.usage", "usage", "opsvault "+h.tr.Text("page.program-usage")))
	title := ""
	var items []item
	for _, command := range root.Subcommands {
		if command.Hidden {
			continue
		}
		if command.Category != title {
			h.list(title, items)
			title, items = command.Category, nil
		}
		items = append(items, item{command.Name, h.tr.Text(usageKey([]string{command.Name}))})
	}
	h.list(title, items)
	h.list("page.global-options", h.flags(root.Flags, nil))
	h.out.WriteString(term.Wrap(h.tr.Text("page.more"), helpWidth) + "\n")
}

func (h *helper) command(root, command *cli.Command, path []string) {
	line := "opsvault " + strings.Join(path, " ")
	h.paragraph(line + ": " + h.tr.Text(usageKey(path)))
	for _, form := range h.forms(command) {
		h.paragraph(h.tr.Text("page.usage", "usage", line+form))
	}
	if about := text.Key(strings.Join(path, ".") + ".about"); h.tr.Has(about) {
		h.paragraph(h.tr.Text(about))
	}
	var items []item
	for _, child := range command.Subcommands {
		if !child.Hidden {
			items = append(items, item{child.Name, h.tr.Text(usageKey(append(path[:len(path):len(path)], child.Name)))})
		}
	}
	h.list("page.commands", items)
	h.list("page.options", h.flags(command.Flags, path))
	h.paragraph(h.tr.Text("page.also", "options", flagNames(root.Flags)))
	h.trim()
}

// forms are what may follow the verbs: a command with arguments of its own is called in two ways when it holds others.
func (h *helper) forms(command *cli.Command) []string {
	holds := " " + h.tr.Text("page.subcommand")
	switch {
	case len(command.Subcommands) == 0:
		return []string{h.form(command)}
	case command.ArgsUsage == "":
		return []string{holds + h.form(command)}
	}
	return []string{h.form(command), holds}
}

// form are the options and arguments of a command in its line of usage.
func (h *helper) form(command *cli.Command) string {
	form := ""
	if len(command.Flags) > 0 {
		form += " [" + h.tr.Text("page.flags") + "]"
	}
	if command.ArgsUsage != "" {
		form += " " + command.ArgsUsage
	}
	return form
}

func (h *helper) flags(flags []cli.Flag, path []string) []item {
	var items []item
	for _, flag := range flags {
		if visible, ok := flag.(cli.VisibleFlag); ok && !visible.IsVisible() {
			continue
		}
		value, about := splitValue(h.tr.Text(flagKey(h.tr, path, flag.Names()[0])))
		items = append(items, item{flagForm(flag, value), about})
	}
	return items
}

// flagForm is a flag with its short form and its value: "-f, --field FIELD".
func flagForm(flag cli.Flag, value string) string {
	short, long := "    ", ""
	for _, name := range flag.Names() {
		if len(name) == 1 {
			short = "-" + name + ", "
		} else if long == "" {
			long = "--" + name
		}
	}
	if long == "" {
		short = strings.TrimSuffix(short, ", ")
	}
	if takesValue(flag) {
		long += " " + value
	}
	return short + long
}

func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, flag := range flags {
		names = append(names, dashed(flag.Names()[0]))
	}
	return names
}

// splitValue takes the name of a flag's value off the beginning of its text: "<DIR> the vault's directory".
func splitValue(about string) (value, rest string) {
	if !strings.HasPrefix(about, "<") {
		return "", about
	}
	value, rest, _ = strings.Cut(about[1:], ">")
	return value, strings.TrimSpace(rest)
}

// usageKey is the key of the one line about a command: "rotate.list.usage".
func usageKey(path []string) text.Key { return text.Key(strings.Join(path, ".") + ".usage") }

// flagKey is the key of the text about a flag: "show.flag.field", or "flag.reason" for one that means the same in every
// command that has it.
func flagKey(tr *text.Translator, path []string, name string) text.Key {
	key := text.Key(strings.Join(append(path[:len(path):len(path)], "flag", name), "."))
	if tr.Has(key) {
		return key
	}
	return text.Key("flag." + name)
}

func (h *helper) paragraph(s string) { h.out.WriteString(term.Wrap(s, helpWidth) + "\n\n") }

// list writes a heading and aligned items with an empty line after them; nothing when there are none.
func (h *helper) list(title string, items []item) {
	if len(items) == 0 {
		return
	}
	const indent, gap, widest = 2, 2, 28
	width := 0
	for _, it := range items {
		if w := term.Width(it.name); w <= widest {
			width = max(width, w)
		}
	}
	fmt.Fprintln(&h.out, h.style.Bold(h.tr.Text(text.Key(title))))
	column := indent + width + gap
	for _, it := range items {
		lines := strings.Split(term.Wrap(it.about, helpWidth-column), "\n")
		if term.Width(it.name) > width {
			fmt.Fprintf(&h.out, "%*s%s\n", indent, "", it.name)
		} else {
			fmt.Fprintf(&h.out, "%*s%s%s\n", indent, "", term.Pad(it.name, width+gap), lines[0])
			lines = lines[1:]
		}
		for _, line := range lines {
			fmt.Fprintf(&h.out, "%*s%s\n", column, "", line)
		}
	}
	h.out.WriteByte('\n')
}

// trim leaves one line break at the end.
func (h *helper) trim() {
	s := strings.TrimRight(h.out.String(), "\n") + "\n"
	h.out.Reset()
	h.out.WriteString(s)
}
