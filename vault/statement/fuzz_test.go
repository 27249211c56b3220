package statement

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"filippo.io/age/armor"
)

// seed gives a fuzz target the vectors, each through cut, and fails where
// there are none.
func seed(f *testing.F, cut func(file []byte) []byte) {
	f.Helper()
	loaded := 0
	for _, v := range readVectors(f) {
		if data := cut(v.file); data != nil {
			f.Add(data)
			loaded++
		}
	}
	if loaded == 0 {
		f.Fatal("no seeds were loaded")
	}
}

// rebuild writes a header again through the body of its type.
func rebuild(h Header) (Header, error) {
	var b body
	var err error
	switch h.Type {
	case TypeEntry:
		b, err = ParseEntry(h)
	case TypeSign:
		b, err = ParseSign(h)
	case TypeKeys:
		b, err = ParseKeys(h)
	case TypeDevice:
		b, err = ParseDevice(h)
	case TypePublish, TypeApprove:
		b, err = ParseBook(h)
	case TypeHead, TypeRun:
		b, err = ParseHead(h)
	case TypeAct:
		b, err = ParseAct(h)
	case TypePacket:
		b, err = ParsePacket(h)
	}
	if err != nil {
		return Header{}, err
	}
	return b.Header()
}

// FuzzParseHeader: what is taken is written again as the same bytes, by the
// header and by the body.
func FuzzParseHeader(f *testing.F) {
	seed(f, func(file []byte) []byte {
		b, err := split(file)
		if err != nil {
			return nil
		}
		return b.header
	})
	x := newFixture(f)
	for _, b := range []body{x.keys(), x.deviceBody(), x.book(TypePublish), x.book(TypeApprove), with(x.head(), func(h *Head) { h.Run = "aaaaaaaaaaaaaaaa" })} {
		f.Add(x.header(b).bytes())
	}
	f.Add(x.header(x.packet()).bytes())
	for _, op := range actOps() {
		f.Add(x.header(x.act(op)).bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ParseHeader(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrUnknownType) {
				t.Fatalf("an error of no kind: %v", err)
			}
			if errors.Is(err, ErrUnknownType) && !bytes.Equal(h.bytes(), data) {
				t.Fatalf("an unknown header changed")
			}
			return
		}
		if got, err := h.Encode(); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("taken, but encoded as\n%s\n%v", got, err)
		}
		if again, err := rebuild(h); err != nil || !bytes.Equal(again.bytes(), data) {
			t.Fatalf("taken, but rebuilt as\n%s\n%v", again.bytes(), err)
		}
	})
}

// An abbreviator writes the long blocks of a file as one byte each, so that
// the fuzzer spends its time on what stands between them.
type abbreviator []string

func newAbbreviator(f *testing.F) abbreviator {
	doc := readExamples(f)
	var a abbreviator
	for _, file := range doc.blocks("statement-example") {
		st := doc.open(f, file)
		a = append(a, string(st.Signature))
		for _, part := range st.Parts {
			a = append(a, string(Armor(part)))
		}
	}
	return a
}

func (a abbreviator) shorten(file []byte) []byte {
	for i, block := range a {
		file = bytes.ReplaceAll(file, []byte(block), []byte{byte(0xf8 + i)}) // never in UTF-8
	}
	return file
}

func (a abbreviator) expand(file []byte) []byte {
	for i, block := range a {
		file = bytes.ReplaceAll(file, []byte{byte(0xf8 + i)}, []byte(block))
	}
	return file
}

// FuzzOpen signs what it is given, so that the fuzzer comes past the
// signature: what is taken has one form.
func FuzzOpen(f *testing.F) {
	short := newAbbreviator(f)
	seed(f, func(file []byte) []byte {
		if file = short.shorten(file); len(file) > 2000 {
			return nil
		}
		return file
	})
	x := newFixture(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file := short.expand(data)
		checkOpen(t, x, file)
		b, err := split(file)
		if err != nil {
			return
		}
		signature, err := signHeader(b.header, b.kind, x.signer, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkOpen(t, x, bytes.Join([][]byte{b.header, signature, b.parts}, nil))
	})
}

func checkOpen(t *testing.T, x *fixture, file []byte) {
	t.Helper()
	st, err := Open(file, x.keyOf)
	if err != nil && !errors.Is(err, ErrUnknownType) {
		if st != nil {
			t.Fatalf("a statement with %v", err)
		}
		for _, kind := range []error{ErrMalformed, ErrTooLarge, ErrSignature, ErrSealed, ErrUnknownDevice} {
			if errors.Is(err, kind) {
				return
			}
		}
		t.Fatalf("an error of no kind: %v", err)
	}
	again := append(st.Header.bytes(), st.Signature...)
	for _, part := range st.Parts {
		again = append(again, Armor(part)...)
	}
	if !bytes.Equal(again, file) || st.Hash != Sum(st.Header.bytes()) {
		t.Fatalf("taken, but written as\n%s", again)
	}
}

// FuzzDearmor: what is taken has one form, and age takes it as the same.
func FuzzDearmor(f *testing.F) {
	seed(f, func(file []byte) []byte {
		_, block, found := bytes.Cut(file, []byte(ageArmor.first))
		if !found || len(block) < 500 {
			return nil
		}
		return []byte(ageArmor.first + string(block[:3*65]) + string(block[len(block)-100:]))
	})
	for _, n := range []int{0, 1, 47, 48, 49, 96} {
		f.Add(Armor(make([]byte, n)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		binary, err := Dearmor(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if !bytes.Equal(Armor(binary), data) {
			t.Fatal("taken, but armored another way")
		}
		if got, err := io.ReadAll(armor.NewReader(bytes.NewReader(data))); err != nil || !bytes.Equal(got, binary) {
			t.Fatalf("age reads %x, %v", got, err)
		}
	})
}
