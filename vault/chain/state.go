package chain

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"opsvault/vault/statement"
)

// maxState bounds the text of a State: 999,999 segments of up to 92 bytes.
const maxState = 96 << 20

const stateFirst = "opsvault/v1 verified"

// A Segment is what is known of a verified segment.
type Segment struct {
	First  uint64         // seq of its first line
	Length uint64         // verified bytes
	Last   statement.Hash // of its last verified line
}

// A State is a prefix of a chain that was proven: what a device remembers of a
// log, so that it need not read it again, and can tell when it is shown
// another one. It is kept in local state, which is trusted.
type State struct {
	Genesis  statement.Hash // of the chain's genesis text
	Size     uint64         // lines
	First    time.Time      // of line 1
	Time     time.Time      // of the last line
	Segments []Segment      // number 1 first; the last may be open
	Head     []byte         // the head file that proved it: evidence
}

// Last returns the hash of the last line.
func (s *State) Last() statement.Hash { return s.Segments[len(s.Segments)-1].Last }

// find returns the number of the segment that holds the line seq; 0 if none.
func (s *State) find(seq uint64) uint64 {
	if seq == 0 || seq > s.Size {
		return 0
	}
	return uint64(sort.Search(len(s.Segments), func(i int) bool { return s.Segments[i].First > seq }))
}

// end returns the seq of the last verified line of segment n.
func (s *State) end(n uint64) uint64 {
	if n == uint64(len(s.Segments)) {
		return s.Size
	}
	return s.Segments[n].First - 1
}

// before returns the hash of the line before segment n.
func (s *State) before(n uint64) statement.Hash {
	if n == 1 {
		return s.Genesis
	}
	return s.Segments[n-2].Last
}

// Excludes reports whether a longer prefix of the chain can't go on from this
// one, as far as both tell: another line at the end of a segment, or a last
// line that is earlier than this one's.
func (s *State) Excludes(longer *State) (Why, bool) {
	for i, seg := range s.Segments {
		n := uint64(i + 1)
		open := n == uint64(len(s.Segments))
		switch {
		case i >= len(longer.Segments) || longer.Segments[i].First != seg.First:
			return WhyTwoHeads, true
		case !open && longer.Segments[i] != seg, open && longer.end(n) < s.Size, open && longer.end(n) == s.Size && longer.Segments[i] != seg:
			return WhyTwoHeads, true
		}
	}
	return WhyBackwards, s.Time.After(longer.Time)
}

// cursor returns where the next line of the chain goes.
func (s *State) cursor() cursor {
	n := len(s.Segments)
	open := s.Segments[n-1]
	return cursor{size: s.Size, prev: open.Last, time: s.Time, segment: uint64(n), length: open.Length, first: open.First}
}

// Marshal writes the state down as text, about 90 bytes a segment:
//
//	opsvault/v1 verified
//	chain <hash of the genesis text>
//	size <lines>
//	times <of line 1> <of the last line>
//	head <base64 of the head file>
//	<seq of the segment's first line> <bytes> <hash of its last line>
//	…
func (s *State) Marshal() []byte {
	b := make([]byte, 0, 2048+92*len(s.Segments))
	b = fmt.Appendf(b, "%s\nchain %s\nsize %d\ntimes %s %s\nhead ", stateFirst, s.Genesis, s.Size,
		s.First.Format(timeLayout), s.Time.Format(timeLayout))
	b = base64.StdEncoding.AppendEncode(b, s.Head)
	b = append(b, '\n')
	for i := range s.Segments {
		seg := &s.Segments[i]
		b = strconv.AppendUint(b, seg.First, 10)
		b = append(b, ' ')
		b = strconv.AppendUint(b, seg.Length, 10)
		b = append(b, ' ')
		b = appendHex(b, &seg.Last)
		b = append(b, '\n')
	}
	return b
}

// ParseState reads what Marshal wrote. Errors are ErrState.
func ParseState(data []byte) (*State, error) {
	if len(data) > maxState {
		return nil, fmt.Errorf("%w: over its limit", ErrState)
	}
	lines := strings.Split(string(data), "\n")
	if len(lines) < 7 || lines[0] != stateFirst || lines[len(lines)-1] != "" {
		return nil, fmt.Errorf("%w: not whole", ErrState)
	}
	s := &State{Segments: make([]Segment, 0, len(lines)-6)}
	if err := s.parseTop(lines[1:5]); err != nil {
		return nil, err
	}
	for i, line := range lines[5 : len(lines)-1] {
		if err := s.parseSegment(line); err != nil {
			return nil, fmt.Errorf("%w: segment %d", ErrState, i+1)
		}
	}
	if s.Segments[len(s.Segments)-1].First > s.Size || !bytes.Equal(s.Marshal(), data) {
		return nil, fmt.Errorf("%w: not as it is written", ErrState)
	}
	return s, nil
}

// parseTop reads the lines after the first, up to the segments.
func (s *State) parseTop(lines []string) error {
	var texts [4]string
	for i, key := range []string{"chain ", "size ", "times ", "head "} {
		text, ok := strings.CutPrefix(lines[i], key)
		if !ok {
			return fmt.Errorf("%w: want %s", ErrState, key)
		}
		texts[i] = text
	}
	first, last, _ := strings.Cut(texts[2], " ")
	if !isStateTime(first) || !isStateTime(last) {
		return fmt.Errorf("%w: times", ErrState)
	}
	s.First, s.Time = parseTime(first), parseTime(last)
	var err1, err2, err3 error
	s.Genesis, err1 = statement.ParseHash(texts[0])
	s.Size, err2 = strconv.ParseUint(texts[1], 10, 64)
	s.Head, err3 = base64.StdEncoding.Strict().DecodeString(texts[3])
	if err1 != nil || err2 != nil || err3 != nil || s.Size > MaxSeq || len(s.Head) > maxHead {
		return fmt.Errorf("%w: chain, size or head", ErrState)
	}
	return nil
}

func isStateTime(s string) bool { return len(s) == len(timeLayout) && isTime([]byte(s)) }

// parseSegment reads the line of one segment. Each begins after the one before.
func (s *State) parseSegment(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	length, last, _ := strings.Cut(rest, " ")
	var seg Segment
	var err1, err2, err3 error
	seg.First, err1 = strconv.ParseUint(first, 10, 64)
	seg.Length, err2 = strconv.ParseUint(length, 10, 64)
	seg.Last, err3 = statement.ParseHash(last)
	least := uint64(1)
	if n := len(s.Segments); n > 0 {
		least = s.Segments[n-1].First + 1
	} else if seg.First != 1 {
		return ErrState
	}
	if err1 != nil || err2 != nil || err3 != nil || seg.First < least || seg.Length < 1 || seg.Length > MaxSegment {
		return ErrState
	}
	s.Segments = append(s.Segments, seg)
	return nil
}
