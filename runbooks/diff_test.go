package runbooks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsvault/runbooks"
)

const diffBase = front + `# X

Read this first.

## P {#p}

### 1. Look {#look}

Who: agent · Time: 2 min

- [ ] Look at the display → **READY**
- [ ] Call the number on the sticker, ask for [SIP](vault:telephony/sip)

Does it work?

- **Yes** → [Finished](#end)
- **No** → [Mend](#mend)

### 2. Mend {#mend}

Then: [Wait](#wait)

` + "```sh run timeout=20s\ncurl -sS https://status.example.net\n```" + `

- [ ] Open the page of the provider

> **Undo:** nothing to take back.

## Q {#q}

### 3. Wait {#wait}

Some words about waiting.

- [ ] Wait [20 minutes](timer:20min)
`

func parsed(t *testing.T, text string) *runbooks.Runbook {
	t.Helper()
	book, problems := runbooks.Parse([]byte(text))
	if book == nil {
		t.Fatal(problems)
	}
	return book
}

// said writes a change in one line.
func said(c runbooks.Change) string {
	s := string(c.Kind)
	if c.Step != "" {
		s += " " + c.Step
	}
	if c.Was != c.Number {
		s += fmt.Sprintf(" %d>%d", c.Was, c.Number)
	}
	if c.Name != "" {
		s += " " + c.Name
	}
	return s + fmt.Sprintf(" %q %q", c.Old, c.New)
}

