package screen

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/clipperhouse/displaywidth"

	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

// TestViews are what people see of a whole run, at several sizes, in testdata.
func TestViews(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		for _, size := range [][2]int{{80, 24}, {60, 18}, {120, 40}} {
			name := fmt.Sprintf("%dx%d.%s", size[0], size[1], lang)
			t.Run(name, func(t *testing.T) {
				d := newDesk(t, lang, size[0], size[1], whole(map[string]string{"en": "understood", "ru": "понятно"}[lang])...)
				if out, _ := d.run(t); out.Status != runbooks.StatusDone {
					t.Errorf("%s\n%s", out.Status, d.frames[len(d.frames)-1])
				}
				var seen []string
				for i, frame := range d.frames {
					fits(t, frame, size[0], size[1])
					if i == 0 || frame != d.frames[i-1] {
						seen = append(seen, frame)
					}
				}
				picked := []int{0, 2, 3, 5, 8, 12, 14, 16, 18, 22, 24, 27, len(seen) - 2}
				if size[0] != 80 {
					picked = []int{2, 5, 12, 22, len(seen) - 2}
				}
				var views strings.Builder
				for _, at := range picked {
					views.WriteString(seen[at] + "\n" + strings.Repeat("=", size[0]) + "\n")
				}
				golden(t, "testdata/"+name+".txt", views.String())
			})
		}
	}
}

// fits wants a frame no larger than the terminal, and every message to be there.
func fits(t *testing.T, frame string, columns, rows int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) > rows || strings.Contains(frame, "MISSING") || strings.Contains(frame, "\x1b") {
		t.Errorf("%d rows:\n%s", len(lines), frame)
	}
	for _, line := range lines {
		if displaywidth.String(line) > columns {
			t.Errorf("%d columns: %q", displaywidth.String(line), line)
		}
	}
}

// typist is a terminal line by line.
type typist struct {
	typed []string
	clock *clock
}

func (*typist) Print(string, string) error { return nil }
func (*typist) Ring()                      {}
func (p *typist) Ask(_ string, wake func() (time.Duration, error)) (string, error) {
	if len(p.typed) > 0 && strings.HasPrefix(p.typed[0], "@") {
		span, _ := time.ParseDuration(p.typed[0][1:])
		p.clock.at, p.typed = p.clock.at.Add(span), p.typed[1:]
	}
	if _, err := wake(); err != nil || len(p.typed) == 0 {
		return "", errors.Join(err, io.EOF)
	}
	text := p.typed[0]
	p.typed = p.typed[1:]
	return text, nil
}
func (*typist) Show(string, []runbooks.Value) error { return nil }
func (*typist) Copy(string, runbooks.Value) error   { return nil }
func (*typist) CopyText(string, string) error       { return nil }

// TestBothFacesWriteTheSame goes the same way line by line.
func TestBothFacesWriteTheSame(t *testing.T) {
	d := newDesk(t, "en", 80, 24, whole("understood")...)
	d.run(t)
	p := newDesk(t, "en", 80, 24)
	lines := &typist{clock: p.clock, typed: []string{
		"INC-7", "n", "?", "", "@2s", "=s", "g", "1", "b", "1", "Zoya", "",
		"understood", "", "r", "1", "e", "/home/ivan/shot.png", "", "", "Zoya",
		"@21m", "w", "still dead", "", "2", "", "1", "b", "1", "", "", "", "",
	}}
	p.face.Term, p.face.Screen = lines, lines
	if out, _ := p.run(t); out.Status != runbooks.StatusDone || len(lines.typed) > 0 {
		t.Fatalf("%+v, not typed %q", out, lines.typed)
	}
	if !slices.Equal(d.kinds(), p.kinds()) {
		t.Errorf("on the screen %v\nline by line %v", d.kinds(), p.kinds())
	}
}

// TestARevealedCredentialLeaves: no frame behind the key holds it, nor does what stays on the terminal afterwards.
func TestARevealedCredentialLeaves(t *testing.T) {
	d := newDesk(t, "en", 80, 24, whole("understood")...)
	d.run(t)
	shown := 0
	for _, frame := range append(d.frames, fmt.Sprint(d.Said()), d.model.View().Content) {
		if strings.Contains(frame, "s3cret") {
			shown++
			if !strings.Contains(frame, "any key") || strings.Contains(frame, "STEP") {
				t.Errorf("not in a view of its own:\n%s", frame)
			}
		}
	}
	if shown != 1 || d.model.frame.secret != "" {
		t.Errorf("in %d frames", shown)
	}
	d.model.take(frame{number: d.model.answered, secret: "s3cret"}) // sent before the key was seen
	if strings.Contains(d.model.View().Content, "s3cret") {
		t.Error("it comes back")
	}
}

