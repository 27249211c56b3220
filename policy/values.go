package policy

import (
	"fmt"
	"strconv"
	"time"

	"opsvault/policy/strictyaml"
)

// A Title is a text in one language that nobody named (under the key ""), or in several (under "en", "ru" …).
type Title map[string]string

// Plain is a title without a language.
func Plain(text string) Title { return Title{"": text} }

// In returns the title in a language, else without language, else in English, else any, else "".
func (t Title) In(lang string) string {
	for _, key := range []string{lang, "", "en", "ru"} {
		if text, ok := t[key]; ok {
			return text
		}
	}
	for _, key := range sorted(t) {
		return t[key]
	}
	return ""
}

// UnmarshalYAML reads a text, or a map of texts by language.
func (t *Title) UnmarshalYAML(n *strictyaml.Node) error {
	if n.Kind == strictyaml.KindMap {
		return n.Decode((*map[string]string)(t))
	}
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	if *t = nil; text != "" {
		*t = Plain(text)
	}
	return nil
}

// MarshalYAML writes a text where there is no language.
func (t Title) MarshalYAML() (any, error) {
	if text, ok := t[""]; ok && len(t) == 1 {
		return text, nil
	}
	return map[string]string(t), nil
}

// A Span is a length of time as people write it: a number and m, h, d (24 hours) or w.
type Span time.Duration

const (
	day     = 24 * time.Hour
	maxSpan = 10 * 366 * day
)

// ParseSpan reads "30m", "8h", "14d", "2w" or "0"; at most ten years.
func ParseSpan(text string) (Span, error) {
	if text == "0" {
		return 0, nil
	}
	bad := fmt.Errorf("%q is no span of time: write 30m, 8h, 14d or 2w (at most ten years)", text)
	if len(text) < 2 || len(text) > 8 {
		return 0, bad
	}
	last := len(text) - 1
	unit, ok := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day}[text[last]]
	count, err := strconv.ParseUint(text[:last], 10, 32)
	if !ok || err != nil || text[:last] != strconv.FormatUint(count, 10) || time.Duration(count) > maxSpan/unit {
		return 0, bad
	}
	return Span(time.Duration(count) * unit), nil
}

// Duration is the span with days of 24 hours.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String is the shortest exact form: "14d", "36h", "90m".
func (s Span) String() string {
	switch d := time.Duration(s); {
	case d == 0:
		return "0"
	case d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	default:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	}
}

// MarshalText writes String.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what ParseSpan reads.
func (s *Span) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSpan(string(text))
	return err
}
