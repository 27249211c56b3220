package shell

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
	text := string(value)
	lower := hex.EncodeToString(value)
	forms := []string{
		lower, strings.ToUpper(lower),
		percent(text, "%%%02X", ""), percent(text, "%%%02x", ""), percent(text, "%%%02X", "!*'();:@&=+$,/?#[]"),
		strings.ReplaceAll(percent(text, "%%%02X", ""), "%20", "+"), strings.ReplaceAll(percent(text, "%%%02x", ""), "%20", "+"),
		escapeHTML(text, "&#34;", "&#39;"), escapeHTML(text, "&quot;", "&#x27;"), escapeHTML(text, "&quot;", "&apos;"),
		strings.Trim(strconv.Quote(text), `"`), strings.ReplaceAll(text, "'", `'\''`), strings.ReplaceAll(text, "'", `'"'"'`),
	}
	if quoted, err := json.Marshal(text); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
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

// percent escapes all bytes but those that never need it and those to spare.
func percent(s, format, spare string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 || strings.IndexByte(spare, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func escapeHTML(s, quote, apostrophe string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, quote, "'", apostrophe).Replace(s)
}

// longest is the length of the longest form, in bytes.
func (m masker) longest() int {
	longest := 0
	for _, form := range m.forms {
		longest = max(longest, len(form))
	}
	return longest
}

// carries reports a credential in a text.
func (m masker) carries(text string) bool { return len(m.find([]byte(text))) > 0 }

// A span is a part of a text, by its bytes.
type span struct{ from, to int }

// find returns where credentials are, in order, none touching the next. Long encodings are broken into lines by many programs, so
// they are looked for across line ends as well.
func (m masker) find(text []byte) []span {
	var found []span
	for _, form := range m.forms {
		found = append(found, all(text, form, nil)...)
	}
	if joined, at := withoutBreaks(text); len(joined) < len(text) {
		for _, form := range m.forms {
			if len(form) >= 2*minEncoded {
				found = append(found, all(joined, form, at)...)
			}
		}
	}
	return merged(found)
}

// all finds every place of a form; at translates places.
func all(text, form []byte, at []int) []span {
	var found []span
	for from := 0; ; {
		i := bytes.Index(text[from:], form)
		if i < 0 {
			return found
		}
		s := span{from + i, from + i + len(form)}
		from = s.from + 1
		if at != nil {
			s = span{at[s.from], at[s.to-1] + 1}
		}
		found = append(found, s)
	}
}

// withoutBreaks leaves line ends out and says where each remaining byte came from.
func withoutBreaks(text []byte) (joined []byte, at []int) {
	if bytes.IndexByte(text, '\n') < 0 {
		return text, nil
	}
	for i, c := range text {
		if c != '\n' && c != '\r' {
			joined, at = append(joined, c), append(at, i)
		}
	}
	return joined, at
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
