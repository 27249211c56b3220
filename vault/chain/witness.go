package chain

import (
	"crypto/ed25519"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// OpWitness is the op of the line in which a device records the heads of other
// devices' logs: proof, in its own chain, of how far it has seen them.
const OpWitness = "log.witness"

// MaxHeads is how many heads one line holds: 16 of them take 3.4 KB.
const MaxHeads = 16

// A SignedHead is the head of a log with the raw signature in it: with the
// chain's Spec it makes the head's file again.
type SignedHead struct {
	Head
	Signature [ed25519.SignatureSize]byte
}

// ReadHead takes a head out of its file, which it verifies like OpenHead.
func ReadHead(file []byte, spec Spec) (SignedHead, error) {
	head, err := OpenHead(file, spec)
	if err != nil {
		return SignedHead{}, err
	}
	st, err := statement.Open(file, func(string) (ssh.PublicKey, error) { return spec.Key, nil })
	if err != nil {
		return SignedHead{}, err
	}
	raw, err := st.RawSignature()
	return SignedHead{head, raw}, err
}

// File makes the head's file, and verifies it: errors are those of OpenHead.
func (h SignedHead) File(spec Spec) ([]byte, error) {
	header, err := h.Header()
	if err != nil {
		return nil, err
	}
	file, err := statement.Assemble(header, spec.Key, h.Signature)
	if err != nil {
		return nil, err
	}
	_, err = OpenHead(file, spec)
	return file, err
}

// Witnessed returns the heads that a line of OpWitness records, of logs of
// this vault. Nothing of them is verified.
func (l *Line) Witnessed(vault statement.Hash) []SignedHead { return ParseHeads(l.Heads, vault) }

// ParseHeads reads the value of `heads` of a line that was parsed, or what
// FormatHeads wrote.
func ParseHeads(text string, vault statement.Hash) []SignedHead {
	if text == "" {
		return nil
	}
	heads := make([]SignedHead, 0, strings.Count(text, ":")+1)
	for one := range strings.SplitSeq(text, ":") {
		part := strings.Split(one, ".")
		if len(part) != 7 {
			return nil
		}
		number := func(i int) uint64 { n, _ := strconv.ParseUint(part[i], 10, 64); return n }
		h := SignedHead{Head: Head{
			Vault: vault, Device: part[0], Size: number(1), Last: unhex(part[2]), Segment: number(3), Length: number(4),
			Time: time.Unix(int64(number(5)), 0).UTC(),
		}}
		_, _ = base64.RawURLEncoding.Decode(h.Signature[:], []byte(part[6]))
		heads = append(heads, h)
	}
	return heads
}

// FormatHeads writes heads as a line has them.
func FormatHeads(heads []SignedHead) string { return string(appendHeads(nil, heads)) }

func appendHeads(b []byte, heads []SignedHead) []byte {
	for i := range heads {
		h := &heads[i]
		if i > 0 {
			b = append(b, ':')
		}
		b = append(append(b, h.Device...), '.')
		b = append(strconv.AppendUint(b, h.Size, 10), '.')
		b = append(appendHex(b, &h.Last), '.')
		b = append(strconv.AppendUint(b, h.Segment, 10), '.')
		b = append(strconv.AppendUint(b, h.Length, 10), '.')
		b = append(strconv.AppendInt(b, h.Time.Unix(), 10), '.')
		b = base64.RawURLEncoding.AppendEncode(b, h.Signature[:])
	}
	return b
}

// checkHeads refuses heads where they don't belong; that they are well formed
// is seen when the line is parsed.
func (d *Draft) checkHeads() error {
	if (d.Op == OpWitness) != (len(d.Heads) > 0) {
		return &DraftError{Key: "heads", Why: "want them in lines of " + OpWitness + ", and in no others"}
	}
	return nil
}

// The last moment that a head can name: the end of the year 9999.
const maxHeadTime = 253_402_300_799

// witness takes the heads of a line, which are in lines of OpWitness and in no
// others.
func (s *scanner) witness(l *layout) {
	if s.want != "" {
		return
	}
	from, is := s.pos, string(l.op.of(s.line)) == OpWitness
	if !s.has(`,"heads":"`) {
		if is {
			s.miss(from, `,"heads":"`)
		}
		return
	}
	plain := string(l.res.of(s.line)) == string(OK) && string(l.obj.of(s.line)) == "-" &&
		l.grant.to == 0 && l.stmt.to == 0 && l.ref == 0 && l.run.to == 0
	if !is || !plain {
		s.miss(from, "heads only in a plain line of "+OpWitness)
		return
	}
	from = s.pos
	before := span{}
	for n := 1; ; n++ {
		at := s.pos
		device := s.head()
		name := device.of(s.line)
		switch {
		case s.want != "":
			return
		case n > MaxHeads, string(name) <= string(before.of(s.line)), string(name) == string(l.dev.of(s.line)):
			s.miss(at, "at most 16 heads of other devices, in ascending order")
			return
		case s.has(`"`):
			l.heads = span{uint16(from), uint16(s.pos - 1)}
			return
		}
		before = device
		s.text(":")
	}
}

// head takes one head and returns its device.
func (s *scanner) head() span {
	from := s.pos
	device := s.fixed(16, isBase32, "a device id of 16 of a-z 2-7")
	at := s.pos
	size := s.number(MaxSeq)
	s.text(".")
	s.fixed(64, func(b []byte) bool { return all(b, hexDigit) }, "64 lower-case hex digits and a dot")
	segment := s.number(maxSegments)
	s.text(".")
	s.number(MaxSegment)
	s.text(".")
	if !s.has("0.") { // 1970
		s.number(maxHeadTime)
		s.text(".")
	}
	if s.want == "" && (size < segment || size > segment*MaxSegmentLines) {
		s.miss(at, "a head within the limits of a log")
	}
	const digits = 86
	if s.want != "" || len(s.line)-s.pos < digits || !isRawURL(s.line[s.pos:s.pos+digits]) {
		s.miss(s.pos, "64 bytes of base64url without padding")
		return span{}
	}
	s.pos += digits
	return span{uint16(from), device.to}
}

// fixed takes n bytes of a kind, and the dot after them.
func (s *scanner) fixed(n int, is func([]byte) bool, want string) span {
	from, to := s.pos, s.pos+n
	if s.want != "" || to > len(s.line) || !is(s.line[from:to]) {
		s.miss(from, want)
		return span{}
	}
	return s.end(from, to, ".")
}

func isBase32(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// isRawURL reports whether b is base64url without padding whose last digit has
// no bits that decoding would drop: the length leaves four.
func isRawURL(b []byte) bool {
	for _, c := range b {
		if c != '-' && c != '_' && (classes[c]&base64Digit == 0 || c == '+' || c == '/') {
			return false
		}
	}
	switch last := b[len(b)-1]; last {
	case '-', '_': // 62, 63
		return false
	default:
		return sextet(last)&15 == 0
	}
}

// LeadsTo reports whether a chain that was proven has the line that a head
// names. It reads one segment at most.
func LeadsTo(src Source, base string, state *State, head Head) (bool, error) {
	return Leads(NewReader(src, base, state), state, head)
}

// Leads is LeadsTo with a Reader, for many heads in ascending order.
func Leads(r *Reader, state *State, head Head) (bool, error) {
	if state == nil || state.find(head.Size) == 0 {
		return false, nil
	}
	if n := state.find(head.Size); state.end(n) == head.Size {
		return state.Segments[n-1].Last == head.Last, nil
	}
	line, err := r.Line(head.Size)
	return err == nil && line.Hash == head.Last, err
}
