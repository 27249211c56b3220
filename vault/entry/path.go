package entry

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of a path.
const (
	MaxPath     = 255 // bytes in NFC
	MaxSegments = 8
	maxMarks    = 8  // combining marks in a row, decomposed; real scripts need up to five
	maxSafe     = 32 // bytes of a safe's id
)

// Path names an entry: a safe and one to seven names below it. The zero Path
// names nothing. Compare paths with Same: == also compares the spelling.
type Path struct {
	text   string // NFC, the safe in lower case
	folded string
}

// ParsePath reads a path as a person types it. The result is in NFC, whatever
// the keyboard sent, and its safe is in lower case; the case of the names is kept
// but does not count. It returns a *PathError.
func ParsePath(s string) (Path, error) {
	whole := func(why Reason) (Path, error) { return Path{}, &PathError{Segment: s, Index: -1, Why: why} }
	if len(s) > 4*MaxPath { // decomposed text is at most three times as long
		s = s[:MaxPath]
		return whole(TooLong)
	}
	if !utf8.ValidString(s) {
		return whole(NotUTF8)
	}
	segments := strings.Split(s, "/")
	for i, segment := range segments {
		segment, why, char := parseSegment(segment)
		if i == 0 && why == "" {
			segment, why = parseSafe(segment)
		}
		if why != "" {
			return Path{}, &PathError{Segment: segments[i], Index: i, Why: why, Char: char}
		}
		segments[i] = segment
	}
	text := strings.Join(segments, "/")
	switch {
	case len(text) > MaxPath:
		return whole(TooLong)
	case len(segments) < 2:
		return whole(TooFew)
	case len(segments) > MaxSegments:
		return whole(TooMany)
	}
	return Path{text: text, folded: fold(text)}, nil
}

// ParseRef reads PATH#FIELD, the way scripts and runbooks name one value.
func ParseRef(s string) (Path, string, error) {
	path, field, found := strings.Cut(s, "#")
	p, err := ParsePath(path)
	if err != nil {
		return Path{}, "", err
	}
	if !found {
		return Path{}, "", &TextError{Key: "field", Why: Absent}
	}
	field, err = FieldName(field)
	return p, field, err
}

// String gives the path as it is shown and stored.
func (p Path) String() string { return p.text }

// Safe gives the first segment, the id of a safe.
func (p Path) Safe() string {
	safe, _, _ := strings.Cut(p.text, "/")
	return safe
}

// Name gives the last segment.
func (p Path) Name() string { return p.text[strings.LastIndexByte(p.text, '/')+1:] }

// Folded gives the form that is compared: NFC(fold(NFD(path))), full case folding.
func (p Path) Folded() string { return p.folded }

// Same reports whether both name one entry.
func (p Path) Same(q Path) bool { return p.folded == q.folded }

// IsZero reports whether p names nothing.
func (p Path) IsZero() bool { return p.text == "" }

func fold(s string) string {
	s = strings.Map(smallCherokee, norm.NFD.String(s))
	return norm.NFC.String(cases.Fold().String(s))
}

// smallCherokee gives the small letter of a Cherokee capital. Unicode folds these
// letters to capitals, the only ones; cases.Fold turns small ones into capitals
// and capitals into small ones (x/text v0.43.0), so all must come to it small.
func smallCherokee(r rune) rune {
	switch {
	case 0x13A0 <= r && r <= 0x13EF:
		return r - 0x13A0 + 0xAB70
	case 0x13F0 <= r && r <= 0x13F5:
		return r - 0x13F0 + 0x13F8
	}
	return r
}

// parseSegment returns the segment in NFC, or why it is refused.
func parseSegment(s string) (string, Reason, rune) {
	if why := checkMarks(s); why != "" {
		return "", why, 0
	}
	s = norm.NFC.String(s)
	for _, r := range s {
		if why := unseen(r); why != "" {
			return "", why, r
		}
		if !isNameRune(r) && !strings.ContainsRune("@+()", r) {
			return "", Character, r
		}
	}
	switch {
	case s == "":
		return "", Empty, 0
	case s == "." || s == "..":
		return "", Dots, 0
	case s[0] == ' ' || s[len(s)-1] == ' ':
		return "", OuterSpace, 0
	}
	return s, "", 0
}

// isNameRune holds for what names of entries and of fields are made of.
func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.Nd, r) || strings.ContainsRune(" ._-", r)
}

// checkMarks refuses a combining mark that would join what stands before the
// name, and towers of them. (norm would break such a tower with an invisible
// character, see UAX #15, stream-safe text.)
func checkMarks(s string) Reason {
	run, first := 0, true
	for _, r := range norm.NFD.String(s) {
		if !unicode.IsMark(r) {
			run, first = 0, false
			continue
		}
		if run++; first || run > maxMarks {
			return Marks
		}
	}
	return ""
}

// parseSafe checks a safe's id: [a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?, typed in any case.
func parseSafe(s string) (string, Reason) {
	if !isID(lowerASCII(s)) {
		return "", NotASafe
	}
	return lowerASCII(s), ""
}

// isID holds for ids of safes, members and kinds.
func isID(s string) bool {
	if s == "" || len(s) > maxSafe || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// lowerASCII leaves other letters alone: strings.ToLower would make an i of the Turkish İ.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
