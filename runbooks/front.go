package runbooks

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"opsvault/policy/strictyaml"
)

// Format is the value of the front matter's key opsvault.
const Format = "runbook/v1"

// Meta is the front matter.
type Meta struct {
	ID            string // the slug
	Title         string
	Lang          string    // "en", "ru", "pt-BR"
	Owner         string    // "duty:…" or "member:…"; "" if missing
	ReviewBy      time.Time // a day, UTC
	UseWhen       []string
	DoneWhen      []string
	Roles         []Role
	Symptoms      []string
	Est           time.Duration // 0: none
	Inputs        []Ask         // asked for before the first step
	Drill         Drill
	Paper         Paper
	TranslationOf Original

	keys map[string]Pos // where each key stands
}

// A Role is a role of the vault that takes part, with the name that it has in this text.
type Role struct {
	ID, Title string
	pos       Pos
}

// An Ask is an input of the whole runbook, with the words to ask for it.
type Ask struct {
	Name, Question string
	pos            Pos
}

// Drill says how often the runbook is to be practised.
type Drill struct {
	Every time.Duration // 0: not said
	Mode  string
}

// Paper says how it is printed.
type Paper struct {
	Copies  int
	Secrets string // "none" or "sealed"
}

// Original names the text that this one is a translation of.
type Original struct {
	ID     string
	Digest string // SHA-256 of the text that was translated, 64 hex digits
}

// cutFront finds the front matter and blanks it, so that line numbers stay.
func cutFront(src *source, found *findings) (front []byte, ok bool) {
	if !bytes.HasPrefix(src.text, []byte("---\n")) {
		found.add(Pos{1, 1}, "front-missing")
		return nil, false
	}
	end := 0
	for line := 1; line < len(src.lines) && end == 0; line++ {
		rest := src.text[src.lines[line]:]
		first, _, _ := bytes.Cut(rest, []byte("\n"))
		if string(bytes.TrimRight(first, " \t")) == "---" {
			end = src.lines[line]
		}
	}
	if end == 0 {
		found.add(Pos{1, 1}, "front-open")
		return nil, false
	}
	front = bytes.Clone(src.text[4:end])
	blanked := bytes.Clone(src.text)
	for i := 0; i < len(blanked) && (i < end || blanked[i] != '\n'); i++ {
		if blanked[i] != '\n' {
			blanked[i] = ' '
		}
	}
	src.text = blanked
	return front, true
}

// A front reads the keys of the front matter.
type front struct {
	found *findings
	meta  Meta
}

func required() []string {
	return []string{"opsvault", "id", "title", "lang", "owner", "review_by", "use_when", "done_when", "roles"}
}

func optional() []string {
	return []string{"symptoms", "est", "inputs", "drill", "paper", "translation_of"}
}

func readFront(text []byte, found *findings) Meta {
	f := &front{found: found, meta: Meta{keys: map[string]Pos{}}}
	root, err := strictyaml.Parse(text, maxFront)
	var faults strictyaml.Errors
	switch {
	case errors.As(err, &faults):
		for _, one := range faults.Shift(1) {
			f.yamlFault(one)
		}
		return f.meta
	case root.Kind != strictyaml.KindMap:
		found.add(Pos{2, 1}, "yaml", "why", "expected a map")
		return f.meta
	}
	known := append(required(), optional()...)
	for i, key := range root.Keys {
		f.meta.keys[key.Text] = at(key)
		if !f.read(key.Text, root.Items[i]) {
			near := strictyaml.Nearest(key.Text, known)
			found.add(at(key), "key-unknown", "key", key.Text, "near", near)
		}
	}
	for _, key := range required() {
		if _, there := f.meta.keys[key]; there {
			continue
		}
		if key == "owner" {
			found.add(Pos{1, 1}, "owner-missing")
			continue
		}
		found.add(Pos{1, 1}, "key-missing", "key", key)
	}
	return f.meta
}

func (f *front) yamlFault(e strictyaml.Error) {
	code := "yaml"
	if e.Code == strictyaml.CodeQuote {
		code = "yaml-quotes"
	}
	f.found.add(Pos{e.Line, e.Column}, code, "why", e.Msg)
}

// at is a node's place in the whole text: the front matter begins on its second line.
func at(n *strictyaml.Node) Pos { return Pos{n.Line + 1, n.Column} }

func (f *front) bad(n *strictyaml.Node, key, want string) {
	value := n.Text
	if n.Kind != strictyaml.KindScalar {
		value = n.Kind.String()
	}
	f.found.add(at(n), "key-value", "key", key, "value", value, "want", want)
}

