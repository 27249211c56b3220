package statement

import (
	"errors"
	"strings"
	"testing"
)

// A broken is a body that no header can be made of, or a header that cannot be
// read.
type broken struct {
	name string
	body body
}

func (f *fixture) sign() PolicySignature {
	return PolicySignature{
		Common:   f.common(),
		Document: PolicyRef{5, Sum([]byte("next"))},
		Relies:   []Hash{{1}, {2}},
		Closed: []Closed{
			{Device: "aaaaaaaaaaaaaaaa", Seq: 9, Line: Hash{7}, Less: []Range{{4, 6}, {9, 9}}},
			{Device: "bbbbbbbbbbbbbbbb", Line: Hash{8}},
		},
	}
}

func (f *fixture) keys() Keys {
	return Keys{Common: f.common(), To: f.device(), Holds: []Holding{{Catalogue, 1, 1}, {"telephony", 1, 7}}, Sealed: Sum(f.card)}
}

func (f *fixture) book(t Type) Book {
	b := Book{Type: t, Common: f.common(), Runbook: "no-internet", Version: 2, Text: Sum([]byte("text"))}
	if t == TypePublish {
		b.Prev = []Hash{{1}}
	}
	return b
}

// with returns b after change.
func with[T any](b T, change func(*T)) T {
	change(&b)
	return b
}

func TestBodiesThatBreakRules(t *testing.T) {
	f := newFixture(t)
	many := make([]Hash, 33)
	for i := range many {
		many[i] = Hash{byte(i), 1}
	}
	for _, c := range []broken{
		{"entry: version 1 with parents", with(f.entry(), func(e *Entry) { e.Version = 1 })},
		{"entry: version 2 without", with(f.entry(), func(e *Entry) { e.Prev = nil })},
		{"entry: a parent twice", with(f.entry(), func(e *Entry) { e.Prev = []Hash{{1}, {1}} })},
		{"entry: 17 parents", with(f.entry(), func(e *Entry) { e.Prev = many[:17] })},
		{"entry: 17 skips", with(f.entry(), func(e *Entry) { e.Skips = make([]Seq, 17) })},
		{"entry: skips seq 0", with(f.entry(), func(e *Entry) { e.Skips = []Seq{{"aaaaaaaaaaaaaaaa", 0}} })},
		{"entry: put without secret", with(f.entry(), func(e *Entry) { e.Secret = Hash{} })},
		{"entry: put without its part", with(f.entry(), func(e *Entry) { e.SealedSecret = Part{} })},
		{"entry: delete with secret", with(f.entry(), func(e *Entry) { e.Op = OpDelete; e.SealedSecret = Part{} })},
		{"entry: delete with its part", with(f.entry(), func(e *Entry) { e.Op = OpDelete; e.Secret = Hash{} })},
		{"entry: generation 0", with(f.entry(), func(e *Entry) { e.SealedCard.Generation = 0 })},
		{"entry: no author", with(f.entry(), func(e *Entry) { e.Author = "" })},
		{"entry: author with a capital", with(f.entry(), func(e *Entry) { e.Author = "Maria" })},
		{"entry: author ends in a hyphen", with(f.entry(), func(e *Entry) { e.Author = "maria-" })},
		{"entry: author of 33", with(f.entry(), func(e *Entry) { e.Author = strings.Repeat("a", 33) })},
		{"entry: policy 0", with(f.entry(), func(e *Entry) { e.Policy.Number = 0 })},
		{"sign: 33 relies", with(f.sign(), func(s *PolicySignature) { s.Relies = many })},
		{"sign: relies twice", with(f.sign(), func(s *PolicySignature) { s.Relies = []Hash{{1}, {1}} })},
		{"sign: closed twice", with(f.sign(), func(s *PolicySignature) { s.Closed = append(s.Closed, s.Closed[0]) })},
		{"sign: less above seq", with(f.sign(), func(s *PolicySignature) { s.Closed = []Closed{{s.Device, 8, Hash{1}, []Range{{9, 9}}}} })},
		{"sign: less that touch", with(f.sign(), func(s *PolicySignature) { s.Closed = []Closed{{s.Device, 8, Hash{1}, []Range{{2, 3}, {4, 4}}}} })},
		{"sign: less backwards", with(f.sign(), func(s *PolicySignature) { s.Closed = []Closed{{s.Device, 8, Hash{1}, []Range{{5, 4}}}} })},
		{"sign: version 1 under another", with(f.sign(), func(s *PolicySignature) { s.Document.Number = 1 })},
		{"sign: version 1 of another vault", with(f.sign(), func(s *PolicySignature) { s.Document.Number = 1; s.Policy = s.Document })},
		{"keys: nothing held", with(f.keys(), func(k *Keys) { k.Holds = nil })},
		{"keys: 41 holds", with(f.keys(), func(k *Keys) { k.Holds = make([]Holding, 41) })},
		{"keys: overlap", with(f.keys(), func(k *Keys) { k.Holds = []Holding{{"a", 1, 3}, {"a", 3, 4}} })},
		{"keys: touch", with(f.keys(), func(k *Keys) { k.Holds = []Holding{{"a", 1, 3}, {"a", 4, 4}} })},
		{"keys: backwards", with(f.keys(), func(k *Keys) { k.Holds = []Holding{{"a", 3, 1}} })},
		{"publish: version 1 with parents", with(f.book(TypePublish), func(b *Book) { b.Version = 1 })},
		{"publish: version 2 without", with(f.book(TypePublish), func(b *Book) { b.Prev = nil })},
		{"approve with parents", with(f.book(TypeApprove), func(b *Book) { b.Prev = []Hash{{1}} })},
		{"book of another type", with(f.book(TypeApprove), func(b *Book) { b.Type = TypeEntry })},
		{"head: size 0", with(f.head(), func(h *Head) { h.Size = 0 })},
		{"head: length 0", with(f.head(), func(h *Head) { h.Length = 0 })},
		{"head: segment 1000000", with(f.head(), func(h *Head) { h.Segment = 1e6 })},
		{"run: bad id", with(f.head(), func(h *Head) { h.Run = "a" })},
		{"device without key", with(f.deviceBody(), func(d *Device) { d.Key = nil })},
		{"device of another key", with(f.deviceBody(), func(d *Device) { d.Device = "aaaaaaaaaaaaaaaa" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if h, err := c.body.Header(); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v\n%s", err, h.bytes())
			}
		})
	}
}

