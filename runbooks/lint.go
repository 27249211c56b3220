package runbooks

import (
	"fmt"
	"strings"
	"time"
)

// A World tells what a runbook needs to know of the vault.
type World interface {
	// Credential reports whether there is an entry of that path, and who of those that would do a step in a role, the
	// deputies who would act in it included, can't open it: names for a person to read.
	Credential(path, role string) (exists bool, denied []string)
	// Runbook finds an approved runbook.
	Runbook(slug string) (Book, bool)
	// People counts those who stand behind "role:lead", "duty:on-call" or "member:maria"; -1 where there is no such name.
	People(ref string) int
}

// A Book is what a World knows of another runbook.
type Book struct {
	Digest    string    // SHA-256 of the newest approved text, 64 hex digits
	LastDrill time.Time // the end of the last finished drill; zero: never
}

// Commands knows what the shell that runs commands would refuse.
type Commands interface {
	// Check tells why a command would be refused before it begins, what is meant, and its line in the command from 1; "" where
	// it would not. The reasons are those of the codes command-syntax, -too-long, -source, -relative and -trace.
	Check(text string, secret bool) (why, what string, line int)
	// Settable reports a name that a variable of a command may have.
	Settable(name string) bool
}

// Options for [Lint]. What is left zero is not looked at.
type Options struct {
	Now      time.Time
	World    World
	Commands Commands
}

// A Report is what [Lint] found.
type Report struct {
	Runbook  *Runbook // nil where the text can't be parsed at all
	Problems Problems // sorted by place
	Skipped  []string // what was not looked at: "vault", "dates"
}

// OK reports a runbook without errors; it may have warnings.
func (r Report) OK() bool { return r.Runbook != nil && r.Problems.Errors() == 0 }

// maxChecks is how many checks a step may have before it should be two.
const maxChecks = 9

// Lint parses a text and looks at everything that can be known of it before it is run.
func Lint(data []byte, options Options) Report {
	found := &findings{}
	report := Report{Runbook: parse(data, found)}
	if options.World == nil {
		report.Skipped = append(report.Skipped, "vault")
	}
	if options.Now.IsZero() {
		report.Skipped = append(report.Skipped, "dates")
	}
	if report.Runbook != nil {
		l := &linter{findings: found, book: report.Runbook, flow: newFlow(report.Runbook), options: options}
		l.all()
		lintSecrets(data, report.Runbook.Meta.TranslationOf.Digest, found)
	}
	found.list.sort()
	report.Problems = found.list
	return report
}

type linter struct {
	*findings
	book    *Runbook
	flow    *flow
	options Options
	named   bool // the names of inputs were looked at
}

func (l *linter) all() {
	if isCommand(l.book.Meta.ID) {
		l.add(l.keyPos("id"), "id-taken", "id", l.book.Meta.ID)
	}
	l.jumps()
	l.routes()
	l.inputs()
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			l.step(step)
		}
	}
	if !l.options.Now.IsZero() {
		l.dates()
	}
	if l.options.World != nil {
		l.world()
	}
}

// jumps checks every link to a step.
func (l *linter) jumps() {
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			if step.Decision != nil {
				for _, answer := range step.Decision.Answers {
					l.jump(answer.Target, phase)
				}
			}
			if step.Then != nil {
				l.jump(*step.Then, phase)
			}
			if step.Repeat != nil && step.Repeat.Until != nil {
				l.jump(*step.Repeat.Until, phase)
			}
			for _, target := range step.With {
				l.jump(target, phase)
			}
			if step.Undo != nil {
				l.undo(*step.Undo)
			}
			for _, block := range step.Blocks {
				l.blockJumps(block, phase)
			}
		}
	}
}

func (l *linter) blockJumps(block Block, phase *Phase) {
	texts := []Text{block.Text}
	if block.Check != nil {
		texts = append(texts, block.Check.Challenge)
	}
	for _, text := range texts {
		for _, span := range text {
			if span.Link != nil && span.Link.Target.IsJump() {
				l.alive(span.Link.Target)
			}
		}
	}
	if block.Note != nil {
		for _, inner := range block.Note.Blocks {
			l.blockJumps(inner, phase)
		}
	}
}

