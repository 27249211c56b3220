package runbooks

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The forms of names and of the small pieces of grammar.
var (
	slugForm  = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`) // docs/format.md, section 3
	idForm    = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)
	langForm  = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$`)
	hexForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	inputName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
	inputForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*)=(_{2,})$`)
	inputUse  = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}`)
	phoneForm = regexp.MustCompile(`^[+*#0-9][0-9*#() .-]{0,30}$`)
	headingID = regexp.MustCompile(`\s*\{#([^}]*)\}\s*$`)
	stepTitle = regexp.MustCompile(`^(\d{1,4})\.\s+(.+)$`)
	fileForm  = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)
)

func isSlug(s string) bool         { return slugForm.MatchString(s) }
func isDigest(s string) bool       { return hexForm.MatchString(s) }
func isPaperSecrets(s string) bool { return s == "none" || s == "sealed" }

func isOwner(s string) bool {
	kind, name, _ := strings.Cut(s, ":")
	return (kind == "duty" || kind == "member") && isSlug(name)
}

// isLine accepts a text of a line or a few, safe to show, of at most 1,000 characters.
func isLine(s string) bool {
	_, _, bad := unsafeRune(s)
	return !bad && strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= 1000
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
