package plain_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"opsvault/policy/strictyaml"
	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

var update = flag.Bool("update", false, "write the golden files anew")

// paper is a terminal of some columns that writes everything down and types what it is told. What begins with @ is a time that
// passes before the next line is typed.
type paper struct {
	out   strings.Builder
	width int
	clock *clock
	typed []string
	asked bool // a question stands there
}

func (p *paper) Print(lead, text string) error {
	if p.asked {
		p.out.WriteString("\n")
		p.asked = false
	}
	indent := strings.Repeat(" ", min(utf8.RuneCountInString(lead), p.width/2))
	line := lead
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > p.width {
			p.out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	p.out.WriteString(strings.TrimRight(line, " ") + "\n")
	return nil
}

func (p *paper) Ask(label string, wake func() (time.Duration, error)) (string, error) {
	defer func() { p.asked = false }()
	show := func() (time.Duration, error) {
		next, err := wake()
		if !p.asked {
			p.out.WriteString(label + " ")
			p.asked = true
		}
		return next, err
	}
	next, err := show()
	for err == nil && len(p.typed) > 0 && strings.HasPrefix(p.typed[0], "@") {
		left, _ := time.ParseDuration(p.typed[0][1:])
		for p.typed = p.typed[1:]; err == nil && next > 0 && next <= left; {
			p.clock.at, left = p.clock.at.Add(next), left-next
			next, err = show()
		}
		p.clock.at = p.clock.at.Add(left)
	}
	p.clock.at = p.clock.at.Add(20 * time.Second)
	if err != nil || len(p.typed) == 0 {
		p.out.WriteString("\n")
		return "", cmp.Or(err, io.EOF)
	}
	answer := p.typed[0]
	p.typed = p.typed[1:]
	p.out.WriteString(answer + "\n")
	return answer, nil
}

func (p *paper) Ring() { p.out.WriteString("<ring>") }

// Show and Copy stand for the alternate screen and the clipboard.
func (p *paper) Show(title string, values []runbooks.Value) error {
	for _, v := range values {
		p.out.WriteString("<screen> " + title + " " + v.Field + ": " + string(v.Secret.Bytes()) + "\n")
	}
	return nil
}

func (p *paper) Copy(title string, value runbooks.Value) error {
	p.out.WriteString("<copied> " + title + " " + value.Field + "\n")
	return nil
}

func (p *paper) CopyText(title, text string) error {
	p.out.WriteString("<copied> " + text)
	return nil
}

type words map[string]any

// loadWords reads the catalogue that cmd shows.
func loadWords(t *testing.T, lang string) words {
	t.Helper()
	all := words{}
	for _, topic := range []string{"run", "common"} {
		text, err := os.ReadFile("../../cmd/opsvault/text/messages/" + topic + "." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		root, err := strictyaml.Parse(text, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range root.Keys {
			value := root.Items[i].Text
			if many := root.Items[i].Value("other"); many != nil {
				value = many.Text
				all[key.Text+"/1"] = root.Items[i].Value("one").Text
			}
			all[key.Text] = value
		}
	}
	return all
}

// text fills a message; one that is missing, or an argument that is, shows as what it is.
func (w words) text(key string, args ...any) string {
	s, ok := w[key].(string)
	if !ok {
		return "MISSING " + key
	}
	for i := 0; i+1 < len(args); i += 2 {
		if one, ok := w[key+"/1"].(string); ok && args[i] == "n" && args[i+1] == 1 {
			s = one
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		value := fmt.Sprint(args[i+1])
		if list, ok := args[i+1].([]string); ok {
			value = strings.Join(list, ", ")
		}
		s = strings.ReplaceAll(s, "{"+args[i].(string)+"}", value)
	}
	return s
}

type tape struct{ events []runbooks.Event }

func (j *tape) Append(e runbooks.Event) error {
	j.events = append(j.events, e)
	return nil
}

type clock struct{ at time.Time }

func (c *clock) Now() time.Time { return c.at }

type safe struct{}

var errClosed = errors.New("it opens for Maria. Ask with: opsvault request office/lte")

func (safe) Fields(path string) ([]string, error) {
	if strings.HasPrefix(path, "office/") {
		return nil, errClosed
	}
	return []string{"username", "password"}, nil
}

func (safe) Reveal(path, field, step string) (runbooks.Secret, error) {
	if strings.HasPrefix(path, "office/") {
		return runbooks.Secret{}, errClosed
	}
	return runbooks.NewSecret([]byte("s3cret-" + field)), nil
}

type agent struct{}

func (agent) Mine(roles []string) bool { return slices.Contains(roles, "agent") }

// directory knows two leads and nobody on call.
type directory struct{}

func (directory) Contacts(t runbooks.Target) []runbooks.Contact {
	switch t.Value {
	case "role:lead":
		return []runbooks.Contact{
			{Member: "maria", Name: "Maria", Phone: "+7 900 000-00-01", Why: "lead"},
			{Member: "oleg", Name: "Oleg", Why: "acting for Anna"},
		}
	case "role:agent":
		return []runbooks.Contact{{Member: "zoya", Name: "Zoya", Phone: "+7 900 000-00-02"}}
	}
	return nil
}

// machine runs commands, with the outcomes that it is told.
type machine struct {
	outcomes []runbooks.Result
	ran      []runbooks.Job
}

func (m *machine) Run(_ context.Context, job runbooks.Job) (runbooks.Result, error) {
	m.ran = append(m.ran, job)
	result := m.outcomes[0]
	m.outcomes = m.outcomes[1:]
	return result, nil
}

// A desk is everything around a run in a test.
type desk struct {
	*paper
	face    *plain.Face
	tape    *tape
	machine *machine
	deps    runbooks.Deps
	book    *runbooks.Runbook
}

// newDesk sits down before a run of a test's runbook, with what will be typed.
func newDesk(t *testing.T, lang string, typed ...string) *desk {
	t.Helper()
	text, err := os.ReadFile("testdata/line-down." + lang + ".md")
	if err != nil {
		t.Fatal(err)
	}
	book, problems := runbooks.Parse(text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := &desk{book: book, tape: &tape{}, machine: &machine{}}
	d.paper = &paper{width: 78, typed: typed, clock: &clock{time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}}
	d.deps = runbooks.Deps{
		Journal: d.tape, Secrets: safe{}, Gate: agent{}, Clock: d.clock, Actor: "ivan",
		Directory: directory{}, Executor: d.machine, Network: func(context.Context) bool { return true },
	}
	d.face = &plain.Face{Term: d, Screen: d, Words: loadWords(t, lang).text, Machine: plain.Machine{
		Run:    "RUN",
		Digest: func(name string) (string, string, int64, error) { return strings.Repeat("5e", 32), name, 7, nil },
		People: func() []runbooks.Contact { return []runbooks.Contact{{Member: "zoya", Name: "Zoya"}} },
	}}
	return d
}

// start begins the run.
func (d *desk) start(t *testing.T) *runbooks.Runner {
	t.Helper()
	r, err := runbooks.Start(d.book, d.deps)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

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

// TestEveryWordIsThere compares the keys that the face uses with the catalogues.
func TestEveryWordIsThere(t *testing.T) {
	var code strings.Builder
	names, _ := filepath.Glob("*.go")
	others, _ := filepath.Glob("../face/*.go")
	for _, name := range append(names, others...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	for _, lang := range []string{"en", "ru"} {
		for key := range loadWords(t, lang) {
			topic := key[:strings.LastIndex(key, ".")+1]
			inCode := strings.Contains(code.String(), `"`+key+`"`) || strings.Contains(code.String(), `"`+topic+`"`) ||
				strings.HasPrefix(key, "run.command-")
			if strings.HasPrefix(key, "run.") && !strings.HasSuffix(key, "/1") && !inCode {
				t.Errorf("%s: nobody says %s", lang, key)
			}
		}
		for _, part := range strings.Split(code.String(), `"run.`)[1:] {
			key := "run." + part[:strings.Index(part, `"`)]
			if _, ok := loadWords(t, lang)[key]; !ok && !strings.HasSuffix(key, ".") && !strings.HasSuffix(key, "-") {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
	}
}
