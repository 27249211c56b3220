package runbooks

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The forms of names and of the small pieces of grammar.
var (
	slugForm  = lazily(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`) // docs/format.md, section 3
	idForm    = lazily(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)
	langForm  = lazily(`^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$`)
	hexForm   = lazily(`^[0-9a-f]{64}$`)
	inputName = lazily(`^[a-z][a-z0-9_]{0,30}$`)
	inputForm = lazily(`^([A-Za-z][A-Za-z0-9_-]*)=(_{2,})$`)
	inputUse  = lazily(`\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}`)
	phoneForm = lazily(`^[+*#0-9][0-9*#() .-]{0,30}$`)
	headingID = lazily(`\s*\{#([^}]*)\}\s*$`)
	stepTitle = lazily(`^(\d{1,4})\.\s+(.+)$`)
	fileForm  = lazily(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)
)

func isSlug(s string) bool         { return slugForm().MatchString(s) }
func isDigest(s string) bool       { return hexForm().MatchString(s) }
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
