package entry

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestParsePath(t *testing.T) {
	long := "s/" + strings.Repeat("я", 126) // 254 bytes
	for _, tt := range []struct{ name, in, want string }{
		{"two segments", "telephony/sip-trunk", "telephony/sip-trunk"},
		{"eight segments", "a/1/2/3/4/5/6/7", "a/1/2/3/4/5/6/7"},
		{"russian with spaces", "billing/Личный кабинет (МТС)", "billing/Личный кабинет (МТС)"},
		{"every mark of the set", "a/._-@+() x", "a/._-@+() x"},
		{"the safe in capitals", "Telephony/SIP", "telephony/SIP"},
		{"decomposed letters are composed", "a/И\u0306е\u0308", "a/Йё"},
		{"hindi with marks", "a/हिन्दी", "a/हिन्दी"},
		{"arabic letters and digits", "a/هاتف٣", "a/هاتف٣"},
		{"three dots", "a/...", "a/..."},
		{"as long as it may be", long + "a", long + "a"},
		{"longer before it is composed", "a/" + strings.Repeat("и\u0306", 120), "a/" + strings.Repeat("й", 120)},
		{"no-break forms that are letters", "a/ﬁ", "a/ﬁ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePath(tt.in)
			if err != nil || p.String() != tt.want {
				t.Fatalf("got %q, %v; want %q", p, err, tt.want)
			}
		})
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		why      Reason
		index    int
		char     rune
	}{
		{"nothing", "", Empty, 0, 0},
		{"a safe alone", "telephony", TooFew, -1, 0},
		{"an empty name", "telephony/", Empty, 1, 0},
		{"an empty safe", "/a", Empty, 0, 0},
		{"two slashes", "a//b", Empty, 1, 0},
		{"nine segments", "a/1/2/3/4/5/6/7/8", TooMany, -1, 0},
		{"a byte too long", "s/" + strings.Repeat("я", 127), TooLong, -1, 0},
		{"far too long", strings.Repeat("a/", 5000), TooLong, -1, 0},
		{"not UTF-8", "a/\xff", NotUTF8, -1, 0},
		{"a surrogate", "a/\xed\xa0\x80", NotUTF8, -1, 0},
		{"dot", "a/./b", Dots, 1, 0},
		{"dot-dot", "a/../b", Dots, 1, 0},
		{"leading space", "a/ b", OuterSpace, 1, 0},
		{"trailing space", "a/b /c", OuterSpace, 1, 0},
		{"a no-break space", "a/b\u00a0c", Character, 1, 0xa0},
		{"NUL", "a/b\x00", Control, 1, 0},
		{"escape", "a/\x1b[2J", Control, 1, 0x1b},
		{"a line feed", "a/b\n", Control, 1, '\n'},
		{"a C1 control", "a/b\u009b", Control, 1, 0x9b},
		{"a line separator", "a/b\u2028", Control, 1, 0x2028},
		{"right-to-left override", "a/b\u202Exe", Bidi, 1, 0x202e},
		{"an isolate", "a/b\u2066", Bidi, 1, 0x2066},
		{"arabic letter mark", "a/b\u061c", Bidi, 1, 0x61c},
		{"zero-width space", "a/b\u200bc", Invisible, 1, 0x200b},
		{"zero-width joiner", "a/b\u200dc", Invisible, 1, 0x200d},
		{"soft hyphen", "a/b\u00adc", Invisible, 1, 0xad},
		{"variation selector", "a/b\ufe0f", Invisible, 1, 0xfe0f},
		{"grapheme joiner", "a/b\u034fc", Invisible, 1, 0x34f},
		{"hangul filler, a letter that nobody sees", "a/b\u3164", Invisible, 1, 0x3164},
		{"byte order mark", "a/\ufeffb", Invisible, 1, 0xfeff},
		{"a tag character", "a/b\U000e0041", Invisible, 1, 0xe0041},
		{"a mark that would join the slash", "a/\u0338b", Marks, 1, 0},
		{"a tower of marks", "a/a" + strings.Repeat("\u0301", 9), Marks, 1, 0},
		{"a tower that norm would break up", "a/a" + strings.Repeat("\u0316", 40), Marks, 1, 0},
		{"a hash sign", "a/b#c", Character, 1, '#'},
		{"a backslash", `a/b\c`, Character, 1, '\\'},
		{"a colon", "a/c:", Character, 1, ':'},
		{"an asterisk", "a/*", Character, 1, '*'},
		{"emoji", "a/☎", Character, 1, '☎'},
		{"a fraction, no decimal digit", "a/½", Character, 1, '½'},
		{"private use", "a/\ue000", Character, 1, 0xe000},
		{"what composes to a backtick", "a/\u1fef", Character, 1, '`'},
		{"an unassigned character", "a/\u0378", Character, 1, 0x378},
		{"a russian safe", "Телефония/trunk", NotASafe, 0, 0},
		{"a safe with a letter that becomes i in lower case", "b\u0130lling/x", NotASafe, 0, 0},
		{"a built-in safe", "@audit/x", NotASafe, 0, 0},
		{"a safe with a hyphen at its end", "a-/x", NotASafe, 0, 0},
		{"a safe of 33 characters", strings.Repeat("a", 33) + "/x", NotASafe, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePath(tt.in)
			var refused *PathError
			if !errors.As(err, &refused) {
				t.Fatalf("got %q, %v", p, err)
			}
			if refused.Why != tt.why || refused.Index != tt.index || refused.Char != tt.char {
				t.Errorf("got %+v: %v", *refused, err)
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return unseen(r) != "" }) {
				t.Errorf("the message itself is not fit for a terminal: %q", err)
			}
		})
	}
}

