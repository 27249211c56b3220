package shell

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// encodings are ways in which programs write a value.
var encodings = map[string]func(string) string{
	"plain": func(s string) string { return s },
	"hex":   func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":   func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"query": url.QueryEscape,
	"path":  url.PathEscape,
	"html":  html.EscapeString,
	"json": func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	},
	"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 URL": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"Basic":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"in a text":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ab" + s + "cdefg")) },
	"wrapped": func(s string) string {
		text, out := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 30)+s)), ""
		for len(text) > 16 {
			out, text = out+text[:16]+"\n", text[16:]
		}
		return out + text
	},
}

// TestNoCredentialGetsThrough writes a value in every encoding, in pieces, somewhere in a long or a short output.
func TestNoCredentialGetsThrough(t *testing.T) {
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				// Q and Z stand in nothing around it, so what is left of the value can be told.
				value := "QZQ" + rapid.StringMatching(`[ -~]{2,30}`).Draw(t, "value") + "QZQZ"
				before := strings.Repeat("-", rapid.SampledFrom([]int{0, 1, 77, keptHead - 20, keptHead, keptHead + 50, 70000}).Draw(t, "before"))
				after := strings.Repeat("=", rapid.SampledFrom([]int{0, 3, keptTail - 20, keptTail, 20000}).Draw(t, "after"))
				text := before + encode(value) + after
				r := newRecorder([][]byte{[]byte(value)}, value[:3])
				for len(text) > 0 {
					n := rapid.IntRange(1, max(1, len(text))).Draw(t, "write")
					_, _ = r.Write([]byte(text[:n]))
					text = text[n:]
				}
				got := string(r.result())
				for _, bad := range []string{value, "QZQ", "QZQZ", encode(value), hex.EncodeToString([]byte("QZQ")), strings.ToUpper(hex.EncodeToString([]byte("QZQ")))} {
					if strings.Contains(got, bad) && !strings.Contains(before+after, bad) {
						t.Fatalf("%q of %q in %d bytes", bad, value, len(got))
					}
				}
				if len(got) > keptHead+keptTail || !utf8.ValidString(got) {
					t.Fatalf("%d bytes, text: %t", len(got), utf8.ValidString(got))
				}
			})
		})
	}
}

func TestExpectedTextAcrossWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab]{0,40}`).Draw(t, "text")
		expect := rapid.StringMatching(`[ab]{1,6}`).Draw(t, "expect")
		r, rest := newRecorder(nil, expect), text
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(t, "write")
			_, _ = r.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if r.seen != strings.Contains(text, expect) {
			t.Fatalf("%q in %q: %t", expect, text, r.seen)
		}
		if got := string(r.result()); got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestPrivateKeysAreMaskedLineByLine(t *testing.T) {
	key := "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END KEY-----\n"
	r := newRecorder([][]byte{[]byte(key)}, "")
	_, _ = r.Write([]byte("line 2: BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\r\n" + strings.ReplaceAll(key, "\n", "\r\n")))
	if got := string(r.result()); strings.Contains(got, "BKcw") || strings.Contains(got, "MIIE") {
		t.Errorf("%q", got)
	}
	if forms := newMasker([][]byte{bytes.Repeat([]byte("line of a long key\n"), 2000)}); forms.longest() == 0 {
		t.Error("a long key has no form")
	}
}

func FuzzClean(f *testing.F) {
	for _, text := range []string{"a\x1b[31mb\x1b]0;t\x07c", "\x1b", "\x1b[", "\x1bP\x1b\\", "\xff\xfe", "a\r\nb\rc", "\u202e\u200b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := clean(text)
		if !utf8.Valid(got) || bytes.ContainsAny(got, "\x1b\x07\r\x00\u202e\u200b") {
			t.Errorf("%q became %q", text, got)
		}
		if again := clean(got); !bytes.Equal(again, got) {
			t.Errorf("%q, then %q", got, again)
		}
	})
}

// A value may have in it what the output is cleaned of: binary keys, what came along when it was copied from a page.
func TestUncleanCredentials(t *testing.T) {
	for _, value := range []string{"pass\u200dword", "pass\x01word", "\xff\xfepassword", "pass\u00adword", "pass\x1b[1mword", "first\u200bpassword\nsecond\u200bpassword"} {
		for line := range strings.Lines(value) {
			r := newRecorder([][]byte{[]byte(value + "\n")}, "")
			_, _ = r.Write([]byte("it is " + line))
			if got := string(r.result()); strings.Contains(got, "pass") || strings.Contains(got, "word") {
				t.Errorf("%q: %q", value, got)
			}
		}
	}
}
