package paper

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"opsvault/runbooks"
)

// A pageView is what the template sees.
type pageView struct {
	page   *Page
	Title  string
	CSS    template.CSS
	Policy string
	Sheets []*sheetView
}

// W is a word for people in the language of the page.
func (v *pageView) W(key string, args ...any) string { return v.page.Words("sheet."+key, args...) }

// Lang is the language of the page.
func (v *pageView) Lang() string { return v.page.Lang }

// Binder is nil for a single sheet.
func (v *pageView) Binder() *Binder { return v.page.Binder }

// Vault is the vault's name.
func (v *pageView) Vault() string { return v.page.Vault }

// Made says when and by whom the page was made.
func (v *pageView) Made() string { return made(v.page, v.page.Words) }

func made(p *Page, words Words) string {
	parts := []string{}
	if p.Vault != "" {
		parts = append(parts, p.Vault)
	}
	parts = append(parts, words("sheet.made", "time", date(words, p.Printed)+" "+p.Printed.Format("15:04")))
	if p.By != "" {
		parts = append(parts, p.By)
	}
	return strings.Join(parts, " · ")
}

// A sheetView is one runbook.
type sheetView struct {
	*Sheet
	page  *Page
	roads *roads
	again map[string]bool // steps that the run can still come to
	where map[string]int  // input → number of the step that asks for it
	next  runbooks.Prompt // the first thing to do on paper
	Tab   int
}

func newSheet(p *Page, i int) *sheetView {
	s := &sheetView{Sheet: &p.Sheets[i], page: p, roads: newRoads(p.Sheets[i].Book), where: map[string]int{}, Tab: i + 1}
	for _, step := range s.allSteps() {
		for _, check := range step.Checks {
			for _, input := range check.Inputs {
				s.where[input.Name] = step.Number
			}
		}
	}
	if s.Run != nil {
		s.again, s.next = s.comes(), nextOf(s.Book, s.Run.State)
	}
	return s
}

// comes are the steps that the run is in or can still come to: from where it is, from where it returns to when it has taken
// something back, and those that are to be repeated or that others are doing.
func (s *sheetView) comes() map[string]bool {
	state := &s.Run.State
	from := []string{s.at()}
	if u := state.Undoing; u != nil {
		from = append(from, u.Back, strings.TrimPrefix(u.Target, "#"))
	}
	again := s.roads.reachable(from...)
	for _, m := range state.Reminders(s.Book) {
		again[m.Step.ID] = true
	}
	for _, b := range state.Open() {
		again[b.Step] = true
	}
	if u := state.Undoing; u != nil {
		again[u.Back] = true
	}
	return again
}

// nextOf is the next thing of a run that is on paper already, or about to be.
func nextOf(book *runbooks.Runbook, state runbooks.State) runbooks.Prompt {
	if state.Status == runbooks.StatusPaper || state.Status == runbooks.StatusPaused {
		state.Status = runbooks.StatusActive
	}
	return runbooks.Next(book, state)
}

// W is a word for people in the language of the runbook.
func (s *sheetView) W(key string, args ...any) string { return s.Words("sheet."+key, args...) }

// InBinder reports a sheet that is one of several.
func (s *sheetView) InBinder() bool { return s.page.Binder != nil }

// Made says when and by whom the sheet was made.
func (s *sheetView) Made() string { return made(s.page, s.Words) }

func (s *sheetView) allSteps() []*runbooks.Step {
	var list []*runbooks.Step
	for _, phase := range s.Book.Phases {
		list = append(list, phase.Steps...)
	}
	return list
}

// Facts are the short facts about the runbook.
func (s *sheetView) Facts() []fact {
	m := &s.Book.Meta
	facts := []fact{{s.W("version"), s.Name()}, {s.W("digest"), s.Digest()}}
	if len(s.Approvers) > 0 {
		facts = append(facts, fact{s.W("approved"), strings.Join(s.Approvers, ", ")})
	}
	facts = append(facts, fact{s.W("roles"), s.roleTitles(rolesOf(m))})
	if m.Est > 0 {
		facts = append(facts, fact{s.W("est"), s.span(m.Est)})
	}
	if m.Owner != "" {
		facts = append(facts, fact{s.W("owner"), s.owner(m.Owner)})
	}
	if !m.ReviewBy.IsZero() {
		facts = append(facts, fact{s.W("review"), date(s.Words, m.ReviewBy)})
	}
	if s.Copies > 1 {
		facts = append(facts, fact{s.W("copy"), s.W("copy-of", "n", s.Copies)})
	}
	return facts
}

