package report

import (
	"fmt"
	"strings"

	"opsvault/runbooks"
)

func (c *composer) inputs() section {
	s := section{Title: c.text("inputs"), Header: c.header("name", "value", "step", "by", "when")}
	for _, in := range c.Inputs {
		s.Rows = append(s.Rows, []string{in.Name, in.Value, c.stepName(in.Step), c.who(in.By), c.moment(in.Time)})
	}
	return s
}

func (c *composer) credentials() section {
	s := section{Title: c.text("credentials"), Intro: c.text("credentials-what"), Header: c.header("path", "fields", "step", "by", "when")}
	for _, one := range c.Credentials {
		s.Rows = append(s.Rows, []string{one.Path, strings.Join(one.Fields, ", "), c.stepName(one.Step), c.who(one.By), c.moment(one.Time)})
	}
	return s
}

func (c *composer) commands() section {
	s := section{Title: c.text("commands"), Header: c.header("step", "command", "outcome", "exit", "by", "when")}
	for _, one := range c.Commands {
		outcome := c.text("outcome." + orWord(one.Outcome, "unknown"))
		if one.Reason != "" {
			outcome = c.text("state-reason", "state", outcome, "reason", c.text("by-hand."+one.Reason))
		}
		exit := ""
		if one.Exit != nil {
			exit = fmt.Sprint(*one.Exit)
		}
		s.Rows = append(s.Rows, []string{c.stepName(one.Step), fmt.Sprint(one.Number), outcome, exit, c.who(one.By), c.moment(one.Time)})
	}
	return s
}

func (c *composer) evidence() section {
	s := section{Title: c.text("evidence"), Intro: c.text("evidence-what"), Header: c.header("name", "file", "size", "sha256", "step", "by", "when")}
	for _, one := range c.Evidence {
		s.Rows = append(s.Rows, []string{one.Name, one.File, c.words.Size(one.Size), one.SHA256, c.stepName(one.Step), c.who(one.By), c.moment(one.Time)})
	}
	return s
}

func (c *composer) calls() section {
	s := section{Title: c.text("calls"), Header: c.header("target", "name", "outcome", "step", "by", "when")}
	for _, one := range c.Calls {
		outcome := c.text("call.escalated")
		if !one.Escalated {
			outcome = c.text("call." + orWord(one.Answer, runbooks.AnswerNoAnswer))
		}
		if one.Reason != "" {
			outcome = c.text("state-reason", "state", outcome, "reason", one.Reason)
		}
		_, target, _ := strings.Cut(one.Target, ":")
		s.Rows = append(s.Rows, []string{target, one.Name, outcome, c.stepName(one.Step), c.who(one.By), c.moment(one.Time)})
	}
	return s
}

func (c *composer) notices() section {
	s := section{Title: c.text("notices"), Header: c.header("channel", "step", "by", "when")}
	for _, one := range c.Notices {
		s.Rows = append(s.Rows, []string{one.Channel, c.stepName(one.Step), c.who(one.By), c.moment(one.Time)})
	}
	return s
}

func (c *composer) handovers() section {
	s := section{Title: c.text("handovers"), Header: c.header("from", "to", "how", "text", "when")}
	for _, one := range c.Handovers {
		how := c.text("handover.accepted")
		if one.Taken {
			how = c.text("handover.taken")
		}
		s.Rows = append(s.Rows, []string{c.who(one.From), c.who(one.To), how, one.Text, c.moment(one.Time)})
	}
	return s
}

func (c *composer) onPaper() section {
	s := section{Title: c.text("paper"), Intro: c.text("paper-what"), Header: c.header("from-time", "until", "reason", "witness", "events")}
	for _, one := range c.Paper {
		s.Rows = append(s.Rows, []string{c.moment(one.From), c.moment(one.Until), one.Reason, one.Witness, fmt.Sprint(one.Events)})
	}
	return s
}

func (c *composer) people() section {
	s := section{Title: c.text("people"), Header: c.header("member", "part", "events", "first", "last")}
	for _, one := range c.People {
		part := c.text("part.helped")
		if one.Owned {
			part = c.text("part.owned")
		}
		s.Rows = append(s.Rows, []string{c.who(one.Member), part, fmt.Sprint(one.Events), c.words.Moment(one.First.Time), c.words.Moment(one.Last.Time)})
	}
	return s
}

func (c *composer) timeline() section {
	s := section{Title: c.text("timeline"), Header: c.header("when", "by", "what")}
	for _, e := range c.Timeline {
		s.Rows = append(s.Rows, []string{c.when(e), c.who(e.Member), c.what(e)})
	}
	return s
}

func (c *composer) asides() section {
	s := section{Title: c.text("asides"), Intro: c.text("asides-what"), Header: c.header("when", "by", "what", "why")}
	for _, e := range c.Asides {
		s.Rows = append(s.Rows, []string{c.when(e), c.who(e.Member), c.what(e), c.text("why." + string(e.Why))})
	}
	return s
}

// when is the time at which it happened; what was brought back from paper says so.
func (c *composer) when(e Entry) string {
	if e.HappenedAt != nil {
		return c.text("on-paper", "time", c.words.Moment(*e.HappenedAt))
	}
	return c.words.Moment(e.Time)
}

// what puts a line into a sentence.
func (c *composer) what(e Entry) string {
	if !e.Kind.Known() {
		return c.text("event.unknown", "kind", string(e.Kind))
	}
	key := "event." + string(e.Kind)
	answer, reason := e.Answer, e.Reason
	switch e.Kind {
	case runbooks.EventSeconded:
		if e.Signed == "" {
			key += "-unsigned"
		}
	case runbooks.EventCommandEnded, runbooks.EventCommandSettled:
		answer = c.text("outcome." + orWord(e.Answer, "unknown"))
	case runbooks.EventByHand:
		reason = c.text("by-hand." + e.Reason)
	case runbooks.EventCalled:
		answer = c.text("call." + orWord(e.Answer, runbooks.AnswerNoAnswer))
	case runbooks.EventPaused, runbooks.EventTimerOff, runbooks.EventAborted, runbooks.EventToPaper:
		if reason == "" {
			key += "-bare"
		}
	}
	exit := ""
	if e.Exit != nil {
		exit = fmt.Sprint(*e.Exit)
	}
	_, target, _ := strings.Cut(e.Target, ":")
	name := e.Name
	switch e.Kind {
	case runbooks.EventOffered, runbooks.EventSeconded:
		name = c.who(name)
	}
	return c.text(key, "step", c.stepName(e.Step), "check", c.check(e), "name", name, "value", e.Value, "answer", answer, "path", e.Path,
		"fields", strings.Join(e.Fields, ", "), "reason", reason, "text", e.Text, "target", target, "number", e.Number, "exit", exit,
		"witness", e.Witness)
}

// check is the text of the checkbox that a line is about.
func (c *composer) check(e Entry) string {
	if c.book != nil {
		if step := c.book.Step(e.Step); step != nil && e.Check >= 1 && e.Check <= len(step.Checks) {
			return runbooks.Fill(step.Checks[e.Check-1].Challenge.String(), c.knownAt(e))
		}
	}
	return fmt.Sprint(e.Check)
}

// knownAt are the values that had been noted down when a line was written: a loop notes some of them again.
func (c *composer) knownAt(e Entry) map[string]string {
	known := map[string]string{}
	for _, in := range c.Inputs {
		if in.Time == nil || !in.Time.After(e.Time) {
			known[in.Name] = in.Value
		}
	}
	return known
}
