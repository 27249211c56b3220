package plain

import (
	"errors"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// ErrPause is returned by [Terminal.Ask] when the person wants to pause, whatever they were asked.
var ErrPause = errors.New("the person pauses")

// A Stage is a [Terminal] with room for a whole step, and for what waits around it. The face that fills the screen is one.
type Stage interface {
	Terminal
	// Stage takes what there is to see from now on. What is printed between it and Ask belongs to the question; what is printed
	// before it answers what the person did.
	Stage(Scene)
}

// A Scene is what there is to see of a run besides the question.
type Scene struct {
	Step   []Line              // that the run is in
	Prompt runbooks.PromptKind // what is asked for
	Keys   []face.Key          // that are offered, in the order in which they are shown
	Legend []string            // the keys in words: "r credential"
	// Around is what changes with time. It looks at the run, so only the goroutine may call it that asks.
	Around func() Around
}

// Around is what stands around a step.
type Around struct {
	Drill string // the watermark; "" in earnest
	Title string // of the runbook
	Where string // which step, of how many
	Clock string
	Waits []Wait // the most urgent first
}

// A Wait is something that waits beside the one next thing.
type Wait struct {
	Text string
	Now  bool // its time has come
}

// A Line is a paragraph of a step: Lead stands before its first line, the others are indented as far.
type Line struct {
	Lead, Text string
	Mark       Mark
}

// A Mark tells how far a line of a step has come.
type Mark int

// The marks.
const (
	Unmarked Mark = iota
	MarkNow       // it is asked for
	MarkDone
)

// present shows the step: a stage gets all of it, a terminal what is new.
func (f *Face) present(p runbooks.Prompt) error {
	stage, ok := f.Term.(Stage)
	if !ok {
		if err := f.show(p); err != nil {
			return err
		}
		return f.tell()
	}
	if err := f.tell(); err != nil {
		return err
	}
	if f.view.Step != nil && f.step != f.view.Step.ID {
		if err := f.took(); err != nil {
			return err
		}
		f.step = f.view.Step.ID
	}
	lines, err := f.whole(stage, p)
	if err != nil {
		return err
	}
	scene := Scene{Step: lines, Prompt: p.Kind, Keys: f.view.Keys, Around: f.around}
	for _, k := range face.Short(f.view.Keys) {
		scene.Legend = append(scene.Legend, f.voice.Keys([]face.Key{k}))
	}
	stage.Stage(scene)
	return nil
}

// around looks at what changes with time.
func (f *Face) around() Around {
	f.look()
	now := f.run.Now()
	a := Around{Title: f.run.Book().Title, Clock: f.clock()}
	if f.view.State.Drill {
		a.Drill = f.Words("run.drill")
	}
	if f.view.Step != nil {
		a.Where = f.where(f.view.Step)
	}
	for _, item := range f.view.Items {
		a.Waits = append(a.Waits, Wait{Text: f.voice.Item(item, now), Now: item.Now(now)})
	}
	return a
}

// whole is the step with how far it has come, up to its cautions as long as these are not understood.
func (f *Face) whole(stage Stage, p runbooks.Prompt) ([]Line, error) {
	step := f.view.Step
	if step == nil {
		return nil, nil
	}
	lines := &record{}
	f.Term = lines
	defer func() { f.Term = stage }()
	if err := f.about(step); err != nil {
		return nil, err
	}
	if p.Kind == runbooks.PromptCaution {
		lines.mark = MarkNow
		err := f.cautions(step)
		return lines.lines, err
	}
	if err := f.cautions(step); err != nil {
		return nil, err
	}
	for _, block := range step.Blocks {
		if isCaution(block) {
			continue
		}
		lines.mark = f.markOf(block, p)
		if err := f.staged(block, step); err != nil {
			return nil, err
		}
	}
	return lines.lines, nil
}

// staged prints one piece of a step, also what a terminal would ask for on its own.
func (f *Face) staged(block runbooks.Block, step *runbooks.Step) error {
	switch {
	case block.Check != nil:
		lead := checkLead(step, block.Check)
		if f.ticked(block.Check) {
			lead = "[x]" + lead[len("[ ]"):]
		}
		return f.challengeLines(lead, block.Check)
	case block.Fence != nil && block.Fence.Kind == runbooks.RunFence:
		return f.verbatim("    | ", block.Fence.Text)
	}
	return f.block(block)
}

func (f *Face) ticked(check *runbooks.Check) bool { return f.view.Status.Ticked[check.Number] }

func (f *Face) markOf(block runbooks.Block, p runbooks.Prompt) Mark {
	switch {
	case block.Check != nil && p.Check != nil && p.Step == f.view.Step && block.Check.Number == p.Check.Number:
		return MarkNow
	case block.Fence != nil && p.Kind == runbooks.PromptCommand && block.Fence == p.Fence:
		return MarkNow
	case block.Check != nil && f.ticked(block.Check), block.Fence != nil && f.view.Status.Commands[block.Fence.Number].Done():
		return MarkDone
	}
	return Unmarked
}

// A record is a terminal that keeps what is printed.
type record struct {
	lines []Line
	mark  Mark
}

// Print keeps a line.
func (r *record) Print(lead, text string) error {
	r.lines = append(r.lines, Line{lead, text, r.mark})
	return nil
}

// Ask asks nobody.
func (r *record) Ask(string, func() (time.Duration, error)) (string, error) { return "", errLeave }

// Ring is silent.
func (r *record) Ring() {}
