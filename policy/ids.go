package policy

import (
	"slices"
	"strings"
)

// IsID reports an id of a member, role, safe, duty or runbook: [a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?, and none of the
// names that Windows keeps for devices (con, nul, com1 …), because ids become names of directories.
func IsID(id string) bool {
	if len(id) < 1 || len(id) > 32 || id[0] == '-' || id[len(id)-1] == '-' {
		return false
	}
	for _, b := range []byte(id) {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return !reserved(id)
}

// reserved names: learn.microsoft.com, "Naming Files, Paths, and Namespaces".
func reserved(id string) bool {
	switch id {
	case "con", "prn", "aux", "nul":
		return true
	}
	port := strings.HasPrefix(id, "com") || strings.HasPrefix(id, "lpt")
	return port && len(id) == 4 && id[3] >= '0' && id[3] <= '9'
}

// IsDevice reports a device id: 16 characters of lower-case base32.
func IsDevice(id string) bool {
	if len(id) != 16 {
		return false
	}
	for _, b := range []byte(id) {
		if (b < 'a' || b > 'z') && (b < '2' || b > '7') {
			return false
		}
	}
	return true
}

// IsHash reports 64 lower-case hex digits.
func IsHash(text string) bool {
	if len(text) != 64 {
		return false
	}
	for _, b := range []byte(text) {
		if (b < '0' || b > '9') && (b < 'a' || b > 'f') {
			return false
		}
	}
	return true
}

func isLang(text string) bool {
	return len(text) == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' && text[1] <= 'z'
}

// fold makes titles comparable.
func fold(text string) string { return strings.ToLower(strings.ToUpper(text)) }

func contains(list []string, one string) bool { return slices.Contains(list, one) }
