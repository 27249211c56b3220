package paper_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
	"opsvault/runbooks/paper"
)

// wordsOf reads the words that stand on paper from where cmd has them.
func wordsOf(t *testing.T, lang string) paper.Words {
	t.Helper()
	data, err := os.ReadFile("../../cmd/opsvault/text/messages/paper." + lang + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(sheet\.[a-z-]+): "(.*)"$`).FindAllStringSubmatch(string(data), -1) {
		words[m[1]] = m[2]
	}
	if len(words) < 80 {
		t.Fatalf("only %d words found", len(words))
	}
	return func(key string, args ...any) string {
		s, known := words[key]
		if !known {
			t.Errorf("no word %q", key)
		}
		for i := 0; i+1 < len(args); i += 2 {
			s = strings.ReplaceAll(s, fmt.Sprintf("{%s}", args[i]), fmt.Sprint(args[i+1]))
		}
		return s
	}
}

// people are who a page names in these tests.
type people struct{}

func (people) Opens(path string) []string {
	if path == "office/lte-router" {
		return nil
	}
	return []string{"Мария", "Иван"}
}

func (people) Contacts(t runbooks.Target) []runbooks.Contact {
	if t.Value == "role:lead" {
		return []runbooks.Contact{{Name: "Мария", Phone: "+7 900 000-00-00"}, {Name: "Ольга"}}
	}
	return nil
}

func parse(t *testing.T, text []byte) *runbooks.Runbook {
	t.Helper()
	report := runbooks.Lint(text, runbooks.Options{})
	if !report.OK() {
		t.Fatalf("the runbook has problems: %v", report.Problems)
	}
	return report.Runbook
}

func shipped(t *testing.T, slug, lang string) *runbooks.Runbook {
	t.Helper()
	b, err := library.Find(slug, lang)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b.Text)
}

// outage is a runbook whose steps these tests know by number; the shipped ones go on changing.
func outage(t *testing.T) *runbooks.Runbook {
	t.Helper()
	text, err := os.ReadFile("testdata/outage.md")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

func printed() time.Time { return time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC) }

// pageOf is a page of one sheet.
func pageOf(t *testing.T, book *runbooks.Runbook, lang string) *paper.Page {
	words := wordsOf(t, lang)
	return &paper.Page{
		Lang: lang, Words: words, Vault: "Контакт-центр", By: "Мария", Printed: printed(), World: people{},
		Sheets: []paper.Sheet{{Book: book, Slug: book.Meta.ID, Version: 4, Approvers: []string{"Ольга"}, Lang: lang, Words: words, Copies: 2}},
	}
}

func write(t *testing.T, p *paper.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := paper.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// front is the front matter and the head of a runbook for a test.
func front(body string) []byte {
	return []byte(`---
opsvault: runbook/v1
id: test-book
title: A test
lang: en
owner: duty:on-call
review_by: 2099-01-01
use_when: always
done_when: never
roles: [agent, lead]
---

# A test

## First {#first}

` + body)
}
