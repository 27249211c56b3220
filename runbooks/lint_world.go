package runbooks

import (
	"fmt"
	"strings"
	"time"

	"opsvault/policy/strictyaml"
)

func nearest(word string, known []string) string { return strictyaml.Nearest(word, known) }

func (l *linter) nearStep(id string) string {
	known := []string{endID, abortID}
	for _, step := range l.flow.steps {
		if step.ID != "" {
			known = append(known, step.ID)
		}
	}
	return nearest(id, known)
}

// keyPos is where a key of the front matter stands, or the beginning of the text.
func (l *linter) keyPos(key string) Pos {
	if pos, ok := l.book.Meta.keys[key]; ok {
		return pos
	}
	return Pos{1, 1}
}

func (l *linter) dates() {
	m := l.book.Meta
	// The day itself is the last good one, wherever on earth it is read: a day that is over in UTC-12 is over.
	if !m.ReviewBy.IsZero() && l.options.Now.After(m.ReviewBy.Add(36*time.Hour)) {
		l.add(l.keyPos("review_by"), "review-overdue", "date", m.ReviewBy.Format(time.DateOnly))
	}
	if l.options.World == nil || m.Drill.Every == 0 {
		return
	}
	book, published := l.options.World.Runbook(m.ID)
	if published && l.options.Now.Sub(book.LastDrill) > m.Drill.Every {
		last := "-"
		if !book.LastDrill.IsZero() {
			last = book.LastDrill.UTC().Format(time.DateOnly)
		}
		l.add(l.keyPos("drill"), "drill-overdue", "last", last)
	}
}

// world looks at everything that the vault has to have.
func (l *linter) world() {
	w := l.options.World
	if owner := l.book.Meta.Owner; owner != "" && w.People(owner) < 1 {
		l.add(l.keyPos("owner"), "owner-unknown", "owner", owner)
	}
	for _, role := range l.book.Meta.Roles {
		switch w.People("role:" + role.ID) {
		case -1:
			l.add(role.pos, "role-unknown", "role", role.ID, "near", "")
		case 0:
			l.add(role.pos, "role-empty", "role", role.ID)
		}
	}
	if original := l.book.Meta.TranslationOf; original.ID != "" {
		if book, ok := w.Runbook(original.ID); ok && book.Digest != original.Digest {
			l.add(l.keyPos("translation_of"), "translation-stale", "id", original.ID)
		}
	}
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			l.second(step)
			l.links(step)
		}
	}
}

func (l *linter) second(step *Step) {
	if step.Second == "" {
		return
	}
	roles := []string{step.Second}
	if step.Second == "*" {
		roles = l.book.RolesOf(step)
	}
	people := 0
	for _, role := range roles {
		people += max(0, l.options.World.People("role:"+role))
	}
	if people < 2 {
		l.add(step.Pos, "second-alone", "role", strings.Join(roles, ", "), "count", fmt.Sprint(people))
	}
}

func (l *linter) links(step *Step) {
	for _, link := range step.Links {
		switch link.Target.Scheme {
		case SchemeVault:
			l.credential(link, l.book.RolesOf(step))
		case SchemeRunbook:
			l.otherBook(link.Target)
		}
	}
	if step.Decision == nil {
		return
	}
	for _, answer := range step.Decision.Answers {
		if answer.Target.Scheme == SchemeRunbook && !l.linked(step, answer.Target) {
			l.otherBook(answer.Target)
		}
	}
}

// linked reports a target that is among the step's links already: an answer's link is, a bare one is not.
func (l *linter) linked(step *Step, t Target) bool {
	for _, link := range step.Links {
		if link.Target.Pos == t.Pos {
			return true
		}
	}
	return false
}

func (l *linter) otherBook(t Target) {
	if _, ok := l.options.World.Runbook(t.Value); !ok && t.Value != l.book.Meta.ID {
		l.add(t.Pos, "runbook-missing", "slug", t.Value)
	}
}

func (l *linter) credential(link Link, roles []string) {
	path := link.Target.Value
	for _, role := range roles {
		exists, denied := l.options.World.Credential(path, role)
		if !exists {
			l.add(link.Pos, "credential-missing", "path", path)
			return
		}
		if len(denied) > 0 {
			l.add(link.Pos, "credential-denied", "path", path, "role", role, "who", strings.Join(denied, ", "))
		}
	}
}
