package statement

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// roundTrip checks that a body survives being written and read, and that the
// bytes survive being read and written.
func roundTrip[T body](t *rapid.T, b T, parse func(Header) (T, error)) {
	h, err := b.Header()
	if err != nil {
		t.Fatalf("Header: %v\n%+v", err, b)
	}
	data, err := h.Encode()
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	again, err := ParseHeader(data)
	if err != nil {
		t.Fatalf("ParseHeader: %v\n%s", err, data)
	}
	if !reflect.DeepEqual(again, h) {
		t.Fatalf("header changed:\n%+v\n%+v", h, again)
	}
	if h.Type != TypeHead && h.Type != TypeRun && h.Type != TypeDevice {
		if common, err := ParseCommon(again); err != nil || !reflect.DeepEqual(common.fields(), h.Fields[:len(common.fields())]) {
			t.Fatalf("ParseCommon: %+v, %v", common, err)
		}
	} else if _, err := ParseCommon(again); err == nil {
		t.Fatalf("ParseCommon takes type %s", h.Type)
	}
	got, err := parse(again)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	if !reflect.DeepEqual(got, b) {
		t.Fatalf("body changed:\n%+v\n%+v", b, got)
	}
}

func TestRoundTrip(t *testing.T) {
	f := newFixture(t)
	t.Run("entry", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawEntry(t), ParseEntry) }))
	t.Run("sign", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawSign(t), ParseSign) }))
	t.Run("keys", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawKeys(t), ParseKeys) }))
	t.Run("book", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawBook(t), ParseBook) }))
	t.Run("head", rapid.MakeCheck(func(t *rapid.T) { roundTrip(t, drawHead(t), ParseHead) }))
	t.Run("device", rapid.MakeCheck(func(t *rapid.T) {
		signer := testSigner(f, rapid.Byte().Draw(t, "seed"))
		roundTrip(t, Device{
			Device:    DeviceID(signer.PublicKey()),
			Member:    slugs.Draw(t, "member"),
			Label:     rapid.StringMatching(`[\p{Cyrillic}a-zA-Z0-9._-]([ \p{Cyrillic}a-z]{0,20}[a-z])?`).Draw(t, "label"),
			Key:       signer.PublicKey(),
			Recipient: f.recipient(),
			Time:      drawTime(t),
		}, ParseDevice)
	}))
}

