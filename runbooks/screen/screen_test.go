package screen

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/clipperhouse/displaywidth"

	"opsvault/policy/strictyaml"
	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

var update = flag.Bool("update", false, "write the golden files anew")

// loadWords reads the catalogue that cmd shows.
func loadWords(t testing.TB, lang string) func(key string, args ...any) string {
	t.Helper()
	text, err := os.ReadFile("../../cmd/opsvault/text/messages/run." + lang + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	root, err := strictyaml.Parse(text, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for i, key := range root.Keys {
		all[key.Text] = root.Items[i].Text
		if many := root.Items[i].Value("other"); many != nil {
			all[key.Text] = many.Text
		}
	}
	return func(key string, args ...any) string {
		s, ok := all[key]
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
}

// layOut stands for that of cmd.
func layOut(lead, text string, width int) string {
	lead = clean(lead)
	indent := strings.Repeat(" ", min(displaywidth.String(lead), width/2))
	var lines []string
	line := lead
	for text := range strings.SplitSeq(text, "\n") {
		for _, word := range strings.Fields(clean(text)) {
			for displaywidth.String(line)+displaywidth.String(word) > width {
				if strings.TrimSpace(line) == "" || line == lead {
					head := cutHard(word, max(1, width-displaywidth.String(line)))
					line, word = line+head, word[len(head):]
				}
				lines, line = append(lines, strings.TrimRight(line, " ")), indent
			}
			line += word + " "
		}
		lines, line = append(lines, strings.TrimRight(line, " ")), indent
	}
	return strings.Join(lines, "\n")
}

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e {
			return 0xfffd
		}
		return r
	}, s)
}

type clock struct{ at time.Time }

func (c *clock) Now() time.Time { return c.at }

type tape struct{ events []runbooks.Event }

func (j *tape) Append(e runbooks.Event) error {
	j.events = append(j.events, e)
	return nil
}

type safe struct{}

func (safe) Fields(string) ([]string, error) { return []string{"username", "password"}, nil }

func (safe) Reveal(path, field, step string) (runbooks.Secret, error) {
	return runbooks.NewSecret([]byte("s3cret-" + field)), nil
}

type anybody struct{}

func (anybody) Mine([]string) bool { return true }

func (anybody) Contacts(t runbooks.Target) []runbooks.Contact {
	if t.Value != "role:lead" {
		return nil
	}
	return []runbooks.Contact{{Member: "maria", Name: "Maria", Phone: "+7 900 000-00-01", Why: "lead"}, {Member: "oleg", Name: "Oleg"}}
}

type machine struct{}

func (machine) Run(context.Context, runbooks.Job) (runbooks.Result, error) {
	return runbooks.Result{Outcome: runbooks.AnswerOK, Output: []byte("200 OK\n")}, nil
}

// A desk is a person at a screen who presses keys whenever something is asked or shown. What begins with @ is a time that passes;
// what begins with > is typed and ended with Enter.
type desk struct {
	*Screen
	model  *model
	clock  *clock
	tape   *tape
	face   *plain.Face
	deps   runbooks.Deps
	book   *runbooks.Runbook
	keys   []string
	frames []string // after each key
	number int      // of the question that was shown last
}

func newDesk(t testing.TB, lang string, columns, rows int, keys ...string) *desk {
	t.Helper()
	text, err := os.ReadFile("../plain/testdata/line-down." + lang + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return deskWith(t, string(text), lang, columns, rows, keys...)
}

func deskWith(t testing.TB, text, lang string, columns, rows int, keys ...string) *desk {
	t.Helper()
	book, problems := runbooks.Parse([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := &desk{book: book, tape: &tape{}, clock: &clock{time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}, keys: keys}
	d.Screen = New(Options{LayOut: layOut, Clean: clean, AnyKey: "any key", WithEnter: "with Enter:", Unstyled: true})
	ctx, cancel := context.WithCancel(t.Context())
	d.ctx, d.model = ctx, d.Screen.model(cancel)
	d.send = d.see
	d.update(tea.WindowSizeMsg{Width: columns, Height: rows})
	d.deps = runbooks.Deps{
		Journal: d.tape, Secrets: safe{}, Gate: anybody{}, Clock: d.clock, Actor: "ivan", Directory: anybody{},
		Executor: machine{}, Network: func(context.Context) bool { return true },
	}
	d.face = &plain.Face{Term: d.Screen, Screen: d, Words: loadWords(t, lang), Machine: plain.Machine{
		Run: "RUN", Digest: func(name string) (string, string, int64, error) { return strings.Repeat("5e", 32), name, 7, nil },
		People: func() []runbooks.Contact { return []runbooks.Contact{{Member: "zoya", Name: "Zoya"}} },
	}}
	return d
}

func (d *desk) Show(title string, values []runbooks.Value) error {
	return d.Reveal(func() string { return title + "\n" + string(values[0].Secret.Bytes()) })
}
func (d *desk) Copy(string, runbooks.Value) error { return d.Print("", "copied") }
func (d *desk) CopyText(string, string) error     { return d.Print("", "copied") }

// see shows what the screen sends, and lets the person answer.
func (d *desk) see(msg tea.Msg) {
	d.update(msg)
	if d.frame.asks && d.frame.number != d.number { // the face looks at the clock before the person answers
		d.number = d.frame.number
		return
	}
	for d.model.asked() && len(d.answers) == 0 {
		if len(d.keys) == 0 {
			d.update(press("ctrl+c"))
			return
		}
		key := d.keys[0]
		d.keys = d.keys[1:]
		if left, ok := strings.CutPrefix(key, "@"); ok {
			span, _ := time.ParseDuration(left)
			d.clock.at = d.clock.at.Add(span)
			continue
		}
		d.clock.at = d.clock.at.Add(20 * time.Second)
		if text, ok := strings.CutPrefix(key, ">"); ok {
			for _, letter := range text {
				d.update(press(string(letter)))
			}
			key = "enter"
		}
		d.frames = append(d.frames, d.model.View().Content)
		d.update(press(key))
	}
}

// update leaves out the commands: one waits, the other rings.
func (d *desk) update(msg tea.Msg) { d.model.Update(msg) }

// press is a key by its name, or a letter.
func press(name string) tea.KeyPressMsg {
	codes := map[string]rune{
		"enter": tea.KeyEnter, "up": tea.KeyUp, "down": tea.KeyDown, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"backspace": tea.KeyBackspace, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "esc": tea.KeyEscape,
	}
	if name == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	if code, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func (d *desk) run(t testing.TB) (runbooks.Outcome, *runbooks.Runner) {
	t.Helper()
	r, err := runbooks.Start(d.book, d.deps)
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.face.Run(d.ctx, r)
	if err != nil || len(d.keys) > 0 {
		t.Fatalf("%v, not pressed: %q", err, d.keys)
	}
	return out, r
}

func (d *desk) kinds() []runbooks.EventKind {
	var list []runbooks.EventKind
	for _, e := range d.tape.events {
		list = append(list, e.Kind)
	}
	return list
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

// whole are the keys of a whole run, with all that may come between.
func whole(word string) []string {
	return []string{
		">INC-7", "n", "?", "enter", "@2s", ">=s", "pgup", "g", "down", "enter", "b", ">1", ">Zoya", "enter",
		">" + word, "enter", "r", ">1", "z", "e", ">/home/ivan/shot.png", "enter", "enter", ">Zoya",
		"@21m", "w", ">still dead", "enter", "down", "down", "enter", "enter",
		">1", "b", "down", "enter", "enter", "enter", "enter", "enter",
	}
}
