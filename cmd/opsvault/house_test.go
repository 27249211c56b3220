package main_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the import path of this module, and repo the way from this directory to its root.
const (
	module = "opsvault"
	repo   = "../.."
)

// Longest file that is still read in one sitting, in lines.
const (
	maxCodeLines = 450
	maxTestLines = 600
)

// rooms are the directories that the root of the repository may hold.
var rooms = []string{"cmd", "docs", "policy", "runbooks", "testdata", "vault"}

// worldly are the calls that only cmd/opsvault (and programs of their own) may make, by package.
var worldly = map[string][]string{
	"os": {
		"Exit", "Getenv", "LookupEnv", "Environ", "Stdin", "Stdout", "Stderr", "Args", "UserHomeDir", "UserConfigDir",
		"Getwd", "Chdir",
	},
	"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
}

// source is one Go file of the module, whatever platform it is for.
type source struct {
	name string // relative to the root, with slashes
	data []byte
	file *ast.File
	fset *token.FileSet
}

func (s source) room() string { return path.Dir(s.name) }
func (s source) test() bool   { return strings.HasSuffix(s.name, "_test.go") }

// sources parses every Go file of the module, also those that this platform doesn't build.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := filepath.WalkDir(repo, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != repo && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, data, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(repo, name)
		if err != nil {
			return err
		}
		found = append(found, source{name: filepath.ToSlash(rel), data: data, file: file, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("only %d Go files found: is this the repository?", len(found))
	}
	return found
}

// TestOnlyTheFrontTouchesTheWorld finds reads of the environment, exits and prints outside cmd and programs.
func TestOnlyTheFrontTouchesTheWorld(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || s.file.Name.Name == "main" || strings.HasPrefix(s.name, "cmd/opsvault/term/") {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.SelectorExpr:
				if from, ok := node.X.(*ast.Ident); ok && slices.Contains(worldly[from.Name], node.Sel.Name) {
					t.Errorf("%s: %s.%s belongs to cmd/opsvault alone", s.fset.Position(node.Pos()), from.Name, node.Sel.Name)
				}
			case *ast.FuncDecl:
				if node.Recv == nil && node.Name.Name == "init" {
					t.Errorf("%s: nothing happens before main: no init", s.fset.Position(node.Pos()))
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItHolds(t *testing.T) {
	comment := map[string]string{}
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		text := comment[s.room()]
		if s.file.Doc != nil {
			text += s.file.Doc.Text()
		}
		comment[s.room()] = text
	}
	for room, text := range comment {
		if len(strings.Fields(text)) < 8 {
			t.Errorf("%s: no package comment that says what it holds (found %q)", room, text)
		}
	}
}

func TestFilesAreReadInOneSitting(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxCodeLines
		if s.test() {
			limit = maxTestLines
		}
		if lines := bytes.Count(s.data, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines, more than %d", s.name, lines, limit)
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	later := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if word := later.FindString(group.Text()); word != "" {
				t.Errorf("%s: %q in a comment: do it or delete it", s.fset.Position(group.Pos()), word)
			}
		}
	}
}

func TestRootHoldsOnlyRooms(t *testing.T) {
	entries, err := os.ReadDir(repo)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") && !slices.Contains(rooms, entry.Name()) {
			t.Errorf("%s/ is no room of this house: %v", entry.Name(), rooms)
		}
	}
}

func TestNamesSayWhatPackagesHold(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "shared", "lib"}
	for _, s := range sources(t) {
		if name := strings.TrimSuffix(s.file.Name.Name, "_test"); slices.Contains(vague, name) {
			t.Errorf("%s: package %s is named after nothing that it holds", s.name, name)
		}
	}
}

func TestToolsArePinned(t *testing.T) {
	tools := modLines(t, "tools.mod")
	for _, tool := range []string{
		"honnef.co/go/tools/cmd/staticcheck", "golang.org/x/vuln/cmd/govulncheck", "filippo.io/age/cmd/age",
	} {
		if !slices.Contains(tools, tool) && !slices.Contains(tools, "tool "+tool) {
			t.Errorf("tools.mod doesn't name the tool %s", tool)
		}
	}
	for _, line := range append(tools, modLines(t, "go.mod")...) {
		if strings.HasPrefix(line, "replace ") {
			t.Errorf("%q: what is built must be what go.sum names", line)
		}
	}
	for _, line := range modLines(t, "go.mod") {
		if strings.HasPrefix(line, "tool ") {
			t.Errorf("go.mod: %q belongs in tools.mod", line)
		}
	}
	if a, b := ageVersion(tools), ageVersion(modLines(t, "go.mod")); a != b || a == "" {
		t.Errorf("tools.mod has age %q, go.mod %q: tests would check another age than the one we build on", a, b)
	}
}

// modLines returns the lines of a module file, trimmed, without comments.
func modLines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repo, name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		line, _, _ := strings.Cut(scanner.Text(), "//")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func ageVersion(lines []string) string {
	for _, line := range lines {
		if version, ok := strings.CutPrefix(strings.TrimPrefix(line, "require "), "filippo.io/age "); ok {
			return version
		}
	}
	return ""
}

// TestNothingIsPreparedBeforeMain finds package variables that compile patterns or parse templates: every command
// would pay for them at its start, also one that lives for five milliseconds. sync.OnceValue does it when needed.
func TestNothingIsPreparedBeforeMain(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		for _, declaration := range s.file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR {
				continue
			}
			ast.Inspect(general, func(node ast.Node) bool {
				if _, ok := node.(*ast.FuncLit); ok {
					return false
				}
				if called, ok := node.(*ast.SelectorExpr); ok && slices.Contains([]string{"MustCompile", "Must"}, called.Sel.Name) {
					t.Errorf("%s: %s at the start of every command: prepare it when it is needed",
						s.fset.Position(called.Pos()), called.Sel.Name)
				}
				return true
			})
		}
	}
}