// TestHeadersThatBreakRules has what no body can say.
func TestHeadersThatBreakRules(t *testing.T) {
	f := newFixture(t)
	entry := string(f.header(f.entry()).bytes())
	sign := string(f.header(f.sign()).bytes())
	keys := string(f.header(f.keys()).bytes())
	head := string(f.header(f.head()).bytes())
	delete := with(f.entry(), func(e *Entry) { e.Op, e.Secret, e.SealedSecret = OpDelete, Hash{}, Part{} })
	tomb := string(f.header(delete).bytes())
	second := linesOf(t, sign, "closed aaaaaaaaaaaaaaaa")
	for name, header := range map[string]string{
		"entry: secret sealed to another safe": edit(t, entry, "sealed secret telephony", "sealed secret billing"),
		"entry: card sealed to a safe":         edit(t, entry, "sealed card @catalogue", "sealed card telephony"),
		"entry: parts misordered":              edit(t, edit(t, entry, "sealed card @catalogue", "sealed secret telephony"), "sealed secret telephony 2", "sealed card @catalogue 2"),
		"entry: unknown part":                  edit(t, entry, "sealed secret", "sealed other"),
		"entry: three parts":                   entry + linesOf(t, entry, "sealed secret"),
		"entry: sealed without generation":     edit(t, entry, "sealed card @catalogue 1", "sealed card @catalogue"),
		"entry: delete with two parts":         tomb + linesOf(t, entry, "sealed secret"),
		"sign: closed descending":              edit(t, sign, second, "") + second,
		"sign: closed before relies":           edit(t, edit(t, sign, second, ""), "relies", second+"relies"),
		"sign: less empty":                     edit(t, sign, " less 4-6,9", " less "),
		"sign: less and no more":               edit(t, sign, " less 4-6,9", " less"),
		"sign: less of one as a range":         edit(t, sign, "4-6,9", "4-6,9-9"),
		"sign: less with spaces":               edit(t, sign, "4-6,9", "4-6, 9"),
		"keys: sealed to another device":       edit(t, keys, "sealed keys "+f.device(), "sealed keys aaaaaaaaaaaaaaaa"),
		"keys: generation of a device":         edit(t, keys, "sealed keys "+f.device()+" 0", "sealed keys "+f.device()+" 1"),
		"keys: holds without a range":          edit(t, keys, "telephony 1-7", "telephony 7"),
		"keys: holds descending":               edit(t, edit(t, keys, "holds @catalogue 1-1\n", ""), "1-7\n", "1-7\nholds @catalogue 1-1\n"),
		"head: announced":                      edit(t, head, "size", "event 3\nsize"),
		"head: segment without length":         edit(t, head, "segment 2 231400", "segment 2"),
		"head: with a run":                     edit(t, head, "size", "run aaaaaaaaaaaaaaaa\nsize"),
		"run: without a run":                   edit(t, head, "v1 head", "v1 run"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseHeader([]byte(header)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v\n%s", err, header)
			}
		})
	}
}

func TestParseRefusesAnotherType(t *testing.T) {
	f := newFixture(t)
	h := f.header(f.head())
	_, e := ParseEntry(h)
	_, s := ParseSign(h)
	_, k := ParseKeys(h)
	_, d := ParseDevice(h)
	_, b := ParseBook(h)
	_, a := ParseAct(h)
	_, p := ParsePacket(h)
	_, hd := ParseHead(f.header(f.entry()))
	for i, err := range []error{e, s, k, d, b, a, p, hd} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}
