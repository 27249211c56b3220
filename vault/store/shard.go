package store

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// shard is the pins of the entries whose ids begin alike, by id. As a text it
// is the line "opsvault/v1 pins <count>" and then, sorted, a line for each:
// "<id> <version> <announced> [<hash> …]", the numbers in decimal, 0 to 999,999, and
// the hashes in 64 lower-case hex digits, sorted.
type shard map[string]Pin

func (s shard) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n", pinsHeader, len(s))
	for _, id := range sortedKeys(s) {
		pin := s[id]
		fmt.Fprintf(&b, "%s %d %d", id, pin.Version, pin.Announced)
		for _, h := range pin.Hashes {
			fmt.Fprintf(&b, " %x", h)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// parseShard reads what encode wrote, and nothing else.
func parseShard(name string, data []byte) (shard, error) {
	head, rest, _ := strings.Cut(string(data), "\n")
	if !strings.HasPrefix(head, pinsHeader) {
		return nil, fmt.Errorf("line 1: not a file of pins")
	}
	s := make(shard)
	for i, line := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		id, pin, err := parsePin(line)
		if err == nil && id[:2] != name {
			err = fmt.Errorf("entry %s belongs into another file", id)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		s[id] = pin
	}
	if !bytes.Equal(s.encode(), data) {
		return nil, fmt.Errorf("%d pins, but not in the one form that a file of pins has", len(s))
	}
	return s, nil
}

func parsePin(line string) (id string, pin Pin, err error) {
	f := strings.Split(line, " ")
	if len(f) < 3 || len(f) > 3+maxPinned || !isBase32(f[0], entryLength) {
		return "", Pin{}, fmt.Errorf("not a pin")
	}
	version, err1 := strconv.ParseUint(f[1], 10, 32)
	announced, err2 := strconv.ParseUint(f[2], 10, 32)
	if err1 != nil || err2 != nil {
		return "", Pin{}, fmt.Errorf("not a version")
	}
	pin = Pin{Version: version, Announced: announced}
	for _, h := range f[3:] {
		if !isHex(h, 64) {
			return "", Pin{}, fmt.Errorf("not a hash")
		}
		var hash [32]byte
		_, _ = hex.Decode(hash[:], []byte(h)) // its digits were just checked
		pin.Hashes = append(pin.Hashes, hash)
	}
	if why := pin.wrong(); why != "" {
		return "", Pin{}, fmt.Errorf("%s", why)
	}
	return f[0], pin, nil
}

// wrong says what is wrong with a pin, or nothing.
func (p Pin) wrong() string {
	switch {
	case p.Version > MaxNumber || p.Announced > MaxNumber:
		return "a version over 999,999"
	case p.Version == 0 && len(p.Hashes) > 0:
		return "a hash of version 0"
	case p.Version > 0 && len(p.Hashes) == 0:
		return "a version without a hash"
	}
	return ""
}

func (p Pin) equal(q Pin) bool {
	return p.Version == q.Version && p.Announced == q.Announced && slices.Equal(p.Hashes, q.Hashes)
}

// join adds hashes to those that are kept, up to as many as a pin can have,
// and sorts them.
func join(kept, more [][32]byte) [][32]byte {
	out := slices.Clone(kept)
	for _, h := range more {
		if len(out) < maxPinned && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return out
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
