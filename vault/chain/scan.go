package chain

import (
	"bytes"
	"encoding/base64"
	"time"

	"opsvault/vault/statement"
)

// minSealed is the base64 length of a nonce, an empty object and a tag.
var minSealed = base64.StdEncoding.EncodedLen(nonceSize + len("{}") + tagSize)

// A span is a range of bytes of a line. Lines are at most 16 KiB.
type span struct{ from, to uint16 }

func (s span) of(line []byte) []byte { return line[s.from:s.to] }
func (s span) in(line string) string { return line[s.from:s.to] }

// A layout says where in a line its values lie. It holds no pointers, so a
// line is scanned without an allocation.
type layout struct {
	seq, policy, ref                        uint64
	dev, prev, ts, actor, onBehalf, op, obj span
	res, grant, stmt, run, heads, sealed    span
}

// A scanner reads a line from left to right. After the first miss it stays
// where it is and takes nothing more.
type scanner struct {
	line []byte
	pos  int
	want string // what was missed at pos; empty while all is well
}

// scan reads one line, LF included, that must be all of data.
func scan(data []byte) (layout, error) {
	var l layout
	if len(data) > MaxLine {
		return l, &SyntaxError{Column: MaxLine + 1, Want: "a line of at most 16384 bytes"}
	}
	s := scanner{line: data}
	s.text(`{"v":1,"dev":"`)
	l.dev = s.value(`","seq":`)
	l.seq = s.number(MaxSeq)
	s.text(`,"prev":"`)
	l.prev = s.hash(`","ts":"`)
	l.ts = s.time(`","actor":"`)
	l.actor = s.value(`"`)
	if s.has(`,"for":"`) {
		l.onBehalf = s.value(`"`)
	}
	s.text(`,"op":"`)
	l.op = s.value(`","obj":"`)
	l.obj = s.value(`","pol":`)
	l.policy = s.number(maxPolicy)
	s.text(`,"res":"`)
	l.res = s.result(`"`)
	if s.has(`,"grant":"`) {
		l.grant = s.value(`"`)
	}
	if s.has(`,"stmt":"`) {
		l.stmt = s.hash(`"`)
	}
	if s.has(`,"ref":`) {
		l.ref = s.earlier(l.seq)
	}
	if s.has(`,"run":"`) {
		l.run = s.value(`"`)
	}
	s.witness(&l)
	if s.has(`,"sealed":"`) {
		l.sealed = s.base64()
	}
	s.text("}\n")
	if s.want == "" && s.pos != len(data) {
		s.want = "the end of the line"
	}
	if s.want != "" {
		return l, &SyntaxError{Column: s.pos + 1, Want: s.want}
	}
	return l, nil
}

// miss notes what should have been at byte at.
func (s *scanner) miss(at int, want string) {
	if s.want == "" {
		s.pos, s.want = at, want
	}
}

// has takes text if it comes next.
func (s *scanner) has(text string) bool {
	if s.want != "" || len(s.line)-s.pos < len(text) || string(s.line[s.pos:s.pos+len(text)]) != text {
		return false
	}
	s.pos += len(text)
	return true
}

// text takes text, which must come next.
func (s *scanner) text(text string) {
	if !s.has(text) {
		s.miss(s.pos, text)
	}
}

// value takes 1 to 128 plain characters and what must follow them.
func (s *scanner) value(then string) span {
	from := s.pos
	to := from
	for to < len(s.line) && classes[s.line[to]]&plain != 0 {
		to++
	}
	if to == from || to-from > MaxValue {
		s.miss(from, "1 to 128 of A-Z a-z 0-9 @ : . _ -")
	}
	return s.end(from, to, then)
}

// end closes a value at to with what must follow.
func (s *scanner) end(from, to int, then string) span {
	if s.want != "" {
		return span{}
	}
	s.pos = to
	s.text(then)
	return span{uint16(from), uint16(to)}
}

// number takes a decimal number from 1 to limit, without leading zeros.
func (s *scanner) number(limit uint64) uint64 {
	var n uint64
	from, to := s.pos, s.pos
	for to < len(s.line) && to-from < 16 && '0' <= s.line[to] && s.line[to] <= '9' {
		n = n*10 + uint64(s.line[to]-'0')
		to++
	}
	if to == from || s.line[from] == '0' || n > limit {
		s.miss(from, "a number from 1, without leading zeros, within its limit")
	}
	if s.want != "" {
		return 0
	}
	s.pos = to
	return n
}

// earlier takes a number below seq.
func (s *scanner) earlier(seq uint64) uint64 {
	from := s.pos
	n := s.number(MaxSeq)
	if n >= seq {
		s.miss(from, "the seq of an earlier line")
	}
	return n
}

