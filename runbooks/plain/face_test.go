package plain_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"opsvault/policy/strictyaml"
	"opsvault/runbooks"
	"opsvault/runbooks/library"
	"opsvault/runbooks/plain"
)

var update = flag.Bool("update", false, "write the golden files anew")

// paper is a terminal of 72 columns that writes everything down and types what it is told.
type paper struct {
	out   strings.Builder
	typed []string
}

func (p *paper) Print(lead, text string) error {
	const width = 72
	indent := strings.Repeat(" ", utf8.RuneCountInString(lead))
	line := lead
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > width {
			p.out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	p.out.WriteString(strings.TrimRight(line, " ") + "\n")
	return nil
}

func (p *paper) Ask(label string) (string, error) {
	if len(p.typed) == 0 {
		p.out.WriteString(label + "\n")
		return "", io.EOF
	}
	answer := p.typed[0]
	p.typed = p.typed[1:]
	p.out.WriteString(label + " " + answer + "\n")
	return answer, nil
}

// Show and Copy stand for the alternate screen and the clipboard.
func (p *paper) Show(title string, values []runbooks.Value) error {
	for _, v := range values {
		p.out.WriteString("<screen> " + title + " " + v.Field + ": " + string(v.Secret.Bytes()) + "\n")
	}
	return nil
}

var errNoClipboard = errors.New("no clipboard here")

func (p *paper) Copy(string, runbooks.Value) error { return errNoClipboard }

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

func (c *clock) Now() time.Time {
	c.at = c.at.Add(40 * time.Second)
	return c.at
}

type safe struct{}

func (safe) Fields(path string) ([]string, error) {
	if strings.HasPrefix(path, "office/") {
		return nil, errors.New("denied: ask maria")
	}
	return []string{"username", "password"}, nil
}

func (safe) Reveal(path, field, step string) (runbooks.Secret, error) {
	return runbooks.NewSecret([]byte("s3cret-" + field)), nil
}

type agent struct{}

func (agent) Mine(roles []string) bool { return roles[0] == "agent" }

// session runs a shipped runbook in a language with what was typed.
func session(t *testing.T, lang string, typed ...string) (*paper, *plain.Face, *runbooks.Runner, *tape) {
	t.Helper()
	shipped, err := library.Find("no-internet", lang)
	if err != nil {
		t.Fatal(err)
	}
	book, _ := runbooks.Parse(shipped.Text)
	j := &tape{}
	at := &clock{time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	r, err := runbooks.Start(book, runbooks.Deps{Journal: j, Secrets: safe{}, Gate: agent{}, Clock: at, Actor: "ivan"})
	if err != nil {
		t.Fatal(err)
	}
	p := &paper{typed: typed}
	return p, &plain.Face{Term: p, Screen: p, Words: loadWords(t, lang).text}, r, j
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

func TestAnAgentGoesThroughAnOutage(t *testing.T) {
	for lang, typed := range map[string][]string{
		"en": {
			"", "red", "/?", "10:02", "what?", "1", "", "Anna", "", "10:25", "n", "", "10:30", "", "",
			"d", "?", "okay", "understood", "r", "r 1 password", "c", "c password", "", "s3cret-password", "+7 900 000 00 00", "", "w", "line is bad", "", "y",
			"", "", "", "", "", "118", "12:00", "Longer",
			"understood", "s", "no lead here", "2", "", "", "", "1", "", "", "", "", "1", "", "", "50", "50", "", "", "1", "", "", "", "",
		},
		"ru": {
			"", "красная", "10:02", "1", "нет", "", "Анна", "да", "10:25", "к", "з",
		},
	} {
		t.Run(lang, func(t *testing.T) {
			p, face, r, _ := session(t, lang, typed...)
			out, err := face.Run(r)
			if err != nil {
				p.out.WriteString("ERROR " + err.Error() + "\n")
			}
			if want := map[string]runbooks.Status{"en": runbooks.StatusDone, "ru": runbooks.StatusPaused}[lang]; out.Status != want || err != nil {
				t.Errorf("%v, %+v", err, out)
			}
			golden(t, "testdata/outage."+lang+".txt", p.out.String())
			if strings.Contains(p.out.String(), "MISSING") {
				t.Error("a message is missing")
			}
		})
	}
}

func TestThePersonComesBack(t *testing.T) {
	p, face, r, j := session(t, "en", "", "red")
	if out, err := face.Run(r); !errors.Is(err, io.EOF) || !out.Waiting || out.Step != "confirm" {
		t.Fatalf("%v, %+v", err, out)
	}
	r, err := runbooks.Resume(r.Book(), runbooks.Deps{Journal: j, Clock: &clock{j.events[len(j.events)-1].Time}, Actor: "ivan"}, j.events)
	if err != nil {
		t.Fatal(err)
	}
	p.out.Reset()
	p.typed = []string{"r", "10:02", "c", "1", "a", "", "a", "false alarm"}
	if err := face.Recall(r); err != nil {
		t.Fatal(err)
	}
	if out, err := face.Run(r); err != nil || out.Status != runbooks.StatusAborted {
		t.Fatalf("%v, %+v", err, out)
	}
	golden(t, "testdata/resumed.en.txt", p.out.String())
}

// TestEveryWordIsThere compares the keys that the face uses with the catalogues.
func TestEveryWordIsThere(t *testing.T) {
	var code strings.Builder
	for _, name := range []string{"face.go", "keys.go", "ask.go", "show.go", "text.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	for _, lang := range []string{"en", "ru"} {
		for key := range loadWords(t, lang) {
			topic := key[:strings.LastIndex(key, ".")+1]
			inCode := strings.Contains(code.String(), `"`+key+`"`) || strings.Contains(code.String(), `"`+topic+`"`)
			if strings.HasPrefix(key, "run.") && !inCode {
				t.Errorf("%s: nobody says %s", lang, key)
			}
		}
		for _, part := range strings.Split(code.String(), `"run.`)[1:] {
			key := "run." + part[:strings.Index(part, `"`)]
			if _, ok := loadWords(t, lang)[key]; !ok && !strings.HasSuffix(key, ".") {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
	}
}