var (
	slugs   = rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?`)
	safes   = rapid.OneOf(slugs, rapid.SampledFrom([]string{Catalogue, "@audit"}))
	ids16   = rapid.StringMatching(`[a-z2-7]{16}`)
	numbers = rapid.Uint64Range(1, maxNumber)
	counts  = rapid.Uint64Range(1, maxCount)
	hashes  = rapid.Map(rapid.Uint64(), func(n uint64) Hash { return Sum([]byte{byte(n), byte(n >> 8), byte(n >> 32)}) })
)

func drawTime(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, 253402300799).Draw(t, "time"), 0).UTC()
}

// drawHashes returns hashes as a header has them: ascending, or nil.
func drawHashes(t *rapid.T, name string, least, most int) []Hash {
	list := rapid.SliceOfNDistinct(hashes, least, most, rapid.ID).Draw(t, name)
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, compareHash)
	return list
}

func drawCommon(t *rapid.T) Common {
	c := Common{
		Vault:  hashes.Draw(t, "vault"),
		Device: ids16.Draw(t, "device"),
		Author: slugs.Draw(t, "author"),
		Policy: PolicyRef{numbers.Draw(t, "policy"), hashes.Draw(t, "policy hash")},
		Event:  counts.Draw(t, "event"),
		Time:   drawTime(t),
	}
	if rapid.Bool().Draw(t, "acting") {
		c.For = &Acting{slugs.Draw(t, "for"), slugs.Draw(t, "acting id")}
	}
	return c
}

func drawEntry(t *rapid.T) Entry {
	e := Entry{
		Common:     drawCommon(t),
		Op:         rapid.SampledFrom([]string{OpPut, OpDelete}).Draw(t, "op"),
		Safe:       slugs.Draw(t, "safe"),
		ID:         rapid.StringMatching(`[a-z2-7]{26}`).Draw(t, "id"),
		Version:    numbers.Draw(t, "version"),
		SealedCard: Part{numbers.Draw(t, "card gen"), hashes.Draw(t, "card")},
	}
	if e.Version > 1 {
		e.Prev = drawHashes(t, "prev", 1, MaxPrev)
	}
	skips := rapid.SliceOfNDistinct(ids16, 0, MaxSkips, rapid.ID).Draw(t, "skips")
	slices.Sort(skips)
	for _, device := range skips {
		e.Skips = append(e.Skips, Seq{device, counts.Draw(t, "seq")})
	}
	if e.Op == OpPut {
		e.Secret = hashes.Draw(t, "secret")
		e.SealedSecret = Part{numbers.Draw(t, "secret gen"), hashes.Draw(t, "sealed secret")}
	}
	return e
}

func drawSign(t *rapid.T) PolicySignature {
	s := PolicySignature{
		Common:   drawCommon(t),
		Document: PolicyRef{numbers.Draw(t, "document"), hashes.Draw(t, "document hash")},
		Relies:   drawHashes(t, "relies", 0, MaxRelies),
	}
	if s.Document.Number == 1 {
		s.Policy, s.Vault = s.Document, s.Document.Hash
	}
	devices := rapid.SliceOfNDistinct(ids16, 0, 80, rapid.ID).Draw(t, "closed")
	slices.Sort(devices)
	for _, device := range devices {
		c := Closed{Device: device, Seq: rapid.Uint64Range(0, 5000).Draw(t, "seq"), Line: hashes.Draw(t, "line")}
		for at := uint64(1); at < c.Seq && rapid.Bool().Draw(t, "less"); {
			first := rapid.Uint64Range(at, c.Seq).Draw(t, "first")
			last := rapid.Uint64Range(first, c.Seq).Draw(t, "last")
			c.Less = append(c.Less, Range{first, last})
			at = last + 2
		}
		s.Closed = append(s.Closed, c)
	}
	return s
}

func drawKeys(t *rapid.T) Keys {
	k := Keys{Common: drawCommon(t), To: ids16.Draw(t, "to"), Sealed: hashes.Draw(t, "sealed")}
	list := rapid.SliceOfNDistinct(safes, 1, MaxHolds/2, rapid.ID).Draw(t, "safes")
	slices.Sort(list)
	for _, safe := range list {
		first := rapid.Uint64Range(1, 1000).Draw(t, "first")
		last := rapid.Uint64Range(first, first+5).Draw(t, "last")
		k.Holds = append(k.Holds, Holding{safe, first, last})
		if rapid.Bool().Draw(t, "gap") {
			k.Holds = append(k.Holds, Holding{safe, last + 2, maxNumber})
		}
	}
	return k
}

func drawBook(t *rapid.T) Book {
	b := Book{
		Type:    rapid.SampledFrom([]Type{TypePublish, TypeApprove}).Draw(t, "type"),
		Common:  drawCommon(t),
		Runbook: slugs.Draw(t, "runbook"),
		Version: numbers.Draw(t, "version"),
		Text:    hashes.Draw(t, "text"),
	}
	if b.Type == TypePublish && b.Version > 1 {
		b.Prev = drawHashes(t, "prev", 1, MaxPrev)
	}
	return b
}

func drawHead(t *rapid.T) Head {
	h := Head{
		Vault:   hashes.Draw(t, "vault"),
		Device:  ids16.Draw(t, "device"),
		Size:    counts.Draw(t, "size"),
		Last:    hashes.Draw(t, "last"),
		Segment: numbers.Draw(t, "segment"),
		Length:  counts.Draw(t, "length"),
		Time:    drawTime(t),
	}
	if rapid.Bool().Draw(t, "journal") {
		h.Run = ids16.Draw(t, "run")
	}
	return h
}

func TestHeaderSortsItsLists(t *testing.T) {
	f := newFixture(t)
	e := f.entry()
	e.Prev = []Hash{{3}, {1}, {2}}
	e.Skips = []Seq{{"b222222222222222", 1}, {"a222222222222222", 9}, {"a222222222222222", 7}}
	got, err := ParseEntry(f.header(e))
	if err != nil {
		t.Fatal(err)
	}
	wantPrev := []Hash{{1}, {2}, {3}}
	wantSkips := []Seq{{"a222222222222222", 7}, {"a222222222222222", 9}, {"b222222222222222", 1}}
	if !slices.Equal(got.Prev, wantPrev) || !slices.Equal(got.Skips, wantSkips) {
		t.Errorf("got %v and %v", got.Prev, got.Skips)
	}
	if e.Prev[0] != (Hash{3}) {
		t.Error("Header reordered the caller's list")
	}
}