func TestTwinsAreOneEntry(t *testing.T) {
	key := NamesKey("AGE-SECRET-KEY-PQ-1EXAMPLE")
	for _, tt := range []struct{ name, a, b string }{
		{"capitals", "telephony/SIP-Trunk", "Telephony/sip-trunk"},
		{"cyrillic capitals", "a/ТЕЛЕФОН Ё", "a/телефон ё"},
		{"composed and decomposed", "a/\u0419\u0401", "a/и\u0306е\u0308"},
		{"sharp s", "a/Straße", "a/STRASSE"},
		{"capital sharp s", "a/STRAẞE", "a/strasse"},
		{"final sigma", "a/ΟΔΟΣ", "a/οδος"},
		{"kelvin sign", "a/5\u212a", "a/5k"},
		{"ligature", "a/oﬃce", "a/OFFICE"},
		{"iota below", "a/\u1f80", "a/\u1f00\u03b9"},
		{"iota below a letter with a dot below", "a/\u1fbc\u0323", "a/\u03b1\u0323\u03b9"},
		{"cherokee, which folds to capitals", "a/ᎠᏰ", "a/ꭰᏸ"},
		{"dot above i, decomposed", "a/\u0130", "a/i\u0307"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, q := mustPath(t, tt.a), mustPath(t, tt.b)
			if !p.Same(q) || ID(key, p) != ID(key, q) {
				t.Errorf("%q and %q differ: %q, %q", tt.a, tt.b, p.Folded(), q.Folded())
			}
		})
	}
	for _, tt := range []struct{ a, b string }{
		{"a/е", "a/e"}, {"a/ё", "a/е"}, {"a/b/c", "a/b c"}, {"a/x", "b/x"}, {"a/ı", "a/i"},
	} {
		if p, q := mustPath(t, tt.a), mustPath(t, tt.b); p.Same(q) || ID(key, p) == ID(key, q) {
			t.Errorf("%q and %q are one", tt.a, tt.b)
		}
	}
}

func TestPathParts(t *testing.T) {
	p := mustPath(t, "Cabinets/MTS/Главный")
	if p.Safe() != "cabinets" || p.Name() != "Главный" || p.IsZero() || !(Path{}).IsZero() {
		t.Errorf("safe %q, name %q", p.Safe(), p.Name())
	}
}

func TestParseRef(t *testing.T) {
	p, field, err := ParseRef("telephony/sip#Кодовое слово")
	if err != nil || p.String() != "telephony/sip" || field != "Кодовое слово" {
		t.Fatalf("got %q, %q, %v", p, field, err)
	}
	var refused *TextError
	for _, in := range []string{"a/b", "a/b#", "a/b#c#d", "a/b# c"} {
		if _, _, err := ParseRef(in); !errors.As(err, &refused) {
			t.Errorf("%q: %v", in, err)
		}
	}
	var path *PathError
	if _, _, err := ParseRef("a#b"); !errors.As(err, &path) {
		t.Errorf("a path of one segment: %v", err)
	}
}

