package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"opsvault/policy/strictyaml"
)

// Check returns what is wrong with the document by itself; nothing when it can be used. [Parse] and [Document.Encode]
// have called it.
func (d *Document) Check() Problems {
	c := checker{d: d}
	c.head()
	c.govern()
	c.built("audit", d.Audit.Generations)
	c.roles(d.Audit.Roles, "audit", "roles")
	c.built("catalogue", d.Catalogue.Generations)
	c.runbooks()
	c.members()
	c.safes()
	c.duties()
	c.acting()
	return c.found
}

type checker struct {
	d     *Document
	found Problems
}

// maxProblems is where collecting stops.
const maxProblems = 50

func (c *checker) add(p Problem) {
	if len(c.found) < maxProblems {
		c.found = append(c.found, p)
	}
}

func (c *checker) at(code Code, subject, msg string, path ...string) {
	c.add(Problem{Code: code, Path: path, Subject: subject, Msg: msg})
}

// key is at for a fault of the last key of the path, not of its value.
func (c *checker) key(code Code, subject, msg string, path ...string) {
	c.add(Problem{Code: code, Path: path, Subject: subject, Msg: msg, onKey: true})
}

func (c *checker) head() {
	d := c.d
	if d.Format != Format {
		c.at(CodeFormat, d.Format, "must be "+Format, "opsvault")
	}
	c.between(int(min(d.Version, MaxVersion+1)), 1, MaxVersion, "version")
	c.distinct(d.Prev, "prev")
	for i, hash := range d.Prev {
		c.hash(hash, "prev", index(i))
	}
	switch {
	case d.Version == 1 && len(d.Prev) > 0:
		c.key(CodeForbidden, "", "version 1 has no parent", "prev")
	case d.Version > 1 && len(d.Prev) == 0:
		c.at(CodeMissing, "", "the SHA-256 of the parent is missing", "prev")
	case len(d.Prev) > MaxPrev:
		c.key(CodeRange, "", fmt.Sprintf("at most %d parents", MaxPrev), "prev")
	}
	switch {
	case d.Version == 1:
		c.hash(d.Nonce, "nonce")
	case d.Nonce != "":
		c.key(CodeForbidden, "", "only version 1 has a nonce", "nonce")
	}
	c.instant(d.Issued, "issued")
	c.text(d.Name, MaxText, "name")
}

func (c *checker) govern() {
	g := c.d.Govern
	c.roles(g.Roles, "govern", "roles")
	governors := c.d.Governors()
	switch {
	case len(governors) == 0:
		c.at(CodeGovern, "", "no member with a device has a role that governs", "govern", "roles")
	case g.Threshold < 1:
		c.at(CodeGovern, strconv.Itoa(g.Threshold), "the threshold must be at least 1", "govern", "threshold")
	case g.Threshold > len(governors):
		c.at(CodeGovern, strconv.Itoa(g.Threshold), fmt.Sprintf("only %d can govern (a role that governs, and a device): %s",
			len(governors), strings.Join(governors, ", ")), "govern", "threshold")
	}
	if s := g.Succession; s != nil {
		c.people(s.Need, 1, s.Of, "govern", "succession")
		if s.Wait < 0 {
			c.at(CodeRange, s.Wait.String(), "must not be negative", "govern", "succession", "wait")
		}
		if s.For <= 0 {
			c.at(CodeRange, s.For.String(), "must be longer than nothing, like 14d", "govern", "succession", "for")
		}
	}
}

// built checks the keys of a safe that every vault has.
func (c *checker) built(section string, list []Generation) {
	if len(list) == 0 {
		c.at(CodeMissing, "", "there must be a generation", section, "generations")
	}
	c.generations(list, section)
	if section == "catalogue" && len(list) > 0 && list[0].Gen != 1 {
		c.at(CodeGeneration, "", "generation 1 of the catalogue must stay: the ids of entries are made with it", section, "generations")
	}
}

func (c *checker) runbooks() {
	r := c.d.Runbooks
	c.roles(r.Publish, "runbooks", "publish")
	c.roles(r.Approve, "runbooks", "approve")
	c.between(r.Approvals, 0, MaxMembers, "runbooks", "approvals")
	if r.Approvals > 0 && len(r.Approve) == 0 {
		c.at(CodeMissing, "", "approvals are asked for, but no role approves", "runbooks", "approve")
	}
}

// generations checks a list that lies at path.generations.
func (c *checker) generations(list []Generation, path ...string) {
	path = append(path, "generations")
	if len(list) > MaxGenerations {
		c.at(CodeRange, "", fmt.Sprintf("at most %d generations", MaxGenerations), path...)
	}
	var last Generation
	for i, g := range list {
		here := below(path, index(i))
		if byNumber(g, last) <= 0 || g.Gen < 1 || g.Gen > MaxGeneration || c.d.Version == 1 && g.Gen == last.Gen {
			c.at(CodeGeneration, strconv.FormatUint(g.Gen, 10),
				fmt.Sprintf("generations are numbers from 1 to %d, each higher than the one before", MaxGeneration), below(here, "gen")...)
		}
		last = g
		c.hash(g.Recipient, below(here, "recipient")...)
	}
}

