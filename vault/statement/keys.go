package statement

import (
	"cmp"
	"slices"
	"strings"
)

// MaxHolds is the most `holds` lines of a bundle.
const MaxHolds = 40

// Keys is the header of a bundle: safe keys, sealed to one device.
type Keys struct {
	Common
	To     string    // device id of the receiver
	Holds  []Holding // 1 to MaxHolds, written in ascending order
	Sealed Hash      // SHA-256 of the binary age file
}

// A Holding is a run of generations of one safe's key, both ends included. A
// safe with gaps has several, which neither touch nor overlap.
type Holding struct {
	Safe        string
	First, Last uint64
}

var keysRules = withCommon(
	one("to", parseDevice),
	many("holds", 1, MaxHolds, checked(parseHolding)),
	one("sealed", checked(parseSealed)),
)

// Header returns the header of the bundle, its holdings in ascending order.
func (k Keys) Header() (Header, error) {
	f := append(k.Common.fields(), Field{"to", k.To})
	for _, h := range slices.SortedFunc(slices.Values(k.Holds), compareHolding) {
		f = append(f, Field{"holds", h.String()})
	}
	f = append(f, sealedLine("keys", k.To, Part{Hash: k.Sealed}))
	return built(TypeKeys, f)
}

// ParseKeys reads a header of TypeKeys.
func ParseKeys(h Header) (Keys, error) { return parsed(h, decodeKeys, TypeKeys) }

func decodeKeys(h Header) (Keys, error) {
	c := &cursor{h.Fields}
	k := Keys{
		Common: decodeCommon(c),
		To:     c.maybe("to"),
		Holds:  parseAll(c.many("holds"), parseHolding),
	}
	s, _ := parseSealed(c.maybe("sealed"))
	k.Sealed = s.Hash
	if s.part != "keys" || s.to != k.To || s.Generation != 0 {
		return k, malformed("want the line `sealed keys %s 0` and a hash", k.To)
	}
	for i := 1; i < len(k.Holds); i++ {
		a, b := k.Holds[i-1], k.Holds[i]
		if compareHolding(a, b) >= 0 || a.Safe == b.Safe && b.First <= a.Last+1 {
			return k, malformed("want `holds` lines that ascend, a safe's with gaps between them")
		}
	}
	return k, nil
}

// String returns the value of a `holds` line.
func (h Holding) String() string {
	return h.Safe + " " + formatNumber(h.First) + "-" + formatNumber(h.Last)
}

func compareHolding(a, b Holding) int {
	return cmp.Or(strings.Compare(a.Safe, b.Safe), cmp.Compare(a.First, b.First))
}

func parseHolding(s string) (Holding, error) {
	safe, span, _ := strings.Cut(s, " ")
	if err := parseSafe(safe); err != nil {
		return Holding{}, err
	}
	first, last, _ := strings.Cut(span, "-")
	a, err := parseNumber(first, 1, maxNumber)
	if err != nil {
		return Holding{}, err
	}
	b, err := parseNumber(last, 1, maxNumber)
	if err == nil && b < a {
		err = malformed("want the first and the last generation, as 1-7")
	}
	return Holding{safe, a, b}, err
}