// A letter that unicode knows and cases does not would be accepted without being
// folded, and folded by the next build.
func TestOneUnicode(t *testing.T) {
	for _, tables := range []string{cases.UnicodeVersion, norm.Version} {
		if tables != unicode.Version {
			t.Errorf("letters are those of Unicode %s, tables those of %s", unicode.Version, tables)
		}
	}
}

// Every letter folds as its other cases do, and no further.
func TestEveryLetterFolds(t *testing.T) {
	letters := 0
	for r := range unicode.MaxRune {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			continue
		}
		letters++
		folded := fold(string(r))
		if fold(folded) != folded {
			t.Errorf("%U folds to %+q and on to %+q", r, folded, fold(folded))
		}
		if other := unicode.SimpleFold(r); fold(string(other)) != folded {
			t.Errorf("%U and %U fold apart: %+q, %+q", r, other, folded, fold(string(other)))
		}
	}
	if letters < 100_000 {
		t.Errorf("only %d letters", letters)
	}
}

// anyPath draws texts that are often paths and always near one.
func anyPath() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]rune("aZяЁßΣİ0٣ .-_@+()/\u0301\u0306\u0345\u0327\u200b\u202e\n#ǅᾈﬃ"))
	letter := rapid.OneOf(odd, rapid.RuneFrom(nil, unicode.L, unicode.M, unicode.Nd))
	return rapid.Custom(func(t *rapid.T) string {
		return "safe/" + rapid.StringOfN(letter, 1, 40, -1).Draw(t, "rest")
	})
}

func TestPathProperties(t *testing.T) {
	key := NamesKey("AGE-SECRET-KEY-PQ-1EXAMPLE")
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		s := anyPath().Draw(t, "path")
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		accepted++
		checkPath(t, p)
		for _, twin := range []string{norm.NFD.String(s), norm.NFC.String(s)} {
			q, err := ParsePath(twin)
			if err != nil || q != p || ID(key, q) != ID(key, p) {
				t.Fatalf("%q is %q, its twin %q is %q (%v)", s, p, twin, q, err)
			}
		}
	})
	if accepted == 0 {
		t.Fatal("no path was accepted: the generator tests nothing")
	}
}

// checkPath holds for every path that ParsePath returned.
func checkPath(t rapid.TB, p Path) {
	s := p.String()
	again, err := ParsePath(s)
	if err != nil || again != p {
		t.Fatalf("%q parses to %q, %v", s, again, err)
	}
	if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || len(s) > MaxPath {
		t.Fatalf("%q is not canonical", s)
	}
	if n := strings.Count(s, "/") + 1; n < 2 || n > MaxSegments || strings.Contains(s, "#") {
		t.Fatalf("%q has %d segments", s, n)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unseen(r) != "" }) {
		t.Fatalf("%q hides something", s)
	}
	if fold(p.Folded()) != p.Folded() {
		t.Fatalf("%q folds to %q and on to %q", s, p.Folded(), fold(p.Folded()))
	}
	if !isID(p.Safe()) {
		t.Fatalf("%q has no safe", s)
	}
}

func FuzzParsePath(f *testing.F) {
	seeds := []string{"telephony/sip-trunk", "Билл/ё", "a/../b", "a/\u202eb", "a/и\u0306", "a/Straße/ﬃ", "a/\u0345\u0301", "a/\xff", "//", ""}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		var refused *PathError
		switch {
		case err == nil:
			checkPath(t, p)
		case !errors.As(err, &refused) || refused.Why == "" || !p.IsZero():
			t.Fatalf("%q: %q, %v", s, p, err)
		}
	})
}

func mustPath(t testing.TB, s string) Path {
	t.Helper()
	p, err := ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func BenchmarkParsePath(b *testing.B) {
	for b.Loop() {
		if _, err := ParsePath("telephony/Транк основной"); err != nil {
			b.Fatal(err)
		}
	}
}
