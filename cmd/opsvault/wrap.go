package main

import (
	"strings"

	"opsvault/cmd/opsvault/term"
)

// wrapText breaks lines between words, and not inside a command that fits on a line: a command that is copied from two
// lines is two commands to a shell.
func wrapText(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if term.Width(line) > width {
			lines[i] = strings.ReplaceAll(term.Wrap(glueCommands(line, width), width), glue, " ")
		}
	}
	return strings.Join(lines, "\n")
}

// glue stands for a space where a line must not be broken: one column wide, no space to anybody, and for private use.
const glue = "\ue000"

// glueCommands puts glue between the words of each command of this program that a text names.
func glueCommands(line string, width int) string {
	var b strings.Builder
	for {
		at := strings.Index(line, "opsvault ")
		if at < 0 {
			return b.String() + line
		}
		b.WriteString(line[:at])
		line = line[at:]
		end := commandEnd(line)
		command := line[:end]
		if isCommand(command) && term.Width(command)+closing < width {
			command = strings.ReplaceAll(command, " ", glue)
		}
		b.WriteString(command)
		line = line[end:]
	}
}

// closing is room for an indent, and for the marks before and after a command.
const closing = 6

// commandEnd is where a command ends that a text begins with: at the mark that closes a quotation or brackets, or that
// ends a part of a sentence. What stands in the command's own quotation marks belongs to it.
func commandEnd(s string) int {
	quoted := false
	for i, r := range s {
		next := s[i+len(string(r)):]
		pause := next == "" || next[0] == ' '
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("»\"<–()", r):
			return i
		case strings.ContainsRune(",;:.", r) && pause:
			return i
		}
	}
	return len(s)
}

// isCommand tells a command from a sentence about the program.
func isCommand(s string) bool {
	words := strings.Fields(s)
	return len(words) > 1 && strings.Trim(words[1], "abcdefghijklmnopqrstuvwxyz-") == ""
}
