package shell

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// hidden stands in the place of a credential.
const hidden = "••••••••"

// minEncoded is the shortest value, in bytes, whose encoded forms are looked for: shorter ones are found everywhere.
const minEncoded = 4

// A masker finds credentials in what a block says.
type masker struct{ forms [][]byte }

func newMasker(secrets [][]byte) masker {
	var m masker
	for _, secret := range secrets {
		value := bytes.TrimSpace(secret) // spaces around it are nobody's secret
		m.addForms(value)
		for line := range bytes.Lines(value) {
			if line = bytes.TrimSpace(line); len(line) >= minEncoded && len(line) < len(value) {
				m.addForms(line)
			}
		}
	}
	return m
}

func (m *masker) add(form []byte) {
	if len(form) > 0 {
		m.forms = append(m.forms, form)
	}
}

func (m *masker) addForms(value []byte) {
	m.add(value)
	if len(value) < minEncoded {
		return
	}
	if shown := bytes.TrimSpace(clean(value)); len(shown) >= minEncoded && !bytes.Equal(shown, value) {
		m.add(shown) // the output has been cleaned, too
	}
	text := string(value)
	lower := hex.EncodeToString(value)
	forms := []string{
		lower, strings.ToUpper(lower),
		escapeHTML(text, "&#34;", "&#39;"), escapeHTML(text, "&quot;", "&#x27;"), escapeHTML(text, "&quot;", "&apos;"),
		unquoted(strconv.Quote(text)), strings.ReplaceAll(text, "'", `'\''`), strings.ReplaceAll(text, "'", `'"'"'`),
	}
	for _, escapes := range []bool{false, true} {
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(escapes)
		if encoder.Encode(text) == nil {
			forms = append(forms, unquoted(strings.TrimSpace(b.String())))
		}
	}
	for _, form := range forms {
		if form != text {
			m.add([]byte(form))
		}
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			m.add(inBase64(encoding, value, before))
		}
	}
}

// inBase64 is what a value looks like in the base64 of a text that holds it, before bytes in front of it not counted in
// threes; characters that depend on the neighbours are left off.
func inBase64(encoding *base64.Encoding, value []byte, before int) []byte {
	encoded := encoding.EncodeToString(append(make([]byte, before), value...))
	first := (before*8 + 5) / 6
	last := (before + len(value)) * 8 / 6
	if last-first < minEncoded {
		return nil
	}
	return []byte(encoded[first:last])
}

// unquoted takes the quotation marks around a text off, and no others.
func unquoted(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`) }

func escapeHTML(s, quote, apostrophe string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, quote, "'", apostrophe).Replace(s)
}

// longest is the length of the longest form, in bytes, with every byte escaped.
func (m masker) longest() int {
	longest := 0
	for _, form := range m.forms {
		longest = max(longest, 3*len(form))
	}
	return longest
}

// carries reports a credential in a text.
func (m masker) carries(text string) bool { return len(m.find([]byte(text))) > 0 }

// A span is a part of a text, by its bytes.
type span struct{ from, to int }

// find returns where credentials are, in order, none touching the next. Long encodings are broken into lines by many programs,
// so they are looked for across line ends as well; and in URLs nearly any byte may be escaped or not, so the text is also read as
// one.
func (m masker) find(text []byte) []span {
	found := m.in(view{text: text}, 1)
	if bytes.IndexByte(text, '\n') >= 0 {
		found = append(found, m.in(withoutBreaks(text), 2*minEncoded)...)
	}
	if bytes.IndexByte(text, '%') >= 0 || bytes.IndexByte(text, '+') >= 0 {
		found = append(found, m.in(unescaped(text, false), minEncoded)...)
		found = append(found, m.in(unescaped(text, true), minEncoded)...)
	}
	return merged(found)
}

// A view is a text read in another way; each of its bytes knows where it came from.
type view struct {
	text     []byte
	from, to []int // nil: each byte is its own
}

func (v *view) add(c byte, from, to int) {
	v.text, v.from, v.to = append(v.text, c), append(v.from, from), append(v.to, to)
}

// in finds every place of every form that has a length.
func (m masker) in(v view, least int) []span {
	var found []span
	for _, form := range m.forms {
		if len(form) < least {
			continue
		}
		for at := 0; ; at++ {
			i := bytes.Index(v.text[at:], form)
			if i < 0 {
				break
			}
			at += i
			s := span{at, at + len(form)}
			if v.from != nil {
				s = span{v.from[s.from], v.to[s.to-1]}
			}
			found = append(found, s)
		}
	}
	return found
}

// withoutBreaks leaves line ends out.
func withoutBreaks(text []byte) view {
	var v view
	for i, c := range text {
		if c != '\n' && c != '\r' {
			v.add(c, i, i+1)
		}
	}
	return v
}

// unescaped reads a text as a part of a URL; with plus, as a form in which + is a space.
func unescaped(text []byte, plus bool) view {
	var v view
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if c, err := hex.DecodeString(string(text[i+1 : i+3])); err == nil {
				v.add(c[0], i, i+3)
				i += 2
				continue
			}
		}
		c := text[i]
		if plus && c == '+' {
			c = ' '
		}
		v.add(c, i, i+1)
	}
	return v
}

func merged(found []span) []span {
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var list []span
	for _, s := range found {
		if n := len(list); n > 0 && s.from <= list[n-1].to {
			list[n-1].to = max(list[n-1].to, s.to)
			continue
		}
		list = append(list, s)
	}
	return list
}

// mask replaces credentials in the part of a text between two places. What stands outside is looked at, too: a value that
// begins before the part is hidden in it.
func (m masker) mask(text []byte, from, to int) []byte {
	var out []byte
	next := from
	for _, s := range m.find(text) {
		if s.to <= from || s.from >= to {
			continue
		}
		if s.from > next {
			out = append(out, text[next:s.from]...)
		}
		out = append(out, hidden...)
		next = max(next, s.to)
	}
	if next < to {
		out = append(out, text[next:to]...)
	}
	return out
}
