package statement

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const testID = "m4x5c6v7b2n3k7q2m4x5c6v7b2"

// act returns an act of this op that is right.
func (f *fixture) act(op ActOp) Act {
	a := Act{Common: f.common(), Op: op}
	switch op {
	case OpRequest, OpGrant:
		a.Entries = []EntryRef{{"billing", testID, 0}, {"telephony", testID, 0}}
		a.Span = 4 * 3600
		a.SealedNote = Part{1, Sum(f.card)}
	case OpApprove, OpDeny, OpRevoke, OpKeysRefused:
		a.About = Hash{7}
	case OpInvite:
		a.Until = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
		a.Place = "/mnt/команда/vault"
	case OpRotateDone, OpRotateWaive:
		a.Entries = []EntryRef{{"billing", testID, 4}}
	}
	if op == OpGrant || op == OpInvite || op == OpRotateDone || op == OpRotateWaive {
		a.Member = "ivan"
	}
	return a
}

func (f *fixture) packet() Packet {
	return Packet{Common: f.common(), About: Hash{7}, To: "ivan", Safe: "billing", ID: testID, Version: 3, Secret: Hash{1}, Statement: Hash{2},
		NotAfter: time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC), Parts: []PacketPart{{"aaaaaaaaaaaaaaaa", Sum(f.card)}, {"bbbbbbbbbbbbbbbb", Sum(f.secret)}}}
}

func actOps() []ActOp {
	return []ActOp{OpRequest, OpApprove, OpDeny, OpGrant, OpRevoke, OpInvite, OpRotateDone, OpRotateWaive, OpKeysRefused}
}