// TestPauseAnywhere: Ctrl-C pauses at every question, also behind a key, and the run can be gone on with.
func TestPauseAnywhere(t *testing.T) {
	all := whole("understood")
	for n := range all {
		if strings.HasPrefix(all[n], "@") {
			continue
		}
		d := newDesk(t, "en", 80, 24, append(slices.Clone(all[:n]), "ctrl+c")...)
		out, r := d.run(t)
		if out.Status != runbooks.StatusPaused || !strings.Contains(fmt.Sprint(d.Said()), "Paused.") {
			t.Errorf("after %q: %s, said %v", all[:n], out.Status, d.Said())
		}
		again, err := runbooks.Resume(d.book, d.deps, d.tape.events)
		if err != nil || again.State().Step != r.State().Step || again.State().Over() {
			t.Errorf("after %q: %v", all[:n], err)
		}
	}
}

// TestTheTerminalGoes ends the question; nothing is lost.
func TestTheTerminalGoes(t *testing.T) {
	d := newDesk(t, "en", 80, 24)
	d.send = func(msg tea.Msg) {
		d.update(msg)
		if d.frame.number == 1 {
			d.model.interrupt()
		}
	}
	r, err := runbooks.Start(d.book, d.deps)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := d.face.Run(d.ctx, r); err == nil || !out.Waiting {
		t.Errorf("%v, %+v", err, out)
	}
	if _, err := runbooks.Resume(d.book, d.deps, d.tape.events); err != nil {
		t.Error(err)
	}
}

