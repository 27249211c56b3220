package statement

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An ActOp is what an act does.
type ActOp string

// The ops of format version 1.
const (
	OpRequest     ActOp = "request"
	OpApprove     ActOp = "approve"
	OpDeny        ActOp = "deny"
	OpGrant       ActOp = "grant"
	OpRevoke      ActOp = "revoke"
	OpInvite      ActOp = "invite"
	OpRotateDone  ActOp = "rotate-done"
	OpRotateWaive ActOp = "rotate-waive"
	OpKeysRefused ActOp = "keys-refused" // by the receiver of a bundle that does not hold what it says
)

// Limits of an act.
const (
	MaxEntries = 16                 // `entry` lines
	MaxSpan    = 366 * 24 * 60 * 60 // seconds of a `span`: a leap year
	MaxPlace   = 1000               // bytes of a `place`
)

// An Act is a small signed deed. By itself it never gives a key.
type Act struct {
	Common
	Op      ActOp
	About   Hash       // the act that approve, deny and revoke are about, the bundle of keys-refused; zero for the others
	Member  string     // grant, invite: for whom; rotate-done, rotate-waive: who knew it; else empty
	Entries []EntryRef // request, grant: 1 to MaxEntries; rotate-*: one; written in ascending order
	Span    uint64     // request, grant: seconds, 1 to MaxSpan
	Until   time.Time  // invite: UTC, whole seconds; else zero
	Place   string     // invite: where a copy of the vault is; may be empty

	// SealedNote is the part `note`, sealed to a generation of Catalogue; zero
	// for an act without one.
	SealedNote Part
}

// An EntryRef names an entry, or one version of it.
type EntryRef struct {
	Safe, ID string
	Version  uint64 // 0: none. request, grant: none; rotate-done: one; rotate-waive: either
}

// An actForm says which lines an op has: how many of each.
type actForm struct {
	about, member, until, place bool
	least, most                 int // `entry` lines
	span                        bool
	version, unversioned        bool // what an `entry` line may be
}

func formOf(op ActOp) (actForm, bool) {
	switch op {
	case OpRequest:
		return actForm{least: 1, most: MaxEntries, span: true, unversioned: true}, true
	case OpGrant:
		return actForm{member: true, least: 1, most: MaxEntries, span: true, unversioned: true}, true
	case OpApprove, OpDeny, OpRevoke, OpKeysRefused:
		return actForm{about: true}, true
	case OpInvite:
		return actForm{member: true, until: true, place: true}, true
	case OpRotateDone:
		return actForm{member: true, least: 1, most: 1, version: true}, true
	case OpRotateWaive:
		return actForm{member: true, least: 1, most: 1, version: true, unversioned: true}, true
	}
	return actForm{}, false
}

// rules are the lines that the op fixes.
func (f actForm) rules() []rule {
	list := []rule{one("op", func(string) error { return nil })}
	add := func(want bool, r rule) {
		if want {
			list = append(list, r)
		}
	}
	add(f.about, one("about", checked(ParseHash)))
	add(f.member, one("member", parseSlug))
	add(f.most > 0, many("entry", f.least, f.most, f.checkEntry))
	add(f.span, one("span", numberTo(MaxSpan)))
	add(f.until, one("until", checked(parseTime)))
	add(f.place, maybe("place", parsePlace))
	return withCommon(append(list, maybe("sealed", checked(parseSealedSafe)))...)
}

func (f actForm) checkEntry(s string) error {
	ref, err := parseEntryRef(s)
	switch {
	case err != nil:
		return err
	case ref.Version == 0 && !f.unversioned:
		return malformed("want a safe, an id and a version")
	case ref.Version > 0 && !f.version:
		return malformed("want a safe and an id, no version")
	}
	return nil
}

// actGrammar is the grammar of an act, by its op. An unknown op has none.
func actGrammar(h Header) (grammar, bool) {
	op, _ := h.Get("op")
	form, known := formOf(ActOp(op))
	if !known {
		return grammar{}, false
	}
	return grammar{form.rules(), whole(decodeAct)}, true
}

// Header returns the header of the act, its entries in ascending order.
func (a Act) Header() (Header, error) {
	if _, known := formOf(a.Op); !known {
		return Header{}, malformed("no act has the op %q", string(a.Op))
	}
	f := append(a.Common.fields(), Field{"op", string(a.Op)})
	if !a.About.IsZero() {
		f = append(f, Field{"about", a.About.String()})
	}
	if a.Member != "" {
		f = append(f, Field{"member", a.Member})
	}
	for _, e := range slices.SortedFunc(slices.Values(a.Entries), compareEntryRef) {
		f = append(f, Field{"entry", e.String()})
	}
	if a.Span != 0 {
		f = append(f, Field{"span", formatNumber(a.Span)})
	}
	if !a.Until.IsZero() {
		f = append(f, Field{"until", formatTime(a.Until)})
	}
	if a.Place != "" {
		f = append(f, Field{"place", a.Place})
	}
	if a.SealedNote != (Part{}) {
		f = append(f, sealedLine("note", Catalogue, a.SealedNote))
	}
	return built(TypeAct, f)
}

// ParseAct reads a header of TypeAct. An act with an op that this version does
// not know is refused here; ParseHeader has said UnknownType of it already.
func ParseAct(h Header) (Act, error) { return parsed(h, decodeAct, TypeAct) }

func decodeAct(h Header) (Act, error) {
	c := &cursor{h.Fields}
	a := Act{
		Common:  decodeCommon(c),
		Op:      ActOp(c.maybe("op")),
		About:   hash(c.maybe("about")),
		Member:  c.maybe("member"),
		Entries: parseAll(c.many("entry"), parseEntryRef),
		Span:    number(c.maybe("span")),
	}
	if s := c.maybe("until"); s != "" {
		a.Until, _ = parseTime(s)
	}
	a.Place = c.maybe("place")
	if s := c.maybe("sealed"); s != "" {
		line, _ := parseSealed(s)
		if line.part != "note" || line.to != Catalogue {
			return a, malformed("want the line `sealed note %s` in place of `sealed %s %s`", Catalogue, line.part, line.to)
		}
		a.SealedNote = line.Part
	}
	return a, ascending("entry", a.Entries, compareEntryID)
}

// String returns the value of an `entry` line.
func (e EntryRef) String() string {
	s := e.Safe + " " + e.ID
	if e.Version > 0 {
		s += " " + formatNumber(e.Version)
	}
	return s
}

func compareEntryRef(a, b EntryRef) int {
	return cmp.Or(compareEntryID(a, b), cmp.Compare(a.Version, b.Version))
}

// compareEntryID orders entries; two versions of one are the same.
func compareEntryID(a, b EntryRef) int {
	return cmp.Or(strings.Compare(a.Safe, b.Safe), strings.Compare(a.ID, b.ID))
}

func parseEntryRef(s string) (EntryRef, error) {
	safe, rest, _ := strings.Cut(s, " ")
	if err := parseSlug(safe); err != nil {
		return EntryRef{}, err
	}
	id, version, versioned := strings.Cut(rest, " ")
	if err := parseID(id, 26); err != nil {
		return EntryRef{}, err
	}
	if !versioned {
		return EntryRef{Safe: safe, ID: id}, nil
	}
	n, err := parseNumber(version, 1, maxNumber)
	return EntryRef{safe, id, n}, err
}

func parsePlace(s string) error {
	if len(s) > MaxPlace {
		return malformed("want a place of at most %d bytes", MaxPlace)
	}
	return nil
}
