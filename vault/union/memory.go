package union

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Memory is what two places looked like when they were found equal: for each
// directory one hash of the names, sizes and times of change on both sides. As a
// text it is the line "opsvault/v1 sync", then "key value" lines of its
// caller, then, sorted, "= <directory> <hash>" for each directory. A nil Memory
// vouches for nothing.
type Memory struct {
	Facts map[string]string // of the caller: what else was so
	known map[string]statement.Hash
	next  map[string]statement.Hash
}

const memoryHead = "opsvault/v1 sync\n"

// Settles is how old a change must be before it is believed to be the last:
// FAT counts time in steps of two seconds.
const Settles = 2 * time.Second

// NewMemory returns a Memory of nothing.
func NewMemory() *Memory {
	return &Memory{Facts: map[string]string{}, known: map[string]statement.Hash{}, next: map[string]statement.Hash{}}
}

// ParseMemory reads what Encode wrote. A text that is anything else is a Memory
// of nothing: that costs time only.
func ParseMemory(text []byte) *Memory {
	m := NewMemory()
	rest, ok := strings.CutPrefix(string(text), memoryHead)
	if !ok {
		return m
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(rest, "\n"), "\n") {
		key, value, ok := strings.Cut(line, " ")
		if key != "=" {
			if ok {
				m.Facts[key] = value
			}
			continue
		}
		dir, hash, _ := strings.Cut(value, " ")
		h, err := statement.ParseHash(hash)
		if err != nil {
			return NewMemory()
		}
		m.known[dir] = h
	}
	m.next = maps.Clone(m.known)
	return m
}

// Encode writes down what the next merge may believe.
func (m *Memory) Encode() []byte {
	var b strings.Builder
	b.WriteString(memoryHead)
	for _, key := range slices.Sorted(maps.Keys(m.Facts)) {
		fmt.Fprintf(&b, "%s %s\n", key, m.Facts[key])
	}
	for _, dir := range slices.Sorted(maps.Keys(m.next)) {
		fmt.Fprintf(&b, "= %s %s\n", dir, m.next[dir])
	}
	return []byte(b.String())
}

// Vouches reports whether a directory has the files that it had when it was
// last noted, on both sides.
func (m *Memory) Vouches(dir string, here, there []store.Seen) bool {
	return m.vouches(dir, printOf(here, there))
}

// Note remembers a directory that was found equal on both sides, with the
// files that were seen before they were compared.
func (m *Memory) Note(dir string, here, there []store.Seen) { m.note(dir, printOf(here, there)) }

// Forget takes a directory out: something in it differs, or was written.
func (m *Memory) Forget(dir string) { m.forget(dir) }

func (m *Memory) vouches(dir string, print statement.Hash) bool {
	return m != nil && !print.IsZero() && m.known[dir] == print
}

func (m *Memory) note(dir string, print statement.Hash) {
	if m == nil {
		return
	}
	if print.IsZero() {
		delete(m.next, dir)
		return
	}
	m.next[dir] = print
}

func (m *Memory) forget(dir string) {
	if m != nil {
		delete(m.next, dir)
	}
}

// printOf is the hash of a directory's files on both sides; zero where one of
// them changed so recently that another change could hide behind it.
func printOf(here, there []store.Seen) statement.Hash {
	b := make([]byte, 0, 64*(len(here)+len(there))+8)
	for i, list := range [2][]store.Seen{here, there} {
		b = fmt.Appendf(b, "%d\n", i)
		for j := range list {
			f := &list[j]
			if time.Since(f.ModTime) < Settles {
				return statement.Hash{}
			}
			b = append(b, f.Name...)
			b = fmt.Appendf(b, " %d %d\n", f.Size, f.ModTime.UnixNano())
		}
	}
	return statement.Sum(b)
}
