package entry

import (
	"strings"
	"testing"
	"unicode"
)

func TestKindsAreComplete(t *testing.T) {
	kinds := Kinds()
	var ids []string
	for _, k := range kinds {
		ids = append(ids, k.ID)
		checkWordsOf(t, k.ID+": title", k.Title)
		checkWordsOf(t, k.ID+": hint", k.Hint)
		checkKind(t, k)
	}
	const want = "service cabinet client system sip wifi ssh database api bank payment note"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("kinds: %s", got)
	}
}

func checkKind(t *testing.T, k Kind) {
	t.Helper()
	mains, logins, seen := 0, 0, map[string]bool{}
	for _, f := range k.Fields {
		checkWordsOf(t, k.ID+"/"+f.ID, f.Label)
		if !isID(f.ID) || seen[f.ID] || IsCardKey(f.ID) {
			t.Errorf("%s: field %q is no id, there twice, or a word of the card", k.ID, f.ID)
		}
		seen[f.ID] = true
		if f.Main {
			mains++
			if !f.Secret {
				t.Errorf("%s: the main field %s is not secret", k.ID, f.ID)
			}
		}
		if f.Login {
			logins++
		}
		if f.Login && f.Secret || strings.Contains(f.ID, "password") && !f.Secret {
			t.Errorf("%s: %s is secret or not, wrongly", k.ID, f.ID)
		}
	}
	if mains != 1 || logins > 1 {
		t.Errorf("%s: %d main fields, %d logins", k.ID, mains, logins)
	}
	if k.Generate != nil {
		v, err := Generate(endless{}, *k.Generate)
		if err != nil || v.Len() < 16 {
			t.Errorf("%s: generates %d characters, %v", k.ID, v.Len(), err)
		}
	}
}

// checkWordsOf wants both languages, each in its own letters, and labels that two
// fields of one kind don't share.
func checkWordsOf(t *testing.T, what string, words map[string]string) {
	t.Helper()
	if len(words) != 2 {
		t.Errorf("%s: languages %v", what, words)
	}
	if en := words["en"]; en == "" || strings.ContainsFunc(en, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		t.Errorf("%s: English is %q", what, en)
	}
	if ru := words["ru"]; !strings.ContainsFunc(ru, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		t.Errorf("%s: Russian is %q", what, ru)
	}
}

func TestKindByID(t *testing.T) {
	for _, id := range []string{"", "SIP", "zzz", "title", "fields", "sip:\n", "- id", strings.Repeat("a", 5000)} {
		if k, ok := KindByID(id); ok {
			t.Errorf("%q is %+v", id, k)
		}
	}
	sip, ok := KindByID("sip")
	if !ok || sip.Title["ru"] == "" || sip.Ticket {
		t.Errorf("sip: %+v, %v", sip, ok)
	}
	if client, _ := KindByID("client"); !client.Ticket || client.Generate != nil {
		t.Errorf("client: %+v", client)
	}
}

func TestKindFields(t *testing.T) {
	ssh, _ := KindByID("ssh")
	sip, _ := KindByID("sip")
	for _, tt := range []struct {
		name        string
		kind        Kind
		fields      []string
		main, login string
	}{
		{"all", sip, []string{"server", "username", "password"}, "password", "username"},
		{"in capitals", sip, []string{"SERVER", "Password"}, "Password", ""},
		{"key before password", ssh, []string{"username", "password", "private-key"}, "private-key", "username"},
		{"no key", ssh, []string{"username", "password"}, "password", "username"},
		{"a kind that is not known", Kind{}, []string{"login", "token", "x"}, "token", "login"},
		{"one field", Kind{}, []string{"x"}, "x", ""},
		{"no way to tell", Kind{}, []string{"x", "y"}, "", ""},
		{"no fields", sip, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			main, hasMain := tt.kind.MainField(tt.fields)
			login, hasLogin := tt.kind.LoginField(tt.fields)
			if main != tt.main || login != tt.login || hasMain != (main != "") || hasLogin != (login != "") {
				t.Errorf("main %q, login %q", main, login)
			}
		})
	}
	if f, known := sip.Field("Password"); !known || f.ID != "password" {
		t.Errorf("Password: %+v", f)
	}
	if f, known := sip.Field("my own"); known || !f.Secret {
		t.Errorf("an own field: %+v", f)
	}
}

func BenchmarkKindByID(b *testing.B) {
	for b.Loop() {
		KindByID("sip")
	}
}
