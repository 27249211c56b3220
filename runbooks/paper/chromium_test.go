package paper_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/paper"
)

// tool finds a program that makes or reads PDF files; without it the test is skipped, and says what is missing.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed: apt-get install chromium poppler-utils", names[0])
	return ""
}

// pdf prints a page as people do, and returns the text of each page of paper, its words one space apart.
func pdf(t *testing.T, page string) []string {
	t.Helper()
	chromium, pdftotext := tool(t, "chromium", "chromium-browser", "google-chrome"), tool(t, "pdftotext")
	dir := t.TempDir()
	source, target := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
	if err := os.WriteFile(source, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf="+target, "file://"+source).CombinedOutput()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	text, err := exec.CommandContext(ctx, pdftotext, "-raw", "-enc", "UTF-8", target, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	var pages []string
	for one := range strings.SplitSeq(strings.TrimSuffix(string(text), "\f"), "\f") {
		pages = append(pages, oneSpace(one))
	}
	return pages
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// onA4 is a page for another size of paper than the printer's own.
func onA4(page string) string {
	page = strings.Replace(page, "@page { margin", "@page { size: A4; margin", 1)
	before, rest, _ := strings.Cut(page, `<meta http-equiv="Content-Security-Policy"`)
	_, after, _ := strings.Cut(rest, ">") // the style is not the one that it allows
	return before + after
}

func TestPrintedByChromium(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		t.Run(lang, func(t *testing.T) {
			book := shipped(t, "no-internet", lang)
			page := write(t, pageOf(t, book, lang))
			if lang == "ru" {
				page = onA4(page)
			}
			pages := pdf(t, page)
			checkFooters(t, pages, lang, "no-internet@4 · "+book.Digest[:4]+" "+book.Digest[4:8])
			for _, phase := range book.Phases {
				for _, step := range phase.Steps {
					checkWhole(t, pages, step)
				}
			}
			all := strings.Join(pages, " ")
			if words := wordsOf(t, lang); !strings.Contains(all, words("sheet.caution")) || !strings.Contains(all, "Мария, Иван") {
				t.Error("a caution or the names are missing")
			}
		})
	}
}

// checkFooters looks for name, version, digest and page number at the foot of each page.
func checkFooters(t *testing.T, pages []string, lang, name string) {
	t.Helper()
	if len(pages) < 5 || len(pages) > 16 {
		t.Errorf("%d pages", len(pages))
	}
	words := wordsOf(t, lang)
	for i, page := range pages {
		number := fmt.Sprintf("%s %d %s %d", words("sheet.page"), i+1, words("sheet.of"), len(pages))
		if !strings.Contains(page, name) || !strings.Contains(page, number) {
			t.Errorf("the foot of page %d: %q", i+1, page[max(0, len(page)-120):])
		}
	}
}

// checkWhole looks for the heading of a step, its last check and its first way out on one page.
func checkWhole(t *testing.T, pages []string, step *runbooks.Step) {
	t.Helper()
	heading := fmt.Sprintf("%d %s", step.Number, step.Title)
	want := []string{heading}
	for _, check := range step.Checks {
		first, _, _ := strings.Cut(oneSpace(plainBefore(check.Challenge)), "{{")
		want = append(want, strings.TrimSpace(first))
	}
	if step.Decision != nil {
		want = append(want, step.Decision.Question.String(), step.Decision.Answers[len(step.Decision.Answers)-1].Text)
	}
	for _, page := range pages {
		whole := true
		for _, s := range want {
			whole = whole && strings.Contains(letters(page), letters(s))
		}
		if whole {
			return
		}
	}
	t.Errorf("step %d is on no page from its heading to its end: %q", step.Number, want)
}

// letters leaves out where a line may end.
func letters(s string) string { return strings.NewReplacer(" ", "", "-", "").Replace(s) }

// plainBefore is the text of a check up to its first blank or link.
func plainBefore(text runbooks.Text) string {
	said := ""
	for _, span := range text {
		if span.Link != nil || span.Kind == runbooks.Code || span.Kind == runbooks.Break {
			break
		}
		said += span.Text
	}
	return said
}

func TestStepLongerThanAPageRepeatsItsHead(t *testing.T) {
	var body strings.Builder
	body.WriteString("### 1. Short {#short}\n\n- [ ] One\n\n### 2. Count the forms {#long}\n\n")
	for i := range 120 {
		fmt.Fprintf(&body, "- [ ] Form number %d lies in the tray\n", i+1)
	}
	pages := pdf(t, write(t, pageOf(t, parse(t, front(body.String())), "en")))
	heads, forms := 0, 0
	for _, page := range pages {
		has := strings.Count(page, "lies in the tray")
		if forms += has; has > 0 && strings.Contains(page, "2 Count the forms") {
			heads++
		}
		if has > 0 && !strings.Contains(page, "2 Count the forms") {
			t.Errorf("a page of the long step does not say whose it is: %.80q", page)
		}
	}
	if forms != 120 || heads < 2 {
		t.Errorf("%d forms on %d pages", forms, heads)
	}
}

func TestHostilePagesPrint(t *testing.T) {
	text, err := os.ReadFile("testdata/hostile.md")
	if err != nil {
		t.Fatal(err)
	}
	p := pageOf(t, parse(t, text), "en")
	p.Sheets[0].Slug = `"} @page { @bottom-left { content: "gone" } } /*`
	pages := pdf(t, write(t, p))
	all := strings.Join(pages, " ")
	for _, want := range []string{`<script>alert("title")</script>`, `</style><script>alert(5)</script>`, `"} @page { @bottom-left { content: "gone" } } /*@4`, "page 1 of"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not on paper", want)
		}
	}
}

func TestBinderPrints(t *testing.T) {
	words := wordsOf(t, "ru")
	p := pageOf(t, shipped(t, "no-internet", "ru"), "ru")
	p.Sheets = append(p.Sheets, pageOf(t, shipped(t, "no-power", "ru"), "ru").Sheets...)
	p.Binder = &paper.Binder{Policy: 7, Roles: []paper.Contacts{{Title: "Руководитель", People: people{}.Contacts(runbooks.Target{Value: "role:lead"})}}}
	pages := pdf(t, write(t, p))
	if len(pages) < 10 || !strings.Contains(pages[0], words("sheet.contents")) || !strings.Contains(pages[1], "Мария +7 900 000-00-00") {
		t.Fatalf("%d pages, the first ones: %.200q", len(pages), pages[:2])
	}
	first := 0
	for i, page := range pages {
		if strings.Contains(page, words("sheet.tab", "n", 2)+" · no-power@4") && first == 0 {
			first = i
		}
		if tab := strings.Contains(page, words("sheet.tab", "n", 1)+" · no-internet@4"); tab != (i > 1 && (first == 0)) {
			t.Errorf("page %d is on the wrong tab: %q", i+1, page[max(0, len(page)-120):])
		}
	}
	if first == 0 || !strings.Contains(pages[first], p.Sheets[1].Book.Title) {
		t.Error("the second runbook does not begin on a page of its own")
	}
}
