package statement

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// The values that headers hold. Each parser accepts one spelling only, so that
// what was parsed can be written again as the same bytes.

const (
	maxNumber  = 999_999             // entry, policy and segment numbers, generations
	maxCount   = 999_999_999_999_999 // sequence numbers, sizes: 15 digits, exact in a float64 too
	timeLayout = "2006-01-02T15:04:05Z"
)

// A Range is a run of whole numbers, both ends included.
type Range struct{ First, Last uint64 }

// parseNumber reads a decimal number without leading zeros, at most limit.
func parseNumber(s string, least, limit uint64) (uint64, error) {
	if len(s) > 15 || s == "" || (s[0] == '0' && s != "0") {
		return 0, malformed("want a number of 1 to 15 digits without leading zeros")
	}
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, malformed("want a number of decimal digits")
		}
		n = n*10 + uint64(s[i]-'0')
	}
	if n < least || n > limit {
		return 0, malformed("want a number from %d to %d", least, limit)
	}
	return n, nil
}

func formatNumber(n uint64) string { return strconv.FormatUint(n, 10) }

// parseSlug checks the names of members, safes, acting entries and runbooks.
func parseSlug(s string) error {
	if len(s) == 0 || len(s) > 32 || s[0] == '-' || s[len(s)-1] == '-' {
		return malformed("want a name of 1 to 32 of a-z, 0-9 and inner hyphens")
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return malformed("want a name of 1 to 32 of a-z, 0-9 and inner hyphens")
		}
	}
	return nil
}

// parseSafe checks the id of a safe, the built-in ones included.
func parseSafe(s string) error {
	if s == "@catalogue" || s == "@audit" {
		return nil
	}
	return parseSlug(s)
}

// parseID checks an id of n characters of lower-case base32 (RFC 4648).
func parseID(s string, n int) error {
	if len(s) != n {
		return malformed("want an id of %d characters", n)
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return malformed("want an id of a-z and 2-7")
		}
	}
	return nil
}

func parseDevice(s string) error { return parseID(s, 16) }

// parseTime reads whole seconds of UTC, from 1970 to 9999.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Format(timeLayout) != s || t.Year() < 1970 {
		return time.Time{}, malformed("want a time like 2026-11-21T10:00:00Z")
	}
	return t, nil
}

// formatTime writes t in UTC and drops what is less than a second.
func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// parsePair reads a number, a space and a hash.
func parsePair(s string) (uint64, Hash, error) {
	number, hash, _ := strings.Cut(s, " ")
	n, err := parseNumber(number, 1, maxNumber)
	if err != nil {
		return 0, Hash{}, err
	}
	h, err := ParseHash(hash)
	return n, h, err
}

// parseRange reads "7" or "4-6"; a range of one number has no hyphen.
func parseRange(s string, limit uint64) (Range, error) {
	first, last, ok := strings.Cut(s, "-")
	a, err := parseNumber(first, 1, limit)
	if err != nil || !ok {
		return Range{a, a}, err
	}
	b, err := parseNumber(last, 1, limit)
	if err == nil && b <= a {
		err = malformed("want a range like 4-6, or one number")
	}
	return Range{a, b}, err
}

func (r Range) String() string {
	if r.First == r.Last {
		return formatNumber(r.First)
	}
	return formatNumber(r.First) + "-" + formatNumber(r.Last)
}

// parseRanges reads ranges that are joined with commas, ascend, and neither
// touch nor overlap.
func parseRanges(s string, limit uint64) ([]Range, error) {
	list := make([]Range, 0, strings.Count(s, ",")+1)
	for word := range strings.SplitSeq(s, ",") {
		r, err := parseRange(word, limit)
		if err != nil {
			return nil, err
		}
		if n := len(list); n > 0 && r.First <= list[n-1].Last+1 {
			return nil, malformed("want ranges that ascend and leave gaps")
		}
		list = append(list, r)
	}
	return list, nil
}

func formatRanges(list []Range) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String()
	}
	return strings.Join(words, ",")
}

// ascending reports the first index at which list does not strictly ascend
// in the order of less, as an error about lines of key.
func ascending[T any](key string, list []T, compare func(a, b T) int) error {
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			return malformed("want `%s` lines in ascending order, each once", key)
		}
	}
	return nil
}

func compareHash(a, b Hash) int { return strings.Compare(string(a[:]), string(b[:])) }

func compareSeq(a, b Seq) int {
	return cmp.Or(strings.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq))
}
