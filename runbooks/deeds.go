package runbooks

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Acknowledge accepts the caution of the step.
func (r *Runner) Acknowledge() error { return r.do(Event{Kind: EventAcknowledged, Step: r.state.Step}) }

// Tick ticks a check of the step, by its number from 1.
func (r *Runner) Tick(check int) error {
	return r.do(Event{Kind: EventTicked, Step: r.state.Step, Check: check})
}

// Set sets an input: of the step, or of the front matter before the first step. It refuses [ErrEmpty], [ErrTextTooLong],
// [ErrTextUnsafe], and [ErrRevealedValue] where somebody typed a credential into the journal.
func (r *Runner) Set(name, value string) error {
	value, err := r.typed(value)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventInput, Step: r.state.Step, Name: name, Value: value})
}

// Second notes the typed name of the second person, who did not sign.
func (r *Runner) Second(name string) error {
	name, err := r.typed(name)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventSeconded, Step: r.state.Step, Name: name})
}

// Decide answers the question of the step, with the text of one of its answers.
func (r *Runner) Decide(answer string) error {
	return r.do(Event{Kind: EventDecided, Step: r.state.Step, Answer: answer})
}

// Confirm says that a step without checks and question is done.
func (r *Runner) Confirm() error { return r.do(Event{Kind: EventStepDone, Step: r.state.Step}) }

// Skip leaves out what is left of the step's checks, with a reason. A question stays to be answered: the run has to know
// where to go.
func (r *Runner) Skip(reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventSkipped, Step: r.state.Step, Reason: reason})
}

// Fail leaves out what is left of the step's checks because it did not work, with a reason. A question stays to be answered.
func (r *Runner) Fail(reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventFailed, Step: r.state.Step, Reason: reason})
}

// SecondSigned notes the second person who signed: their member id, and their line, "<device>:<seq>".
func (r *Runner) SecondSigned(member, signed string) error {
	return r.do(Event{Kind: EventSeconded, Step: r.state.Step, Name: member, Signed: signed})
}

// Repeated says that a reminder was followed.
func (r *Runner) Repeated(step string) error { return r.do(Event{Kind: EventRepeated, Step: step}) }

// Note adds a line to the journal.
func (r *Runner) Note(text string) error {
	text, err := r.typed(text)
	if err != nil {
		return err
	}
	return r.do(Event{Kind: EventNoted, Step: r.state.Step, Text: text})
}

// Pause stops the clock of the step until the run is resumed; the reason may be empty.
func (r *Runner) Pause(reason string) error {
	if reason != "" {
		var err error
		if reason, err = r.typed(reason); err != nil {
			return err
		}
	}
	return r.do(Event{Kind: EventPaused, Reason: reason})
}

// Continue ends a pause.
func (r *Runner) Continue() error {
	if r.state.Status != StatusPaused {
		return &OrderError{EventResumed, r.state.Step, ErrNotPaused}
	}
	return r.do(Event{Kind: EventResumed})
}

// Abort ends the run, with a reason; where something is pending it is closing first, see [Closing].
func (r *Runner) Abort(reason string) error {
	reason, err := r.typed(reason)
	if err != nil {
		return err
	}
	if r.state.pendingHere(r.book) {
		return r.do(Event{Kind: EventClosing, Target: "#" + abortID, Reason: reason})
	}
	return r.do(Event{Kind: EventAborted, Reason: reason})
}

// typed checks what a person typed before it goes to the journal, where everybody can read it.
func (r *Runner) typed(s string) (string, error) {
	s, err := cleanText(s)
	if err != nil {
		return "", err
	}
	if r.seen[sha256.Sum256([]byte(s))] {
		return "", ErrRevealedValue
	}
	return s, nil
}

// A Value is one field of a credential.
type Value struct {
	Field  string
	Secret Secret
}

// FieldsOf are the names of the fields that a credential link of the step offers.
func (r *Runner) FieldsOf(link Link) ([]string, error) {
	if r.deps.Secrets == nil {
		return nil, ErrNoSecrets
	}
	if link.Target.Field != "" {
		return []string{link.Target.Field}, nil
	}
	return r.deps.Secrets.Fields(link.Target.Value)
}

// Reveal opens fields of a credential that the step links to. The values are handed out only when the journal holds that
// they were; they must not be kept longer than they are shown.
func (r *Runner) Reveal(link Link, fields ...string) ([]Value, error) {
	if r.deps.Secrets == nil {
		return nil, ErrNoSecrets
	}
	step := r.book.Step(r.state.Step)
	if step == nil {
		return nil, ErrNotLinked
	}
	linked := step.Credentials()
	i := slices.IndexFunc(linked, func(l Link) bool { return l.Target == link.Target })
	switch {
	case i < 0:
		return nil, ErrNotLinked
	case r.state.Drill && !linked[i].Drill:
		return nil, ErrDrill
	}
	revealed := Event{Kind: EventRevealed, Step: step.ID, Path: link.Target.Value, Fields: fields}
	if _, err := r.state.Apply(r.book, r.stamped(revealed)); err != nil {
		return nil, err // nothing is opened that could not be noted
	}
	for _, field := range fields {
		if link.Target.Field != "" && link.Target.Field != field {
			return nil, fmt.Errorf("%w: field %s", ErrNotLinked, field)
		}
	}
	values := make([]Value, 0, len(fields))
	for _, field := range fields {
		secret, err := r.deps.Secrets.Reveal(link.Target.Value, field, step.ID)
		if err != nil {
			wipe(values)
			return nil, err
		}
		values = append(values, Value{field, secret})
	}
	if err := r.record(revealed); err != nil {
		wipe(values)
		return nil, err
	}
	r.remember(values)
	return values, nil
}

func wipe(values []Value) {
	for _, v := range values {
		v.Secret.Wipe()
	}
}

// remember keeps hashes of what was shown, in memory only, so that it can't be typed into the journal. Short values
// would forbid ordinary words.
func (r *Runner) remember(values []Value) {
	for _, v := range values {
		if value := bytes.TrimSpace(v.Secret.Bytes()); len(value) >= 4 {
			if r.seen == nil {
				r.seen = map[[sha256.Size]byte]bool{}
			}
			r.seen[sha256.Sum256(value)] = true
		}
	}
}
