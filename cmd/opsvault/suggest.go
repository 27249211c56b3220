package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
)

// unknownCommand is the error about a verb that does not exist, with the one that was probably meant.
func unknownCommand(path []string, parent *cli.Command, name string) error {
	err := usage("usage.unknown-command", "command", strings.Join(append(path[:len(path):len(path)], name), " "))
	var names []string
	for _, child := range parent.Subcommands {
		if !child.Hidden {
			names = append(names, child.Names()...)
		}
	}
	if meant := nearest(name, names); meant != "" {
		return err.withHint("hint.did-you-mean", "meant", strings.Join(append([]string{"opsvault"}, append(path[:len(path):len(path)], meant)...), " "))
	}
	return err.withHint("hint.help", "command", strings.Join(append([]string{"opsvault"}, path...), " "))
}

// unknownFlag is the error about a flag that does not exist, with the one that was probably meant.
func unknownFlag(o ordered, root *cli.Command, name string) error {
	err := usage("usage.unknown-flag", "flag", dashed(name))
	var names []string
	for _, flag := range append(o.command.Flags[:len(o.command.Flags):len(o.command.Flags)], root.Flags...) {
		for _, n := range flag.Names() {
			if len(n) > 1 {
				names = append(names, n)
			}
		}
	}
	if meant := nearest(name, names); meant != "" && len(name) > 1 {
		return err.withHint("hint.did-you-mean", "meant", dashed(meant))
	}
	return err.withHint("hint.help", "command", strings.Join(append([]string{"opsvault"}, o.path...), " "))
}

// nearest returns the candidate that was probably meant by a word: typed in the Cyrillic layout, begun, or with a slip
// or two in it. It returns "" when none is near.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	swapped := text.OtherLayout(word)
	best, bestDistance := "", 1+len(word)/3
	for _, candidate := range candidates {
		if candidate == swapped || len(word) >= 3 && strings.HasPrefix(candidate, word) {
			return candidate
		}
		if d := distance(word, candidate); d <= bestDistance && d < len(candidate) && (best == "" || d < distance(word, best)) {
			best = candidate
		}
	}
	return best
}

// distance counts the slips between two words: a letter left out, added, wrong, or two neighbours exchanged (optimal
// string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	older, old, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(t)]
}
