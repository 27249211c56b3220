package vault

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	"opsvault/vault/statement"
)

func somePacked(t testing.TB) []byte {
	t.Helper()
	p := &parcel{vault: statement.Sum([]byte("a vault")), items: []parcelItem{
		{name: "logs/k7q2m4x5c6v7b2n3/head", data: []byte("opsvault/v1 head\n")},
		{name: "logs/k7q2m4x5c6v7b2n3/000001.jsonl", part: true, offset: 120, data: []byte("{\"v\":1}\n{\"v\":1}\n")},
		{name: "entries/m4/m4x5c6v7b2n3k7q2m4x5c6v7b2-000001-k7q2m4x5c6v7b2n3.entry", data: bytes.Repeat([]byte("a statement "), 40)},
	}}
	text, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func whyOf(err error) string {
	var e *ParcelError
	if errors.As(err, &e) {
		return e.Why
	}
	return ""
}

// What chat programs and people do to a text does no harm.
func TestParcelIsReadOutOfChats(t *testing.T) {
	t.Parallel()
	text := string(somePacked(t))
	want, err := decodeParcel([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Split(strings.TrimSpace(text), "\n")
	for name, mangled := range map[string]string{
		"text around it":   "Hello, here it is:\n\n" + text + "\nSee you -----\n",
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"quoted":           "> " + strings.ReplaceAll(text, "\n", "\n> "),
		"quoted twice":     ">> " + strings.ReplaceAll(text, "\n", "\n>> "),
		"one line":         strings.Join(body, " "),
		"no spaces":        strings.Join(body, ""),
		"re-wrapped":       body[0] + "\n" + rewrap(strings.Join(body[1:len(body)-1], ""), 41) + body[len(body)-1],
		"indented":         "    " + strings.ReplaceAll(text, "\n", "\n    "),
		"long dashes":      strings.ReplaceAll(text, "-----", "—–-"),
		"a code block":     "```\n" + text + "```",
		"a BOM":            "\ufeff" + text,
		"hidden spaces":    strings.ReplaceAll(text, "\n", "\u200b\n\u00a0"),
		"no end of a line": strings.TrimSuffix(text, "\n"),
	} {
		got, err := decodeParcel([]byte(mangled))
		if err != nil || !bytes.Equal(got.plain(), want.plain()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func rewrap(s string, width int) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(width, len(s))
		b.WriteString(s[:n] + "\n")
		s = s[n:]
	}
	return b.String()
}

func TestParcelRefusals(t *testing.T) {
	t.Parallel()
	text := string(somePacked(t))
	lines := strings.SplitAfter(text, "\n")
	zipped := func(plain string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(plain))
		_ = w.Close()
		return parcelBegin + "\n" + base64.StdEncoding.EncodeToString(b.Bytes()) + "\n" + parcelEnd + "\n"
	}
	head := parcelHead + "vault " + statement.Sum(nil).String() + "\n"
	head2 := "file devices/k7q2m4x5c6v7b2n3.device 1\nx"
	for name, c := range map[string]struct{ text, why string }{
		"nothing":         {"Hello", "none"},
		"no end":          {strings.Join(lines[:3], ""), "cut"},
		"a line missing":  {lines[0] + strings.Join(lines[2:], ""), "garbled"},
		"a letter lost":   {lines[0] + lines[1][1:] + strings.Join(lines[2:], ""), "garbled"},
		"words in it":     {lines[0] + "Maria: and so on\n" + strings.Join(lines[1:], ""), "garbled"},
		"a bomb":          {zipped(head + strings.Repeat("\x00", parcelBytes)), "too-large"},
		"too much pasted": {strings.Repeat(" ", MaxPasted) + text, "too-large"},
		"no parcel":       {zipped("hello"), "garbled"},
		"a path":          {zipped(head + "file ../../etc/passwd 1\nx"), "garbled"},
		"the marker":      {zipped(head + "file opsvault.yaml 1\nx"), "garbled"},
		"twice":           {zipped(head + head2 + head2), "garbled"},
		"a size":          {zipped(head + "file devices/k7q2m4x5c6v7b2n3.device 99\nx"), "garbled"},
		"a zero":          {zipped(head + "file devices/k7q2m4x5c6v7b2n3.device 01\nx"), "garbled"},
		"many files":      {zipped(head + manyFiles()), "garbled"},
		"a part of what is whole": {
			zipped(head + "part devices/k7q2m4x5c6v7b2n3.device 0 1\nx"), "garbled"},
	} {
		if _, err := decodeParcel([]byte(c.text)); whyOf(err) != c.why {
			t.Errorf("%s: %v, not %s", name, err, c.why)
		}
	}
}

func manyFiles() string {
	var b strings.Builder
	for i := range 300 {
		b.WriteString("file devices/k7q2m4x5c6v7b2" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".device 1\nx")
	}
	return b.String()
}

func TestParcelTooLarge(t *testing.T) {
	t.Parallel()
	p := &parcel{}
	for i := range 300 {
		p.items = append(p.items, parcelItem{name: "devices/k7q2m4x5c6v7b2" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".device"})
	}
	if _, err := p.encode(); whyOf(err) != "too-large" {
		t.Errorf("300 files: %v", err)
	}
}

// Whatever the text is, it is read to an error or to a parcel that is written
// as it was, and never to more than it may hold.
func FuzzParcel(f *testing.F) {
	text := somePacked(f)
	f.Add(text)
	f.Add([]byte("> " + strings.ReplaceAll(string(text), "\n", "\r\n> ")))
	f.Add([]byte(parcelBegin + "\n" + parcelEnd))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := decodeParcel(text)
		if err != nil {
			if whyOf(err) == "" {
				t.Errorf("an error without a reason: %v", err)
			}
			return
		}
		again, err := p.encode()
		if whyOf(err) == "too-large" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		same, err := decodeParcel(again)
		if err != nil || !bytes.Equal(same.plain(), p.plain()) {
			t.Errorf("written anew it is another one: %v", err)
		}
	})
}

// The same for what is inside, which the fuzzer does not reach through gzip.
func FuzzParcelInside(f *testing.F) {
	p, err := decodeParcel(somePacked(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.plain())
	f.Fuzz(func(t *testing.T, plain []byte) {
		p, err := parseParcel(plain)
		if err == nil && !bytes.Equal(p.plain(), plain) {
			t.Errorf("%q is read as %q", plain, p.plain())
		}
	})
}

// The example of docs/format.md is a parcel, and holds what the page says.
func TestParcelOfTheFormat(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(tag string) string {
		_, rest, _ := strings.Cut(string(page), "```"+tag+"\n")
		text, _, _ := strings.Cut(rest, "```\n")
		return text
	}
	p, err := decodeParcel([]byte(block("parcel-example")))
	if err != nil || len(p.items) != 1 || string(p.plain()) != block("parcel-inside") {
		t.Errorf("%v, %v", p, err)
	}
}
