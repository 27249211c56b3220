package paper_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"opsvault/runbooks"
	"opsvault/runbooks/paper"
)

// visible is what a page says, without its marks.
func visible(page string) string {
	_, body, _ := strings.Cut(page, "<body>")
	return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " "))), " ")
}

func TestEveryWaySaysWhereItLeads(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		book := shipped(t, "no-internet", lang)
		words := wordsOf(t, lang)
		page := visible(write(t, pageOf(t, book, lang)))
		for _, step := range book.Steps() {
			if step.Decision == nil {
				continue
			}
			for _, a := range step.Decision.Answers {
				want := a.Text + " " + words("sheet.end")
				switch to := book.Step(a.Target.Value); {
				case a.Target.Value == "abort":
					want = a.Text + " " + words("sheet.abort")
				case to != nil:
					want = fmt.Sprintf("%s %s %s", a.Text, words("sheet.step", "number", to.Number), to.Title)
				}
				if !strings.Contains(page, want) {
					t.Errorf("%s, step %d: %q is not on the page", lang, step.Number, want)
				}
			}
		}
		if want := words("sheet.step", "number", 14) + " "; !strings.Contains(page, want) {
			t.Errorf("%s: %q is not on the page", lang, want)
		}
	}
}

func TestPageNamesCredentialsAndPeople(t *testing.T) {
	page := visible(write(t, pageOf(t, outage(t), "en")))
	for _, want := range []string{
		"SIP trunk : telephony/sip-trunk can be opened by: Мария, Иван",
		"LTE router : office/lte-router nobody can open it",
		"Lead: Мария +7 900 000-00-00 , Ольга",
		"began_at, from step 1",
		"If step 5 was done: step 21, Take the forwarding off",
		"Copy ____ of 2",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// allowed are the tags of a page with their attributes; there are no others.
func allowed() map[string]string {
	return map[string]string{
		"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "", "style": "", "body": "", "p": "class",
		"section": "class id", "article": "id class lang", "header": "", "nav": "class", "h1": "", "h2": "class", "h3": "", "h4": "", "dl": "class",
		"dt": "", "dd": "", "div": "class", "span": "class", "ul": "class", "ol": "", "li": "class", "table": "class", "thead": "", "tbody": "", "tr": "", "th": "",
		"td": "class", "b": "class", "strong": "", "em": "", "code": "", "br": "", "u": "class", "small": "", "a": "href class", "svg": "class viewBox aria-hidden",
		"path": "d fill-rule",
	}
}

// checkMarkup fails where anything but the template's own marks is in a page.
func checkMarkup(t *testing.T, page string) {
	t.Helper()
	tag := regexp.MustCompile(`<(/?)([^\s>/]*)([^>]*)>?`)
	attribute := regexp.MustCompile(`\s([a-zA-Z-]+)="([^"<>]*)"`)
	known := allowed()
	for _, m := range tag.FindAllStringSubmatch(strings.TrimPrefix(page, "<!DOCTYPE html>"), -1) {
		attributes, ok := known[m[2]]
		if !ok {
			t.Errorf("a mark that is not ours: %q", m[0])
			continue
		}
		for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
			if !strings.Contains(" "+attributes+" ", " "+a[1]+" ") {
				t.Errorf("an attribute that is not ours: %q", m[0])
			}
			if a[1] == "href" && !regexp.MustCompile(`^#(t\d+s\d+|sheet\d+)$`).MatchString(a[2]) {
				t.Errorf("a link away from the page: %q", m[0])
			}
		}
		if rest := strings.Trim(attribute.ReplaceAllString(m[3], ""), " /"); rest != "" {
			t.Errorf("%q in %q", rest, m[0])
		}
	}
	checkStyle(t, page)
}

// checkStyle fails where the style is not the one that the policy of the page allows, or loads something.
func checkStyle(t *testing.T, page string) {
	t.Helper()
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy %q does not fit the style: %s", policy, want)
	}
	for _, bad := range []string{"url(", "@import", "expression", "javascript", "<", "http:"} {
		if strings.Contains(strings.ToLower(style), bad) {
			t.Errorf("the style has %q", bad)
		}
	}
	if strings.Count(style, "{") != strings.Count(style, "}") {
		t.Error("the braces of the style don't fit")
	}
}

func TestNothingBecomesMarkup(t *testing.T) {
	text, err := os.ReadFile("testdata/hostile.md")
	if err != nil {
		t.Fatal(err)
	}
	book := parse(t, text)
	const evil = `"} @page { @bottom-left { content: url(http://evil.example/x) } } </style><script>alert(1)</script> \`
	p := pageOf(t, book, "en")
	p.Vault, p.By, p.Lang = evil, evil, `en" onload="alert(1)`
	p.Sheets[0].Slug, p.Sheets[0].Approvers, p.Sheets[0].Lang = evil, []string{evil}, evil
	p.Sheets = append(p.Sheets, p.Sheets[0])
	p.Binder = &paper.Binder{Duties: []paper.Contacts{{Title: evil, People: []runbooks.Contact{{Name: evil, Phone: evil, Why: evil}}}}}
	page := write(t, p)
	checkMarkup(t, page)
	said := visible(page)
	for _, want := range []string{`<script>alert("title")</script>`, `</style><img src=x onerror=alert(1)>`, "{{.CSS}}", `javascript:alert(1)`, "🔥"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q should be read on the page as it is", want)
		}
	}
}

func TestSealedAnnexNamesEnvelopes(t *testing.T) {
	text := strings.Replace(string(front(`### 1. Open {#open}

- [ ] Sign in with [the trunk](vault:telephony/sip-trunk)

### 2. Again {#again}

- [ ] Sign in with [the trunk](vault:telephony/sip-trunk) and [the router](vault:office/lte-router#password)
`)), "roles:", "paper: {secrets: sealed}\nroles:", 1)
	page := visible(write(t, pageOf(t, parse(t, []byte(text)), "en")))
	_, annex, found := strings.Cut(page, "Sealed envelopes")
	if !found || !strings.Contains(annex, "telephony/sip-trunk can be opened by: Мария, Иван 1, 2") || !strings.Contains(annex, "office/lte-router#password") {
		t.Errorf("the annex says %q", annex)
	}
}

func TestStepsThatOthersTakeBackLeadBack(t *testing.T) {
	page := visible(write(t, pageOf(t, outage(t), "en")))
	if strings.Count(page, "BACK to where you came from") != 2 {
		t.Error("both steps of the rollback phase lead back")
	}
}
