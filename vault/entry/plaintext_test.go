package entry

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsvault/policy/strictyaml"
)

var testKey = NamesKey("AGE-SECRET-KEY-PQ-1EXAMPLE")

const testVault = "3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c3f1c"

func binding(t testing.TB) Binding {
	return NewBinding(testVault, testKey, mustPath(t, "telephony/SIP-trunk"), 3, "maria")
}

func sample(t testing.TB) (Card, Secret) {
	t.Helper()
	c, s, err := Draft{
		Title: "Транк: основной", Kind: "sip", URL: "https://sip.example.net/", Owner: "maria", Tags: []string{"trunk", "017"},
		Due: "2026-12-20", Note: "first\nsecond", MovedFrom: "telephony/old",
		Fields: Fields{{"username", NewValue([]byte("trunk-7"))}, {"password", NewValue([]byte("p: #1"))}},
	}.Entry(binding(t), bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestCardAndSecretComeBack(t *testing.T) {
	c, s := sample(t)
	card, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseCard(card)
	if err != nil {
		t.Fatalf("%v in\n%s", err, card)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Errorf("card (-want +got)\n%s", diff)
	}
	secret, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	sback, err := ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	sameSecret(t, s, sback)
	if err := sback.Fits(back); err != nil {
		t.Error(err)
	}
}

func sameSecret(t rapid.TB, want, got Secret) {
	t.Helper()
	if want.Binding != got.Binding || want.Salt != got.Salt || len(want.Fields) != len(got.Fields) {
		t.Fatalf("another secret: %+v, %+v", want.Binding, got.Binding)
	}
	for i := range want.Fields {
		if want.Fields[i].Name != got.Fields[i].Name || !want.Fields[i].Value.Equal(got.Fields[i].Value) {
			t.Fatalf("field %d: %q=%q came back as %q=%q", i, want.Fields[i].Name, want.Fields[i].Value.Reveal(),
				got.Fields[i].Name, got.Fields[i].Value.Reveal())
		}
	}
}

func anyValue() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOf(rapid.SampledFrom([]rune("a \t\n\r:#-'\"\\{}[]&*!|>%@`~,?я\u0085\u00a0\u2028\ufeff\u202e\x01\x7f=0_"))),
		rapid.String(),
		rapid.SampledFrom([]string{
			"", " ", "\n", "\n\n", "a\n", "a\n\n", "\na", " a", "a ", "\ta", "a\r\n", "a\r", "null", "~", "yes", "0017", "0x1f", "1_000", "1e5", ".inf",
			"2026-11-21", "---", "...", "- a", "a: b", "a #b", "'", "\"", "%", "@a", "`a", "&a", "*a", "!a", "|", ">", "? a", "[]", "{}", "<<", "=",
			"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "  - x\n - y\n", "a\n b\n\n\n c",
		}),
	).Filter(func(s string) bool { return checkValue([]byte(s)) == "" })
}

