package statement

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// edit returns good with old replaced once, and fails where old is not there.
func edit(t *testing.T, good, old, new string) string {
	t.Helper()
	if !strings.Contains(good, old) {
		t.Fatalf("no %q in\n%s", old, good)
	}
	return strings.Replace(good, old, new, 1)
}

// linesOf returns the header lines of good with this key, with their LF.
func linesOf(t *testing.T, good, key string) string {
	t.Helper()
	var found string
	for line := range strings.Lines(good) {
		if strings.HasPrefix(line, key+" ") {
			found += line
		}
	}
	if found == "" {
		t.Fatalf("no line %s", key)
	}
	return found
}

func TestParseHeaderRefuses(t *testing.T) {
	f := newFixture(t)
	good := string(f.header(f.entry()).bytes())
	author := linesOf(t, good, "author")
	for _, c := range []struct {
		name, header string
		line         int
	}{
		{"empty", "", 1},
		{"first line alone, cut", "opsvault/v1 entry", 1},
		{"another version", edit(t, good, "opsvault/v1", "opsvault/v2"), 1},
		{"two spaces in the first line", edit(t, good, "v1 entry", "v1  entry"), 1},
		{"type in upper case", edit(t, good, "v1 entry", "v1 Entry"), 1},
		{"more words in the first line", edit(t, good, "v1 entry", "v1 entry x"), 1},
		{"BOM", "\ufeff" + good, 1},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), 1},
		{"CRLF in one line", edit(t, good, "maria\n", "maria\r\n"), 4},
		{"last LF missing", strings.TrimSuffix(good, "\n"), 15},
		{"empty line", edit(t, good, author, author+"\n"), 5},
		{"empty line at the end", good + "\n", 16},
		{"two spaces after the key", edit(t, good, "author maria", "author  maria"), 4},
		{"space at the end", edit(t, good, "author maria", "author maria "), 4},
		{"tab for a space", edit(t, good, "author maria", "author\tmaria"), 4},
		{"no value", edit(t, good, "author maria", "author "), 4},
		{"key in upper case", edit(t, good, "author", "Author"), 4},
		{"key missing", edit(t, good, author, ""), 4},
		{"key repeated", edit(t, good, author, author+author), 5},
		{"key unknown", edit(t, good, author, author+"colour red\n"), 5},
		{"key unknown at the end", good + "colour red\n", 16},
		{"keys misordered", edit(t, edit(t, good, author, ""), "device ", author+"device "), 3},
		{"key of another type", edit(t, good, author, author+"size 3\n"), 5},
		{"device twice", edit(t, good, "device ", linesOf(t, good, "device")+"device "), 4},
		{"NUL", edit(t, good, "maria", "ma\x00ria"), 4},
		{"ESC", edit(t, good, "maria", "ma\x1bria"), 4},
		{"not UTF-8", edit(t, good, "maria", "ma\xffria"), 4},
		{"value of 4,001 bytes", edit(t, good, "maria", strings.Repeat("a", 4001)), 4},
		{"key of 33 characters", edit(t, good, "author", strings.Repeat("a", 33)), 4},
		{"hash in upper case", edit(t, good, "vault "+f.common().Vault.String(), "vault "+strings.ToUpper(f.common().Vault.String())), 2},
		{"hash too short", edit(t, good, f.common().Vault.String(), f.common().Vault.String()[:63]), 2},
		{"device id not base32", edit(t, good, f.device(), "k7q2m4x5c6v7b8n9"), 3},
		{"policy without a hash", edit(t, good, "policy 4 ", "policy 4\npolicy 4 "), 5},
		{"leading zero", edit(t, good, "event 1841", "event 01841"), 6},
		{"sign", edit(t, good, "event 1841", "event +1841"), 6},
		{"event 0", edit(t, good, "event 1841", "event 0"), 6},
		{"event of 16 digits", edit(t, good, "event 1841", "event 1000000000000000"), 6},
		{"time with a fraction", edit(t, good, "10:00:00Z", "10:00:00.0Z"), 7},
		{"time with an offset", edit(t, good, "10:00:00Z", "10:00:00+00:00"), 7},
		{"time that does not exist", edit(t, good, "11-21T", "02-30T"), 7},
		{"time before 1970", edit(t, good, "2026-", "1969-"), 7},
		{"acting without an id", edit(t, good, "policy ", "for anna\npolicy "), 5},
		{"acting with more words", edit(t, good, "policy ", "for anna a7 x\npolicy "), 5},
		{"op unknown", edit(t, good, "op put", "op move"), 8},
		{"entry in a built-in safe", edit(t, good, "safe telephony", "safe @catalogue"), 9},
		{"version 0", edit(t, good, "version 3", "version 0"), 11},
		{"version 1000000", edit(t, good, "version 3", "version 1000000"), 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseHeader([]byte(c.header))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !errors.Is(err, ErrMalformed) {
				t.Fatalf("got %v", err)
			}
			if syntax.Line != c.line {
				t.Errorf("got line %d (%v), want %d", syntax.Line, err, c.line)
			}
		})
	}
}

