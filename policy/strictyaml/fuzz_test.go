package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seeds are whole texts, good and hostile.
var seeds = []string{
	"title: word\ntags: [a, b]\nitems:\n  - title: x\n",
	"fields:\n  password: \"a b\"\n  note: |\n    two\n    lines\n",
	"a: &a [x]\nb: &b [*a, *a]\n",
	"%YAML 1.2\n---\n<<: {title: b}\n",
	"title: A: B\n",
	"? [a, {b: c}]\n: - d\n  - e\n",
	"count: 0o17\nbig: 1_000\non: yes\n",
	"a: >-\n  folded\n  text\n\n  here\n'q': 'it''s'\n---\nb\n",
	strings.Repeat("[", 70) + strings.Repeat("]", 70),
}

func FuzzDecode(f *testing.F) {
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var errs Errors
		if err := Decode(data, 1<<16, new(sample)); err != nil && (!errors.As(err, &errs) || len(errs) == 0 || errs[0].Line < 1 || errs[0].Column < 1) {
			t.Fatalf("an error without a place: %#v", err)
		}
		var loose map[string]*Node
		if Decode(data, 1<<16, &loose) != nil {
			return
		}
		var flat, again Map
		if Decode(data, 1<<16, &flat) != nil {
			return
		}
		text, err := Encode(flat)
		if err != nil {
			return // a key too long to be written
		}
		if err := Decode(text, 1<<20, &again); err != nil {
			t.Fatalf("%q became %q: %v", data, text, err)
		}
		noPlace := cmp.Transformer("", func(p Pair) [2]string { return [2]string{p.Key, p.Value} })
		if diff := cmp.Diff(flat, again, noPlace); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestBombs gives texts that would grow, or take a parser's time, by far more than their size.
func TestBombs(t *testing.T) {
	tests := []struct {
		name, text string
		code       Code
	}{
		{"aliases of aliases", "a: &a [x,x]\nb: &b [*a,*a]\n" + strings.Repeat("c: [*b,*b]\n", 1000), CodeForbidden},
		{"two million items", "[" + strings.Repeat("a,", 2<<20) + "]", CodeSize},
		{"two million keys without values", "{" + strings.Repeat("\"\":", 1<<20) + "}", CodeSize},
		{"four million lists in lists", strings.Repeat("[", 4<<20), CodeSize},
		{"lists in lists", strings.Repeat("- ", 100_000), CodeDepth},
		{"maps in maps", strings.Repeat("{a: ", 100_000), CodeDepth},
		{"complex keys in complex keys", strings.Repeat("? ", 100_000), CodeDepth},
		{"larger than the limit", strings.Repeat(" ", 4<<20+1), CodeSize},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text), 4<<20)
			var errs Errors
			if !errors.As(err, &errs) || errs[0].Code != tt.code {
				t.Fatalf("got %.200v", err)
			}
			if len(errs) > maxErrors {
				t.Errorf("%d errors", len(errs))
			}
		})
	}
}

type shout string

var errShout = errors.New("not loud enough")

func (s *shout) UnmarshalYAML(n *Node) error {
	if n.Kind != KindScalar || n.Text != strings.ToUpper(n.Text) {
		return errShout
	}
	*s = shout(strings.ToLower(n.Text))
	return nil
}

func (s shout) MarshalYAML() (any, error) { return strings.ToUpper(string(s)), nil }

func TestOwnTypes(t *testing.T) {
	type doc struct {
		A shout  `yaml:"a"`
		B *shout `yaml:"b"`
		C *Node  `yaml:"c,omitempty"`
	}
	var d doc
	if err := Decode([]byte("a: X\nb: Y\nc: [1, {d: e}]\n"), 100, &d); err != nil {
		t.Fatal(err)
	}
	if d.A != "x" || *d.B != "y" || d.C.Items[1].Value("d").Text != "e" || d.C.Items[1].Value("f") != nil {
		t.Errorf("got %+v", d)
	}
	d.C = nil
	if text, err := Encode(d); err != nil || string(text) != "a: X\nb: \"Y\"\n" {
		t.Errorf("got %q, %v", text, err)
	}
	err := Decode([]byte("\na: x"), 100, &d)
	var errs Errors
	if !errors.Is(err, errShout) || !errors.As(err, &errs) || errs[0].Line != 2 || errs.Shift(3)[0].Line != 5 {
		t.Errorf("got %v", err)
	}
}

func TestFind(t *testing.T) {
	root, err := Parse([]byte("safes:\n  a:\n    access: {lead: [use, x]}\n"), 100)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name         string
		path         []string
		line, column int // of the value
	}{
		{"nothing asked", nil, 1, 1},
		{"a value", []string{"safes", "a", "access", "lead"}, 3, 20},
		{"an item by its text", []string{"safes", "a", "access", "lead", "x"}, 3, 26},
		{"an item by its index", []string{"safes", "a", "access", "lead", "0"}, 3, 21},
		{"stops early", []string{"safes", "a", "quorum", "need"}, 3, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, v := root.Find(tt.path...); v.Line != tt.line || v.Column != tt.column {
				t.Errorf("got %d:%d", v.Line, v.Column)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"title", "safes", "quorum", "of"}
	tests := []struct{ name, word, want string }{
		{"swapped", "tilte", "title"}, {"case", "Title", "title"}, {"missing", "safe", "safes"}, {"short", "off", "of"},
		{"far", "members", ""}, {"cyrillic", "safеs", "safes"}, {"long", strings.Repeat("title", 20), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Nearest(tt.word, known); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