func TestDiff(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"blank lines and line breaks", "Read this first.", "Read this\nfirst.\n", nil},
		{"front matter", "roles: [agent, lead]", "roles: {agent: Agent, lead: Boss}", []string{`front roles "agent, lead" "agent: Agent, lead: Boss"`}},
		{"title", "# X", "# Y", []string{`title "X" "Y"`}},
		{"intro", "Read this first", "Read this", []string{`intro "Read this first." "Read this."`}},
		{"phase", "## Q {#q}", "## R {#q}", []string{`phase-title q "Q" "R"`}},
		{"phase of another id", "## Q {#q}", "## Q {#r}",
			[]string{`phase-id r "q" "r"`}},
		{"another phase", "## Q {#q}", "## R {#r}",
			[]string{`phase-added r "" "R"`, `phase-removed q "Q" ""`, `step-moved wait "Q" "R"`}},
		{"step added", "## Q {#q}\n", "## Q {#q}\n\n### 3. New {#new}\n\n- [ ] do\n",
			[]string{`step-added new 0>3 "" ""`}},
		{"step title", "1. Look", "1. Look well", []string{`step-title look "Look" "Look well"`}},
		{"step id", "3. Wait {#wait}", "3. Wait {#pause}", []string{`step-id pause "wait" "pause"`}},
		{"number", "### 3. Wait", "### 4. Wait", []string{`step-renumbered wait 3>4 "" ""`}},
		{"who", "Who: agent", "Who: lead", []string{`meta look Who "agent" "lead"`}},
		{"time", "Time: 2 min", "Time: 1 h 5 min", []string{`meta look Time "2 min" "1 h 5 min"`}},
		{"check", "Look at the display", "Look at the screen", []string{
			`check-changed look "Look at the display → **READY**" "Look at the screen → **READY**"`}},
		{"response", "READY", "ON", []string{`check-changed look "Look at the display → **READY**" "Look at the display → **ON**"`}},
		{"check added", "- [ ] Open the page", "- [ ] Drink tea\n- [ ] Open the page", []string{`check-added mend "" "Drink tea"`}},
		{"a credential under the same words", "vault:telephony/sip", "vault:billing/bank", []string{
			`check-changed look "Call the number on the sticker, ask for [SIP](vault:telephony/sip)" "Call the number on the sticker, ask for [SIP](vault:billing/bank)"`,
			`link-added look "" "vault:billing/bank"`, `link-removed look "vault:telephony/sip" ""`}},
		{"question", "Does it work", "Is it well", []string{`question look "Does it work?" "Is it well?"`}},
		{"answer", "**No** → [Mend](#mend)", "**No** → [Wait](#wait)", []string{`answer-target look No "#mend" "#wait"`}},
		{"answer's words", "**No**", "**Never**", []string{`answer-added look Never "" "#mend"`, `answer-removed look No "#mend" ""`}},
		{"then", "Then: [Wait](#wait)", "Then: #end", []string{`meta mend Then "#wait" "#end"`}},
		{"command", "curl -sS", "curl -k", []string{
			`fence-changed mend run "sh timeout=20 s\ncurl -sS https://status.example.net" "sh timeout=20 s\ncurl -k https://status.example.net"`}},
		{"what becomes of a fence", "sh run timeout=20s", "sh", []string{
			`fence-removed mend run "sh timeout=20 s\ncurl -sS https://status.example.net" ""`,
			`fence-added mend shown "" "sh\ncurl -sS https://status.example.net"`}},
		{"note", "**Undo:**", "**Stop:**", []string{`note-removed mend undo "**Undo:** nothing to take back." ""`,
			`note-added mend stop "" "**Stop:** nothing to take back."`}},
		{"prose", "Some words", "Few words", []string{`text-changed wait "Some words about waiting." "Few words about waiting."`}},
		{"order", "Some words about waiting.\n\n- [ ] Wait [20 minutes](timer:20min)\n", "- [ ] Wait [20 minutes](timer:20min)\n\nSome words about waiting.\n",
			[]string{`order wait "" ""`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			newer := strings.Replace(diffBase, test.old, test.new, 1)
			if newer == diffBase && test.name != "nothing" {
				t.Fatal("the text was not changed")
			}
			var got []string
			for _, c := range runbooks.Diff(parsed(t, diffBase), parsed(t, newer)) {
				got = append(got, said(c))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestDiffTellsMovesFromTheirEffects: one step that changes its place is one change, whatever it does to the numbers of others.
func TestDiffTellsMovesFromTheirEffects(t *testing.T) {
	book := func(ids string) *runbooks.Runbook {
		text := front + "# X\n\n## P {#p}\n"
		for i, id := range strings.Fields(ids) {
			text += fmt.Sprintf("\n### %d. Step %s {#%s}\n\n- [ ] do\n", i+1, id, id)
		}
		return parsed(t, text)
	}
	for _, test := range []struct{ old, new, want string }{
		{"a b c d", "b c d a", "step-renumbered b 2>1, step-renumbered c 3>2, step-renumbered d 4>3, step-moved a 1>4"},
		{"a b c d", "a d b c", "step-moved d 4>2, step-renumbered b 2>3, step-renumbered c 3>4"},
		{"a b c", "a c", "step-removed b 2>0, step-renumbered c 3>2"},
		{"a b c", "b c", "step-removed a 1>0, step-renumbered b 2>1, step-renumbered c 3>2"},
		{"a b", "x y", "step-removed a 1>0, step-removed b 2>0, step-added x 0>1, step-added y 0>2"},
	} {
		var got []string
		for _, c := range runbooks.Diff(book(test.old), book(test.new)) {
			got = append(got, strings.TrimSuffix(said(c), ` "" ""`))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s / %s:\n got %s\nwant %s", test.old, test.new, strings.Join(got, ", "), test.want)
		}
	}
}

// TestDiffMissesNothing edits texts at random: whatever a run could notice is a change, and nothing else is. An approver reads
// the difference, not the text.
func TestDiffMissesNothing(t *testing.T) {
	texts := map[string][]string{"base": strings.Split(diffBase, "\n")}
	names := append(glob(t, "library/*/no-internet.md"), glob(t, "testdata/engine*.md")...)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = strings.Split(string(text), "\n")
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := texts[rapid.SampledFrom(append(names, "base", "base")).Draw(t, "text")]
		older, _ := runbooks.Parse([]byte(strings.Join(lines, "\n")))
		edited := append([]string{}, lines...)
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			edited = editedLine(t, edited)
		}
		newer, _ := runbooks.Parse([]byte(strings.Join(edited, "\n")))
		if older == nil || newer == nil {
			t.Skip("not a text")
		}
		was, is := noticed(older), noticed(newer)
		if changes := runbooks.Diff(older, newer); (len(changes) == 0) != (was == is) {
			t.Fatalf("changes: %v; this is different:\n%s", changes, runbooks.DiffLines("older", "newer", []byte(was), []byte(is)))
		}
	})
}

