package entry

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reason says why a text was refused. The values are stable: callers translate them.
type Reason string

const (
	Empty      Reason = "empty"           // nothing between two slashes, or no text at all
	NotUTF8    Reason = "not UTF-8"       //
	TooLong    Reason = "too long"        // MaxPath bytes, or the limit of that text
	TooFew     Reason = "too few parts"   // a path needs a safe and a name
	TooMany    Reason = "too many parts"  // MaxSegments of a path, or the limit of a list
	NotASafe   Reason = "not a safe's id" // the first segment of a path
	Dots       Reason = "only dots"       // the segments "." and ".."
	OuterSpace Reason = "space at an end" //
	Control    Reason = "a control character"
	Bidi       Reason = "a character that changes the direction of text"
	Invisible  Reason = "an invisible character"
	Marks      Reason = "a combining mark at the start, or too many in a row"
	Character  Reason = "a character that is not allowed"
	Malformed  Reason = "malformed"
	Scheme     Reason = "a scheme that is not allowed" // of a URL
	HasSecret  Reason = "a password inside"            // of a URL: a card is no place for it
	Twice      Reason = "given twice"
	Absent     Reason = "missing"
	Mismatch   Reason = "not what it was bound to"
)

// PathError says which segment of a path was refused and why.
type PathError struct {
	Segment string // as typed; the whole path where no single segment is at fault
	Index   int    // of the segment, from 0; -1 for the whole path
	Why     Reason
	Char    rune // the character at fault, 0 where there is none
}

func (e *PathError) Error() string {
	what := "path"
	if e.Index >= 0 {
		what = fmt.Sprintf("path: segment %d", e.Index+1)
	}
	return what + " " + describe(e.Segment, e.Why, e.Char)
}

// TextError says which line of a card, secret or draft was refused and why.
type TextError struct {
	Key  string // "title", "url", "tags" …, "field" for the name of a field
	Text string // what was refused; never a secret value
	Why  Reason
	Char rune
}

func (e *TextError) Error() string { return e.Key + " " + describe(e.Text, e.Why, e.Char) }

func describe(text string, why Reason, char rune) string {
	if char != 0 {
		return fmt.Sprintf("%s: %s (U+%04X)", quote(text), why, char)
	}
	return fmt.Sprintf("%s: %s", quote(text), why)
}

// quote shows what %q would let through unseen: variation selectors and fillers
// count as marks and letters there.
func quote(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if one := text[:size]; unseen(r) == "" {
			one = strconv.Quote(one)
			b.WriteString(one[1 : len(one)-1])
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		text = text[size:]
	}
	return `"` + b.String() + `"`
}

// unseen tells the characters that act on a terminal or on the eye without being
// seen. It returns "" for every other one.
func unseen(r rune) Reason {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return Control
	case unicode.Is(unicode.Bidi_Control, r):
		return Bidi
	case unicode.Is(unicode.Cf, r),
		unicode.Is(unicode.Variation_Selector, r),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return Invisible
	}
	return ""
}