// TestHiddenCharacters uses the label of a device, the one free text.
func TestHiddenCharacters(t *testing.T) {
	f := newFixture(t)
	d := f.deviceBody()
	for _, r := range []rune{
		0, '\t', '\r', '\n', 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xad, 0x61c, 0x180e, 0x200b, 0x200d, 0x200e, 0x200f,
		0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe0020, 0xe0100,
	} {
		d.Label = "note" + string(r) + "book"
		if _, err := d.Header(); !errors.Is(err, ErrMalformed) {
			t.Errorf("U+%04X when writing: got %v", r, err)
		}
		if _, err := ParseHeader([]byte(replaceLine(string(f.header(f.deviceBody()).bytes()), "label", d.Label))); !errors.Is(err, ErrMalformed) {
			t.Errorf("U+%04X when reading: got %v", r, err)
		}
	}
	d.Label = "note\xffbook"
	if _, err := d.Header(); !errors.Is(err, ErrMalformed) {
		t.Errorf("not UTF-8: got %v", err)
	}
	for _, label := range []string{"ноутбук", "é", "e\u0301", "笔记本", "🔑", "a  b", "-----BEGIN SSH SIGNATURE-----"} {
		d.Label = label
		if _, err := d.Header(); err != nil {
			t.Errorf("%q: %v", label, err)
		}
	}
}

func TestLabelCannotAddLines(t *testing.T) {
	f := newFixture(t)
	d := f.deviceBody()
	d.Label = "x\nkey ssh-ed25519 AAAA"
	if _, err := d.Header(); !errors.Is(err, ErrMalformed) {
		t.Errorf("Header: got %v", err)
	}
	h := f.header(f.deviceBody())
	h.Fields[2].Value = d.Label
	if _, err := h.Encode(); !errors.Is(err, ErrMalformed) {
		t.Errorf("Encode: got %v", err)
	}
	if _, _, err := Sign(h, nil, f.signer, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("Sign: got %v", err)
	}
}

func TestLinesAreCounted(t *testing.T) {
	common := "device aaaaaaaaaaaaaaaa\n"
	for _, c := range []struct {
		name          string
		lines, closed int
		ok            bool
	}{
		{"64 lines", 64, 0, true},
		{"65 lines", 65, 0, false},
		{"64 lines and 4,096 closed", 64, 4096, true},
		{"4,097 closed", 10, 4097, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := "opsvault/v1 later\n" + common + strings.Repeat("x 1\n", c.lines-2) + strings.Repeat("closed x\n", c.closed)
			_, err := ParseHeader([]byte(header))
			if c.ok && !errors.Is(err, ErrUnknownType) || !c.ok && !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParseHeaderIsBounded(t *testing.T) {
	header := "opsvault/v1 sign\n" + strings.Repeat("closed x\n", MaxSize/9)
	if _, err := ParseHeader([]byte(header)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestUnknownTypes(t *testing.T) {
	frame := "opsvault/v1 %s\nvault x\ndevice aaaaaaaaaaaaaaaa\n%s"
	for _, c := range []struct{ kind, lines, op string }{
		{"later", "colour red\n", ""},
		{"quorum", "", ""},
		{"act", "op absence\n", "absence"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			h, err := ParseHeader(fmt.Appendf(nil, frame, c.kind, c.lines))
			var unknown *UnknownType
			if !errors.As(err, &unknown) || unknown.Type != Type(c.kind) || unknown.Op != c.op {
				t.Fatalf("got %v", err)
			}
			if h.Type != Type(c.kind) || len(h.Fields) < 2 {
				t.Errorf("header lost: %+v", h)
			}
			if _, err := h.Encode(); !errors.Is(err, ErrUnknownType) {
				t.Errorf("Encode: got %v", err)
			}
		})
	}
	for name, header := range map[string]string{
		"no device":   "opsvault/v1 later\nvault x\n",
		"two devices": "opsvault/v1 later\ndevice aaaaaaaaaaaaaaaa\ndevice aaaaaaaaaaaaaaaa\n",
		"bad device":  "opsvault/v1 later\ndevice a\n",
	} {
		if _, err := ParseHeader([]byte(header)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
