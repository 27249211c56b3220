package statement

import (
	"strings"
	"time"
)

// A Head fixes how far a device's log goes (TypeHead), or its journal of a run
// (TypeRun).
type Head struct {
	Vault   Hash
	Device  string
	Run     string // run id; empty for the head of a log
	Size    uint64 // lines, from 1
	Last    Hash   // of the last line with its LF
	Segment uint64 // number of the segment that holds the last line, 1 to 999,999
	Length  uint64 // bytes of that segment up to and with the last line, from 1
	Time    time.Time
}

var (
	headRules = []rule{
		one("vault", checked(ParseHash)),
		one("device", parseDevice),
		one("size", numberTo(maxCount)),
		one("last", checked(ParseHash)),
		one("segment", checked(parseSegment)),
		one("time", checked(parseTime)),
	}
	runRules = append(append(headRules[:2:2],
		one("run", func(s string) error { return parseID(s, 16) })),
		headRules[2:]...)
)

// Header returns the header of the head: TypeRun if Run is set, else TypeHead.
func (h Head) Header() (Header, error) {
	f := make([]Field, 0, 7)
	f = append(f, Field{"vault", h.Vault.String()}, Field{"device", h.Device})
	kind := TypeHead
	if h.Run != "" {
		kind = TypeRun
		f = append(f, Field{"run", h.Run})
	}
	return built(kind, append(f,
		Field{"size", formatNumber(h.Size)},
		Field{"last", h.Last.String()},
		Field{"segment", formatNumber(h.Segment) + " " + formatNumber(h.Length)},
		Field{"time", formatTime(h.Time)},
	))
}

// ParseHead reads a header of TypeHead or TypeRun.
func ParseHead(h Header) (Head, error) { return parsed(h, decodeHead, TypeHead, TypeRun) }

func decodeHead(h Header) (Head, error) {
	c := &cursor{h.Fields}
	head := Head{
		Vault:  hash(c.maybe("vault")),
		Device: c.maybe("device"),
		Run:    c.maybe("run"),
		Size:   number(c.maybe("size")),
		Last:   hash(c.maybe("last")),
	}
	segment, _ := parseSegment(c.maybe("segment"))
	head.Segment, head.Length = segment[0], segment[1]
	head.Time, _ = parseTime(c.maybe("time"))
	return head, nil
}

// parseSegment reads the number of a segment, a space, its length in bytes.
func parseSegment(s string) ([2]uint64, error) {
	segment, length, _ := strings.Cut(s, " ")
	n, err := parseNumber(segment, 1, maxNumber)
	if err != nil {
		return [2]uint64{}, err
	}
	bytes, err := parseNumber(length, 1, maxCount)
	return [2]uint64{n, bytes}, err
}
