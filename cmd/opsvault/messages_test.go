package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
)

// speakers are the functions and methods that take the key of a message, and at which argument.
var speakers = map[string]int{
	"Text": 0, "text": 0, "say": 0, "warn": 0, "askSecret": 1, "askLine": 2, "askYes": 2, "askChoice": 3,
	"fail": 1, "usage": 0, "withHint": 0, "hinted": 1, "Has": 0,
}

// dynamic are the beginnings of keys that are put together while running, from the codes of lower rooms.
var dynamic = []string{
	"lint.",                        // problems that runbooks.Lint finds
	"bookdiff.",                    // what differs between two versions of a runbook
	"report.",                      // what happened in a run
	"booksearch.in-",               // where words were found in a runbook
	"doctor.",                      // what a vault's doctor found
	"rotate.risk-",                 // how much a row of the rotation list weighs
	"command.why-", "command.gets", // why a command of a runbook was refused or broke off
	"sheet.",                              // what stands on paper; TestPaperHasItsWords
	"paper.is-",                           // what is known of copies on paper
	"together.why.",                       // why an event of a run does not count
	"run.",                                // states, events and faults of a run
	"sync.why.",                           // why a file is not carried
	"sync.parcel-",                        // why a pasted text brings nothing
	"warning.",                            // what a vault noticed while it was opened
	"path.",                               // why a path can't be one
	"text.",                               // why a line of a card was refused
	"yaml.",                               // what is wrong with a text of YAML
	"conflicts.state-", "conflicts.what-", // what waits, and why
	"problem.", // why a document can't be the next policy
}

// A place is where a key stands in the source.
type place map[string]token.Position

var likeKey = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9_-]+)+$`)

// eachNode visits the syntax of the program and of the package text, without tests.
func eachNode(t *testing.T, visit func(fset *token.FileSet, node ast.Node)) {
	t.Helper()
	for _, pattern := range []string{"*.go", "text/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no source like %s: %v", pattern, err)
		}
		fset := token.NewFileSet()
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				visit(fset, node)
				return true
			})
		}
	}
}

// spoken finds the literal keys that speakers are given.
func spoken(t *testing.T) place {
	found := make(place)
	eachNode(t, func(fset *token.FileSet, node ast.Node) {
		if call, ok := node.(*ast.CallExpr); ok {
			if key, pos, ok := keyOf(call); ok {
				found[key] = fset.Position(pos)
			}
		}
	})
	return found
}

// written finds every string that is written like a key: also those in tables and variables.
func written(t *testing.T) place {
	found := make(place)
	eachNode(t, func(fset *token.FileSet, node ast.Node) {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if s, err := strconv.Unquote(literal.Value); err == nil && likeKey.MatchString(s) {
				found[s] = fset.Position(literal.Pos())
			}
		}
	})
	return found
}

// keyOf is the literal key in a call of a speaker.
func keyOf(call *ast.CallExpr) (key string, pos token.Pos, ok bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	at, speaks := speakers[name]
	if !speaks || at >= len(call.Args) {
		return "", 0, false
	}
	literal, isLiteral := call.Args[at].(*ast.BasicLit)
	if !isLiteral || literal.Kind != token.STRING {
		return "", 0, false
	}
	key, err := strconv.Unquote(literal.Value)
	return key, literal.Pos(), err == nil
}

func TestMessagesInUseExist(t *testing.T) {
	tr := text.New(text.English, nil)
	keys := spoken(t)
	if len(keys) < 20 {
		t.Errorf("only %d uses found: does the test still see them?", len(keys))
	}
	for key, position := range keys {
		if !tr.Has(text.Key(key)) {
			t.Errorf("%s: no message %q", position, key)
		}
	}
	for _, row := range table() {
		for _, key := range []text.Key{row.message, row.hint} {
			if key != "" && !tr.Has(key) {
				t.Errorf("the table of errors: no message %q", key)
			}
		}
	}
}

// TestMessagesAreUsed finds messages that nothing shows.
func TestMessagesAreUsed(t *testing.T) {
	used := written(t)
	for _, g := range groups() {
		used[string(g.title)] = token.Position{}
	}
	tr := text.New(text.English, nil)
	for _, flag := range rootFlags() {
		used[string(flagKey(tr, nil, flag.Names()[0]))] = token.Position{}
	}
	eachCommand(t, func(path []string, command *cli.Command) {
		used[string(usageKey(path))] = token.Position{}
		used[strings.Join(path, ".")+".about"] = token.Position{}
		for _, flag := range command.Flags {
			used[string(flagKey(tr, path, flag.Names()[0]))] = token.Position{}
		}
	})
	for key, name := range definedKeys(t) {
		if _, ok := used[key]; !ok && !hasAnyPrefix(key, dynamic) && !strings.HasPrefix(key, "group.") {
			t.Errorf("%s: nothing shows %s", name, key)
		}
	}
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

var definition = regexp.MustCompile(`(?m)^([a-z0-9.-]+):`)

// definedKeys are the keys of the English messages with their files.
func definedKeys(t *testing.T) map[string]string {
	t.Helper()
	keys := make(map[string]string)
	names, err := filepath.Glob("text/messages/*.en.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range definition.FindAllStringSubmatch(string(data), -1) {
			keys[match[1]] = name
		}
	}
	return keys
}
