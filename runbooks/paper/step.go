package paper

import (
	"strings"

	"opsvault/runbooks"
)

// A stepView is one step.
type stepView struct {
	*sheetView
	step     *runbooks.Step
	Number   int
	Title    string
	Meta     []string
	Second   string // who confirms beside, "" for nobody
	Repeat   string
	Blocks   []*blockView
	Question []run
	Ways     []wayView
	Past     bool // done or skipped
	Gone     bool // the run can't come to it any more
	Here     bool // the run is in it
	Done     string
}

func (s *sheetView) step(step *runbooks.Step) *stepView {
	v := &stepView{sheetView: s, step: step, Number: step.Number, Title: step.Title, Meta: s.meta(step)}
	v.state()
	v.Blocks = s.blocks(v, step.Blocks)
	switch step.Second {
	case "":
	case "*":
		v.Second = s.W("second-any")
	default:
		v.Second = s.W("second", "role", s.roleTitle(step.Second))
	}
	if step.Repeat != nil {
		v.Repeat = s.repeat(step.Repeat)
	}
	if step.Decision != nil {
		v.Question = s.runs(step.Decision.Question, false)
	}
	for _, w := range s.roads.out(step) {
		v.Ways = append(v.Ways, s.way(v, w))
	}
	if len(v.Ways) == 0 {
		v.Ways = []wayView{{Label: s.W("back"), Title: s.W("back-where"), Next: true}}
	}
	return v
}

// meta is the line below the title.
func (s *sheetView) meta(step *runbooks.Step) []string {
	var list []string
	if len(step.Who) > 0 {
		list = append(list, s.W("who", "roles", s.roleTitles(step.Who)))
	}
	if step.Time > 0 {
		list = append(list, s.W("takes", "time", s.span(step.Time)))
	}
	var with []string
	for _, t := range step.With {
		with = append(with, s.to(t))
	}
	with = append(with, strings.Fields(s.roleTitles(step.WithRole))...)
	if len(with) > 0 {
		list = append(list, s.W("with", "who", strings.Join(with, ", ")))
	}
	if step.Undo != nil {
		list = append(list, s.W("taken-back", "step", s.to(*step.Undo)))
	}
	return list
}

func (s *sheetView) repeat(r *runbooks.Repeat) string {
	parts := []string{s.W("repeat-every", "time", s.span(r.Every))}
	if r.First > 0 {
		parts[0] = s.W("repeat-first", "first", s.span(r.First), "time", s.span(r.Every))
	}
	if r.Until != nil {
		parts = append(parts, s.W("repeat-until", "step", s.to(*r.Until)))
	}
	return strings.Join(parts, ", ")
}

// to says in words where a jump leads: "step 14, Close for the day".
func (s *sheetView) to(t runbooks.Target) string {
	switch {
	case t.Scheme == runbooks.SchemeRunbook:
		return s.otherBook(t.Value)
	case t.Value == endID:
		return s.W("to-end")
	case t.Value == abortID:
		return s.W("to-abort")
	}
	if step := s.Book.Step(t.Value); step != nil {
		return s.W("to-step", "number", step.Number, "title", step.Title)
	}
	return "#" + t.Value
}

// otherBook names another runbook, with its tab where the binder has it.
func (s *sheetView) otherBook(slug string) string {
	for i := range s.page.Sheets {
		if s.page.Binder != nil && s.page.Sheets[i].Slug == slug {
			return s.W("to-tab", "title", s.page.Sheets[i].Book.Title, "slug", slug, "n", i+1)
		}
	}
	return s.W("to-runbook", "slug", slug)
}

// Cells are the numbers of the boxes for a step that is done again and again.
func (v *stepView) Cells() []int {
	cells := make([]int, repeatBoxes)
	for i := range cells {
		cells[i] = i + 1
	}
	return cells
}

// repeatBoxes fit on two lines: at every 20 minutes they last for five hours.
const repeatBoxes = 16

// A wayView is an arrow away from a step.
type wayView struct {
	Answer string
	Label  string // in the box at the arrow's head: "step 14", "END"
	Title  string
	Anchor string // of the step, "" outside this sheet
	Next   bool   // the step that follows in the text
	Taken  bool   // the answer that was given
}

func (s *sheetView) way(from *stepView, w way) wayView {
	v := wayView{Answer: w.answer, Taken: w.answer != "" && w.answer == from.answer()}
	switch {
	case w.target.Scheme == runbooks.SchemeRunbook:
		v.Label, v.Title = s.W("runbook"), s.otherBook(w.target.Value)
	case w.target.Value == endID:
		v.Label, v.Title, v.Anchor = s.W("end"), s.W("to-finish"), s.Anchor(0)
	case w.target.Value == abortID:
		v.Label, v.Title, v.Anchor = s.W("abort"), s.W("to-stopped"), s.Anchor(0)
	default:
		step := s.Book.Step(w.target.Value)
		if step == nil {
			v.Title = w.target.String()
			break
		}
		v.Label, v.Title, v.Anchor = s.W("step", "number", step.Number), step.Title, s.Anchor(step.Number)
		v.Next = s.roads.after[from.step] == step
	}
	return v
}

// state marks what the run has done.
func (v *stepView) state() {
	if v.Run == nil {
		return
	}
	st, visited := v.Run.State.Steps[v.step.ID]
	v.Here = v.step.ID == v.at() && v.at() != ""
	v.Gone = !v.again[v.step.ID] && !v.Here && !v.step.Phase.Rollback()
	if v.Gone && !visited {
		v.Done = v.W("not-on-the-way")
	}
	if !visited || v.Here || st.Ended.IsZero() {
		return
	}
	v.Past = true
	parts := []string{v.W("done-at", "time", v.clock(st.Ended))}
	switch {
	case st.Status == runbooks.StepFailed:
		parts = []string{v.W("failed-at", "time", v.clock(st.Ended), "reason", st.Reason)}
	case st.Reason != "":
		parts = []string{v.W("skipped-at", "time", v.clock(st.Ended), "reason", st.Reason)}
	}
	if st.Answer != "" {
		parts = append(parts, v.W("answered", "answer", st.Answer))
	}
	if st.Second != "" {
		parts = append(parts, v.W("seconded", "name", st.Second))
	}
	if !v.Gone {
		parts = append(parts, v.W("comes-again"))
	}
	v.Done = strings.Join(parts, " · ")
}

// answer is what was answered in this visit, where the step is not to be filled in anew.
func (v *stepView) answer() string {
	if v.Run == nil || v.Past && !v.Gone {
		return ""
	}
	return v.Run.State.Steps[v.step.ID].Answer
}

// ticked reports a check that is done in the visit that goes on.
func (v *stepView) ticked(check *runbooks.Check) bool {
	return v.Run != nil && v.Here && v.Run.State.Steps[v.step.ID].Done(check)
}
