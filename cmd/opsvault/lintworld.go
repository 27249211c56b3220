package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/entry"
)

// A lintWorld answers lint from a vault: which credentials there are, who opens them, who has which role.
type lintWorld struct {
	v     *vault.Vault
	now   time.Time
	paths map[string]bool // of the credentials that the texts link to: are they there
	drill []string        // slugs of the texts that are to be practised
}

var _ runbooks.World = (*lintWorld)(nil)

// newLintWorld looks up every credential that the texts link to. Only where there is one are the keys unlocked: names
// of credentials are sealed.
func newLintWorld(v *vault.Vault, now time.Time, texts ...[]byte) (*lintWorld, error) {
	w := &lintWorld{v: v, now: now, paths: map[string]bool{}}
	for _, text := range texts {
		book, _ := runbooks.Parse(text)
		if book == nil {
			continue
		}
		if book.Meta.Drill.Every > 0 {
			w.drill = append(w.drill, book.Meta.ID)
		}
		for _, path := range linkedPaths(book) {
			if _, known := w.paths[path]; known {
				continue
			}
			there, err := credentialExists(v, path)
			if err != nil {
				return nil, err
			}
			w.paths[path] = there
		}
	}
	return w, nil
}

// linkedPaths are the paths of the credentials that a runbook links to, in the order of the text.
func linkedPaths(book *runbooks.Runbook) []string {
	var paths []string
	for _, phase := range book.Phases {
		for _, step := range phase.Steps {
			for _, link := range step.Credentials() {
				if !slices.Contains(paths, link.Target.Value) {
					paths = append(paths, link.Target.Value)
				}
			}
		}
	}
	return paths
}

// credentialExists also counts one that is damaged here: another copy of the vault may have it whole.
func credentialExists(v *vault.Vault, s string) (bool, error) {
	path, err := entry.ParsePath(s)
	if err != nil {
		return false, nil
	}
	e, _, err := v.Show(path, true)
	var none *vault.NotFoundError
	var damaged *vault.IntegrityError
	switch {
	case errors.As(err, &none):
		return false, nil
	case errors.As(err, &damaged):
		return true, nil
	case err != nil:
		return false, err
	}
	return !e.Deleted, nil
}

// Credential looks at the members with the role, and at those who will act with it.
func (w *lintWorld) Credential(path, role string) (exists bool, denied []string) {
	doc, safe := w.v.Policy(), safeOf(path)
	exists = w.paths[path]
	members := 0
	for id, m := range doc.Members {
		if slices.Contains(m.Roles, role) {
			members++
			if !doc.DecideAt(id, policy.Read, safe, w.now).Allowed {
				denied = append(denied, id)
			}
		}
	}
	for _, row := range doc.Acting {
		if !row.Until.After(w.now) || !slices.Contains(row.Roles, role) || slices.Contains(denied, row.Member) {
			continue
		}
		if !doc.DecideAt(row.Member, policy.Read, safe, later(row.From, w.now)).Allowed {
			denied = append(denied, row.Member)
		}
	}
	if _, known := doc.Roles[role]; members == 0 && known {
		if s := doc.Safes[safe]; s != nil && !s.Access[role].Has(policy.Read) {
			denied = append(denied, role) // whoever is given the role one day
		}
	}
	slices.Sort(denied)
	return exists, denied
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Runbook is the newest approved version of a runbook. Who has never practised it has the time since it was first published.
func (w *lintWorld) Runbook(slug string) (runbooks.Book, bool) {
	b, err := w.v.Book(slug)
	if err != nil {
		return runbooks.Book{}, false
	}
	sum := sha256.Sum256(b.Text)
	book := runbooks.Book{Digest: hex.EncodeToString(sum[:]), LastDrill: b.Time}
	if !slices.Contains(w.drill, slug) {
		return book, true // nobody asks for its drills, and runs are many
	}
	if all, err := w.v.BookHistory(slug); err == nil {
		for _, older := range all {
			if older.Time.Before(book.LastDrill) {
				book.LastDrill = older.Time
			}
		}
	}
	if last := lastDrill(w.v, slug); last.After(book.LastDrill) {
		book.LastDrill = last
	}
	return book, true
}

// lastDrill is when the newest drill of a runbook came to its end, in whatever version. Drills that were stopped do not
// count; runs that can't be read are told elsewhere.
func lastDrill(v *vault.Vault, slug string) time.Time {
	var last time.Time
	infos, err := v.Runs()
	if err != nil {
		return last
	}
	for _, info := range infos {
		if info.Slug != slug || !info.Ended {
			continue
		}
		if ended := drillEnded(info); ended.After(last) {
			last = ended
		}
	}
	return last
}

// drillEnded is when a run that was a drill came to its end; zero where it was none, or was stopped.
func drillEnded(info *vault.RunInfo) time.Time {
	r, err := weaveRun(info)
	if err != nil || len(r.woven.Lines) == 0 || r.woven.Lines[0].Mode != runbooks.ModeDrill {
		return time.Time{}
	}
	end := r.woven.Lines[len(r.woven.Lines)-1]
	if end.Kind != runbooks.EventDone {
		return time.Time{}
	}
	return end.When()
}

// People counts who stands behind "role:lead", "duty:on-call" or "member:maria".
func (w *lintWorld) People(ref string) int {
	doc := w.v.Policy()
	kind, id, _ := strings.Cut(ref, ":")
	switch kind {
	case "member":
		if doc.Members[id] != nil {
			return 1
		}
	case "duty":
		if duty := doc.Duties[id]; duty != nil {
			people := slices.Clone(duty.Deputies)
			if duty.Holder != "" {
				people = append(people, duty.Holder)
			}
			slices.Sort(people)
			return len(slices.Compact(people))
		}
	case "role":
		if doc.Roles[id] != nil {
			return countMembers(doc, id, w.now)
		}
	}
	return -1
}

func countMembers(doc *policy.Document, role string, now time.Time) int {
	n := 0
	for id := range doc.Members {
		if slices.Contains(rolesAt(doc, id, now), role) {
			n++
		}
	}
	return n
}

// rolesAt are the roles of a member at a time: their own, and those that somebody has handed over.
func rolesAt(doc *policy.Document, member string, now time.Time) []string {
	var roles []string
	if m := doc.Members[member]; m != nil {
		roles = slices.Clone(m.Roles)
	}
	for _, row := range doc.Acting {
		if row.Member == member && row.Active(now) {
			roles = append(roles, row.Roles...)
		}
	}
	return roles
}