// TestSizes: any size shows the question's end, and what the person scrolled to stays when the window changes.
func TestSizes(t *testing.T) {
	d := newDesk(t, "ru", 80, 24, "п")
	r, err := runbooks.Start(d.book, d.deps)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = d.face.Run(d.ctx, r)
	m := d.model
	m.frame = frame{number: 9, asks: true, first: true, label: "Сделано?", scene: plain.Scene{Legend: []string{"i обзор", "? все"}}}
	m.frame.around = plain.Around{Title: "Линия", Where: "ШАГ 1", Clock: "1 мин", Waits: []plain.Wait{{Text: "таймер"}, {Text: "日本語 таймер", Now: true}}}
	for i := range 60 {
		m.frame.scene.Step = append(m.frame.scene.Step, plain.Line{Lead: "[ ] ", Text: fmt.Sprintf("строка %d %s", i, strings.Repeat("日本語 ", 11))})
	}
	for columns := 1; columns < 130; columns += 3 {
		for rows := 1; rows < 50; rows += 3 {
			d.update(tea.WindowSizeMsg{Width: columns, Height: rows})
			fits(t, m.View().Content, columns, rows)
		}
	}
	d.update(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.update(press("pgdown"))
	before := firstLine(m)
	d.update(tea.WindowSizeMsg{Width: 61, Height: 20})
	if after := firstLine(m); before == "[ ] строка 0" || after != before {
		t.Errorf("%q was on top, and is %q:\n%s", before, after, m.View().Content)
	}
}

// firstLine is the beginning of the first paragraph that begins on the screen.
func firstLine(m *model) string {
	for line := range strings.Lines(m.View().Content) {
		if at := strings.Index(line, " 日"); at > 0 && strings.Contains(line, "[ ]") {
			return strings.TrimSpace(line[:at])
		}
	}
	return ""
}

// TestHostileTexts: no text of a runbook, a run or a clipboard reaches the terminal as anything but text.
func TestHostileTexts(t *testing.T) {
	const bad = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\u202egnp.exe\u009b31m"
	d := newDesk(t, "en", 80, 24)
	m := d.model
	line := said{Line: plain.Line{Lead: "  1  ", Text: bad}}
	m.frame = frame{number: 1, asks: true, first: true, label: bad, said: []said{line}, context: []said{line}}
	m.frame.scene = plain.Scene{Step: []plain.Line{{Lead: bad, Text: bad}}, Legend: []string{bad}}
	m.frame.around = plain.Around{Drill: bad, Title: bad, Where: bad, Clock: bad, Waits: []plain.Wait{{Text: bad}}}
	d.update(tea.PasteMsg{Content: bad + "\nsecond line"})
	harmless(t, m.View().Content)
	if m.answered != 0 {
		t.Error("a paste has answered")
	}
	m.o.Unstyled = false
	harmless(t, strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(m.View().Content))
	m.frame.secret = bad
	harmless(t, strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(m.View().Content))
}

// TestWhatIsSaidMeanwhile stays through one more question, stands there once, and leaves the person where they are.
func TestWhatIsSaidMeanwhile(t *testing.T) {
	d := newDesk(t, "en", 80, 24)
	d.send = func(msg tea.Msg) { d.update(msg) }
	step := slices.Repeat([]plain.Line{{Text: "a line"}}, 40)
	ask := func() {
		d.Stage(plain.Scene{Prompt: runbooks.PromptCheck, Step: step})
		d.answers <- answer{}
		if _, err := d.Ask("Done?", func() (time.Duration, error) {
			d.update(press("pgdown"))
			top := d.model.draw().top
			if err := errors.Join(d.Print("! ", "it rings"), d.Print("! ", "it rings")); err != nil {
				return 0, err
			}
			if got := d.model.draw().top; got != top || top == 0 {
				t.Errorf("from row %d to %d", top, got)
			}
			return 0, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	if len(d.Said()) != 1 {
		t.Errorf("%v", d.Said())
	}
	d.answers <- answer{}
	if _, err := d.Ask("Sure?", nil); err != nil || len(d.Said()) != 0 {
		t.Errorf("%v, %v", err, d.Said())
	}
}

func harmless(t *testing.T, frame string) {
	t.Helper()
	if strings.ContainsAny(frame, "\x1b\x07\u202e\u009b\r\t") {
		t.Errorf("%q", frame)
	}
}

// TestKeysThatComeEarly are thrown away, and a key twice answers once.
func TestKeysThatComeEarly(t *testing.T) {
	d := newDesk(t, "en", 80, 24)
	m := d.model
	d.update(press("x"))
	d.update(press("enter"))
	d.update(frameMsg(frame{number: 1, asks: true, first: true, scene: plain.Scene{Prompt: runbooks.PromptConfirm}}))
	d.update(press("enter"))
	d.update(press("enter"))
	d.update(press("y"))
	if len(m.answers) != 1 || m.line.text() != "" {
		t.Errorf("%d answers, %q typed", len(m.answers), m.line.text())
	}
}

// TestBell rings once for a timer, however often the frame comes.
func TestBell(t *testing.T) {
	m := newDesk(t, "en", 80, 24).model
	rung := m.take(frame{number: 1, asks: true, rings: 1})
	if rung == nil {
		t.Fatal("nothing rings")
	}
	if raw, ok := rung().(tea.RawMsg); !ok || raw.Msg != "\a" {
		t.Errorf("%#v", raw)
	}
	if m.take(frame{number: 1, asks: true, rings: 1}) != nil {
		t.Error("it rings again")
	}
}

// BenchmarkKey is a key and the drawing of the screen behind it.
func BenchmarkKey(b *testing.B) {
	d := newDesk(b, "ru", 120, 40, "n", "enter")
	r, err := runbooks.Start(d.book, d.deps)
	if err != nil {
		b.Fatal(err)
	}
	_, _ = d.face.Run(d.ctx, r)
	d.model.frame.asks, d.model.answered = true, 0
	for b.Loop() {
		d.update(press("я"))
		d.update(press("backspace"))
		_ = d.model.View()
	}
}

// TestLine types, goes back and takes away, in any script.
func TestLine(t *testing.T) {
	var l line
	l.insert("при日本")
	for _, key := range []string{"left", "left", "backspace", "left", "home", "right"} {
		l.edit(tea.Key(press(key)))
	}
	l.insert("é")
	if l.text() != "пéр日本" {
		t.Errorf("%q", l.text())
	}
	if shown, cursor := l.window(4); displaywidth.String(shown) > 4 || cursor > 4 {
		t.Errorf("%q, %d", shown, cursor)
	}
	l.insert(strings.Repeat("я", 5000))
	if len(l.text()) > maxLine || !strings.HasSuffix(l.text(), "р日本") {
		t.Errorf("%d bytes", len(l.text()))
	}
}
