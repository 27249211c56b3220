package runbooks_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
)

// slips are what a spelling checker does not see, for each language.
func slips() map[string][]*regexp.Regexp {
	both := []string{`\S  +\S`, `[ \t]$`, `\t`, ` [,;:!?]`, `\.\.\.`}
	list := map[string][]*regexp.Regexp{}
	for lang, own := range map[string][]string{
		"en": {`\p{Cyrillic}`, `[«»„“”]`, ` [-–—] `},
		"ru": {`["„“”]`, ` [-–] `, `\p{Cyrillic}\p{Latin}`, `\p{Latin}\p{Cyrillic}`, `[^ (\[*]«`, `« `, ` »`},
	} {
		for _, pattern := range append(own, both...) {
			list[lang] = append(list[lang], regexp.MustCompile(pattern))
		}
	}
	return list
}

// markup is what stands in a text and is not prose.
var markup = regexp.MustCompile("^- \\[ \\]|`[^`]*`|\\]\\([^)]*\\)|\\{#[^}]*\\}")

func TestShippedRunbooksAreTypesetWell(t *testing.T) {
	patterns := slips()
	for _, book := range shipped(t) {
		prose, marks, quotes := false, 0, 0
		for i, line := range strings.Split(string(book.Text), "\n") {
			switch {
			case line == "---":
				marks++
			case strings.HasPrefix(line, "```"):
				prose = !prose && strings.HasPrefix(line, "```sh")
				continue
			}
			if prose || marks < 2 {
				continue
			}
			line = markup.ReplaceAllString(line, "]")
			quotes += strings.Count(line, "«") - strings.Count(line, "»")
			for _, pattern := range patterns[book.Lang] {
				if at := pattern.FindString(line); at != "" {
					t.Errorf("%s/%s:%d: %q in %q", book.Lang, book.Slug, i+1, at, line)
				}
			}
		}
		if quotes != 0 {
			t.Errorf("%s/%s: «» don't match", book.Lang, book.Slug)
		}
	}
}

// TestShippedRunbooksAreComplete looks for what somebody under stress needs and a parser does not ask for.
func TestShippedRunbooksAreComplete(t *testing.T) {
	for _, book := range shipped(t) {
		name := book.Lang + "/" + book.Slug
		parsed, _ := runbooks.Parse(book.Text)
		m := parsed.Meta
		if len(m.Symptoms) < 3 || m.Est == 0 || m.Drill.Every == 0 || m.Paper.Copies == 0 || len(parsed.Intro) == 0 {
			t.Errorf("%s: symptoms, estimate, drill, paper or introduction are missing", name)
		}
		stuck := 0
		for _, phase := range parsed.Phases {
			for _, s := range phase.Steps {
				if s.Time == 0 || len(s.Who) == 0 || len(s.Checks) == 0 {
					t.Errorf("%s: step %s doesn't say who, how long or what", name, s.ID)
				}
				for _, block := range s.Blocks {
					if block.Note != nil && block.Note.Kind == runbooks.StuckNote {
						stuck++
					}
				}
			}
		}
		if stuck == 0 {
			t.Errorf("%s: nothing for those who are stuck", name)
		}
	}
}

// TestShippedRunbooksCanBePublished holds the table of docs/runbooks.md: it names them all, and each after those that it goes on in.
func TestShippedRunbooksCanBePublished(t *testing.T) {
	page, err := os.ReadFile("../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		book, err := library.Find(row[1], "en")
		if errors.Is(err, library.ErrUnknown) {
			continue // of another table
		}
		parsed, _ := runbooks.Parse(book.Text)
		for _, s := range parsed.Steps() {
			for _, link := range s.Links { // those of the answers, too
				if link.Target.Scheme == runbooks.SchemeRunbook && !there[link.Target.Value] {
					t.Errorf("%s goes on in %s, which does not come before it", book.Slug, link.Target.Value)
				}
			}
		}
		there[book.Slug] = true
	}
	for _, book := range shipped(t) {
		if !there[book.Slug] {
			t.Errorf("%s is not in the table of docs/runbooks.md", book.Slug)
		}
	}
}
