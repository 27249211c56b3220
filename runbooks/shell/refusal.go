package shell

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"opsvault/runbooks"
)

// Why a block was refused, or ended before its end. The words for people are made elsewhere.
const (
	WhySyntax      = "syntax"      // What: what the parser says
	WhyTooLong     = "too-long"    // the text
	WhySource      = "source"      // What: source, ., eval, alias, or trap with a text that is put together
	WhyRelative    = "relative"    // What: a program with a relative path
	WhyUnsafe      = "unsafe"      // What: a program that others could have put there
	WhyVault       = "vault"       // What: a path in the vault's directory
	WhyArgument    = "argument"    // What: the program that would have shown a credential in its arguments
	WhyTrace       = "trace"       // set -x with credentials
	WhyVariable    = "variable"    // What: a name that an input or a credential may not have
	WhyInterpreter = "interpreter" // What: a script without a line that names its interpreter
	WhyMemory      = "memory"      // the shell itself outgrew its limit
	WhyStart       = "start"       // What: why the process or its directory could not be made
	WhyBroken      = "broken"      // the process ended without a word
	WhyExpect      = "expect"      // the exit code was 0, the expected text was not seen
	WhyInterrupted = "interrupted" // by the person
)

// A Refusal says why a block may not do something.
type Refusal struct {
	Why  string `json:"why"`
	What string `json:"what,omitempty"`
	Line int    `json:"line,omitempty"` // in the block, from 1; 0 if unknown
}

func (r *Refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("refused: %s %s", r.Why, r.What))
}

// maxText is the longest block, in bytes; a fence is a part of a runbook, which has at most 1 MiB.
const maxText = 64 << 10

// parse reads a block.
func parse(text string) (*syntax.File, *Refusal) {
	if len(text) > maxText {
		return nil, &Refusal{Why: WhyTooLong}
	}
	file, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err == nil {
		return file, nil
	}
	r := &Refusal{Why: WhySyntax, What: err.Error()}
	if at, ok := err.(syntax.ParseError); ok {
		r.What, r.Line = at.Text, int(at.Pos.Line())
	}
	return nil, r
}

// Check reads a block without running it, and says what about it would be refused wherever it runs; nil if nothing. With
// secret, the block is one that gets a credential.
func Check(text string, secret bool) *Refusal {
	file, refused := parse(text)
	if refused != nil {
		return refused
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		called, ok := node.(*syntax.CallExpr)
		if !ok || refused != nil {
			return refused == nil
		}
		var words []string
		for _, arg := range called.Args {
			words = append(words, arg.Lit()) // "" where only running it would tell
		}
		if refused = forbidden(words, secret); refused == nil {
			refused = trapped(words, func(i int) bool { _, ok := constant(called.Args[i]); return ok })
		}
		if refused != nil {
			refused.Line = int(called.Pos().Line())
		}
		return true
	})
	return refused
}

// constants are the words of a block that always say the same: what may be in a trap, which runs it as commands later.
func constants(file *syntax.File) map[string]bool {
	list := map[string]bool{}
	syntax.Walk(file, func(node syntax.Node) bool {
		if word, ok := node.(*syntax.Word); ok {
			if text, ok := constant(word); ok {
				list[text] = true
			}
		}
		return true
	})
	return list
}

// constant is the text of a word in which nothing is replaced.
func constant(word *syntax.Word) (string, bool) {
	var b strings.Builder
	for _, part := range word.Parts {
		inner := []syntax.WordPart{part}
		if quoted, ok := part.(*syntax.DblQuoted); ok {
			inner = quoted.Parts
		}
		for _, part := range inner {
			switch part := part.(type) {
			case *syntax.Lit:
				if strings.Contains(part.Value, `\`) {
					return "", false
				}
				b.WriteString(part.Value)
			case *syntax.SglQuoted:
				if part.Dollar {
					return "", false
				}
				b.WriteString(part.Value)
			default:
				return "", false
			}
		}
	}
	return b.String(), true
}

// trapped refuses a trap whose commands don't stand in the block as they are. It asks approved about a word by its index.
func trapped(words []string, approved func(int) bool) *Refusal {
	rest := called(words)
	if len(rest) > 1 && rest[0] == "trap" && rest[1] == "--" {
		rest = rest[1:]
	} else if len(rest) == 0 || rest[0] != "trap" {
		return nil
	}
	if action := len(words) - len(rest) + 1; len(rest) > 2 && !approved(action) {
		return &Refusal{Why: WhySource, What: "trap"}
	}
	return nil
}

// forbidden looks at the words of a command, before it runs.
func forbidden(words []string, secret bool) *Refusal {
	words = called(words)
	if len(words) == 0 {
		return nil
	}
	switch name := words[0]; {
	case name == "source" || name == "." || name == "eval" || name == "alias":
		return &Refusal{Why: WhySource, What: name}
	case secret && traces(words):
		return &Refusal{Why: WhyTrace}
	case relative(name):
		return &Refusal{Why: WhyRelative, What: name}
	}
	return nil
}

// called takes off what only hands a command on: builtin, command, exec.
func called(words []string) []string {
	for len(words) > 0 {
		switch words[0] {
		case "builtin", "command", "exec":
		default:
			return words
		}
		look := false
		for words = words[1:]; len(words) > 0 && strings.HasPrefix(words[0], "-"); words = words[1:] {
			look = look || words[0] == "-v" || words[0] == "-V"
		}
		if look {
			return nil // it only asks where the program is
		}
	}
	return words
}

// traces reports words that make the shell print each command: set -x, set -o xtrace, shopt -so xtrace.
func traces(words []string) bool {
	if words[0] != "set" && words[0] != "shopt" {
		return false
	}
	for _, word := range words[1:] {
		if word == "--" {
			return false
		}
		if word == "xtrace" || words[0] == "set" && strings.HasPrefix(word, "-") && strings.Contains(word, "x") {
			return true
		}
	}
	return false
}

// Rules tells lint what the shell would refuse.
type Rules struct{}

var _ runbooks.Commands = Rules{}

// Check is [Check] for lint.
func (Rules) Check(text string, secret bool) (why, what string, line int) {
	if r := Check(text, secret); r != nil {
		return r.Why, r.What, r.Line
	}
	return "", "", 0
}

// Settable is [Settable] for lint.
func (Rules) Settable(name string) bool { return Settable(name) }
