package runbooks

import (
	"strings"
	"time"

	"github.com/yuin/goldmark/ast"

	"opsvault/policy/strictyaml"
)

// A metaKey is a key of a step's meta line.
type metaKey string

const (
	metaWho    metaKey = "Who"
	metaTime   metaKey = "Time"
	metaSecond metaKey = "Two people"
	metaWith   metaKey = "Together with"
	metaThen   metaKey = "Then"
	metaRepeat metaKey = "Repeat"
	metaUndo   metaKey = "Undo"
)

// metaNames are the keys as they are written, in both languages.
func metaNames() map[string]metaKey {
	return map[string]metaKey{
		"who": metaWho, "кто": metaWho,
		"time": metaTime, "время": metaTime,
		"two people": metaSecond, "вдвоём": metaSecond, "вдвоем": metaSecond,
		"together with": metaWith, "вместе с": metaWith,
		"then": metaThen, "дальше": metaThen,
		"repeat": metaRepeat, "повтор": metaRepeat,
		"undo": metaUndo, "откат": metaUndo,
	}
}

// A metaPart is one "Key: value" with the place of its key.
type metaPart struct {
	name, value string
	offset      int
}

var metaForm = lazily(`^\s*\**([\p{L}][\p{L} ]{1,30}?)\**:\**\s*(.*?)\s*$`)

// meta reads the first paragraph of a step as its meta line, and reports false where it is prose.
func (b *body) meta(p *ast.Paragraph) bool {
	parts, ok := splitMeta(raw(b.src, p))
	if !ok {
		return false
	}
	start := p.Lines().At(0).Start
	seen := map[metaKey]bool{}
	for _, part := range parts {
		pos := b.src.pos(start + part.offset)
		key, known := metaNames()[strings.ToLower(part.name)]
		switch {
		case !known:
			b.found.add(pos, "meta-unknown", "key", part.name, "near", nearMeta(part.name))
		case seen[key]:
			b.found.add(pos, "meta-twice", "key", part.name)
		case !b.setMeta(key, part.value, pos):
			b.found.add(pos, "meta-value", "key", part.name, "value", part.value, "want", metaExample(key))
		}
		seen[key] = true
	}
	return true
}

// splitMeta cuts a paragraph at its dots. It is a meta line when its first key is known, or when every part has the form
// and the first key is nearly one.
func splitMeta(text string) ([]metaPart, bool) {
	var parts []metaPart
	offset := 0
	for _, piece := range strings.SplitAfter(text, "·") {
		m := metaForm().FindStringSubmatchIndex(strings.TrimSuffix(piece, "·"))
		if m == nil {
			return nil, false
		}
		parts = append(parts, metaPart{piece[m[2]:m[3]], strings.Join(strings.Fields(piece[m[4]:m[5]]), " "), offset + m[2]})
		offset += len(piece)
	}
	_, known := metaNames()[strings.ToLower(parts[0].name)]
	return parts, known || nearMeta(parts[0].name) != "" || len(parts) > 1
}

func nearMeta(name string) string {
	known := make([]string, 0, 16)
	for word := range metaNames() {
		known = append(known, word)
	}
	return strictyaml.Nearest(name, sorted(known))
}

func metaExample(key metaKey) string {
	switch key {
	case metaWho:
		return "agent, lead"
	case metaTime:
		return "5 min"
	case metaSecond:
		return "lead"
	case metaWith:
		return "[…](#id), lead"
	case metaThen:
		return "[…](#id)"
	case metaRepeat:
		return "5 min, 20 min, [until](#id)"
	}
	return "[…](#id)"
}

func (b *body) setMeta(key metaKey, value string, pos Pos) bool {
	s := b.step
	switch key {
	case metaWho:
		return b.who(value, pos)
	case metaTime:
		d, ok := ParseSpan(value)
		s.Time = d
		return ok
	case metaSecond:
		return b.second(value, pos)
	case metaWith:
		return b.with(value, pos)
	case metaThen:
		s.Then = b.jump(value, pos)
		return s.Then != nil
	case metaUndo:
		s.Undo = b.jump(value, pos)
		return s.Undo != nil
	}
	s.Repeat = b.repeat(value, pos)
	return s.Repeat != nil
}

// role finds a role of the front matter by its id or by the name that it has in this text.
func (b *body) role(word string, pos Pos) string {
	word = strings.TrimSpace(word)
	names := make([]string, 0, 2*len(b.book.Meta.Roles))
	for _, role := range b.book.Meta.Roles {
		if strings.EqualFold(word, role.ID) || strings.EqualFold(word, role.Title) {
			return role.ID
		}
		names = append(names, role.ID, strings.ToLower(role.Title))
	}
	b.found.add(pos, "role-unknown", "role", word, "near", strictyaml.Nearest(word, names))
	return ""
}

func (b *body) who(value string, pos Pos) bool {
	for word := range strings.SplitSeq(value, ",") {
		if role := b.role(word, pos); role != "" {
			b.step.Who = append(b.step.Who, role)
		}
	}
	return value != ""
}

func (b *body) second(value string, pos Pos) bool {
	switch strings.ToLower(value) {
	case "":
		return false
	case "yes", "да", "any", "любой":
		b.step.Second = "*"
		return true
	}
	b.step.Second = b.role(value, pos)
	return true
}

var metaLink = lazily(`^\[[^\[\]]*\]\(([^()\s]+)\)$`)

// jump takes "[Title](#id)" or "#id".
func (b *body) jump(value string, pos Pos) *Target {
	dest := value
	if m := metaLink().FindStringSubmatch(value); m != nil {
		dest = m[1]
	}
	if id, ok := strings.CutPrefix(dest, "#"); ok && id != "" {
		return &Target{Scheme: SchemeJump, Value: id, Pos: pos}
	}
	return nil
}

func (b *body) with(value string, pos Pos) bool {
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		if target := b.jump(word, pos); target != nil {
			b.step.With = append(b.step.With, *target)
		} else if role := b.role(word, pos); role != "" {
			b.step.WithRole = append(b.step.WithRole, role)
		}
	}
	return value != ""
}

var repeatWord = lazily(`(?i)(^|\s)(first|within|after|every|each|then|at least|until|первый|первое|первая|через|в течение|затем|каждые|каждый|каждую|не реже|раз в|до|раза)(\s|$)`)

// repeat takes "20 min", "every 20 min", "first within 5 min, then every 20 min, until [Title](#id)".
func (b *body) repeat(value string, pos Pos) *Repeat {
	r := &Repeat{}
	var spans []time.Duration
	for part := range strings.SplitSeq(value, ",") {
		for old := ""; old != part; {
			old, part = part, strings.TrimSpace(repeatWord().ReplaceAllString(part, " "))
		}
		if target := b.jump(part, pos); target != nil && r.Until == nil {
			r.Until = target
			continue
		}
		d, ok := ParseSpan(part)
		if !ok || len(spans) == 2 {
			return nil
		}
		spans = append(spans, d)
	}
	switch len(spans) {
	case 1:
		r.Every = spans[0]
	case 2:
		r.First, r.Every = spans[0], spans[1]
	default:
		return nil
	}
	return r
}