// roles checks a list of roles.
func (c *checker) roles(list []string, path ...string) {
	c.distinct(list, path...)
	for i, role := range list {
		if c.d.Roles[role] == nil {
			c.unknown(CodeRole, role, sorted(c.d.Roles), below(path, index(i))...)
		}
	}
}

// people checks `need` and `of`.
func (c *checker) people(need, least int, of []string, path ...string) {
	c.memberList(of, below(path, "of")...)
	if need < least || need > len(of) {
		c.at(CodeRange, strconv.Itoa(need), fmt.Sprintf("must be %d to %d, the number of people named", least, len(of)), below(path, "need")...)
	}
}

func (c *checker) memberList(list []string, path ...string) {
	c.distinct(list, path...)
	for i, member := range list {
		c.member(member, below(path, index(i))...)
	}
}

func (c *checker) member(member string, path ...string) {
	if c.d.Members[member] == nil {
		c.unknown(CodeMember, member, sorted(c.d.Members), path...)
	}
}

func (c *checker) unknown(code Code, subject string, known []string, path ...string) {
	p := Problem{Code: code, Path: path, Subject: subject, Near: strictyaml.Nearest(subject, known), Msg: fmt.Sprintf("there is no %s %q", code, subject)}
	if p.Near != "" {
		p.Msg += fmt.Sprintf("; did you mean %q?", p.Near)
	}
	c.add(p)
}

func (c *checker) distinct(list []string, path ...string) {
	seen := make(map[string]bool, len(list))
	for i, one := range list {
		if seen[one] {
			c.at(CodeTwice, one, fmt.Sprintf("%q stands here twice", one), below(path, index(i))...)
		}
		seen[one] = true
	}
}

func (c *checker) between(n, least, most int, path ...string) {
	if n < least || n > most {
		c.at(CodeRange, strconv.Itoa(n), fmt.Sprintf("must be %d to %d", least, most), path...)
	}
}

func (c *checker) hash(text string, path ...string) {
	switch {
	case text == "":
		c.at(CodeMissing, "", "is missing: 64 lower-case hex digits", path...)
	case !IsHash(text):
		c.at(CodeHash, text, "must be 64 lower-case hex digits", path...)
	}
}

func (c *checker) id(id string, path ...string) {
	if !IsID(id) {
		c.key(CodeID, id, fmt.Sprintf("%q is no id: 1 to 32 of a-z, 0-9 and -, no - at the ends, no name that Windows reserves", id), path...)
	}
}

func (c *checker) instant(t time.Time, path ...string) {
	if t.IsZero() || t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() < 2000 || t.Year() > 9999 {
		c.at(CodeRange, t.Format(time.RFC3339Nano), "must be a time like 2026-11-21T10:00:00Z: UTC, whole seconds", path...)
	}
}

// text checks a line that is shown to people.
func (c *checker) text(text string, limit int, path ...string) {
	switch {
	case text == "":
		c.at(CodeMissing, "", "must not be empty", path...)
	case len(text) > limit:
		c.at(CodeText, "", fmt.Sprintf("longer than %d bytes", limit), path...)
	case strings.TrimSpace(text) != text || !showable(text, false):
		c.at(CodeText, "", "must be one line without spaces around it and without invisible characters", path...)
	}
}

func (c *checker) note(text string, path ...string) {
	if len(text) > MaxNote || !showable(text, true) {
		c.at(CodeText, "", fmt.Sprintf("must be at most %d bytes without invisible characters", MaxNote), below(path, "note")...)
	}
}

func (c *checker) title(t Title, path ...string) {
	path = below(path, "title")
	for _, lang := range sorted(t) {
		switch {
		case lang == "" && len(t) == 1:
			c.text(t[lang], MaxText, path...)
		case !isLang(lang):
			c.key(CodeWord, lang, "a language is two letters, like en or ru", below(path, lang)...)
		default:
			c.text(t[lang], MaxText, below(path, lang)...)
		}
	}
}

// showable reports a text that shows what it holds: no control characters, none that reorder text or break lines.
func showable(text string, lines bool) bool {
	for _, r := range text {
		switch {
		case r == '\n' && lines:
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == 0x2028, r == 0x2029, r == 0xFEFF:
			return false
		}
	}
	return utf8.ValidString(text)
}

// below makes a longer path without touching the shorter one.
func below(path []string, more ...string) []string {
	return append(append(make([]string, 0, len(path)+len(more)), path...), more...)
}

func index(i int) string { return strconv.Itoa(i) }
