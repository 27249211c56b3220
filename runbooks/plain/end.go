package plain

import (
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// waitsForTimer says that a timer of this step still runs: its question can wait for it, and needn't.
func (f *Face) waitsForTimer() error {
	if f.view.Waits != runbooks.WaitsTimer {
		return nil
	}
	now := f.run.Now()
	for _, item := range face.Only(f.view.Items, face.Timer) {
		if item.Step == f.view.Step {
			if err := f.say("run.wait-timer", "text", item.Text, "left", f.voice.Span(item.Due.Sub(now)), "clock", item.Due.In(now.Location()).Format("15:04")); err != nil {
				return err
			}
		}
	}
	return nil
}

// Recall shows the last three things of a run that goes on.
func (f *Face) Recall(r *runbooks.Runner) error {
	voice := face.VoiceOf(f.Words, r)
	if err := f.blank(f.Words("run.recall")); err != nil {
		return err
	}
	events := r.Last(4)
	zone := r.Now().Location()
	for _, e := range events[:max(0, len(events)-1)] { // the newest is that the run goes on
		if err := f.line("  ", e.When().In(zone).Format("15:04")+"  "+voice.Event(e)); err != nil {
			return err
		}
	}
	return nil
}

// end says how the run ended.
func (f *Face) end() error {
	s := f.run.State()
	key := "run.done"
	switch {
	case s.Status == runbooks.StatusAborted:
		key = "run.aborted"
	case strings.HasPrefix(s.Target, runbooks.SchemeRunbook+":"):
		key = "run.continued"
	}
	slug := strings.TrimPrefix(s.Target, runbooks.SchemeRunbook+":")
	return f.blank(f.Words(key, "time", f.voice.Span(s.Elapsed(s.Ended)), "slug", slug, "reason", s.Reason))
}
