package store

import (
	"strconv"
	"strings"
)

// MaxNumber is the highest version, policy number, generation and segment.
const MaxNumber = 999_999

// Lengths of the ids in names, in characters of lower-case base32.
const (
	deviceLength = 16
	runLength    = 16
	entryLength  = 26
	idLength     = 32 // at most, of a safe or a runbook
	dealLength   = 64 // at most
)

// ParseName takes the name of a file in a vault apart. It accepts exactly the
// forms of docs/format.md, section 2, in their one spelling; tmp/ is none of
// them. A tilde and 8 hex digits may follow where the form is written once.
func ParseName(name string) (Name, bool) {
	parts, err := split(name)
	if err != nil {
		return Name{}, false
	}
	last := len(parts) - 1
	base, newcomer, beside := strings.Cut(parts[last], "~")
	parts[last] = base
	n, ok := parseForm(parts)
	if !ok || beside && !n.Form.Once() {
		return Name{}, false
	}
	n.Newcomer = newcomer
	return n, true
}

func parseForm(parts []string) (Name, bool) {
	if len(parts) == 1 {
		return parseTop(parts[0])
	}
	if parts[0] == "quorum" {
		return parseQuorum(parts[1:])
	}
	base := parts[len(parts)-1]
	stem, extension, _ := strings.Cut(base, ".")
	switch dir := parts[1 : len(parts)-1]; len(dir) {
	case 0:
		return parseFlat(parts[0], stem, extension)
	case 1:
		if parts[0] == "logs" {
			return parseChain(Name{Device: dir[0]}, base, FormLogLines)
		}
		return parseNested(parts[0], dir[0], stem, extension)
	case 2:
		if parts[0] == "runs" && isBase32(dir[0], runLength) {
			return parseChain(Name{Run: dir[0], Device: dir[1]}, base, FormRunLines)
		}
	}
	return Name{}, false
}

func parseTop(base string) (Name, bool) {
	switch base {
	case MarkerName:
		return Name{Form: FormMarker}, true
	case AttributesName:
		return Name{Form: FormAttributes}, true
	}
	return Name{}, false
}

// parseFlat parses policy/<stem>.<extension> and devices/<stem>.<extension>.
func parseFlat(top, stem, extension string) (n Name, ok bool) {
	f := strings.Split(stem, "-")
	switch {
	case top == "devices" && extension == "device" && len(f) == 1:
		n = Name{Form: FormDevice, Device: f[0]}
		return n, isDevice(n.Device)
	case top == "policy" && extension == "yaml" && len(f) == 2:
		n = Name{Form: FormPolicy, Number: six(f[0]), Hash: f[1]}
		return n, n.numbered()
	case top == "policy" && extension == "sign" && len(f) == 3:
		n = Name{Form: FormSign, Number: six(f[0]), Hash: f[1], Device: f[2]}
		return n, n.numbered() && isDevice(n.Device)
	}
	return Name{}, false
}

// numbered reports whether the name has a number and a hash.
func (n Name) numbered() bool { return n.Number > 0 && isHex(n.Hash, 16) }

// parseNested parses <top>/<dir>/<stem>.<extension>.
func parseNested(top, dir, stem, extension string) (n Name, ok bool) {
	f := strings.Split(stem, "-")
	switch {
	case top == "safes" && extension == "recipient" && len(f) == 2:
		n = Name{Form: FormRecipient, Safe: dir, Number: plainNumber(f[0]), Hash: f[1]}
		return n, isSafe(dir) && n.numbered()
	case top == "keys" && extension == "keys" && len(f) == 2:
		n = Name{Form: FormKeys, Device: dir, Number: six(f[0]), Hash: f[1]}
		return n, isDevice(dir) && n.numbered()
	case top == "entries" && extension == "entry" && len(f) == 3:
		n = Name{Form: FormEntry, ID: f[0], Number: six(f[1]), Device: f[2]}
		return n, isBase32(n.ID, entryLength) && n.ID[:2] == dir && n.Number > 0 && isDevice(n.Device)
	case top == "acts" && extension == "act" && len(f) == 2:
		n = Name{Form: FormAct, Month: dir, Hash: f[0], Device: f[1]}
		return n, isMonth(dir) && isHex(n.Hash, 16) && isDevice(n.Device)
	case top == "packets" && extension == "packet" && len(f) == 1:
		n = Name{Form: FormPacket, Act: dir, Hash: f[0]}
		return n, isHex(dir, 16) && isHex(n.Hash, 16)
	case top == "runbooks":
		return parseRunbook(dir, f, extension)
	}
	return Name{}, false
}

func parseRunbook(slug string, f []string, extension string) (n Name, ok bool) {
	if !isID(slug) || len(f) < 2 {
		return Name{}, false
	}
	n = Name{Slug: slug, Number: six(f[0]), Device: f[1]}
	switch {
	case extension == "md" && len(f) == 2:
		n.Form = FormText
	case extension == "publish" && len(f) == 3:
		n.Form, n.Signer = FormPublish, f[2]
	case extension == "approve" && len(f) == 3:
		n.Form, n.Signer = FormApprove, f[2]
	default:
		return Name{}, false
	}
	return n, n.Number > 0 && isDevice(n.Device) && (n.Form == FormText || isDevice(n.Signer))
}

// parseChain parses the files of a log or a journal; lines is the form of its
// segments, which those of their keys and of the head follow.
func parseChain(n Name, base string, lines Form) (Name, bool) {
	if !isDevice(n.Device) {
		return Name{}, false
	}
	if base == "head" {
		n.Form = lines + 2
		return n, true
	}
	stem, extension, _ := strings.Cut(base, ".")
	switch extension {
	case "jsonl":
		n.Form = lines
	case "key":
		n.Form = lines + 1
	default:
		return Name{}, false
	}
	n.Number = six(stem)
	return n, n.Number > 0
}

func parseQuorum(parts []string) (Name, bool) {
	if len(parts) < 3 || len(parts) > 4 || !isSafe(parts[0]) {
		return Name{}, false
	}
	n := Name{Form: FormQuorum, Safe: parts[0], Deal: parts[1], Rest: strings.Join(parts[2:], "/")}
	return n, len(n.Deal) <= dealLength && isWord(n.Deal)
}

// six returns the number that exactly six digits spell; 0 is none.
func six(s string) uint64 {
	if len(s) != 6 || !isDigits(s) {
		return 0
	}
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}

// plainNumber returns the number from 1 to MaxNumber without leading zeros
// that s spells; 0 is none.
func plainNumber(s string) uint64 {
	if len(s) == 0 || len(s) > 6 || s[0] == '0' || !isDigits(s) {
		return 0
	}
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}

func isMonth(s string) bool {
	return len(s) == 6 && isDigits(s) && s[4:] >= "01" && s[4:] <= "12"
}

func isDevice(s string) bool { return isBase32(s, deviceLength) }

func isSafe(s string) bool { return s == "@catalogue" || s == "@audit" || isID(s) }

// isID reports whether s can be the id of a safe or a runbook.
func isID(s string) bool { return len(s) <= idLength && isWord(s) }

// isWord: letters, digits and inner hyphens.
func isWord(s string) bool {
	for i := range len(s) {
		inner := s[i] == '-' && i > 0 && i < len(s)-1
		if !inner && !('a' <= s[i] && s[i] <= 'z') && !('0' <= s[i] && s[i] <= '9') {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isBase32 reports whether s is n characters of lower-case base32 (RFC 4648).
func isBase32(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if !('a' <= s[i] && s[i] <= 'z' || '2' <= s[i] && s[i] <= '7') {
			return false
		}
	}
	return true
}
