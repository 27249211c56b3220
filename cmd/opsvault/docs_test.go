package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Pages show sessions in fences tagged `console`; docs/README.md states the convention that is read here.

// example is one command of a page with what it is to print.
type example struct {
	line   int    // of the command in the page, from 1
	script string // what the shell gets
	code   int    // exit code
	output []string
}

var exitComment = regexp.MustCompile(`\s+# exit (\d{1,3})$`)

// examples reads the console fences of a page, in order.
func examples(page string) []example {
	var found []example
	fenced, more := false, false
	for i, line := range strings.Split(page, "\n") {
		line = strings.TrimRight(line, " \r")
		switch {
		case !fenced:
			fenced = line == "```console"
			more = false
		case line == "```":
			fenced = false
		case strings.HasPrefix(line, "$ "):
			one := example{line: i + 1, script: line[2:]}
			if match := exitComment.FindStringSubmatch(one.script); match != nil {
				one.code, _ = strconv.Atoi(match[1])
				one.script = strings.TrimSuffix(one.script, match[0])
			}
			found = append(found, one)
			more = true
		case len(found) == 0:
		case more && (line == ">" || strings.HasPrefix(line, "> ")):
			found[len(found)-1].script += "\n" + strings.TrimPrefix(strings.TrimPrefix(line, ">"), " ")
		default:
			more = false
			found[len(found)-1].output = append(found[len(found)-1].output, line)
		}
	}
	return found
}

// matches compares lines with a pattern: a line "…" stands for any number of lines, "…" within a line for any text;
// how many spaces stand between words doesn't count.
func matches(pattern, lines []string) bool {
	switch {
	case len(pattern) == 0:
		return len(lines) == 0
	case pattern[0] == "…":
		return matches(pattern[1:], lines) || len(lines) > 0 && matches(pattern, lines[1:])
	case len(lines) == 0:
		return false
	}
	parts := strings.Split(oneSpace(pattern[0]), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	ok, err := regexp.MatchString("^"+strings.Join(parts, ".*")+"$", oneSpace(lines[0]))
	return err == nil && ok && matches(pattern[1:], lines[1:])
}

// oneSpace makes every run of spaces one: the width of a column depends on what a page leaves out.
func oneSpace(line string) string { return strings.Join(strings.Fields(line), " ") }

// session is a shell that keeps its directory and variables from one command to the next.
type session struct {
	dir, state string
	env        []string
}

func newSession(t *testing.T, program string) session {
	dir, state := t.TempDir(), t.TempDir()
	env := []string{
		"PATH=" + filepath.Dir(program) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + state, "TMPDIR=" + state, "OPSVAULT_HOME=" + filepath.Join(state, "opsvault"),
		"OPSVAULT_LANG=en", "NO_COLOR=1", "COLUMNS=120", "TZ=UTC", "STATE=" + state,
	}
	return session{dir: dir, state: state, env: env}
}

func (s session) run(ctx context.Context, script string) (output string, code int, err error) {
	const around = `if [ -e "$STATE/env" ]; then . "$STATE/env"; cd "$(cat "$STATE/cwd")"; fi
eval "$1"
code=$?
export -p >"$STATE/env"; pwd >"$STATE/cwd"
exit $code`
	command := exec.CommandContext(ctx, "sh", "-c", around, "sh", script)
	command.Dir, command.Env = s.dir, s.env
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), exit.ExitCode(), nil
	}
	return out.String(), 0, err
}

// pages lists the pages that may show sessions, relative to the root of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(repo, "README*.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs, err := filepath.Glob(filepath.Join(repo, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	return append(found, docs...)
}

func TestSessionsInDocs(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh on PATH to run what the pages show")
	}
	program := filepath.Join(t.TempDir(), "opsvault")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	shown := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := examples(string(data))
		shown += len(found)
		if len(found) > 0 {
			t.Run(filepath.Base(page), func(t *testing.T) { replay(t, program, filepath.Base(page), found) })
		}
	}
	if shown == 0 {
		t.Error("no page shows a session: has the convention changed?")
	}
}

// replay runs a page's commands in order and stops at the first that does something else than the page says.
func replay(t *testing.T, program, page string, all []example) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	shell := newSession(t, program)
	for _, one := range all {
		where := fmt.Sprintf("%s:%d: %s", page, one.line, one.script)
		output, code, err := shell.run(ctx, one.script)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if code != one.code {
			t.Fatalf("%s\nexit code %d, the page says %d; it printed:\n%s", where, code, one.code, output)
		}
		got := strings.Split(strings.TrimRight(output, "\n"), "\n")
		if len(one.output) > 0 && !matches(one.output, got) {
			t.Fatalf("%s\nprinted:\n%s\nthe page says:\n%s", where, output, strings.Join(one.output, "\n"))
		}
	}
}

func TestReadingOfExamples(t *testing.T) {
	page := strings.Join([]string{
		"# Title", "```sh", "$ not run", "```", "```console", "$ one --flag", "first", "…", "$ two  # exit 13",
		"$ three <<END", "> body", "> END", "```", "```console", "$ four", "> 5 is output after output", "```",
	}, "\n")
	got := examples(page)
	want := []example{
		{line: 6, script: "one --flag", output: []string{"first", "…"}},
		{line: 9, script: "two", code: 13},
		{line: 10, script: "three <<END\nbody\nEND"},
		{line: 15, script: "four\n5 is output after output"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMatching(t *testing.T) {
	tests := []struct {
		name           string
		pattern, lines []string
		want           bool
	}{
		{"same", []string{"a", "b"}, []string{"a", "b"}, true},
		{"other", []string{"a"}, []string{"b"}, false},
		{"a line too many", []string{"a"}, []string{"a", "b"}, false},
		{"a line too few", []string{"a", "b"}, []string{"a"}, false},
		{"part of a line", []string{"id … of maria"}, []string{"id 3f1c of maria"}, true},
		{"not past the end", []string{"id …1"}, []string{"id 1 2"}, false},
		{"no lines", []string{"a", "…"}, []string{"a"}, true},
		{"many lines", []string{"a", "…", "d"}, []string{"a", "b", "c", "d"}, true},
		{"width of columns", []string{"a  … b"}, []string{" a      x  b "}, true},
		{"pattern characters are text", []string{"(a.b)"}, []string{"(axb)"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := matches(test.pattern, test.lines); got != test.want {
				t.Errorf("matches = %v, want %v", got, test.want)
			}
		})
	}
}

func TestSessionKeepsDirectoryAndVariables(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh on PATH")
	}
	shell := newSession(t, filepath.Join(t.TempDir(), "opsvault"))
	for _, step := range []struct {
		script, want string
		code         int
	}{
		{"mkdir -p a/b && cd a/b && export NAME='two words'", "", 0},
		{`echo "$NAME"; basename "$(pwd)"`, "two words\nb\n", 0},
		{"cat <<END\n$NAME\nEND", "two words\n", 0},
		{"(exit 13)", "", 13},
		{"echo out; echo err >&2", "out\nerr\n", 0},
	} {
		output, code, err := shell.run(t.Context(), step.script)
		if err != nil || code != step.code || output != step.want {
			t.Errorf("%q: %q, %d, %v; want %q, %d", step.script, output, code, err, step.want, step.code)
		}
	}
}

var (
	relativeLink = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)
	code         = regexp.MustCompile("`[^`\n]*`")
)

func TestLinksInDocs(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range relativeLink.FindAllStringSubmatch(code.ReplaceAllString(string(data), ""), -1) {
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(match[1]))); err != nil {
				t.Errorf("%s links to %s, which isn't there", filepath.Base(page), match[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no link was found in any page")
	}
}
