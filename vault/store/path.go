package store

import "strings"

// Limits of names.
const (
	maxComponent = 120 // bytes of one component, as docs/format.md says
	maxDepth     = 8   // components; the deepest form has 4
)

// split takes a name apart. The name must be one that a vault can have on
// every platform: what it may not hold here it may not hold anywhere.
func split(name string) ([]string, error) {
	parts := strings.Split(name, "/")
	if len(parts) > maxDepth {
		return nil, &UnsafeError{Name: name, Why: "too many directories"}
	}
	for _, p := range parts {
		if why := badComponent(p); why != "" {
			return nil, &UnsafeError{Name: name, Why: why}
		}
	}
	return parts, nil
}

// splitFile takes a name apart into its directories and the last component.
func splitFile(name string) (dirs []string, base string, err error) {
	parts, err := split(name)
	if err != nil {
		return nil, "", err
	}
	return parts[:len(parts)-1], parts[len(parts)-1], nil
}

// badComponent says what is wrong with a component, or nothing.
func badComponent(c string) string {
	switch {
	case c == "":
		return "empty component"
	case len(c) > maxComponent:
		return "name too long"
	case c == "." || c == "..":
		return "component that leads elsewhere"
	case strings.HasSuffix(c, "."):
		return "dot at the end of a name"
	}
	for i := range len(c) {
		if !plain(c[i]) {
			return "character that names of a vault do not have"
		}
	}
	// On Windows entries~1 may be another name of a longer one; a tilde is
	// there for the newcomer of an equivocation alone.
	if at := strings.IndexByte(c, '~'); at >= 0 && !isHex(c[at+1:], 8) {
		return "tilde without a hash behind it"
	}
	if deviceOfWindows(c) {
		return "name of a device on Windows"
	}
	return ""
}

func plain(b byte) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || strings.IndexByte("-._@~", b) >= 0
}

// deviceOfWindows reports whether Windows takes the name for a device,
// whatever extension follows. Source: "Naming Files, Paths, and Namespaces",
// Microsoft Learn.
func deviceOfWindows(c string) bool {
	stem, _, _ := strings.Cut(c, ".")
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	if len(stem) != 4 || stem[3] < '0' || stem[3] > '9' {
		return false
	}
	return stem[:3] == "com" || stem[:3] == "lpt"
}

// isHex reports whether s is exactly n lower-case hex digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if !('0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f') {
			return false
		}
	}
	return true
}
