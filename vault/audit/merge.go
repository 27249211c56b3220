package audit

import (
	"slices"

	"opsvault/vault/chain"
)

// A Source gives the lines of one log, oldest first. It reports false at its end.
type Source func() (chain.Line, bool, error)

// Merge calls each with the lines of several logs, oldest first; lines of one
// log keep their order, and of lines of one moment those of the earlier source
// come first. It holds one line a log, and ends with the first error.
func Merge(sources []Source, each func(*chain.Line) error) error {
	m := merger{sources: sources, lines: make([]chain.Line, len(sources))}
	for i := range sources {
		if err := m.pull(i); err != nil {
			return err
		}
	}
	for len(m.order) > 0 {
		first := m.order[0]
		m.order = slices.Delete(m.order, 0, 1)
		if err := each(&m.lines[first]); err != nil {
			return err
		}
		if err := m.pull(first); err != nil {
			return err
		}
	}
	return nil
}

// A merger keeps the next line of each source, and the order of these lines.
type merger struct {
	sources []Source
	lines   []chain.Line
	order   []int // sources that have a line, by that line
}

// pull takes the next line of a source and puts it into the order. It looks
// from the front: people work one after the other, so it is mostly near.
func (m *merger) pull(source int) error {
	line, ok, err := m.sources[source]()
	if err != nil || !ok {
		return err
	}
	m.lines[source] = line
	at := 0
	for at < len(m.order) && m.before(m.order[at], source) {
		at++
	}
	m.order = slices.Insert(m.order, at, source)
	return nil
}

func (m *merger) before(a, b int) bool {
	if c := m.lines[a].Time.Compare(m.lines[b].Time); c != 0 {
		return c < 0
	}
	return a < b
}
