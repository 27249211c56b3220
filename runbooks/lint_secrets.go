package runbooks

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts that are secrets by their form: private keys and the tokens of well-known services.
var secretForm = lazily(`AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:ghp|gho|ghs|github_pat|glpat|xox[abpr]|sk_live|rk_live)[-_][0-9A-Za-z_-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}|\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}|://[^/\s:@]+:[^/\s:@]+@`)

// A word that announces a secret, with the value behind it.
var secretWord = lazily(`(?i)(?:\b(?:password|passwd|pwd|passphrase|secret|token|api[ _-]?key|pin)|(?:пароль|токен|пин-?код|секрет))\s*[:=]\s*[*_` + "`" + `"'«]*([^\s*` + "`" + `"'»|]+)`)

// longToken is a run of characters that keys are written in.
var longToken = lazily(`[A-Za-z0-9+/_=-]{24,}`)

// lintSecrets finds what looks like a secret, line by line. It errs on the side of asking: a secret in a runbook is in
// every copy, on paper too. The digest of the text that was translated looks like one and is none.
func lintSecrets(data []byte, digest string, found *findings) {
	for i, line := range bytes.Split(data, []byte("\n")) {
		text := strings.TrimPrefix(string(line), "\uFEFF")
		if at := secretAt(text, digest); at >= 0 {
			found.add(Pos{i + 1, utf8.RuneCountInString(text[:at]) + 1}, "secret-text")
		}
	}
}

// secretAt is the offset of the first text that looks like a secret, or -1. Patterns are costly, so each line is looked at for
// what they can't do without first.
func secretAt(line, digest string) int {
	if containsAny(line, secretMarks()) {
		if m := secretForm().FindStringIndex(line); m != nil {
			return m[0]
		}
	}
	if announcesSecret(line) {
		for _, m := range secretWord().FindAllStringSubmatchIndex(line, -1) {
			if looksSecret(line[m[2]:m[3]]) {
				return m[2]
			}
		}
	}
	if !hasLongToken(line) {
		return -1
	}
	for _, m := range longToken().FindAllStringIndex(line, -1) {
		if token := line[m[0]:m[1]]; token != digest && isMixed(token) {
			return m[0]
		}
	}
	return -1
}

// secretMarks are what secretForm begins with or has in it.
func secretMarks() []string {
	return []string{
		"AGE-SECRET-KEY-", "-----BEGIN ", "ghp", "gho", "ghs", "github_pat", "glpat", "xox", "sk_live", "rk_live", "AKIA", "AIza", "eyJ", "://",
	}
}

// announcesSecret reports a line that may match secretWord: it has a colon or an equals sign, and one of the words in any case.
func announcesSecret(line string) bool {
	switch {
	case !strings.ContainsAny(line, ":="):
		return false
	case strings.ContainsAny(line, "\u017F\u212A"): // letters that are s and k in another case only
		return true
	}
	return containsAny(strings.ToLower(line), []string{"pass", "pwd", "secret", "token", "api", "pin", "парол", "токен", "пин", "секрет"})
}

func containsAny(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// tokenLength is how long a run of longToken is at least.
const tokenLength = 24

// hasLongToken reports a line that longToken matches.
func hasLongToken(line string) bool {
	run := 0
	for i := range len(line) {
		switch b := line[i]; {
		case isWordByte(b), b == '+', b == '/', b == '_', b == '=', b == '-':
			if run++; run >= tokenLength {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}

// looksSecret accepts a value with digits or signs in it, as passwords have, and passes over blanks, inputs, links and words.
func looksSecret(s string) bool {
	s = strings.TrimRight(s, ".,;:)]")
	if name, ref, ok := strings.Cut(s, ":"); ok && isSecretVar(name) && (&Fence{}).wants(name, ref) {
		return false // the option of a command, secret=NAME:safe/name#field
	}
	if utf8.RuneCountInString(s) < 4 || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{{") || strings.Contains(s, "__") || strings.HasPrefix(s, "vault:") {
		return false
	}
	digit := strings.ContainsFunc(s, unicode.IsDigit)
	letter := strings.ContainsFunc(s, unicode.IsLetter)
	sign := strings.ContainsAny(s, "!@#$%^&*?~+=")
	return digit && (letter || utf8.RuneCountInString(s) >= 4) || sign && letter
}

// isMixed accepts a token that no person would write: upper and lower case letters and digits change often.
func isMixed(s string) bool {
	changes, kinds, last := 0, map[int]bool{}, -1
	for _, r := range s {
		kind := -1
		switch {
		case r >= '0' && r <= '9':
			kind = 0
		case r >= 'a' && r <= 'z':
			kind = 1
		case r >= 'A' && r <= 'Z':
			kind = 2
		}
		if kind >= 0 && last >= 0 && kind != last {
			changes++
		}
		kinds[kind] = true
		last = kind
	}
	return kinds[0] && (kinds[1] || kinds[2]) && changes*4 >= len(s)
}
