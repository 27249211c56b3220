package runbooks_test

import (
	"testing"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
)

// TestSearchFindsWhatPeopleSay: what somebody under stress types finds the shipped runbook for it.
func TestSearchFindsWhatPeopleSay(t *testing.T) {
	shipped, err := library.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ query, other, want string }{
		{"нет интернета", "", "no-internet"},
		{"нет интренета", "", "no-internet"},
		{"пропал интернет", "", "no-internet"},
		{"ytn bynthytnf", "нет интернета", "no-internet"},
		{"отключили свет", "", "no-power"},
		{"нет электричества", "", "no-power"},
		{"телефоны молчат", "", "telephony-down"},
		{"софтфон ошибка регистраци", "", "telephony-down"},
		{"украли ноутбук", "", "leaked-credential"},
		{"утёк пароль", "", "leaked-credential"},
		{"увольняется сотрудник", "", "offboarding"},
		{"заболел руководитель", "", "lead-absent"},
		{"отпуск руководителя", "", "absence-handover"},
		{"не оплатили отключили", "", "service-cut-off"},
		{"оплатить аренду", "", "payments"},
		{"жалуются все клиенты", "", "mass-incident"},
		{"no internet", "", "no-internet"},
		{"power outage", "", "no-power"},
		{"laptop stolen", "", "leaked-credential"},
		{"phones silent", "", "telephony-down"},
		{"someone quits", "", "offboarding"},
		{"pay rent", "", "payments"},
	} {
		var texts [][]byte
		var slugs []string
		for _, b := range shipped {
			texts, slugs = append(texts, b.Text), append(slugs, b.Slug)
		}
		found := runbooks.Search(texts, test.query, test.other)
		if len(found) == 0 || slugs[found[0].Index] != test.want {
			var got []string
			for _, f := range found {
				got = append(got, slugs[f.Index]+" "+string(f.Where)+": "+f.Text)
			}
			t.Errorf("%q: want %s, got %q", test.query, test.want, got[:min(3, len(got))])
		}
	}
}