// read takes one key and reports whether it is known.
func (f *front) read(key string, n *strictyaml.Node) bool {
	m := &f.meta
	switch key {
	case "opsvault":
		f.text(key, n, Format, func(s string) bool { return s == Format })
	case "id":
		m.ID = f.text(key, n, "no-internet", isSlug)
	case "title":
		m.Title = f.text(key, n, "text", isLine)
	case "lang":
		m.Lang = f.text(key, n, "en, ru", langForm().MatchString)
	case "owner":
		f.owner(n)
	case "review_by":
		m.ReviewBy = f.date(key, n)
	case "use_when":
		m.UseWhen = f.texts(key, n)
	case "done_when":
		m.DoneWhen = f.texts(key, n)
	case "symptoms":
		m.Symptoms = f.texts(key, n)
	case "roles":
		f.roles(n)
	case "est":
		m.Est = f.span(key, n)
	case "inputs":
		f.inputs(n)
	case "drill":
		f.fields(key, n, map[string]func(string, *strictyaml.Node){
			"every": func(key string, n *strictyaml.Node) { m.Drill.Every = f.span(key, n) },
			"mode":  func(key string, n *strictyaml.Node) { m.Drill.Mode = f.text(key, n, "tabletop", isSlug) },
		})
	case "paper":
		f.fields(key, n, map[string]func(string, *strictyaml.Node){
			"copies":  func(key string, n *strictyaml.Node) { m.Paper.Copies = f.number(key, n) },
			"secrets": func(key string, n *strictyaml.Node) { m.Paper.Secrets = f.text(key, n, "none, sealed", isPaperSecrets) },
		})
	case "translation_of":
		f.fields(key, n, map[string]func(string, *strictyaml.Node){
			"id":     func(key string, n *strictyaml.Node) { m.TranslationOf.ID = f.text(key, n, "no-internet", isSlug) },
			"digest": func(key string, n *strictyaml.Node) { m.TranslationOf.Digest = f.text(key, n, "SHA-256", isDigest) },
		})
	default:
		return false
	}
	return true
}

func (f *front) owner(n *strictyaml.Node) {
	if n.Empty() {
		f.found.add(at(n), "owner-missing")
		return
	}
	f.meta.Owner = f.text("owner", n, "duty:on-call, member:maria", isOwner)
}

// text takes a scalar that ok accepts; want shows what is expected.
func (f *front) text(key string, n *strictyaml.Node, want string, ok func(string) bool) string {
	if n.Kind != strictyaml.KindScalar || !ok(n.Text) {
		f.bad(n, key, want)
		return ""
	}
	return n.Text
}

// texts takes one text or a list of them.
func (f *front) texts(key string, n *strictyaml.Node) []string {
	items := n.Items
	if n.Kind == strictyaml.KindScalar {
		items = []*strictyaml.Node{n}
	}
	if n.Kind == strictyaml.KindMap || len(items) == 0 || len(items) > 50 {
		f.bad(n, key, "text")
		return nil
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		if s := f.text(key, item, "text", isLine); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func (f *front) date(key string, n *strictyaml.Node) time.Time {
	when, err := time.Parse(time.DateOnly, n.Text)
	if n.Kind != strictyaml.KindScalar || err != nil {
		f.bad(n, key, "2027-01-31")
	}
	return when
}

func (f *front) span(key string, n *strictyaml.Node) time.Duration {
	d, ok := ParseSpan(n.Text)
	if n.Kind != strictyaml.KindScalar || !ok {
		f.bad(n, key, "40 min, 2 h, 90 d")
	}
	return d
}

func (f *front) number(key string, n *strictyaml.Node) int {
	i, err := strconv.Atoi(n.Text)
	if n.Kind != strictyaml.KindScalar || err != nil || i < 0 || i > 100 {
		f.bad(n, key, "0–100")
		return 0
	}
	return i
}

// fields reads a map of keys of its own.
func (f *front) fields(key string, n *strictyaml.Node, read map[string]func(string, *strictyaml.Node)) {
	if n.Kind != strictyaml.KindMap {
		known := make([]string, 0, len(read))
		for name := range read {
			known = append(known, name)
		}
		f.bad(n, key, "{"+strings.Join(sorted(known), ": …, ")+": …}")
		return
	}
	for i, inner := range n.Keys {
		name := key + "." + inner.Text
		take, ok := read[inner.Text]
		if !ok {
			known := make([]string, 0, len(read))
			for name := range read {
				known = append(known, name)
			}
			f.found.add(at(inner), "key-unknown", "key", name, "near", strictyaml.Nearest(inner.Text, sorted(known)))
			continue
		}
		take(name, n.Items[i])
	}
}

// roles takes a list of role ids, or a map of ids and the names that they have in this text.
func (f *front) roles(n *strictyaml.Node) {
	if n.Kind == strictyaml.KindScalar || len(n.Items) == 0 || len(n.Items) > 50 {
		f.bad(n, "roles", "[agent, lead]")
		return
	}
	for i, item := range n.Items {
		id, title := item, item
		if n.Kind == strictyaml.KindMap {
			id = n.Keys[i]
		}
		role := Role{f.text("roles", id, "agent", isSlug), f.text("roles", title, "text", isLine), at(id)}
		if role.ID != "" {
			f.meta.Roles = append(f.meta.Roles, role)
		}
	}
}

// inputs takes a list of names, or a map of names and questions.
func (f *front) inputs(n *strictyaml.Node) {
	if n.Kind == strictyaml.KindScalar || len(n.Items) > 50 {
		f.bad(n, "inputs", "{ticket: …}")
		return
	}
	for i, item := range n.Items {
		name, question := item, item
		if n.Kind == strictyaml.KindMap {
			name = n.Keys[i]
		}
		ask := Ask{f.text("inputs", name, "ticket", inputName().MatchString), f.text("inputs", question, "text", isLine), at(name)}
		if ask.Name != "" {
			f.meta.Inputs = append(f.meta.Inputs, ask)
		}
	}
}
