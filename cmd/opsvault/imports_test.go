package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport lists what of this module each room may import. The nearest room at or above a package that is named
// here decides; what lies in a room may import that room and everything in it. "x/..." is x and what lies in it.
var mayImport = map[string][]string{
	"cmd":               {"..."},
	"cmd/opsvault/text": {"cmd/opsvault/term"},
	"cmd/opsvault/term": {},
	"policy":            {"policy/strictyaml"},
	"policy/strictyaml": {},
	"runbooks":          {"policy/strictyaml"},
	"vault":             {"policy/..."},
	"vault/statement":   {},
	"vault/entry":       {"policy/strictyaml"},
	"vault/store":       {"vault/statement"},
	"vault/identity":    {"vault/statement", "vault/store"},
	"vault/chain":       {"vault/statement"},
	"vault/audit":       {"vault/chain", "vault/statement"},
	"vault/share":       {},
	"vault/union":       {"vault/statement", "vault/store"},
	"testdata":          {"..."},
}

// frontOnly are libraries that talk to people: nothing below cmd may depend on them, however indirectly.
var frontOnly = []string{
	"github.com/urfave/cli/v2",
	"github.com/schollz/progressbar/v3",
	"github.com/nicksnyder/go-i18n/v2",
	"github.com/clipperhouse/displaywidth",
	"golang.org/x/term",
	"charm.land",
}

// broughtAlong are rooms below cmd that need one of these, or whose libraries bring it along without our asking: the shell looks
// whether its standard input is a terminal, which it never is; the screen of a run draws on the terminal that cmd gives it.
var broughtAlong = map[string][]string{
	"runbooks/shell":  {"golang.org/x/term"},
	"runbooks/screen": {"charm.land", "github.com/clipperhouse/displaywidth"},
}

// impure are packages that policy may not import: it decides from values alone.
var impure = []string{
	"os", "os/exec", "io/fs", "net", "net/http", "path/filepath", "crypto/rand", "math/rand", "math/rand/v2",
}

// allows tells whether a room may import another room; known is false where no rule says so.
func allows(room, imported string) (allowed, known bool) {
	for at := room; at != "."; at = path.Dir(at) {
		if rule, ok := mayImport[at]; ok {
			rule = append([]string{at + "/..."}, rule...)
			return slices.ContainsFunc(rule, func(one string) bool { return names(one, imported) }), true
		}
	}
	return false, false
}

// names tells whether one entry of a rule names a room.
func names(entry, room string) bool {
	base, tree := strings.CutSuffix(entry, "...")
	base = strings.TrimSuffix(base, "/")
	return room == base || tree && (base == "" || strings.HasPrefix(room, base+"/"))
}

// imports calls visit with every import path of a file.
func imports(s source, visit func(imported string)) {
	for _, spec := range s.file.Imports {
		if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			visit(imported)
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	for _, s := range sources(t) {
		room := s.room()
		if s.test() {
			room, _, _ = strings.Cut(room, "/") // tests join what the code of their house keeps apart
		}
		imports(s, func(imported string) {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if !isOurs {
				return
			}
			if allowed, known := allows(room, ours); !known {
				t.Errorf("%s: no rule says what this room may import", s.name)
			} else if !allowed {
				t.Errorf("%s imports %s, which its room may not", s.name, imported)
			}
		})
	}
}

func TestPolicyIsPure(t *testing.T) {
	for _, s := range sources(t) {
		if s.room() != "policy" || s.test() {
			continue
		}
		imports(s, func(imported string) {
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s: policy decides from values alone", s.name, imported)
			}
		})
	}
}

// listed is what the test needs of `go list -json`.
type listed struct {
	ImportPath string
	Deps       []string
}

// TestOnlyTheFrontTalks reads the whole dependency graph, so a library that comes in through another counts too.
func TestOnlyTheFrontTalks(t *testing.T) {
	below := 0
	for _, p := range listPackages(t) {
		if strings.HasPrefix(p.ImportPath, module+"/cmd/") {
			continue
		}
		below++
		for _, dep := range p.Deps {
			allowed := broughtAlong[strings.TrimPrefix(p.ImportPath, module+"/")]
			if slices.ContainsFunc(allowed, func(one string) bool { return names(one+"/...", dep) }) {
				continue
			}
			if strings.HasPrefix(dep, module+"/cmd/") || slices.ContainsFunc(frontOnly, func(front string) bool {
				return names(front+"/...", dep)
			}) {
				t.Errorf("%s depends on %s, which is for cmd/opsvault alone", p.ImportPath, dep)
			}
		}
	}
	if below == 0 {
		t.Fatal("go list named no package below cmd")
	}
}

// listPackages returns the packages of this module with everything that they depend on.
func listPackages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Deps", "./...")
	command.Dir = repo
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var found []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, one)
	}
}

func TestRulesOfImport(t *testing.T) {
	tests := []struct {
		room, imported string
		want           bool
	}{
		{"policy", "vault", false},
		{"policy", "policy/strictyaml", true},
		{"policy/strictyaml", "policy", false},
		{"runbooks/shell", "runbooks", true},
		{"runbooks", "policy", false},
		{"runbooks", "vault/chain", false},
		{"vault", "runbooks", false},
		{"vault", "cmd/opsvault", false},
		{"vault", "vault/chain", true},
		{"vault/union", "vault/store", true},
		{"vault/chain", "vault/audit", false},
		{"vault/audit", "vault/chain", true},
		{"vault/store/storetest", "vault/store", true},
		{"vault/store/storetest", "vault/chain", false},
		{"vault/statement", "vault/store", false},
		{"vault/entry", "vault/statement", false},
		{"cmd/opsvault", "vault/entry", true},
		{"cmd/opsvault/text", "vault", false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s to %s", test.room, test.imported), func(t *testing.T) {
			got, known := allows(test.room, test.imported)
			if got != test.want || !known {
				t.Errorf("allowed = %v, want %v; known = %v", got, test.want, known)
			}
		})
	}
	if _, known := allows("attic", "vault"); known {
		t.Error("a room that no rule names has a rule")
	}
}
