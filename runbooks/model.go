package runbooks

import "time"

// A Runbook is a parsed text. It is not changed after [Parse] returned it.
type Runbook struct {
	Meta   Meta
	Title  string
	Intro  []Block // prose between the title and the first phase
	Phases []*Phase
	Digest string // SHA-256 of the text as it was given, 64 hex digits
	byID   map[string]*Step
}

// A Phase is a group of steps under a ## heading.
type Phase struct {
	ID, Title string
	Pos       Pos
	Intro     []Block // prose between the heading and the first step
	Steps     []*Step
}

// Rollback reports the phase whose steps are reached only by an Undo.
func (p *Phase) Rollback() bool { return p.ID == rollbackID }

// A Step is one ### heading and what follows it.
type Step struct {
	ID       string
	Number   int
	Title    string
	Pos      Pos
	Phase    *Phase
	Who      []string      // role ids; none: any role of the runbook
	Time     time.Duration // estimate; 0: none
	Second   string        // role of the second person, "*" for anybody else, "" for none
	With     []Target      // steps done at the same time, by others
	WithRole []string      // roles that take part
	Then     *Target       // where to go after the step; nil: the next step
	Repeat   *Repeat
	Undo     *Target // a step of the rollback phase
	Blocks   []Block
	Checks   []*Check // of Blocks, numbered from 1
	Decision *Decision
	Links    []Link // all links of the step but jumps, in their order
	uses     []use  // {{input}}s in its text
	next     *Step  // that follows in the text, within the rollback phase or outside it; nil: none
	commands []*Fence
}

// Repeat is a reminder: the step is to be done again and again until the run ends or reaches Until.
type Repeat struct {
	First time.Duration // first time within, from the start of the run; 0: when the step comes
	Every time.Duration
	Until *Target
}

// A BlockKind says what a [Block] is.
type BlockKind int

// The kinds of blocks.
const (
	Prose   BlockKind = iota + 1
	Item              // of a list that has no checkboxes
	Heading           // below a step's
	CheckBlock
	FenceBlock
	NoteBlock
)

// A Block is one piece of a step, in the order of the text.
type Block struct {
	Kind   BlockKind
	Pos    Pos
	Depth  int    // of nesting in lists, from 0
	Marker string // of an Item: "•" or its number with a full stop
	Text   Text   // of Prose, Item and Heading
	Check  *Check
	Fence  *Fence
	Note   *Note
}

// A Check is a checkbox: something to do or to confirm.
type Check struct {
	Number    int // in its step, from 1
	Pos       Pos
	Challenge Text
	Response  string  // what is expected, "" if the text names nothing
	Inputs    []Input // values to note down; a check that has some is done when they are set
	Fence     *Fence  // the command that it replaces, nil if none
}

// An Input is a blank to fill in: `name=____`.
type Input struct {
	Name string
	Pos  Pos
}

// A use is a {{name}} in a text.
type use struct {
	name string
	pos  Pos
}

// A Decision is the question at the end of a step.
type Decision struct {
	Question Text
	Pos      Pos
	Answers  []Answer
}

// An Answer leads somewhere.
type Answer struct {
	Text   string
	Pos    Pos
	Target Target
}

// A NoteKind says what a [Note] is.
type NoteKind int

// The kinds of notes.
const (
	PlainNote   NoteKind = iota + 1 // any other quotation or alert
	UndoNote                        // > **Undo:**
	StuckNote                       // > **If stuck 10 min:**
	StopNote                        // > **Stop:**
	CautionNote                     // > [!CAUTION]: acknowledged in writing
)

// A Note is a quoted block.
type Note struct {
	Kind   NoteKind
	After  time.Duration // of a StuckNote
	Blocks []Block
}

// A FenceKind says what a [Fence] is.
type FenceKind int

// The kinds of fences.
const (
	ShownFence  FenceKind = iota + 1 // shown only
	RunFence                         // a command
	NoticeFence                      // a text to send
)

// A Fence is a fenced block of text.
type Fence struct {
	Kind    FenceKind
	Lang    string // first word of its info, "" if none
	Text    string // with a line feed at the end of each line
	Needs   []string
	Timeout time.Duration
	Expect  string
	Via     []string // channels of a notice
	Drill   bool     // drill=ok
	Manual  bool     // a checkbox stands beside it
	Number  int      // among the run fences, or the notices, of its step, from 1
	Check   *Check   // of a RunFence: how to do the same by hand; nil: none
	Secrets []FenceSecret
	place   int // of a RunFence: how many checks come before it
	pos     Pos // of its first line of text
}

// A FenceSecret is a field of a credential that a command gets.
type FenceSecret struct {
	Var         string // variable of its environment; "": its standard input
	Path, Field string
}

// Phase ids and targets with a meaning of their own.
const (
	rollbackID = "rollback"
	endID      = "end"
	abortID    = "abort"
	startID    = "start" // in answers files: the inputs of the front matter
)

// Steps are the steps that a run can reach, in the order of the text: all but those of the rollback phase.
func (r *Runbook) Steps() []*Step {
	var list []*Step
	for _, phase := range r.Phases {
		if !phase.Rollback() {
			list = append(list, phase.Steps...)
		}
	}
	return list
}

// Step finds a step by its id, those of the rollback phase included, or returns nil.
func (r *Runbook) Step(id string) *Step { return r.byID[id] }

// RolesOf are the ids of the roles that do the step: its own, or all of the runbook.
func (r *Runbook) RolesOf(step *Step) []string {
	if len(step.Who) > 0 {
		return step.Who
	}
	list := make([]string, len(r.Meta.Roles))
	for i, role := range r.Meta.Roles {
		list[i] = role.ID
	}
	return list
}

// Caution reports a step that has to be acknowledged in writing before it is begun.
func (s *Step) Caution() bool {
	for _, block := range s.Blocks {
		if block.Note != nil && block.Note.Kind == CautionNote {
			return true
		}
	}
	return false
}

// Commands are the run fences of the step, in their order.
func (s *Step) Commands() []*Fence { return s.commands }

// Notices are the notice fences of the step, in their order.
func (s *Step) Notices() []*Fence {
	var list []*Fence
	for _, block := range s.Blocks {
		if block.Fence != nil && block.Fence.Kind == NoticeFence {
			list = append(list, block.Fence)
		}
	}
	return list
}

// Timers are the timer: links of the step, in their order.
func (s *Step) Timers() []Link { return s.linksOf(SchemeTimer) }

// Credentials are the vault: links of the step, in their order.
func (s *Step) Credentials() []Link { return s.linksOf(SchemeVault) }

func (s *Step) linksOf(scheme string) []Link {
	var list []Link
	for _, link := range s.Links {
		if link.Target.Scheme == scheme {
			list = append(list, link)
		}
	}
	return list
}