func TestValuesAreNeverAltered(t *testing.T) {
	b := binding(t)
	rapid.Check(t, func(t *rapid.T) {
		var fields Fields
		for i, v := range rapid.SliceOfN(anyValue(), 0, 5).Draw(t, "values") {
			fields = append(fields, Field{Name: []string{"no", "017", "Кодовое слово", "1.5", "null"}[i], Value: NewValue([]byte(v))})
		}
		s, err := NewSecret(b, fields, bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt")))
		if err != nil {
			t.Fatal(err)
		}
		data, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseSecret(data)
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		sameSecret(t, s, back)
	})
}

func TestCardWordsAreNeverAltered(t *testing.T) {
	c, _ := sample(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, word := range []*string{&c.Title, &c.Owner, &c.Note} {
			*word = anyValue().Draw(t, "word")
		}
		c.Tags = rapid.SliceOfN(anyValue(), 1, 3).Draw(t, "tags")
		data, err := c.Encode()
		if err != nil {
			return
		}
		back, err := ParseCard(data)
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// edited gives the sample's YAML with one piece replaced.
func edited(t *testing.T, encode func() ([]byte, error), from, to string) []byte {
	t.Helper()
	data, err := encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(from)) {
		t.Fatalf("no %q in\n%s", from, data)
	}
	return bytes.Replace(data, []byte(from), []byte(to), 1)
}

func TestParseCardRefuses(t *testing.T) {
	c, _ := sample(t)
	for _, tt := range []struct {
		name, from, to string
		why            Reason
	}{
		{"no title", "title: \"Транк: основной\"\n", "", Absent},
		{"a title that moves the cursor", "Транк: основной", "\\x1B[2J", Control},
		{"a title that turns text", "Транк: основной", "\\u202Ea", Bidi},
		{"no kind", "kind: sip\n", "", Malformed},
		{"a kind that is none", "kind: sip", "kind: SIP!", Malformed},
		{"no fields", "fields: [username, password]\n", "", Absent},
		{"fields that are one", "[username, password]", "[username, USERNAME]", Twice},
		{"a field of control characters", "[username, password]", "[\"a\\tb\"]", Control},
		{"a field in another form", "[username, password]", "[\"и\\u0306\"]", Malformed},
		{"a javascript address", "https://sip.example.net/", "javascript:alert(1)", Scheme},
		{"a date that is none", "2026-12-20", "2026-02-30", Malformed},
		{"a date in another form", "2026-12-20", "20.12.2026", Malformed},
		{"a tag twice", "[trunk, \"017\"]", "[trunk, trunk]", Twice},
		{"an id of another form", "id: ", "id: x", Malformed},
		{"a safe that is not the path's", "safe: telephony", "safe: billing", Malformed},
		{"version 0", "version: 3", "version: 0", Malformed},
		{"a version too high", "version: 3", "version: 1000000", Malformed},
		{"a vault that is none", "vault: 3f", "vault: 3F", Malformed},
		{"an author that is none", "author: maria", "author: Мария", Malformed},
		{"moved from no path", "moved-from: telephony/old", "moved-from: telephony", Malformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseCard(edited(t, c.Encode, tt.from, tt.to))
			var refused *TextError
			if !errors.As(err, &refused) || refused.Why != tt.why {
				t.Errorf("got %v", err)
			}
		})
	}
	var path *PathError
	if _, err := ParseCard(edited(t, c.Encode, "telephony/SIP-trunk", "telephony/../x")); !errors.As(err, &path) {
		t.Errorf("a path that is none: %v", err)
	}
	var faults strictyaml.Errors
	if _, err := ParseCard(edited(t, c.Encode, "due:", "dew:")); !errors.As(err, &faults) || faults[0].Code != strictyaml.CodeUnknown {
		t.Errorf("an unknown key: %v", err)
	}
	if _, err := ParseCard(bytes.Repeat([]byte("#"), MaxPlaintext+1)); !errors.As(err, &faults) || faults[0].Code != strictyaml.CodeSize {
		t.Errorf("a card too large: %v", err)
	}
}

func TestParseSecretRefuses(t *testing.T) {
	_, s := sample(t)
	for _, tt := range []struct {
		name, from, to string
		why            Reason
	}{
		{"a short salt", "salt: \"00", "salt: \"", Malformed},
		{"a value with NUL", "trunk-7", "\"a\\0\"", Control},
		{"names that are one", "password:", "Username:", Twice},
		{"no fields", "fields:\n  username: trunk-7\n  password: \"p: #1\"\n", "", Absent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseSecret(edited(t, s.Encode, tt.from, tt.to))
			var refused *TextError
			if !errors.As(err, &refused) || refused.Why != tt.why {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, to := range []string{"fields: hunter2\nx:", "fields: [hunter2]\nx:", "fields:\n  a: {b: hunter2}"} {
		_, err := ParseSecret(edited(t, s.Encode, "fields:", to))
		var faults strictyaml.Errors
		if !errors.As(err, &faults) {
			t.Fatalf("%q: %v", to, err)
		}
		for _, fault := range faults {
			if strings.Contains(fault.Error()+fault.Subject, "hunter2") {
				t.Errorf("the error shows a value: %+v", fault)
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	_, s := sample(t)
	var refused *TextError
	s.Fields = Fields{{"a", NewValue(bytes.Repeat([]byte("\x01"), MaxPlaintext/2))}} // fits by itself, not with escapes
	if _, err := s.Encode(); !errors.As(err, &refused) || refused.Why != TooLong {
		t.Errorf("too large when written: %v", err)
	}
	s.Fields = Fields{{"a", NewValue([]byte("\xff"))}}
	if _, err := s.Encode(); !errors.As(err, &refused) || refused.Why != NotUTF8 {
		t.Errorf("not UTF-8: %v", err)
	}
	s.Fields = make(Fields, MaxFields+1)
	if _, err := s.Encode(); !errors.As(err, &refused) || refused.Why != TooMany {
		t.Errorf("too many fields: %v", err)
	}
	if _, _, err := (Draft{}).Entry(binding(t), bytes.NewReader(nil)); err == nil {
		t.Error("a secret without a salt")
	}
}

func TestTombstone(t *testing.T) {
	c, _ := sample(t)
	b := c.Binding
	b.Version++
	data, err := c.Tombstone(b, "telephony/new").Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseCard(data)
	if err != nil || len(back.Fields) != 0 || back.Title != c.Title || back.MovedTo != "telephony/new" || back.URL != "" {
		t.Errorf("got %+v, %v in\n%s", back, err, data)
	}
}

func TestBind(t *testing.T) {
	c, s := sample(t)
	header := c.Binding
	header.Path = "" // no header has it
	if err := c.Bind(header, testKey); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Binding){
		"vault":   func(b *Binding) { b.Vault = strings.Repeat("0", 64) },
		"safe":    func(b *Binding) { b.Safe = "billing" },
		"id":      func(b *Binding) { b.ID = strings.Repeat("a", IDLength) },
		"version": func(b *Binding) { b.Version++ },
		"author":  func(b *Binding) { b.Author = "ivan" },
		"path":    func(b *Binding) { b.Path = "telephony/sip-trunk" },
	} {
		other := header
		change(&other)
		var bind *BindError
		if err := c.Bind(other, testKey); !errors.As(err, &bind) || bind.Line != name {
			t.Errorf("%s: %v", name, err)
		}
		other = c.Binding
		change(&other)
		card := c
		card.Binding = other
		if err := s.Fits(card); !errors.As(err, &bind) || bind.Line != name {
			t.Errorf("%s of the card: %v", name, err)
		}
	}
	var bind *BindError
	if err := c.Bind(header, NamesKey("another")); !errors.As(err, &bind) || bind.Line != "id" {
		t.Errorf("an id of another path: %v", err)
	}
	lying := c.Binding
	lying.Path = "billing/SIP-trunk"
	if err := lying.Bind(header, nil); !errors.As(err, &bind) || bind.Line != "path" {
		t.Errorf("a path in another safe: %v", err)
	}
	var text *TextError
	c.Fields = []string{"password", "username"}
	if err := s.Fits(c); !errors.As(err, &text) || text.Why != Mismatch {
		t.Errorf("fields in another order: %v", err)
	}
}

func TestCheckURL(t *testing.T) {
	for _, in := range []string{
		"", "https://crm.example.com/login?x=1#y", "http://192.168.1.1:8080", "https://почта.рф/вход", "ssh://root@10.0.0.1:2222", "sip:100@example.net",
		"tel:+78005553535", "mailto:noc@example.net", "postgres://app@db:5432/x", "https://[2001:db8::1]/", "rdp://desk-3",
	} {
		if err := CheckURL(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
	for in, why := range map[string]Reason{
		"javascript:alert(1)": Scheme, "JavaScript:alert(1)": Scheme, "data:text/html,x": Scheme, "file:///etc/passwd": Malformed,
		"file://host/etc/passwd": Scheme, "vbscript:x": Scheme, "sip.example.net": Scheme, "//example.net": Scheme, "ms-msdt:/id": Malformed,
		"https://user:pa55@example.net/": HasSecret, "https://": Malformed, "https:///path": Malformed, "https:example.net": Malformed,
		"https://:80": Malformed, "https://a b": Character, "https://a\nb": Control, "https://a\u202eb": Bidi, "https://a\u200bb": Character,
		"https://a\"b": Character, "https://%zz/": Malformed, "https://a/\xff": NotUTF8, " https://a": OuterSpace, "https://a/" + strings.Repeat("x", maxURL): TooLong,
	} {
		err := CheckURL(in)
		var refused *TextError
		if !errors.As(err, &refused) || refused.Why != why {
			t.Errorf("%q: got %v, want %s", in, err, why)
		}
		if err != nil && strings.Contains(err.Error(), "pa55") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

// The examples of the document are what the code reads.
func TestDocumentedPlaintexts(t *testing.T) {
	doc, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "### Plaintexts")
	section, _, _ = strings.Cut(section, "\n## ")
	parts := strings.Split(section, "```")
	if len(parts) < 4 {
		t.Fatal("no examples in the document")
	}
	fill := strings.NewReplacer("<vault id>", testVault, "<entry id>", binding(t).ID, "<64 hex digits>", strings.Repeat("0e", 32))
	card, err := ParseCard([]byte(fill.Replace(strings.TrimPrefix(parts[1], "yaml\n"))))
	if err != nil {
		t.Fatalf("card: %v", err)
	}
	secret, err := ParseSecret([]byte(fill.Replace(strings.TrimPrefix(parts[3], "yaml\n"))))
	if err != nil {
		t.Fatalf("secret: %v", err)
	}
	if err := secret.Fits(card); err != nil {
		t.Error(err)
	}
	if err := card.Bind(card.Binding, testKey); err != nil {
		t.Error(err)
	}
}

func FuzzParseCard(f *testing.F) {
	c, _ := sample(f)
	data, err := c.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("title: a\nkind: note\nfields: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCard(data)
		if err != nil {
			return
		}
		again, err := c.Encode()
		if err != nil {
			t.Fatalf("read but not written: %v\n%s", err, data)
		}
		back, err := ParseCard(again)
		if diff := cmp.Diff(c, back); err != nil || diff != "" {
			t.Fatalf("%v (-want +got)\n%s", err, diff)
		}
	})
}

func FuzzParseSecret(f *testing.F) {
	_, s := sample(f)
	data, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(bytes.Replace(data, []byte("trunk-7"), []byte("|\n    a\n     b\n"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSecret(data)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		back, err := ParseSecret(again)
		if err != nil {
			t.Fatal(err)
		}
		sameSecret(t, s, back)
	})
}