type fact struct{ Name, Value string }

// owner is a duty or a member with the people behind it.
func (s *sheetView) owner(ref string) string {
	kind, name, _ := strings.Cut(ref, ":")
	if people := strings.Join(s.contacts(runbooks.Target{Scheme: runbooks.SchemeCall, Value: ref}), ", "); people != "" {
		if kind == "member" {
			return people
		}
		return name + " (" + people + ")"
	}
	return name
}

func rolesOf(m *runbooks.Meta) []string {
	ids := make([]string, len(m.Roles))
	for i, role := range m.Roles {
		ids[i] = role.ID
	}
	return ids
}

// roleTitles are roles as this text calls them.
func (s *sheetView) roleTitles(ids []string) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = s.roleTitle(id)
	}
	return strings.Join(list, ", ")
}

func (s *sheetView) roleTitle(id string) string {
	for _, role := range s.Book.Meta.Roles {
		if role.ID == id && role.Title != "" {
			return role.Title
		}
	}
	return id
}

// span is a length of time to the minute: "1 h 30 min".
func (s *sheetView) span(d time.Duration) string { return spanOf(s.Words, d) }

func spanOf(words Words, d time.Duration) string {
	units := []struct {
		key string
		of  time.Duration
	}{{"sheet.days", 24 * time.Hour}, {"sheet.hours", time.Hour}, {"sheet.minutes", time.Minute}, {"sheet.seconds", time.Second}}
	var parts []string
	for _, unit := range units {
		if n := int(d / unit.of); n > 0 {
			parts = append(parts, words(unit.key, "n", n))
			d -= time.Duration(n) * unit.of
		}
	}
	return strings.Join(parts, " ")
}

// date is a day as the language writes it.
func date(words Words, at time.Time) string {
	return words("sheet.day", "year", at.Format("2006"), "month", at.Format("01"), "day", at.Format("02"))
}

// clock is a time of day at the place of whoever printed.
func (s *sheetView) clock(at time.Time) string {
	return at.In(s.page.Printed.Location()).Format("15:04")
}

func (s *sheetView) moment(at time.Time) string {
	at = at.In(s.page.Printed.Location())
	return date(s.Words, at) + " " + at.Format("15:04")
}

// FewSteps reports a list of steps that fits on part of a page.
func (s *sheetView) FewSteps() bool { return len(s.allSteps()) <= 60 }

// Asks are the inputs of the front matter.
func (s *sheetView) Asks() []askView {
	var list []askView
	for _, ask := range s.Book.Meta.Inputs {
		question := ask.Question
		if question == "" {
			question = ask.Name
		}
		list = append(list, askView{question, ask.Name, s.value(ask.Name)})
	}
	return list
}

type askView struct{ Question, Name, Value string }

// value is what the run knows of an input.
func (s *sheetView) value(name string) string {
	if s.Run == nil {
		return ""
	}
	return s.Run.State.Inputs[name]
}

// Intro is the text before the first phase.
func (s *sheetView) Intro() []*blockView { return s.blocks(nil, s.Book.Intro) }

// Phases are the phases with their steps.
func (s *sheetView) Phases() []phaseView {
	var list []phaseView
	for _, phase := range s.Book.Phases {
		p := phaseView{sheetView: s, Title: phase.Title, Rollback: phase.Rollback(), Intro: s.blocks(nil, phase.Intro)}
		for _, step := range phase.Steps {
			p.Steps = append(p.Steps, s.step(step))
		}
		list = append(list, p)
	}
	return list
}

type phaseView struct {
	*sheetView
	Title    string
	Rollback bool
	Intro    []*blockView
	Steps    []*stepView
}

// Anchor is the name of a step in the document.
func (s *sheetView) Anchor(number int) string { return fmt.Sprintf("t%ds%d", s.Tab, number) }

// A contactsView is a list of who is called in which order.
type contactsView struct {
	*pageView
	List []Contacts
}

// Duties are the duties with the people behind them.
func (v *pageView) Duties() contactsView { return contactsView{v, v.page.Binder.Duties} }

// Roles are the roles with the people who have them.
func (v *pageView) Roles() contactsView { return contactsView{v, v.page.Binder.Roles} }
