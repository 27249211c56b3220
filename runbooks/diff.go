package runbooks

import (
	"slices"
	"strconv"

	"github.com/aymanbagabas/go-udiff"
)

// A ChangeKind says what is different between two texts of a runbook. Its text is stable: scripts read it.
type ChangeKind string

// The kinds of changes, with the fields of [Change] that each uses. Those that stand in a step have Step, Number, Was and
// Title of it.
const (
	FrontChanged ChangeKind = "front" // Name of the key, Old, New
	TitleChanged ChangeKind = "title" // Old, New
	IntroChanged ChangeKind = "intro" // Old, New: prose before the first phase; with Name, of that phase

	PhaseAdded   ChangeKind = "phase-added"   // Name, New: its title
	PhaseRemoved ChangeKind = "phase-removed" // Name, Old
	PhaseRenamed ChangeKind = "phase-title"   // Name, Old, New
	PhaseMoved   ChangeKind = "phase-moved"   // Name, New
	PhaseNewID   ChangeKind = "phase-id"      // Name, Old, New

	StepAdded      ChangeKind = "step-added"
	StepRemoved    ChangeKind = "step-removed"    // Was, but no Number
	StepMoved      ChangeKind = "step-moved"      // Old, New: the phases, where those differ
	StepRenumbered ChangeKind = "step-renumbered" // because of what stands before it
	StepNewID      ChangeKind = "step-id"         // Old, New
	StepRenamed    ChangeKind = "step-title"      // Old, New

	// A line below a heading: Name is its English key, Old or New is empty where the line was not there.
	MetaChanged ChangeKind = "meta"

	CheckAdded    ChangeKind = "check-added"    // New
	CheckRemoved  ChangeKind = "check-removed"  // Old
	CheckChanged  ChangeKind = "check-changed"  // Old, New
	TextAdded     ChangeKind = "text-added"     // New: prose, headings and lists
	TextRemoved   ChangeKind = "text-removed"   // Old
	TextChanged   ChangeKind = "text-changed"   // Old, New
	FenceAdded    ChangeKind = "fence-added"    // Name: run, notice or shown; New, over several lines
	FenceRemoved  ChangeKind = "fence-removed"  // Name, Old
	FenceChanged  ChangeKind = "fence-changed"  // Name, Old, New
	NoteAdded     ChangeKind = "note-added"     // Name: undo, stuck, stop, caution or plain; New
	NoteRemoved   ChangeKind = "note-removed"   // Name, Old
	NoteChanged   ChangeKind = "note-changed"   // Name, Old, New
	OrderChanged  ChangeKind = "order"          // the same parts, in another order or another look
	Question      ChangeKind = "question"       // Old, New; one of them empty where there was or is none
	AnswerAdded   ChangeKind = "answer-added"   // Name: the answer; New: where it leads
	AnswerRemoved ChangeKind = "answer-removed" // Name, Old
	AnswerTarget  ChangeKind = "answer-target"  // Name, Old, New
	LinkAdded     ChangeKind = "link-added"     // New: the target, as vault:telephony/sip
	LinkRemoved   ChangeKind = "link-removed"   // Old
)

// A Change is one thing that differs between an older and a newer text of a runbook.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Step   string     `json:"step,omitempty"`   // its id, in the newer text where it is there
	Number int        `json:"number,omitempty"` // in the newer text
	Was    int        `json:"was,omitempty"`    // in the older one
	Title  string     `json:"title,omitempty"`
	Name   string     `json:"name,omitempty"`
	Old    string     `json:"old,omitempty"`
	New    string     `json:"new,omitempty"`
}

// Diff compares two texts step by step: first the whole, then phases and steps in the order of the newer text. A step is the
// same one when its id is; one whose id is new and whose title is not was given another id. What an editor sees and a run does
// not (comments of the front matter, blank lines, where lines break) is no change; [DiffLines] shows it.
func Diff(older, newer *Runbook) []Change {
	d := &differ{phaseKeys: map[*Phase]string{}}
	d.front(older.Meta, newer.Meta)
	if older.Title != newer.Title {
		d.add(Change{Kind: TitleChanged, Old: older.Title, New: newer.Title})
	}
	d.intro("", older.Intro, newer.Intro)
	d.phases(older.Phases, newer.Phases)
	d.steps(older, newer)
	return d.list
}

// DiffLines compares two texts line by line, in the unified form, with three lines around each change; "" where they are the
// same. The names stand in its heading.
func DiffLines(oldName, newName string, older, newer []byte) string {
	return udiff.Unified(oldName, newName, string(older), string(newer))
}

type differ struct {
	list      []Change
	phaseKeys map[*Phase]string // of both texts: the same for a phase that is in both
}

func (d *differ) add(c Change) { d.list = append(d.list, c) }

func (d *differ) front(older, newer Meta) {
	was, is := frontLines(older), frontLines(newer)
	for i, line := range is {
		if was[i].value != line.value {
			d.add(Change{Kind: FrontChanged, Name: line.key, Old: was[i].value, New: line.value})
		}
	}
}