// hash takes 64 lower-case hex digits and what must follow them.
func (s *scanner) hash(then string) span {
	from, to := s.pos, s.pos+64
	if s.want != "" || to > len(s.line) || !all(s.line[from:to], hexDigit) {
		s.miss(from, "64 lower-case hex digits")
		return span{}
	}
	return s.end(from, to, then)
}

// result takes one of the results and what must follow it.
func (s *scanner) result(then string) span {
	from := s.pos
	at := s.value(then)
	if s.want == "" && !isResult(string(at.of(s.line))) {
		s.miss(from, "ok, intent, done, failed or denied")
	}
	return at
}

// time takes a time of day that exists and what must follow it.
func (s *scanner) time(then string) span {
	from, to := s.pos, s.pos+len(timeLayout)
	if s.want != "" || to > len(s.line) || !isTime(s.line[from:to]) {
		s.miss(from, "a time like "+timeLayout)
		return span{}
	}
	return s.end(from, to, then)
}

// base64 takes canonical base64 with padding and the quotation mark after it.
func (s *scanner) base64() span {
	from := s.pos
	size := bytes.IndexByte(s.line[from:], '"')
	if s.want != "" || size < minSealed || size%4 != 0 || !isBase64(s.line[from:from+size]) {
		s.miss(from, "canonical base64 of at least 42 bytes")
		return span{}
	}
	return s.end(from, from+size, `"`)
}

// isBase64 reports whether b, some fours of bytes, are digits, then padding,
// and no bits that decoding would drop.
func isBase64(b []byte) bool {
	end := len(b)
	for end > len(b)-2 && b[end-1] == '=' {
		end--
	}
	return all(b[:end], base64Digit) && padded(b[end-1], len(b)-end)
}

// padded reports whether the last digit before pad paddings has no bits that
// decoding would drop.
func padded(last byte, pad int) bool {
	switch pad {
	case 1:
		return sextet(last)&3 == 0
	case 2:
		return sextet(last)&15 == 0
	}
	return true
}

// sextet returns the value of a base64 digit.
func sextet(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 26
	case c >= 'A':
		return c - 'A'
	case c >= '0':
		return c - '0' + 52
	case c == '+':
		return 62
	}
	return 63
}

// isTime reports whether b, of the length of timeLayout, is a time of it.
func isTime(b []byte) bool {
	if b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != '.' || b[23] != 'Z' {
		return false
	}
	century, year, month, day := pair(b, 0), pair(b, 2), pair(b, 5), pair(b, 8)
	if century < 0 || year < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	if hour := pair(b, 11); hour < 0 || hour > 23 {
		return false
	}
	for _, i := range [...]int{14, 17} { // minute, second
		if n := pair(b, i); n < 0 || n > 59 {
			return false
		}
	}
	if pair(b, 20) < 0 || pair(b, 21) < 0 {
		return false
	}
	return day <= 28 || day <= daysIn(century*100+year, month)
}

// pair returns the number that two digits make; a negative one if they aren't.
func pair(b []byte, i int) int {
	high, low := b[i]-'0', b[i+1]-'0'
	if high > 9 || low > 9 {
		return -1
	}
	return int(high)*10 + int(low)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// ParseLine reads one line, LF included, which must be all of data. It
// refuses (ErrMalformed, a *SyntaxError) whatever is not in canonical form.
// The line's strings share one copy of data.
func ParseLine(data []byte) (Line, error) {
	l, err := scan(data)
	if err != nil {
		return Line{}, err
	}
	return l.line(string(data), statement.Sum(data)), nil
}

// line fills in a Line from the text that l was scanned from.
func (l *layout) line(raw string, hash statement.Hash) Line {
	return Line{
		Device: l.dev.in(raw), Seq: l.seq, Prev: unhex(l.prev.in(raw)), Time: parseTime(l.ts.in(raw)),
		Actor: l.actor.in(raw), For: l.onBehalf.in(raw), Op: l.op.in(raw), Object: l.obj.in(raw),
		Policy: l.policy, Result: Result(l.res.in(raw)), Grant: l.grant.in(raw),
		Statement: unhex(l.stmt.in(raw)), Ref: l.ref, Run: l.run.in(raw), Heads: l.heads.in(raw), Sealed: l.sealed.in(raw),
		Raw: raw, Hash: hash,
	}
}

// unhex decodes what scan has found to be hex digits; nothing gives zero.
func unhex[T string | []byte](s T) (h statement.Hash) {
	for i := 0; i+1 < len(s); i += 2 {
		h[i/2] = nibble(s[i])<<4 | nibble(s[i+1])
	}
	return h
}

func nibble(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// parseTime decodes what scan has found to be a time.
func parseTime(s string) time.Time {
	n := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			n = n*10 + int(c-'0')
		}
		return n
	}
	return time.Date(n(0, 4), time.Month(n(5, 7)), n(8, 10), n(11, 13), n(14, 16), n(17, 19), n(20, 23)*1e6, time.UTC)
}
