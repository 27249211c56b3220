package statement

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"filippo.io/age/armor"
	"pgregory.net/rapid"
)

func TestArmorIsThatOfAge(t *testing.T) {
	for n := range 200 {
		binary := bytes.Repeat([]byte{0xa7}, n)
		var want bytes.Buffer
		w := armor.NewWriter(&want)
		if _, err := w.Write(binary); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := Armor(binary); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%d bytes: got\n%swant\n%s", n, got, want.Bytes())
		}
	}
}

func TestDearmorUndoesArmor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		binary := rapid.SliceOfN(rapid.Byte(), 0, 500).Draw(t, "binary")
		for _, a := range []armoring{ageArmor, sshArmor} {
			got, err := a.decode(a.encode(binary))
			if err != nil || !bytes.Equal(got, binary) {
				t.Fatalf("got %x, %v, want %x", got, err, binary)
			}
		}
	})
}

func TestDearmorRefuses(t *testing.T) {
	good := string(Armor(bytes.Repeat([]byte("opsvault"), 20))) // 160 bytes: ends in one =
	body := strings.TrimSuffix(strings.TrimPrefix(good, ageArmor.first), ageArmor.last)
	if !strings.HasSuffix(body, "bHQ=\n"[1:]) && !strings.HasSuffix(body, "=\n") {
		t.Fatalf("no padding in %q", body)
	}
	frame := func(body string) string { return ageArmor.first + body + ageArmor.last }
	for name, text := range map[string]string{
		"empty":                 "",
		"first line alone":      ageArmor.first,
		"lines overlap":         ageArmor.first[:len(ageArmor.first)-1],
		"no last line":          ageArmor.first + body,
		"no first line":         body + ageArmor.last,
		"last LF missing":       strings.TrimSuffix(good, "\n"),
		"LF too many":           good + "\n",
		"LF before":             "\n" + good,
		"space before":          " " + good,
		"CRLF":                  strings.ReplaceAll(good, "\n", "\r\n"),
		"CR in the body":        frame(strings.Replace(body, "\n", "\r\n", 1)),
		"one line":              frame(strings.ReplaceAll(body, "\n", "") + "\n"),
		"lines of 60":           string(armoring{ageArmor.first, ageArmor.last, 60}.encode([]byte(strings.Repeat("x", 200)))),
		"empty line":            frame(strings.Replace(body, "\n", "\n\n", 1)),
		"empty line at the end": frame(body + "\n"),
		"space in a line":       frame(strings.Replace(body, "\n", " \n", 1)),
		"padding missing":       frame(strings.Replace(body, "=", "", 1)),
		"padding too many":      frame(strings.Replace(body, "=", "==", 1)),
		"padding and more":      frame(strings.Replace(body, "=\n", "=\nAAAA\n", 1)),
		"loose bits":            frame(looseBits(body)),
		"URL alphabet":          frame(strings.Replace(body, body[:4], "-_-_", 1)),
		"another label":         strings.ReplaceAll(good, "AGE ENCRYPTED FILE", "SSH SIGNATURE"),
		"two blocks":            good + good,
		"body not base64":       frame("hello, world\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Dearmor([]byte(text)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %x, %v", got, err)
			}
		})
	}
}

// looseBits sets a bit of the last character before the padding, which
// careless decoders throw away.
func looseBits(body string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	end := strings.TrimRight(body, "=\n")
	last := strings.IndexByte(alphabet, end[len(end)-1])
	changed := end[:len(end)-1] + string(alphabet[last|1]) + body[len(end):]
	if _, err := base64.StdEncoding.DecodeString(changed); err != nil || changed == body {
		panic("no loose bit in " + body)
	}
	return changed
}
