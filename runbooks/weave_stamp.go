package runbooks

import "time"

// Stamp completes an event of a member that follows this run: its time is never before what happened last. The event is refused
// as [State.Apply] refuses it, and what was typed as a Runner does.
func (w Woven) Stamp(book *Runbook, e Event, actor string, now time.Time) (Event, error) {
	e.Actor, e.Time = actor, now.UTC()
	if e.Time.Before(w.State.Last) {
		e.Time = w.State.Last
	}
	for _, typed := range []*string{&e.Text, &e.Reason} {
		if *typed == "" {
			continue
		}
		text, err := cleanText(*typed)
		if err != nil {
			return e, err
		}
		*typed = text
	}
	if isClaim(Line{Event: e}) && actor == w.Owner {
		return e, w.alive()
	}
	_, err := w.State.Apply(book, e)
	return e, err
}

// alive refuses to go on with what has ended.
func (w Woven) alive() error {
	if w.State.Over() {
		return &OrderError{EventTaken, "", ErrEnded}
	}
	return nil
}

// CleanText trims what a person typed, and refuses what a journal can't keep: [ErrEmpty], [ErrTextTooLong], [ErrTextUnsafe].
func CleanText(s string) (string, error) { return cleanText(s) }
