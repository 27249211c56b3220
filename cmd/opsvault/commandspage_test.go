package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault/entry"
)

// Marks of the part of docs/commands.md that TestCommandsPage writes.
const (
	generatedFrom = "<!-- From here on: go test ./cmd/opsvault -run TestCommandsPage -update -->\n"
	generatedTo   = "<!-- Up to here. -->\n"
)

// TestCommandsPage compares docs/commands.md with the tree of commands and the kinds of entries.
func TestCommandsPage(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "commands.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(data), "\r\n", "\n")
	before, rest, begun := strings.Cut(page, generatedFrom)
	_, after, ended := strings.Cut(rest, generatedTo)
	if !begun || !ended {
		t.Fatalf("%s lacks the marks of its generated part", name)
	}
	p := &commandsPage{tr: text.New(text.English, nil)}
	p.groups(newApp(newWorld(t).env, groups()).Commands)
	p.options("Options of every command", rootFlags(), nil)
	p.kinds()
	checkGolden(t, name, []byte(before+generatedFrom+p.out.String()+generatedTo+after))
}

type commandsPage struct {
	tr  *text.Translator
	out bytes.Buffer
}

func (p *commandsPage) groups(commands []*cli.Command) {
	group := ""
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		if command.Category != group {
			group = command.Category
			fmt.Fprintf(&p.out, "\n## %s\n", strings.TrimSuffix(p.tr.Text(text.Key(group)), ":"))
		}
		p.command(command, []string{command.Name})
	}
}

func (p *commandsPage) command(command *cli.Command, path []string) {
	form := "opsvault " + strings.Join(path, " ")
	if len(command.Subcommands) > 0 {
		form += " …"
	}
	fmt.Fprintf(&p.out, "\n### `%s`\n\n%s\n", strings.TrimSpace(form+" "+command.ArgsUsage), sentence(p.tr.Text(usageKey(path))))
	if about := text.Key(strings.Join(path, ".") + ".about"); p.tr.Has(about) {
		fmt.Fprintf(&p.out, "\n%s\n", p.tr.Text(about))
	}
	p.options("", command.Flags, path)
	for _, child := range command.Subcommands {
		if !child.Hidden {
			p.command(child, append(path[:len(path):len(path)], child.Name))
		}
	}
}

func (p *commandsPage) options(title string, flags []cli.Flag, path []string) {
	if len(flags) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(&p.out, "\n## %s\n", title)
	}
	p.out.WriteString("\n| option | |\n|---|---|\n")
	for _, flag := range flags {
		value, about := splitValue(p.tr.Text(flagKey(p.tr, path, flag.Names()[0])))
		fmt.Fprintf(&p.out, "| `%s` | %s |\n", strings.ReplaceAll(strings.TrimSpace(flagForm(flag, value)), "|", `\|`), about)
	}
}

// kinds lists what entries are made of: the names that a text for `insert --from` uses.
func (p *commandsPage) kinds() {
	p.out.WriteString("\n## Kinds of entries\n\n| kind | what | fields |\n|---|---|---|\n")
	for _, k := range entry.Kinds() {
		var fields []string
		for _, f := range k.Fields {
			name := "`" + f.ID + "`"
			if f.Main {
				name = "**" + name + "**"
			}
			fields = append(fields, name)
		}
		fmt.Fprintf(&p.out, "| `%s` | %s | %s |\n", k.ID, k.Hint["en"], strings.Join(fields, " "))
	}
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
