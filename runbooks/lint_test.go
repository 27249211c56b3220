package runbooks_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/policy/strictyaml"
	"opsvault/runbooks"
	"opsvault/runbooks/shell"
)

var update = flag.Bool("update", false, "write the golden files anew")

func now() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

// world is a small vault: two agents, one lead, nobody on call, who has no access to billing.
type world struct{}

func (world) Credential(path, role string) (bool, []string) {
	switch {
	case path == "billing/bank" && role == "lead":
		return true, []string{"ivan (acting for maria)"}
	case path == "telephony/gone":
		return false, nil
	}
	return true, nil
}

func (world) Runbook(slug string) (runbooks.Book, bool) {
	return runbooks.Book{Digest: strings.Repeat("0", 64), LastDrill: now().AddDate(-1, 0, 0)}, slug != "missing"
}

func (world) People(ref string) int {
	return map[string]int{"role:agent": 2, "role:lead": 1}[ref]
}

var _ runbooks.World = world{}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", name, got)
	}
}

func listed(problems runbooks.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func lintFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/lint/*.md")
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d files to lint: %v", len(files), err)
	}
	return files
}

func TestLintFindsEverything(t *testing.T) {
	for _, name := range lintFiles(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			report := runbooks.Lint(text, runbooks.Options{Now: now(), World: world{}, Commands: shell.Rules{}})
			golden(t, strings.TrimSuffix(name, ".md")+".golden", listed(report.Problems))
			for _, p := range report.Problems {
				lines := strings.Split(string(text), "\n")
				if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len([]rune(lines[p.Line-1]))+1 {
					t.Errorf("%v is no place of the text", p)
				}
			}
		})
	}
}

// TestEveryCodeIsFoundAndSaid holds the table of codes, the golden files and the two catalogues together.
func TestEveryCodeIsFoundAndSaid(t *testing.T) {
	found := map[string]bool{}
	for _, name := range append(lintFiles(t), "answers", "scan") {
		text, err := os.ReadFile(strings.TrimSuffix(name, ".md") + ".golden")
		if err != nil {
			text = []byte(elsewhere)
		}
		for _, m := range regexp.MustCompile(`(?m)(?:error|warning): ([a-z0-9-]+)`).FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	for _, lang := range []string{"en", "ru"} {
		text, err := os.ReadFile("../cmd/opsvault/text/messages/lint." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var messages map[string]string
		if err := strictyaml.Decode(text, 1<<20, &messages); err != nil {
			t.Fatal(err)
		}
		for _, code := range runbooks.Codes() {
			if messages["lint."+code] == "" || messages["lint."+code+".fix"] == "" {
				t.Errorf("%s: no sentence or no fix for %s", lang, code)
			}
			delete(messages, "lint."+code)
			delete(messages, "lint."+code+".fix")
		}
		for key := range messages {
			if key != "lint.near" && !strings.HasPrefix(key, "lint.skipped.") {
				t.Errorf("%s: %s belongs to no code", lang, key)
			}
		}
	}
	for _, code := range runbooks.Codes() {
		if !found[code] {
			t.Errorf("no test finds %s", code)
		}
	}
	for code := range found {
		if !slices.Contains(runbooks.Codes(), code) {
			t.Errorf("%s is not in the table of codes", code)
		}
	}
}

// elsewhere names the codes that the tables of scan_test.go and answers_test.go find.
const elsewhere = `
error: control-char error: line-too-long error: not-utf8 error: paragraph-too-long error: paragraph-too-dense error: too-deep error: too-large
error: too-many-problems error: too-many-steps error: yaml error: phase-missing error: phase-rollback
error: title-missing error: answers-check error: answers-decision error: answers-input error: answers-step
error: answers-value error: owner-missing warning: translation-stale warning: drill-overdue warning: role-empty
warning: owner-unknown warning: review-overdue
`

func TestLintSaysWhatItDidNotLookAt(t *testing.T) {
	text, err := os.ReadFile("testdata/lint/world.md")
	if err != nil {
		t.Fatal(err)
	}
	report := runbooks.Lint(text, runbooks.Options{})
	if want := []string{"vault", "dates"}; !slices.Equal(report.Skipped, want) {
		t.Errorf("skipped %v, want %v", report.Skipped, want)
	}
	if !report.OK() {
		t.Errorf("errors without a vault: %v", report.Problems)
	}
	if report := runbooks.Lint(text, runbooks.Options{Now: now(), World: world{}}); report.OK() {
		t.Error("OK in a vault that lacks the credential")
	}
}

// TestADigestIsNoSecret: in both forms that YAML has for it, and nowhere else in the text.
func TestADigestIsNoSecret(t *testing.T) {
	digest := "52b288b433033673a163c525e19531db95be695804fa2bd6ba2870c80bf37dd0"
	body := "# X\n\n## P {#p}\n\n### 1. S {#s}\n\n- [ ] do\n"
	for of, want := range map[string]int{
		"translation_of: {id: other, digest: " + digest + "}":                          0,
		"translation_of:\n  id: other\n  digest: " + digest:                            0,
		"symptoms: " + strings.Replace(digest, "52", "53", 1):                          1,
		"translation_of: {id: other, digest: " + digest + "}\nsymptoms: " + digest[1:]: 1,
	} {
		text := strings.Replace(front, "done_when: done", "done_when: done\n"+of, 1) + body
		if got := runbooks.Lint([]byte(text), runbooks.Options{}).Problems; got.Errors() != want {
			t.Errorf("%s: %v", of, got)
		}
	}
}

func TestLintLooksAtDatesAndPeople(t *testing.T) {
	base := front + "# X\n\n## P {#p}\n\n### 1. S {#s}\n\n- [ ] do\n"
	for _, test := range []struct{ name, key, value, want string }{
		{"review", "", "", "7:1: warning: review-overdue date=\"2027-01-31\""},
		{"owner nobody has", "", "", "6:1: warning: owner-unknown owner=\"duty:on-call\""},
		{"owner empty", "owner: duty:on-call", "owner:", "6:7: warning: owner-missing"},
		{"role nobody has", "[agent, lead]", "[agent, night]", "10:16: warning: role-empty role=\"night\""},
		{"drill", "done_when: done", "done_when: done\ndrill: {every: quarter}", "10:1: warning: drill-overdue last=\"2026-03-01\""},
		{"translation", "done_when: done", "done_when: done\ntranslation_of: {id: other, digest: " + strings.Repeat("1", 64) + "}", "10:1: warning: translation-stale id=\"other\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(base, test.key, test.value, 1)
			got := listed(runbooks.Lint([]byte(text), runbooks.Options{Now: now(), World: world{}}).Problems)
			if !strings.Contains(got, test.want+"\n") {
				t.Errorf("want %s, got:\n%s", test.want, got)
			}
		})
	}
}
