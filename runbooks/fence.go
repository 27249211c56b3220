package runbooks

import (
	"net/url"
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
		b.options(f, words[min(2, len(words)):], pos, "needs", "timeout", "expect", "drill", "secret", "stdin")
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
		if !allowed || seen[key] && key != "secret" || !f.set(key, value) {
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
	case "secret":
		name, ref, ok := strings.Cut(value, ":")
		return ok && isSecretVar(name) && f.wants(name, ref)
	case "stdin":
		return f.wants("", value)
	}
	return false
}

var secretVar = lazily(`^[A-Z][A-Z0-9_]{0,63}$`)

// isSecretVar accepts the name of a variable in capitals that nothing else gives a meaning to.
func isSecretVar(name string) bool {
	switch name {
	case "PATH", "HOME", "IFS", "ENV", "PWD", "SHELL", "TMPDIR", "TEMP", "TMP", "USER", "PS4", "BASH_ENV", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS":
		return false
	}
	for _, prefix := range []string{"LD_", "DYLD_", "OPSVAULT_", "GIT_", "PYTHON", "PERL", "RUBY", "NODE_", "JAVA_"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return secretVar().MatchString(name)
}

// wants notes a credential that the command gets, "safe/name#field".
func (f *Fence) wants(name, ref string) bool {
	path, field, ok := strings.Cut(ref, "#")
	path, err := url.PathUnescape(path)
	if !ok || err != nil || !isEntryPath(path) || !isLine(field) || len(field) > 64 {
		return false
	}
	for _, s := range f.Secrets {
		if s.Var == name {
			return false
		}
	}
	f.Secrets = append(f.Secrets, FenceSecret{name, path, field})
	return true
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

// pairFences numbers the fences and finds the check beside each run fence, notes between them aside: the one behind it, or
// the one before it. Each check is beside one command at most.
func (b *body) pairFences() {
	var around []Block
	for _, block := range b.step.Blocks {
		if block.Check != nil {
			block.Check.Fence = nil
		}
		if block.Kind != NoteBlock {
			around = append(around, block)
		}
	}
	checks, notices := 0, 0
	b.step.commands = nil
	for i, block := range around {
		f := block.Fence
		switch {
		case block.Check != nil:
			checks = block.Check.Number
		case f != nil && f.Kind == NoticeFence:
			notices++
			f.Number = notices
		case f != nil && f.Kind == RunFence:
			b.step.commands = append(b.step.commands, f)
			f.Number, f.place = len(b.step.commands), checks
			pairFence(around, i)
		}
	}
}

func pairFence(around []Block, i int) {
	f := around[i].Fence
	if i+1 < len(around) && around[i+1].Check != nil {
		f.pair(around[i+1].Check)
		return
	}
	// Where the check before it is the one behind the command before it, and so on up to a check that is free, every command
	// is written behind its check.
	first := i
	for first > 0 && around[first-1].Check != nil && around[first-1].Check.Fence != nil {
		first -= 2
		f.Manual = true
	}
	if first < 1 || around[first-1].Check == nil {
		return
	}
	for ; first <= i; first += 2 {
		around[first].Fence.pair(around[first-1].Check)
	}
}

func (f *Fence) pair(check *Check) {
	f.Manual, f.Check, f.place = true, check, check.Number-1
	check.Fence = f
}