func editedLine(t *rapid.T, lines []string) []string {
	at := rapid.IntRange(5, len(lines)-2).Draw(t, "line")
	switch rapid.IntRange(0, 4).Draw(t, "how") {
	case 0: // left out
		return append(lines[:at:at], lines[at+1:]...)
	case 1: // twice
		return append(lines[:at:at], append([]string{lines[at]}, lines[at:]...)...)
	case 2: // from elsewhere
		from := rapid.IntRange(5, len(lines)-2).Draw(t, "from")
		return append(lines[:at:at], append([]string{lines[from]}, lines[at:]...)...)
	}
	words := strings.Split(lines[at], " ")
	i := rapid.IntRange(0, len(words)-1).Draw(t, "word")
	words[i] = rapid.SampledFrom([]string{"", "otherwise", "lead", "**No**", "#end", "[a](vault:a/b)", "3"}).Draw(t, "new")
	out := append([]string{}, lines...)
	out[at] = strings.Join(words, " ")
	return out
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(pattern, err)
	}
	return names
}

// noticed is all that a run could notice of a text: everything but where in the text things stand.
func noticed(book *runbooks.Runbook) string {
	var b strings.Builder
	notice(&b, "", reflect.ValueOf(book))
	return b.String()
}

func notice(b *strings.Builder, indent string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			notice(b, indent, v.Elem())
		}
	case reflect.Slice:
		if links, ok := v.Interface().([]runbooks.Link); ok { // one that stands twice is one
			var targets []string
			for _, link := range links {
				targets = append(targets, link.Target.String())
			}
			slices.Sort(targets)
			fmt.Fprintln(b, indent, slices.Compact(targets))
			return
		}
		for i := range v.Len() {
			fmt.Fprintln(b, indent, "-")
			notice(b, indent+"  ", v.Index(i))
		}
	case reflect.Struct:
		if day, ok := v.Interface().(time.Time); ok {
			fmt.Fprintln(b, indent, day)
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			back := v.Type() == reflect.TypeFor[runbooks.Fence]() && field.Name == "Check" // the check has its fence
			if field.IsExported() && !back && !slices.Contains([]string{"Pos", "Digest", "Phase"}, field.Name) {
				fmt.Fprintln(b, indent, field.Name)
				notice(b, indent+"  ", v.Field(i))
			}
		}
	default:
		fmt.Fprintf(b, "%s %#v\n", indent, v.Interface())
	}
}

func TestDiffLines(t *testing.T) {
	if got := runbooks.DiffLines("a", "b", []byte("x\ny\n"), []byte("x\ny\n")); got != "" {
		t.Errorf("same texts: %q", got)
	}
	want := "--- x@1\n+++ x@2\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n"
	if got := runbooks.DiffLines("x@1", "x@2", []byte("x\ny\n"), []byte("x\nz\n")); got != want {
		t.Errorf("got %q", got)
	}
}

// TestDiffIsBounded: two hostile texts as large as texts may be, with nothing in common, cost seconds at most, not hours.
func TestDiffIsBounded(t *testing.T) {
	many := func(line string) string {
		return front + "# X\n\n## P {#p}\n\n### 1. S {#s}\n\n" + strings.Repeat(line, 500_000/len(line)) + "\n"
	}
	a, b := many("- [ ] a\n"), many("- b\n\n")
	began := time.Now()
	runbooks.Diff(parsed(t, a), parsed(t, b))
	runbooks.DiffLines("a", "b", []byte(a), []byte(b))
	t.Log(time.Since(began))
}
