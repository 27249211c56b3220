package entry

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a card says, in characters unless it says bytes.
const (
	maxTitle = 200
	maxOwner = 100
	maxTags  = 32
	maxTag   = 64
	maxURL   = 2000     // bytes; what browsers and proxies agree on
	maxNote  = 16 << 10 // bytes
)

// checkLine accepts one line of text: UTF-8, nothing that acts on a terminal or
// turns its direction, no space at an end. Empty text is accepted.
func checkLine(key, s string, limit int) error {
	refuse := func(why Reason, r rune) error { return &TextError{Key: key, Text: clip(s), Why: why, Char: r} }
	if !utf8.ValidString(s) {
		return refuse(NotUTF8, 0)
	}
	if utf8.RuneCountInString(s) > limit {
		return refuse(TooLong, 0)
	}
	for _, r := range s {
		if why := unseen(r); why == Control || why == Bidi {
			return refuse(why, r)
		}
	}
	if strings.TrimSpace(s) != s {
		return refuse(OuterSpace, 0)
	}
	return nil
}

// checkNote accepts lines of text, ended by LF.
func checkNote(s string) error {
	if len(s) > maxNote {
		return &TextError{Key: "note", Text: clip(s), Why: TooLong}
	}
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " "))
		if err := checkLine("note", line, maxNote); err != nil {
			return err
		}
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > maxTags {
		return &TextError{Key: "tags", Why: TooMany}
	}
	for i, tag := range tags {
		if tag == "" {
			return &TextError{Key: "tags", Why: Empty}
		}
		if slices.Contains(tags[:i], tag) {
			return &TextError{Key: "tags", Text: tag, Why: Twice}
		}
		if err := checkLine("tags", tag, maxTag); err != nil {
			return err
		}
	}
	return nil
}

// checkDue accepts a date of the calendar as 2026-12-20.
func checkDue(s string) error {
	if s == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return &TextError{Key: "due", Text: clip(s), Why: Malformed}
	}
	return nil
}

// CheckURL accepts the address of a system: absolute, of a scheme that names a
// place and not a program, without a password (every member reads a card). It
// returns a *TextError.
func CheckURL(s string) error {
	if s == "" {
		return nil
	}
	refuse := func(why Reason) error { return &TextError{Key: "url", Text: clip(s), Why: why} }
	if len(s) > maxURL {
		return refuse(TooLong)
	}
	if err := checkLine("url", s, maxURL); err != nil {
		return err
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return unseen(r) != "" || strings.ContainsRune(" \"<>\\^`{|}", r) }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return &TextError{Key: "url", Text: s, Why: Character, Char: r}
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque == "" && u.Host == "" && u.Scheme != "" {
		return refuse(Malformed)
	}
	if !allowedScheme(u.Scheme) {
		return refuse(Scheme)
	}
	if _, has := u.User.Password(); has {
		return &TextError{Key: "url", Text: u.Redacted(), Why: HasSecret}
	}
	if web := u.Scheme == "http" || u.Scheme == "https"; web && u.Hostname() == "" {
		return refuse(Malformed)
	}
	return nil
}

func allowedScheme(scheme string) bool {
	switch scheme {
	case "http", "https", "ssh", "sftp", "ftp", "ftps", "rdp", "vnc", "telnet", "smb", "nfs", // places to go
		"sip", "sips", "tel", "mailto", "xmpp", "ldap", "ldaps", "imap", "imaps", "smtp", "smtps", // to talk to
		"ws", "wss", "postgres", "postgresql", "mysql", "sqlserver", "mongodb", "redis", "rediss", "amqp", "amqps", "mqtt", "mqtts":
		return true
	}
	return false
}

// clip keeps error texts short.
func clip(s string) string {
	const longest = 80
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
