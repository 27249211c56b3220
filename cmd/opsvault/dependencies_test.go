package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// required reads the modules that a module file requires, with their versions; direct leaves out what only other
// modules need.
func required(t *testing.T, name string, direct bool) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repo, name))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/?\S*) (v\S+)( // indirect)?$`)
	found := map[string]string{}
	for _, match := range line.FindAllStringSubmatch(string(data), -1) {
		if match[3] == "" || !direct {
			found[match[1]] = match[2]
		}
	}
	return found
}

// explained reads the tables of docs/dependencies.md, by heading.
func explained(t *testing.T) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repo, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `([^`]+)` \\| (v[^ ]+) \\|")
	heading, found := "", map[string]map[string]string{}
	for line := range strings.Lines(string(data)) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(title)
			found[heading] = map[string]string{}
		}
		if match := row.FindStringSubmatch(line); match != nil {
			found[heading][match[1]] = match[2]
		}
	}
	return found
}

func TestDependenciesAreExplained(t *testing.T) {
	tables := explained(t)
	all, tools := required(t, "go.mod", false), required(t, "tools.mod", false)
	ours := map[string]bool{}
	for _, heading := range []string{"Linked into opsvault", "For tests only"} {
		if len(tables[heading]) == 0 {
			t.Errorf("docs/dependencies.md: no modules under %q", heading)
		}
		for name, version := range tables[heading] {
			ours[name] = true
			if all[name] != version {
				t.Errorf("docs/dependencies.md has %s %s, go.mod %q", name, version, all[name])
			}
		}
	}
	for name := range required(t, "go.mod", true) {
		if !ours[name] {
			t.Errorf("docs/dependencies.md doesn't say why %s is needed", name)
		}
	}
	if len(tables["Tools"]) == 0 {
		t.Error("docs/dependencies.md: no tools")
	}
	for name, version := range tables["Tools"] {
		if tools[name] != version {
			t.Errorf("docs/dependencies.md has %s %s, tools.mod %q", name, version, tools[name])
		}
	}
}
