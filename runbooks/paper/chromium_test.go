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
	"opsvault/runbooks/library"
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

// TestShippedBinderPrints prints shipped runbooks as one binder: all of them on Letter in English, a few on A4 in Russian.
func TestShippedBinderPrints(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		t.Run(lang, func(t *testing.T) {
			p := binder(t, lang)
			page := write(t, p)
			checkMarkup(t, page)
			if lang == "ru" {
				page = onA4(page)
			}
			pages := pdf(t, page)
			checkFooters(t, pages, p)
			if words := p.Words; !strings.Contains(pages[0], words("sheet.contents")) || !strings.Contains(pages[1], "Мария +7 900 000-00-00") {
				t.Errorf("the first pages: %.200q", pages[:2])
			}
			for i := range p.Sheets {
				own := pagesOf(pages, p, i)
				if len(own) < 2 || !strings.Contains(letters(own[0]), letters(p.Sheets[i].Book.Title)) {
					t.Fatalf("%s has %d pages and does not begin with its title", p.Sheets[i].Slug, len(own))
				}
				for _, phase := range p.Sheets[i].Book.Phases {
					for _, step := range phase.Steps {
						checkWhole(t, own, p.Sheets[i].Slug, step)
					}
				}
			}
		})
	}
}

func binder(t *testing.T, lang string) *paper.Page {
	t.Helper()
	p := pageOf(t, shipped(t, "no-internet", lang), lang)
	all, err := library.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		few := lang == "ru" && len(p.Sheets) == 3 // a browser is not fast
		if b.Lang == lang && b.Slug != "no-internet" && !few {
			p.Sheets = append(p.Sheets, pageOf(t, parse(t, b.Text), lang).Sheets...)
		}
	}
	p.Binder = &paper.Binder{Policy: 7, Roles: []paper.Contacts{{Title: "Руководитель", People: people{}.Contacts(runbooks.Target{Value: "role:lead"})}}}
	return p
}

// foot is what stands at the foot of each page of a sheet.
func foot(p *paper.Page, i int) string {
	s := &p.Sheets[i]
	return p.Words("sheet.tab", "n", i+1) + " · " + s.Name() + " · " + s.Digest()
}

func pagesOf(pages []string, p *paper.Page, i int) []string {
	var own []string
	for _, page := range pages {
		if strings.Contains(page, foot(p, i)) {
			own = append(own, page)
		}
	}
	return own
}

// checkFooters looks for tab, name, version, digest and page number at the foot of each page, in the order of the sheets.
func checkFooters(t *testing.T, pages []string, p *paper.Page) {
	t.Helper()
	sheet := 0
	for i, page := range pages {
		number := fmt.Sprintf("%s %d %s %d", p.Words("sheet.page"), i+1, p.Words("sheet.of"), len(pages))
		if sheet+1 < len(p.Sheets) && i > 2 && strings.Contains(page, foot(p, sheet+1)) {
			sheet++
		}
		if !strings.Contains(page, number) || i > 1 && !strings.Contains(page, foot(p, sheet)) {
			t.Errorf("the foot of page %d: %q", i+1, page[max(0, len(page)-120):])
		}
	}
	if sheet != len(p.Sheets)-1 {
		t.Errorf("%d of %d sheets came", sheet+1, len(p.Sheets))
	}
}

// checkWhole looks for the heading of a step, its last check and its first way out on one page.
func checkWhole(t *testing.T, pages []string, slug string, step *runbooks.Step) {
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
	t.Errorf("%s: step %d is on no page from its heading to its end: %q", slug, step.Number, want)
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
