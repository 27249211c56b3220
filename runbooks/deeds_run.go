package runbooks

import (
	"path"
	"strings"
	"time"
)

// Offer offers the run to a member, with a brief; it stays with its owner until they accept.
func (r *Runner) Offer(to, brief string) error {
	to, err := r.typed(to)
	if err != nil {
		return err
	}
	if brief, err = r.maybeTyped(brief); err != nil {
		return err
	}
	return r.do(Event{Kind: EventOffered, Name: to, Text: brief})
}

// Withdraw takes an offer back.
func (r *Runner) Withdraw() error { return r.do(Event{Kind: EventWithdrawn}) }

// ToPaper goes on on paper, with a reason. Nothing is asked until [Runner.FromPaper].
func (r *Runner) ToPaper(reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventToPaper, Reason: reason})
}

// FromPaper brings the run back; the witness stands for what the paper says. What was done meanwhile is typed in after
// [Runner.Transcribe].
func (r *Runner) FromPaper(witness string) error {
	witness, err := r.typed(witness)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventFromPaper, Witness: witness})
}

// Transcribe says when what follows happened on paper, and who stands for it, until it is called again or [Runner.Live]
// is. A time in the future, or before what is known already, gives [ErrHappened].
func (r *Runner) Transcribe(happenedAt time.Time, witness string) error {
	witness, err := r.typed(witness)
	if err != nil {
		return err
	}
	if r.state.Paper == nil || r.state.Status == StatusPaper {
		return &OrderError{EventFromPaper, r.state.Step, ErrNotOnPaper}
	}
	at := happenedAt.UTC()
	if !r.state.couldHappen(Event{Time: r.Now(), HappenedAt: &at, Witness: witness}) {
		return &OrderError{EventFromPaper, r.state.Step, ErrHappened}
	}
	r.happened, r.witness = at, witness
	return nil
}

// Live ends what [Runner.Transcribe] began: things happen now again.
func (r *Runner) Live() { r.happened, r.witness = time.Time{}, "" }

// Transcribing is the time that is stamped on what happens; zero: the present.
func (r *Runner) Transcribing() time.Time { return r.happened }

// Due are the timers whose time has come, and that nobody has heard yet.
func (r *Runner) Due() []Timer {
	var list []Timer
	now := r.Now()
	for _, t := range r.state.Timers {
		if !t.Due.After(now) {
			list = append(list, t)
		}
	}
	return list
}

// TimerRang says that the person was told of a timer whose time has come.
func (r *Runner) TimerRang(step string, number int) error {
	return r.do(Event{Kind: EventTimerRang, Step: step, Number: number, Due: r.state.dueOf(step, number)})
}

// TimerOff switches a timer off; the reason may be empty.
func (r *Runner) TimerOff(step string, number int, reason string) error {
	reason, err := r.maybeTyped(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventTimerOff, Step: step, Number: number, Due: r.state.dueOf(step, number), Reason: reason})
}

func (s State) dueOf(step string, number int) *time.Time {
	for _, t := range s.Timers {
		if t.Step == step && t.Number == number {
			return &t.Due
		}
	}
	return nil
}

// Beside says that somebody else does a step meanwhile, one that a step so far names in Together with.
func (r *Runner) Beside(step, name string) error {
	name, err := r.typed(name)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventBeside, Step: step, Name: name})
}

// BesideDone says that a step beside the run is done, and by whom.
func (r *Runner) BesideDone(step, name string) error {
	name, err := r.typed(name)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventBesideDone, Step: step, Name: name})
}

// BesideDrop says that nobody does a step beside the run any more, and why.
func (r *Runner) BesideDrop(step, reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventBesideDropped, Step: step, Reason: reason})
}

// Undo takes back what is pending, by doing a step of the rollback phase; the run returns to where it was.
func (r *Runner) Undo(step string) error { return r.do(Event{Kind: EventUndoBegun, Step: step}) }

// WaiveUndo leaves as it is what a step of the rollback phase would take back, with a reason.
func (r *Runner) WaiveUndo(step, reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventUndoWaived, Step: step, Reason: reason})
}

// Called says how a call: link of the step went: AnswerReached or AnswerNoAnswer, and who it was.
func (r *Runner) Called(target Target, answer, name string) error {
	name, err := r.maybeTyped(name)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventCalled, Step: r.state.Step, Target: target.String(), Answer: answer, Name: name})
}

// Escalate says that an escalate: link of the step was followed, why, and to whom.
func (r *Runner) Escalate(target Target, reason, name string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	if name, err = r.maybeTyped(name); err != nil {
		return err
	}
	return r.do(Event{Kind: EventEscalated, Step: r.state.Step, Target: target.String(), Reason: reason, Name: name})
}

// Evidence says that a file was kept for an evidence: link of the step: its SHA-256 in hex, its name, its size in bytes.
func (r *Runner) Evidence(name, digest, file string, size int64) error {
	file, err := r.typed(path.Base("/" + strings.ReplaceAll(strings.TrimSpace(file), `\`, "/")))
	if err != nil {
		return err
	}
	if file == "/" {
		return ErrEmpty
	}
	return r.do(Event{Kind: EventEvidence, Step: r.state.Step, Name: name, Value: digest, Text: file, Size: size})
}

// NoticeSent says that a notice of the step, by its number from 1, went out on a channel.
func (r *Runner) NoticeSent(number int, channel string) error {
	return r.do(Event{Kind: EventNoticeSent, Step: r.state.Step, Number: number, Name: channel})
}

// Contacts are those who stand behind a target, where there is a directory.
func (r *Runner) Contacts(t Target) []Contact {
	if r.deps.Directory == nil {
		return nil
	}
	return r.deps.Directory.Contacts(t)
}

// maybeTyped is typed for what may be left empty.
func (r *Runner) maybeTyped(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	return r.typed(s)
}
