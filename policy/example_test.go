package policy

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

const docPage = "../docs/policy.md"

// example is the policy of docs/policy.md.
func example(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile(docPage)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(page), "\r\n", "\n"), "```yaml\n")
	text, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the page has no example")
	}
	return text
}

func parse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// first is a version 1 made from the example.
func first(t testing.TB) string {
	text := edit(t, example(t), "version: 4\n", "version: 1\nnonce: "+strings.Repeat("0f", 32)+"\n")
	before, after, _ := strings.Cut(text, "prev: ")
	_, after, _ = strings.Cut(after, "\n")
	return before + after
}

// edit replaces the one place where old stands.
func edit(t testing.TB, text, old, new string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times in the example", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, new, 1)
}

func TestTheExampleOfThePage(t *testing.T) {
	d := parse(t, example(t))
	if d.Members["maria"].Devices["k7q2m4x5c6v7b2n3"].Label != "laptop" || d.Safes["billing"].Access["agent"] != AccessOf(Request) ||
		d.Safes["telephony"].Quorum.Need != 2 || d.Duties["pay-internet"].Due.Cutoff != 25 || d.Acting[0].Basis != BasisPlanned ||
		d.Govern.Succession.For.String() != "14d" || d.Roles["agent"].Title.In("ru") != "Первая линия" {
		t.Errorf("read wrongly: %+v", d)
	}
	parse(t, first(t))
}

// TestThePageNamesEveryKey walks the types, so that no key can be added without a word about it.
func TestThePageNamesEveryKey(t *testing.T) {
	page, err := os.ReadFile(docPage)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(typ.Elem())
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				key, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
				if key != "" && !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), key+":") && !strings.Contains(string(page), "."+key+"`") {
					t.Errorf("the page says nothing about %s.%s", typ.Name(), key)
				}
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Document]())
	if len(seen) < 12 {
		t.Errorf("only %d types were seen", len(seen))
	}
}