func (d *differ) intro(phase string, older, newer []Block) {
	if was, is := writtenBlocks(older), writtenBlocks(newer); was != is {
		d.add(Change{Kind: IntroChanged, Name: phase, Old: was, New: is})
	}
}

func (d *differ) phases(older, newer []*Phase) {
	was, is := keysOf(older, orTitle), keysOf(newer, orTitle)
	sameTitles(was, is, func(i, j int) bool { return older[i].Title == newer[j].Title })
	kept := inOrder(was, is)
	for i, phase := range newer {
		d.phaseKeys[phase] = is[i]
		at := slices.Index(was, is[i])
		if at < 0 {
			d.add(Change{Kind: PhaseAdded, Name: phase.ID, New: phase.Title})
			continue
		}
		d.phaseKeys[older[at]] = is[i]
		if !kept[is[i]] {
			d.add(Change{Kind: PhaseMoved, Name: phase.ID, New: phase.Title})
		}
		if older[at].ID != phase.ID {
			d.add(Change{Kind: PhaseNewID, Name: phase.ID, Old: older[at].ID, New: phase.ID})
		}
		if older[at].Title != phase.Title {
			d.add(Change{Kind: PhaseRenamed, Name: phase.ID, Old: older[at].Title, New: phase.Title})
		}
		d.intro(orTitle(phase), older[at].Intro, phase.Intro)
	}
	for i, phase := range older {
		if !slices.Contains(is, was[i]) {
			d.add(Change{Kind: PhaseRemoved, Name: phase.ID, Old: phase.Title})
		}
	}
}

func orTitle(p *Phase) string {
	if p.ID == "" {
		return p.Title
	}
	return p.ID
}

func stepKey(s *Step) string {
	if s.ID == "" {
		return "\x00" + s.Title
	}
	return s.ID
}

// keysOf tells things apart that a hostile text gives one id.
func keysOf[T any](list []T, key func(T) string) []string {
	seen := map[string]int{}
	keys := make([]string, len(list))
	for i, one := range list {
		keys[i] = key(one)
		if seen[keys[i]]++; seen[keys[i]] > 1 {
			keys[i] += "\x00" + strconv.Itoa(seen[keys[i]])
		}
	}
	return keys
}

func allSteps(book *Runbook) []*Step {
	var list []*Step
	for _, phase := range book.Phases {
		list = append(list, phase.Steps...)
	}
	return list
}

// steps goes through the steps of both texts; one that is gone is told behind the step that it stood behind.
func (d *differ) steps(older, newer *Runbook) {
	was, is := allSteps(older), allSteps(newer)
	oldKeys, newKeys := keysOf(was, stepKey), keysOf(is, stepKey)
	sameTitles(oldKeys, newKeys, func(i, j int) bool { return was[i].Title == is[j].Title })
	byKey := map[string]*Step{}
	for i, key := range oldKeys {
		byKey[key] = was[i]
	}
	gone := map[string][]*Step{} // behind which step
	last := ""
	for i, key := range oldKeys {
		if slices.Contains(newKeys, key) {
			last = key
			continue
		}
		gone[last] = append(gone[last], was[i])
	}
	kept := inOrder(oldKeys, newKeys)
	d.gone(gone[""])
	for i, step := range is {
		if old := byKey[newKeys[i]]; old == nil {
			d.add(Change{Kind: StepAdded, Step: step.ID, Number: step.Number, Title: step.Title})
		} else {
			d.step(old, step, kept[newKeys[i]])
		}
		d.gone(gone[newKeys[i]])
	}
}

func (d *differ) gone(steps []*Step) {
	for _, step := range steps {
		d.add(Change{Kind: StepRemoved, Step: step.ID, Was: step.Number, Title: step.Title})
	}
}

// sameTitles gives what has another id and the same title the key of the older one.
func sameTitles(older, newer []string, same func(i, j int) bool) {
	for j, key := range newer {
		if slices.Contains(older, key) {
			continue
		}
		for i, old := range older {
			if same(i, j) && !slices.Contains(newer, old) {
				newer[j] = old
				break
			}
		}
	}
}

// inOrder finds a longest part of what stands in both lists that has kept its order: the rest has been moved. Keys stand
// in a list once.
func inOrder(older, newer []string) map[string]bool {
	at := make(map[string]int, len(older))
	for i, key := range older {
		at[key] = i
	}
	var ends []int // by length of a rising sequence, the index in newer of the least end
	before := make([]int, len(newer))
	for i, key := range newer {
		place, both := at[key]
		if !both {
			continue
		}
		n, _ := slices.BinarySearchFunc(ends, place, func(end, want int) int { return at[newer[end]] - want })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		ends = append(ends[:n], append([]int{i}, ends[min(n+1, len(ends)):]...)...)
	}
	kept := make(map[string]bool, len(ends))
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			kept[newer[i]] = true
		}
	}
	return kept
}
