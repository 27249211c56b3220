package statement

import (
	"slices"
	"strings"
	"time"
)

// A PolicyRef names a policy version.
type PolicyRef struct {
	Number uint64 // 1 to 999,999
	Hash   Hash   // of the document's bytes
}

func (p PolicyRef) String() string { return formatNumber(p.Number) + " " + p.Hash.String() }

// Acting says for whom the signer acted, and under which `acting` entry of the
// policy.
type Acting struct{ Member, ID string }

// Common is what every announced statement says first.
type Common struct {
	Vault  Hash
	Device string    // device id of the signer
	Author string    // member id of the signer
	For    *Acting   // nil: for nobody but the author
	Policy PolicyRef // the version that the signer acts under
	Event  uint64    // seq of the announcing line in this device's log, from 1
	Time   time.Time // UTC; what is less than a second is dropped
}

// withCommon returns the rules of an announced type.
func withCommon(rules ...rule) []rule {
	return append([]rule{
		one("vault", checked(ParseHash)),
		one("device", parseDevice),
		one("author", parseSlug),
		maybe("for", checked(parseActing)),
		one("policy", checked(parsePolicyRef)),
		one("event", numberTo(maxCount)),
		one("time", checked(parseTime)),
	}, rules...)
}

// fields writes the common lines.
func (c Common) fields() []Field {
	list := make([]Field, 0, 16)
	list = append(list,
		Field{"vault", c.Vault.String()},
		Field{"device", c.Device},
		Field{"author", c.Author},
	)
	if c.For != nil {
		list = append(list, Field{"for", c.For.Member + " " + c.For.ID})
	}
	return append(list,
		Field{"policy", c.Policy.String()},
		Field{"event", formatNumber(c.Event)},
		Field{"time", formatTime(c.Time)},
	)
}

// decodeCommon takes the common lines.
func decodeCommon(c *cursor) Common {
	common := Common{
		Vault:  hash(c.maybe("vault")),
		Device: c.maybe("device"),
		Author: c.maybe("author"),
	}
	if s := c.maybe("for"); s != "" {
		acting, _ := parseActing(s)
		common.For = &acting
	}
	common.Policy, _ = parsePolicyRef(c.maybe("policy"))
	common.Event = number(c.maybe("event"))
	common.Time, _ = parseTime(c.maybe("time"))
	return common
}

func parsePolicyRef(s string) (PolicyRef, error) {
	n, h, err := parsePair(s)
	return PolicyRef{n, h}, err
}

func parseActing(s string) (Acting, error) {
	member, id, _ := strings.Cut(s, " ")
	if err := parseSlug(member); err != nil {
		return Acting{}, err
	}
	return Acting{member, id}, parseSlug(id)
}

// built returns the header that a body makes, if it is right for its type.
func built(t Type, fields []Field) (Header, error) {
	h := Header{t, fields}
	if err := h.valid(); err != nil {
		return Header{}, err
	}
	return h, nil
}

// hashLines writes one line of key for each hash.
func hashLines(fields []Field, key string, list []Hash) []Field {
	for _, h := range list {
		fields = append(fields, Field{key, h.String()})
	}
	return fields
}

// parsed checks a header and decodes it, for the Parse function of a type.
func parsed[T any](h Header, decode func(Header) (T, error), types ...Type) (T, error) {
	var none T
	if !slices.Contains(types, h.Type) {
		return none, malformed("want type %s, have %q", types[0], h.Type)
	}
	if err := h.valid(); err != nil {
		return none, err
	}
	return decode(h) // valid has decoded it once already: no error is left
}

// ParseCommon returns the common lines of a header of any announced type that
// this version knows. The header was checked when it was parsed.
func ParseCommon(h Header) (Common, error) {
	switch h.Type {
	case TypeSign, TypeKeys, TypeEntry, TypeAct, TypePacket, TypePublish, TypeApprove:
		return decodeCommon(&cursor{h.Fields}), nil
	}
	return Common{}, malformed("type %s has no common lines", h.Type)
}
