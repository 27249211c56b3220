package runbooks

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTheShortLookMissesNothing: what the patterns find is found after the short look that saves their time.
func TestTheShortLookMissesNothing(t *testing.T) {
	pieces := []string{"password", "PASSWORD", "Пароль", "ПАРОЛЬ", "пин-код", "pa\u017F\u017Fword", "to\u212Aen", "API key", "api_key", "pin", ":", "=", " ", "x",
		"hunter2", "4711", "AGE-SECRET-KEY-1ABC", "-----BEGIN RSA PRIVATE KEY-----", "ghp_0123456789abc", "github_pat_0123456789", "xoxb-0123456789a",
		"AKIA0123456789ABCDEF", "https://u:p@host", "eyJ0123456789.0123456789a", "A1b2C3d4E5f6G7h8I9j0K1l2", "sk_live_0123456789", "секрет", "token"}
	rapid.Check(t, func(t *rapid.T) {
		line := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "line"), "")
		if secretForm().MatchString(line) && !containsAny(line, secretMarks()) {
			t.Errorf("a form is overlooked in %q", line)
		}
		if secretWord().MatchString(line) && !announcesSecret(line) {
			t.Errorf("a word is overlooked in %q", line)
		}
		if longToken().MatchString(line) != hasLongToken(line) {
			t.Errorf("a token is overlooked in %q", line)
		}
	})
}
