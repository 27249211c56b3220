package main_test

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExitCodesAreDocumented compares the table of docs/exit-codes.md with the constants code… of this program.
func TestExitCodesAreDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(repo, "docs", "exit-codes.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(string(data), -1) {
		documented[match[1]] = true
	}
	defined := exitCodes(t)
	if len(defined) == 0 {
		t.Fatal("cmd/opsvault defines no constant code…")
	}
	for name, code := range defined {
		if !documented[code] {
			t.Errorf("docs/exit-codes.md doesn't explain %s (%s)", code, name)
		}
	}
	for code := range documented {
		if !slices.Contains(slices.Collect(maps.Values(defined)), code) {
			t.Errorf("docs/exit-codes.md explains %s, which the program never uses", code)
		}
	}
}

// exitCodes finds the integer constants of cmd/opsvault whose name starts with "code".
func exitCodes(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, s := range sources(t) {
		if s.room() != "cmd/opsvault" || s.test() {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "code") {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.INT {
				found[spec.Names[0].Name] = literal.Value
			}
			return true
		})
	}
	return found
}
