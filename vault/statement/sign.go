package statement

import (
	"slices"
	"strings"
)

// MaxRelies is the most `relies` lines of a policy signature.
const MaxRelies = 32

// A PolicySignature (TypeSign) is a governor's signature of a policy version.
type PolicySignature struct {
	Common
	Document PolicyRef // the version that is signed
	Relies   []Hash    // signatures of the parent version relied on, written in ascending order
	Closed   []Closed  // one per device that loses a right, written in ascending order
}

// Closed says where the signer saw the log of a device that loses a right,
// less the lines whose statements the signer did not hold.
type Closed struct {
	Device string
	Seq    uint64  // 0: the signer saw no line of it
	Line   Hash    // of that line with its LF; for Seq 0 of the log's genesis text
	Less   []Range // ascending, with gaps between them, none above Seq
}

var signRules = withCommon(
	one("document", checked(parsePolicyRef)),
	many("relies", 0, MaxRelies, checked(ParseHash)),
	many("closed", 0, MaxClosed, checked(parseClosed)),
)

// Header returns the header of the signature, its lists in ascending order.
func (s PolicySignature) Header() (Header, error) {
	f := append(s.Common.fields(), Field{"document", s.Document.String()})
	f = hashLines(f, "relies", slices.SortedFunc(slices.Values(s.Relies), compareHash))
	for _, c := range slices.SortedFunc(slices.Values(s.Closed), compareClosed) {
		f = append(f, Field{"closed", c.String()})
	}
	return built(TypeSign, f)
}

// ParseSign reads a header of TypeSign.
func ParseSign(h Header) (PolicySignature, error) { return parsed(h, decodeSign, TypeSign) }

func decodeSign(h Header) (PolicySignature, error) {
	c := &cursor{h.Fields}
	s := PolicySignature{Common: decodeCommon(c)}
	s.Document, _ = parsePolicyRef(c.maybe("document"))
	s.Relies = parseAll(c.many("relies"), ParseHash)
	s.Closed = parseAll(c.many("closed"), parseClosed)
	if s.Document.Number == 1 && (s.Policy != s.Document || s.Vault != s.Document.Hash) {
		return s, malformed("a signature of version 1 names that version as `policy`, and its hash as `vault`")
	}
	if err := ascending("relies", s.Relies, compareHash); err != nil {
		return s, err
	}
	return s, ascending("closed", s.Closed, compareClosed)
}

// String returns the value of a `closed` line.
func (c Closed) String() string {
	s := c.Device + " " + formatNumber(c.Seq) + " " + c.Line.String()
	if len(c.Less) > 0 {
		s += " less " + formatRanges(c.Less)
	}
	return s
}

func compareClosed(a, b Closed) int { return strings.Compare(a.Device, b.Device) }

func parseClosed(s string) (Closed, error) {
	device, rest, _ := strings.Cut(s, " ")
	if err := parseDevice(device); err != nil {
		return Closed{}, err
	}
	seq, rest, _ := strings.Cut(rest, " ")
	n, err := parseNumber(seq, 0, maxCount)
	if err != nil {
		return Closed{}, err
	}
	line, less, found := strings.Cut(rest, " less ")
	h, err := ParseHash(line)
	if err != nil || !found {
		return Closed{Device: device, Seq: n, Line: h}, err
	}
	ranges, err := parseRanges(less, n)
	return Closed{device, n, h, ranges}, err
}