func drawAct(t *rapid.T) Act {
	a := Act{Common: drawCommon(t), Op: rapid.SampledFrom(actOps()).Draw(t, "op")}
	form, _ := formOf(a.Op)
	if form.about {
		a.About = hashes.Draw(t, "about")
	}
	if form.member {
		a.Member = slugs.Draw(t, "member")
	}
	if form.most > 0 {
		list := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z2-7]{26}`), form.least, form.most, rapid.ID).Draw(t, "entries")
		for _, id := range list {
			ref := EntryRef{Safe: slugs.Draw(t, "safe"), ID: id}
			if form.version && (!form.unversioned || rapid.Bool().Draw(t, "versioned")) {
				ref.Version = numbers.Draw(t, "version")
			}
			a.Entries = append(a.Entries, ref)
		}
		slices.SortFunc(a.Entries, compareEntryRef)
	}
	if form.span {
		a.Span = rapid.Uint64Range(1, MaxSpan).Draw(t, "span")
	}
	if form.until {
		a.Until = drawTime(t)
	}
	if form.place && rapid.Bool().Draw(t, "placed") {
		a.Place = rapid.StringMatching(`[\p{Cyrillic}a-zA-Z0-9./:_-]{1,60}`).Draw(t, "place")
	}
	if rapid.Bool().Draw(t, "noted") {
		a.SealedNote = Part{numbers.Draw(t, "gen"), hashes.Draw(t, "note")}
	}
	return a
}

func drawPacket(t *rapid.T) Packet {
	p := Packet{
		Common: drawCommon(t), About: hashes.Draw(t, "about"), To: slugs.Draw(t, "to"), Safe: slugs.Draw(t, "safe"),
		ID: rapid.StringMatching(`[a-z2-7]{26}`).Draw(t, "id"), Version: numbers.Draw(t, "version"),
		Secret: hashes.Draw(t, "secret"), Statement: hashes.Draw(t, "statement"), NotAfter: drawTime(t),
	}
	devices := rapid.SliceOfNDistinct(ids16, 1, MaxParts, rapid.ID).Draw(t, "devices")
	slices.Sort(devices)
	for _, device := range devices {
		p.Parts = append(p.Parts, PacketPart{device, hashes.Draw(t, "part")})
	}
	return p
}

func TestRoundTripOfActs(t *testing.T) {
	t.Run("act", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawAct(t), ParseAct) }))
	t.Run("packet", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawPacket(t), ParsePacket) }))
}

func TestActsThatBreakRules(t *testing.T) {
	f := newFixture(t)
	alter := func(op ActOp, change func(*Act)) Act { return with(f.act(op), change) }
	seventeen := make([]EntryRef, 17)
	for i := range seventeen {
		seventeen[i] = EntryRef{Safe: "billing", ID: "m4x5c6v7b2n3k7q2m4x5c6v7b" + string(rune('a'+i))}
	}
	five := make([]PacketPart, 5)
	for i := range five {
		five[i] = PacketPart{"aaaaaaaaaaaaaaa" + string(rune('a'+i)), Hash{1}}
	}
	for _, c := range []broken{
		{"no op", alter(OpDeny, func(a *Act) { a.Op = "" })},
		{"an op of later", alter(OpDeny, func(a *Act) { a.Op = "absence" })},
		{"request without entries", alter(OpRequest, func(a *Act) { a.Entries = nil })},
		{"request of 17 entries", alter(OpRequest, func(a *Act) { a.Entries = seventeen })},
		{"request of an entry twice", alter(OpRequest, func(a *Act) { a.Entries[1] = a.Entries[0] })},
		{"request of a version", alter(OpRequest, func(a *Act) { a.Entries[1].Version = 3 })},
		{"request in a built-in safe", alter(OpRequest, func(a *Act) { a.Entries[0].Safe = Catalogue })},
		{"request without a span", alter(OpRequest, func(a *Act) { a.Span = 0 })},
		{"request for longer than a year", alter(OpRequest, func(a *Act) { a.Span = MaxSpan + 1 })},
		{"request for another", alter(OpRequest, func(a *Act) { a.Member = "anna" })},
		{"request about something", alter(OpRequest, func(a *Act) { a.About = Hash{1} })},
		{"request with an end", alter(OpRequest, func(a *Act) { a.Until = a.Time })},
		{"grant to nobody", alter(OpGrant, func(a *Act) { a.Member = "" })},
		{"approval of nothing", alter(OpApprove, func(a *Act) { a.About = Hash{} })},
		{"approval with entries", alter(OpApprove, func(a *Act) { a.Entries = []EntryRef{{"billing", testID, 0}} })},
		{"approval with a span", alter(OpApprove, func(a *Act) { a.Span = 60 })},
		{"revocation by a member's name", alter(OpRevoke, func(a *Act) { a.Member = "ivan" })},
		{"invitation without an end", alter(OpInvite, func(a *Act) { a.Until = time.Time{} })},
		{"invitation with a place of 1,001 bytes", alter(OpInvite, func(a *Act) { a.Place = strings.Repeat("a", 1001) })},
		{"invitation with a place of two lines", alter(OpInvite, func(a *Act) { a.Place = "a\nb" })},
		{"rotation without a version", alter(OpRotateDone, func(a *Act) { a.Entries[0].Version = 0 })},
		{"rotation of two entries", alter(OpRotateDone, func(a *Act) { a.Entries = append(a.Entries, EntryRef{"a", testID, 1}) })},
		{"note to generation 0", alter(OpDeny, func(a *Act) { a.SealedNote.Hash = Hash{1} })},
		{"packet without parts", with(f.packet(), func(p *Packet) { p.Parts = nil })},
		{"packet of five parts", with(f.packet(), func(p *Packet) { p.Parts = five })},
		{"packet twice to a device", with(f.packet(), func(p *Packet) { p.Parts[1].Device = p.Parts[0].Device })},
		{"packet to a safe", with(f.packet(), func(p *Packet) { p.Parts[0].Device = "billing" })},
		{"packet of version 0", with(f.packet(), func(p *Packet) { p.Version = 0 })},
		{"packet of a built-in safe", with(f.packet(), func(p *Packet) { p.Safe = "@audit" })},
		{"packet to nobody", with(f.packet(), func(p *Packet) { p.To = "" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if h, err := c.body.Header(); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v\n%s", err, h.bytes())
			}
		})
	}
}

func TestActHeadersThatBreakRules(t *testing.T) {
	f := newFixture(t)
	grant := string(f.header(f.act(OpGrant)).bytes())
	approve := string(f.header(f.act(OpApprove)).bytes())
	packet := string(f.header(f.packet()).bytes())
	first := linesOf(t, grant, "entry billing")
	for name, header := range map[string]string{
		"entries descending":           edit(t, edit(t, grant, first, ""), "span", first+"span"),
		"entry without an id":          edit(t, grant, first, "entry billing\n"),
		"note as a secret":             edit(t, grant, "sealed note", "sealed secret"),
		"note to a safe":               edit(t, grant, "sealed note @catalogue", "sealed note billing"),
		"two notes":                    grant + linesOf(t, grant, "sealed"),
		"approval of two":              edit(t, approve, "about", linesOf(t, approve, "about")+"about"),
		"approval, then an op":         approve + "op grant\n",
		"op misplaced":                 edit(t, edit(t, grant, "op grant\n", ""), "device ", "op grant\ndevice "),
		"packet: part named otherwise": edit(t, packet, "sealed secret", "sealed keys"),
		"packet: a generation":         edit(t, packet, "aaaaaaaaaaaaaaaa 0", "aaaaaaaaaaaaaaaa 1"),
		"packet: parts descending":     edit(t, edit(t, packet, "aaaaaaaaaaaaaaaa 0", "cccccccccccccccc 0"), "bbbbbbbbbbbbbbbb 0", "aaaaaaaaaaaaaaaa 0"),
		"packet without an end":        edit(t, packet, linesOf(t, packet, "not-after"), ""),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseHeader([]byte(header)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v\n%s", err, header)
			}
		})
	}
}
