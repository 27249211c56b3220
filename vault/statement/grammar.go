package statement

import "strings"

// A rule says how often a key stands in a header, and what its value is. The
// rules of a type come in the order in which its lines must stand.
type rule struct {
	key         string
	least, most int
	check       func(value string) error
}

// A grammar is all that is fixed about the header of a type: its lines, and a
// check of what no single line shows.
type grammar struct {
	rules []rule
	whole func(Header) error
}

// one, maybe and many are the usual numbers of lines.
func one(key string, check func(string) error) rule   { return rule{key, 1, 1, check} }
func maybe(key string, check func(string) error) rule { return rule{key, 0, 1, check} }

func many(key string, least, most int, check func(string) error) rule {
	return rule{key, least, most, check}
}

// grammarOf returns the grammar of a header that this version reads and
// writes: by its type, and for an act by its op.
func grammarOf(h Header) (grammar, bool) {
	switch h.Type {
	case TypeAct:
		return actGrammar(h)
	case TypePacket:
		return grammar{packetRules, whole(decodePacket)}, true
	case TypeEntry:
		return grammar{entryRules, whole(decodeEntry)}, true
	case TypeSign:
		return grammar{signRules, whole(decodeSign)}, true
	case TypeKeys:
		return grammar{keysRules, whole(decodeKeys)}, true
	case TypeDevice:
		return grammar{deviceRules, whole(decodeDevice)}, true
	case TypePublish:
		return grammar{publishRules, whole(decodeBook)}, true
	case TypeApprove:
		return grammar{approveRules, whole(decodeBook)}, true
	case TypeHead:
		return grammar{headRules, whole(decodeHead)}, true
	case TypeRun:
		return grammar{runRules, whole(decodeHead)}, true
	}
	return grammar{}, false
}

// whole turns the decoder of a type into the check of its whole header.
func whole[T any](decode func(Header) (T, error)) func(Header) error {
	return func(h Header) error {
		_, err := decode(h)
		return err
	}
}

// check holds a header against the grammar of its type.
func (h Header) check() error {
	g, known := grammarOf(h)
	if !known {
		return h.unknown()
	}
	if err := h.obey(g.rules); err != nil {
		return err
	}
	return g.whole(h)
}

// unknown checks what even a header of an unknown type must have, its one
// device line, and returns the *UnknownType.
func (h Header) unknown() error {
	devices := 0
	for i, f := range h.Fields {
		if f.Key == "device" {
			devices++
			if err := parseDevice(f.Value); err != nil {
				return at(i+2, err)
			}
		}
	}
	if devices != 1 {
		return malformed("want one `device` line, have %d", devices)
	}
	unknown := &UnknownType{Type: h.Type}
	if h.Type == TypeAct {
		unknown.Op, _ = h.Get("op")
	}
	return unknown
}

// obey checks order, number and values of the lines.
func (h Header) obey(rules []rule) error {
	next := 0 // index into h.Fields
	for _, r := range rules {
		count := 0
		for next < len(h.Fields) && h.Fields[next].Key == r.key && count < r.most {
			if err := r.check(h.Fields[next].Value); err != nil {
				return at(next+2, keyed(r.key, err))
			}
			count++
			next++
		}
		if count < r.least {
			return at(next+2, malformed("want the line `%s` here", r.key))
		}
	}
	if next < len(h.Fields) {
		return at(next+2, malformed("line `%s` is unknown, repeated or misplaced in type %s", h.Fields[next].Key, h.Type))
	}
	return nil
}

// keyed puts the key in front of what is wrong with its value.
func keyed(key string, err error) error {
	return malformed("`%s`: %s", key, err)
}

// A cursor takes the lines of a header, which obeys its rules already, one
// after another.
type cursor struct{ fields []Field }

// maybe takes the next line if it has this key, else it returns "".
func (c *cursor) maybe(key string) string {
	if len(c.fields) == 0 || c.fields[0].Key != key {
		return ""
	}
	value := c.fields[0].Value
	c.fields = c.fields[1:]
	return value
}

// many takes all next lines with this key. Without one it returns nil.
func (c *cursor) many(key string) []Field {
	n := 0
	for n < len(c.fields) && c.fields[n].Key == key {
		n++
	}
	list := c.fields[:n]
	c.fields = c.fields[n:]
	return list
}

// parseAll parses the values of lines that were checked already.
func parseAll[T any](lines []Field, parse func(string) (T, error)) []T {
	if len(lines) == 0 {
		return nil
	}
	list := make([]T, len(lines))
	for i, f := range lines {
		list[i], _ = parse(f.Value)
	}
	return list
}

// checked turns a parser of values into a check.
func checked[T any](parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := parse(s)
		return err
	}
}

// numberTo returns the check of a number from 1 to limit.
func numberTo(limit uint64) func(string) error {
	return func(s string) error {
		_, err := parseNumber(s, 1, limit)
		return err
	}
}

// oneOf returns the check of a value from a fixed list.
func oneOf(words ...string) func(string) error {
	return func(s string) error {
		for _, w := range words {
			if s == w {
				return nil
			}
		}
		return malformed("want one of: %s", strings.Join(words, ", "))
	}
}

// number and hash read values that were checked already.
func number(s string) uint64 {
	n, _ := parseNumber(s, 0, maxCount)
	return n
}

func hash(s string) Hash {
	h, _ := ParseHash(s)
	return h
}
