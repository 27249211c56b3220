package face

import "opsvault/runbooks"

// Event says in a line what happened.
func (v Voice) Event(e runbooks.Event) string {
	key := "run.event." + string(e.Kind)
	switch {
	case e.Kind == runbooks.EventSeconded && e.Signed != "":
		key += "-signed"
	case e.Kind == runbooks.EventCalled, e.Kind == runbooks.EventCommandEnded, e.Kind == runbooks.EventCommandSettled:
		key += "-" + e.Answer
	}
	args := []any{"step", v.Step(e.Step), "check", e.Check, "number", e.Number, "name", e.Name, "value", e.Value, "answer", e.Answer,
		"path", e.Path, "reason", e.Reason, "text", e.Text, "actor", e.Actor, "witness", e.Witness, "target", e.Target}
	if e.Exit != nil {
		args = append(args, "exit", *e.Exit)
	}
	return v.Words(key, args...)
}
