package statement

import (
	"slices"
	"strings"
)

// The values of Entry.Op.
const (
	OpPut    = "put"
	OpDelete = "delete"
)

// Catalogue is the built-in safe to which every card is sealed.
const Catalogue = "@catalogue"

// Most lines of their kind in a header.
const (
	MaxPrev  = 16
	MaxSkips = 16
)

// An Entry is the header of one version of an entry.
type Entry struct {
	Common
	Op      string // OpPut or OpDelete
	Safe    string // safe id, never a built-in one
	ID      string // entry id, 26 characters
	Version uint64 // 1 to 999,999; 1 exactly when Prev is empty
	Prev    []Hash // parents, at most MaxPrev, written in ascending order
	Skips   []Seq  // announcements that nobody can show, at most MaxSkips, written in ascending order

	// Secret is the SHA-256 of the secret's plaintext; zero for OpDelete, as
	// is SealedSecret.
	Secret       Hash
	SealedCard   Part // to a generation of Catalogue
	SealedSecret Part // to a generation of Safe
}

// A Part is what a `sealed` line says about a sealed part of an entry.
type Part struct {
	Generation uint64 // of the safe's key, 1 to 999,999
	Hash       Hash   // SHA-256 of the binary age file
}

// A Seq names a line of a device's log.
type Seq struct {
	Device string
	Seq    uint64
}

var entryRules = withCommon(
	one("op", oneOf(OpPut, OpDelete)),
	one("safe", parseSlug),
	one("id", func(s string) error { return parseID(s, 26) }),
	one("version", numberTo(maxNumber)),
	many("prev", 0, MaxPrev, checked(ParseHash)),
	many("skips", 0, MaxSkips, checked(parseSeq)),
	maybe("secret", checked(ParseHash)),
	many("sealed", 1, 2, checked(parseSealedSafe)),
)

// Header returns the header of the entry, its lists in ascending order.
func (e Entry) Header() (Header, error) {
	f := append(e.Common.fields(),
		Field{"op", e.Op},
		Field{"safe", e.Safe},
		Field{"id", e.ID},
		Field{"version", formatNumber(e.Version)},
	)
	f = hashLines(f, "prev", slices.SortedFunc(slices.Values(e.Prev), compareHash))
	for _, s := range slices.SortedFunc(slices.Values(e.Skips), compareSeq) {
		f = append(f, Field{"skips", s.Device + " " + formatNumber(s.Seq)})
	}
	if !e.Secret.IsZero() {
		f = append(f, Field{"secret", e.Secret.String()})
	}
	f = append(f, sealedLine("card", Catalogue, e.SealedCard))
	if e.SealedSecret != (Part{}) {
		f = append(f, sealedLine("secret", e.Safe, e.SealedSecret))
	}
	return built(TypeEntry, f)
}

// ParseEntry reads a header of TypeEntry.
func ParseEntry(h Header) (Entry, error) { return parsed(h, decodeEntry, TypeEntry) }

func decodeEntry(h Header) (Entry, error) {
	c := &cursor{h.Fields}
	e := Entry{
		Common:  decodeCommon(c),
		Op:      c.maybe("op"),
		Safe:    c.maybe("safe"),
		ID:      c.maybe("id"),
		Version: number(c.maybe("version")),
		Prev:    parseAll(c.many("prev"), ParseHash),
		Skips:   parseAll(c.many("skips"), parseSeq),
		Secret:  hash(c.maybe("secret")),
	}
	return e, e.decodeSealed(parseAll(c.many("sealed"), parseSealed))
}

// decodeSealed takes the `sealed` lines and checks what depends on several
// lines at once.
func (e *Entry) decodeSealed(lines []sealed) error {
	want := []sealed{{part: "card", to: Catalogue}}
	if e.Op == OpPut {
		want = append(want, sealed{part: "secret", to: e.Safe})
	}
	if len(lines) != len(want) || e.Secret.IsZero() == (e.Op == OpPut) {
		return malformed("op %s goes with %d `sealed` lines, and a line `secret` only for put", e.Op, len(want))
	}
	for i, l := range lines {
		if l.part != want[i].part || l.to != want[i].to {
			return malformed("want the line `sealed %s %s` in place of `sealed %s %s`", want[i].part, want[i].to, l.part, l.to)
		}
	}
	e.SealedCard = lines[0].Part
	if len(lines) == 2 {
		e.SealedSecret = lines[1].Part
	}
	return e.checkParents()
}

// checkParents checks the lists of the entry.
func (e *Entry) checkParents() error {
	if err := checkPrev(e.Version, e.Prev); err != nil {
		return err
	}
	return ascending("skips", e.Skips, compareSeq)
}

// checkPrev holds the number of a version against its parents.
func checkPrev(version uint64, prev []Hash) error {
	if (version == 1) != (len(prev) == 0) {
		return malformed("version 1 has no `prev`, every later one has at least one")
	}
	return ascending("prev", prev, compareHash)
}

func parseSeq(s string) (Seq, error) {
	device, seq, _ := strings.Cut(s, " ")
	if err := parseDevice(device); err != nil {
		return Seq{}, err
	}
	n, err := parseNumber(seq, 1, maxCount)
	return Seq{device, n}, err
}

// sealed is the value of a `sealed` line: part, safe or device, Part.
type sealed struct {
	part, to string
	Part
}

func sealedLine(part, to string, p Part) Field {
	return Field{"sealed", part + " " + to + " " + formatNumber(p.Generation) + " " + p.Hash.String()}
}

// parseSealedSafe reads the value of a line about a part that is sealed to a
// safe: generations count from 1.
func parseSealedSafe(s string) (sealed, error) {
	line, err := parseSealed(s)
	if err == nil && line.Generation == 0 {
		err = malformed("want a generation from 1 to %d", maxNumber)
	}
	return line, err
}

func parseSealed(s string) (sealed, error) {
	part, rest, _ := strings.Cut(s, " ")
	to, rest, _ := strings.Cut(rest, " ")
	generation, sum, _ := strings.Cut(rest, " ")
	n, err := parseNumber(generation, 0, maxNumber)
	if err != nil {
		return sealed{}, err
	}
	h, err := ParseHash(sum)
	return sealed{part, to, Part{n, h}}, err
}
