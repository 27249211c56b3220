package text

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// messageFiles are the contents of all files of messages, by name.
func messageFiles(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(files, "messages/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files of messages: %v", err)
	}
	contents := make(map[string]string)
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents[name] = string(data)
	}
	return contents
}

// TestScanReadsYAML demands that our scanner understands the files as a YAML library does.
func TestScanReadsYAML(t *testing.T) {
	for name, data := range messageFiles(t) {
		var values map[string]any
		if err := yaml.Unmarshal([]byte(data), &values); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := make(map[string]message)
		for key, value := range values {
			want[key] = fromYAML(t, name, key, value)
		}
		got := make(map[string]message)
		scan(data, func(key string, m message) {
			if _, twice := got[key]; twice {
				t.Errorf("%s: %s stands there twice", name, key)
			}
			got[key] = m
		})
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{}, forms{})); diff != "" {
			t.Errorf("%s: the scanner disagrees with YAML (-yaml +scan):\n%s", name, diff)
		}
	}
}

func fromYAML(t *testing.T, name, key string, value any) message {
	t.Helper()
	switch value := value.(type) {
	case string:
		return message{other: value}
	case map[string]any:
		var m message
		for form, text := range value {
			s, ok := text.(string)
			if !ok || !slices.Contains([]string{"one", "few", "many", "other"}, form) {
				t.Errorf("%s: %s: %s is no plural form with a text", name, key, form)
			}
			m.set(form, s)
		}
		return m
	}
	t.Errorf("%s: %s is a %T: put it in quotes", name, key, value)
	return message{}
}

func TestScan(t *testing.T) {
	const data = "# a comment: with a colon\n\na: plain \"text\" here\nb: \"quoted: \\\"x\\\"\\n\\u2014\"\n" +
		"c: |-\n  first: line\n\n    indented\n\nd:\n  one: \"{n} thing\"\n  other: things\ne:\n"
	want := map[string]message{
		"a": {other: `plain "text" here`},
		"b": {other: "quoted: \"x\"\n—"},
		"c": {other: "first: line\n\n  indented"},
		"d": {other: "things", forms: &forms{one: "{n} thing"}},
		"e": {},
	}
	got := make(map[string]message)
	scan(data, func(key string, m message) { got[key] = m })
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{}, forms{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzScan(f *testing.F) {
	names, err := fs.Glob(files, "messages/*.yaml")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, data string) {
		scan(data, func(key string, _ message) {
			if key == "" || strings.Contains(key, "\n") {
				t.Errorf("key %q", key)
			}
		})
	})
}

// TestKeysStandInOneFile finds keys that two files of a language define.
func TestKeysStandInOneFile(t *testing.T) {
	seen := make(map[string]string)
	for name, data := range messageFiles(t) {
		lang := strings.Split(name, ".")[1]
		scan(data, func(key string, _ message) {
			if other, twice := seen[lang+" "+key]; twice {
				t.Errorf("%s stands in %s and in %s", key, name, other)
			}
			seen[lang+" "+key] = name
		})
	}
}

// TestLanguagesAgree demands the same topics, keys and placeholders in both languages.
func TestLanguagesAgree(t *testing.T) {
	contents := messageFiles(t)
	for name, data := range contents {
		lang := Lang(strings.Split(name, ".")[1])
		other := Russian
		if lang == Russian {
			other = English
		}
		twin := strings.Replace(name, "."+string(lang)+".", "."+string(other)+".", 1)
		theirs := make(map[string]message)
		scan(contents[twin], func(key string, m message) { theirs[key] = m })
		scan(data, func(key string, m message) {
			their, ok := theirs[key]
			if !ok {
				t.Errorf("%s: %s is missing in %s", name, key, twin)
				return
			}
			if a, b := placeholders(m), placeholders(their); !slices.Equal(a, b) {
				t.Errorf("%s: %s has %v, in %s it has %v", name, key, a, twin, b)
			}
			if (m.forms == nil) != (their.forms == nil) {
				t.Errorf("%s: %s has plural forms in one language only", name, key)
			}
		})
	}
}

func TestMessagesAreWellFormed(t *testing.T) {
	for name, data := range messageFiles(t) {
		lang := Lang(strings.Split(name, ".")[1])
		scan(data, func(key string, m message) {
			if !regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9_-]+)+$`).MatchString(key) {
				t.Errorf("%s: key %q: write topic.what-it-says", name, key)
			}
			if m.other == "" {
				t.Errorf("%s: %s says nothing", name, key)
			}
			checkForms(t, name, key, lang, m)
			checkCharacters(t, name, key, m.other)
			if m.forms != nil {
				checkCharacters(t, name, key, m.forms.one+m.forms.few+m.forms.many)
			}
		})
	}
}

func checkForms(t *testing.T, name, key string, lang Lang, m message) {
	t.Helper()
	if m.forms == nil {
		return
	}
	f := *m.forms
	switch {
	case lang == English && (f.one == "" || f.few != "" || f.many != ""):
		t.Errorf("%s: %s: English has the plural forms one and other", name, key)
	case lang == Russian && (f.one == "" || f.few == "" || f.many == ""):
		t.Errorf("%s: %s: Russian has the plural forms one, few, many and other", name, key)
	case !strings.Contains(m.other, "{n}"):
		t.Errorf("%s: %s has plural forms but no {n}", name, key)
	}
	for _, form := range []string{f.one, f.few, f.many} {
		for _, p := range placeholders(message{other: form}) {
			if !slices.Contains(placeholders(m), p) {
				t.Errorf("%s: %s: %s is not in all plural forms", name, key, p)
			}
		}
	}
}

func checkCharacters(t *testing.T, name, key, s string) {
	t.Helper()
	if strings.TrimSpace(s) != s {
		t.Errorf("%s: %s has spaces around it", name, key)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
		t.Errorf("%s: %s has a control character in it", name, key)
	}
	if strings.Count(s, "{") != len(placeholder.FindAllString(s, -1)) {
		t.Errorf("%s: %s has a brace that begins no placeholder", name, key)
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// placeholders are those of the form other, sorted and without repetition.
func placeholders(m message) []string {
	found := placeholder.FindAllString(m.other, -1)
	slices.Sort(found)
	return slices.Compact(found)
}
