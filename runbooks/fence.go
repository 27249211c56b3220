package runbooks

import (
	"strings"
	"time"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"opsvault/policy/strictyaml"
)

// fence reads a fenced block: "sh run needs=network timeout=20s expect=…", "notice via=ivr,site", or any other.
func (b *body) fence(n *ast.FencedCodeBlock, depth int) {
	pos := blockPos(b.src, n)
	f := &Fence{Kind: ShownFence, Text: b.verbatim(n), pos: Pos{pos.Line + 1, 1}}
	info := ""
	if n.Info != nil {
		info = resolve(string(n.Info.Segment.Value(b.src.text)), false)
		pos = b.src.pos(n.Info.Segment.Start)
	}
	words := splitInfo(info)
	if len(words) > 0 {
		f.Lang = words[0]
	}
	switch {
	case f.Lang == "notice":
		f.Kind = NoticeFence
		b.options(f, words[1:], pos, "via", "drill")
	case f.Lang == "run" || len(words) > 1 && words[1] == "run":
		f.Kind = RunFence
		if f.Lang != "sh" {
			b.found.add(pos, "fence-lang", "lang", f.Lang)
		}
		b.options(f, words[min(2, len(words)):], pos, "needs", "timeout", "expect", "drill")
	}
	if f.Kind != ShownFence && strings.TrimSpace(f.Text) == "" {
		b.found.add(pos, "fence-empty")
	}
	if f.Kind == NoticeFence {
		b.noticeUses(f)
	}
	b.add(Block{Kind: FenceBlock, Pos: blockPos(b.src, n), Depth: depth, Fence: f})
}

// noticeUses notes the inputs that a notice needs; in a run fence they are a problem of their own.
func (b *body) noticeUses(f *Fence) {
	for i, line := range strings.Split(f.Text, "\n") {
		for _, m := range inputUse().FindAllStringSubmatchIndex(line, -1) {
			b.step.uses = append(b.step.uses, use{line[m[2]:m[3]], Pos{f.pos.Line + i, m[0] + 1}})
		}
	}
}

func (b *body) options(f *Fence, words []string, pos Pos, known ...string) {
	seen := map[string]bool{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		value = strings.Trim(value, `"`)
		allowed := false
		for _, name := range known {
			allowed = allowed || name == key
		}
		if !allowed || seen[key] || !f.set(key, value) {
			near := strictyaml.Nearest(key, known)
			if allowed {
				near = ""
			}
			b.found.add(pos, "fence-option", "option", word, "near", near, "known", strings.Join(known, ", "))
		}
		seen[key] = true
	}
}

func (f *Fence) set(key, value string) bool {
	switch key {
	case "needs":
		f.Needs = strings.Split(value, ",")
		return value == "network"
	case "timeout":
		d, ok := ParseSpan(value)
		f.Timeout = d
		return ok && d <= time.Hour
	case "expect":
		f.Expect = value
		return value != ""
	case "via":
		f.Via = strings.Split(value, ",")
		for _, channel := range f.Via {
			if !isSlug(channel) {
				return false
			}
		}
		return true
	case "drill":
		f.Drill = value == "ok"
		return f.Drill
	}
	return false
}

// splitInfo splits at spaces outside double quotes.
func splitInfo(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r)
	})
}

// pairFences marks the run fences that have a checkbox directly before or behind them, notes between them aside.
func (b *body) pairFences() {
	var around []Block
	for _, block := range b.step.Blocks {
		if block.Kind != NoteBlock {
			around = append(around, block)
		}
	}
	for i, block := range around {
		if block.Fence != nil {
			before := i > 0 && around[i-1].Kind == CheckBlock
			after := i+1 < len(around) && around[i+1].Kind == CheckBlock
			block.Fence.Manual = before || after
		}
	}
}