// alive reports whether a jump has a step to go to.
func (l *linter) alive(t Target) bool {
	if t.Value == endID || t.Value == abortID || l.flow.byID[t.Value] != nil {
		return true
	}
	l.add(t.Pos, "jump-dead", "id", t.Value, "near", l.nearStep(t.Value))
	return false
}

func (l *linter) jump(t Target, from *Phase) {
	if !t.IsJump() || !l.alive(t) {
		return
	}
	if step := l.flow.byID[t.Value]; step != nil && step.Phase.Rollback() && !from.Rollback() {
		l.add(t.Pos, "jump-rollback", "id", t.Value)
	}
}

func (l *linter) undo(t Target) {
	if step := l.flow.byID[t.Value]; step == nil {
		l.add(t.Pos, "jump-dead", "id", t.Value, "near", l.nearStep(t.Value))
	} else if !step.Phase.Rollback() {
		l.add(t.Pos, "undo-target", "id", t.Value)
	}
}

// routes checks that every step is reached, that every route comes to an end and that no loop turns without waiting.
func (l *linter) routes() {
	reached := l.flow.reached()
	toEnd := l.flow.leadsTo(func(end string) bool { return end != abortID })
	toAny := l.flow.leadsTo(func(string) bool { return true })
	for i, step := range l.flow.steps {
		switch {
		case !reached[step]:
			l.add(step.Pos, "step-unreachable", "id", step.ID)
		case i == 0 && !toEnd[step]:
			l.add(step.Pos, "no-end")
		case !toAny[step]:
			l.add(step.Pos, "no-exit", "id", step.ID)
		}
	}
	if at := l.flow.loop(reached); at != nil {
		l.add(at.Pos, "loop-without-timer", "id", at.ID)
	}
	l.rollback()
}

// rollback checks that every step of the rollback phase is reached by an Undo, or follows one that is, and leads back.
func (l *linter) rollback() {
	undone, exits := map[string]bool{}, l.book.exits()
	for _, step := range l.flow.steps {
		if step.Undo != nil {
			undone[step.Undo.Value] = true
		}
	}
	for _, phase := range l.book.Phases {
		follows := false
		for _, step := range phase.Steps {
			if !phase.Rollback() {
				break
			}
			if !undone[step.ID] && !follows {
				l.add(step.Pos, "step-unreachable", "id", step.ID)
				continue
			}
			follows = step.Then == nil && step.Decision == nil
			if _, out := exits[step]; !out {
				l.add(step.Pos, "no-exit", "id", step.ID)
			}
		}
	}
}

// inputs checks that every {{name}} is asked for somewhere, and that none stands in a command.
func (l *linter) inputs() {
	known := map[string]bool{}
	for _, ask := range l.book.Meta.Inputs {
		if known[ask.Name] {
			l.add(ask.pos, "input-twice", "name", ask.Name)
		}
		known[ask.Name] = true
	}
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			for _, check := range step.Checks {
				for _, input := range check.Inputs {
					known[input.Name] = true
				}
			}
		}
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	sorted(names)
	for _, phase := range l.book.Phases {
		for _, step := range phase.Steps {
			for _, u := range step.uses {
				if !known[u.name] {
					l.add(u.pos, "input-undefined", "name", u.name, "near", nearest(u.name, names))
				}
			}
		}
	}
}

// step looks at one step alone.
func (l *linter) step(s *Step) {
	risky, undo := s.Caution(), s.Undo != nil
	for _, block := range s.Blocks {
		undo = undo || block.Note != nil && block.Note.Kind == UndoNote
		f := block.Fence
		if f == nil || f.Kind != RunFence {
			continue
		}
		risky = true
		l.fenceSecrets(s, f, block.Pos)
		l.command(f)
		if !f.Manual {
			l.add(block.Pos, "run-without-check")
		}
		for i, line := range strings.Split(f.Text, "\n") {
			if m := inputUse().FindStringSubmatchIndex(line); m != nil {
				l.add(Pos{f.pos.Line + i, m[0] + 1}, "input-in-run", "name", line[m[2]:m[3]])
			}
		}
	}
	if risky && !undo && !s.Phase.Rollback() {
		l.add(s.Pos, "risky-without-undo", "id", s.ID)
	}
	if len(s.Checks) > maxChecks {
		l.add(s.Pos, "many-checks", "count", fmt.Sprint(len(s.Checks)), "limit", fmt.Sprint(maxChecks))
	}
}
