package runbooks

import (
	"slices"
	"time"
)

// own takes offers and changes of the run's owner.
func (s *State) own(e Event) error {
	switch e.Kind {
	case EventOffered:
		switch {
		case s.Offer != nil:
			return ErrOffered
		case e.Name == "":
			return ErrEmpty
		case e.Name == s.Owner:
			return ErrOwner
		}
		s.Offer = &Offer{e.Name, e.Text, e.Time}
		return nil
	case EventWithdrawn:
		if s.Offer == nil {
			return ErrNotOffered
		}
		s.Offer = nil
		return nil
	}
	return s.pass(e)
}

// pass gives the run to another owner.
func (s *State) pass(e Event) error {
	h := Handover{From: s.Owner, To: e.Actor, Taken: e.Kind == EventTaken, Text: e.Reason, Signed: e.Signed, Time: e.Time}
	switch {
	case e.Actor == "" || e.Actor == s.Owner:
		return ErrOwner
	case h.Taken && e.Reason == "":
		return ErrEmpty
	case !h.Taken && (s.Offer == nil || s.Offer.To != e.Actor):
		return ErrNotOffered
	case !h.Taken:
		h.Text = s.Offer.Text
	}
	s.Owner, s.Offer = e.Actor, nil
	s.Handovers = append(slices.Clip(s.Handovers), h)
	return nil
}

// paper goes on on paper, and comes back.
func (s *State) paper(e Event) error {
	if e.Kind == EventToPaper {
		s.Paper = &OnPaper{Since: e.Time, Reason: e.Reason, Last: e.Time}
		s.Status = StatusPaper
		return nil
	}
	if s.Status != StatusPaper {
		return ErrNotOnPaper
	}
	if e.Witness == "" {
		return ErrEmpty
	}
	p := *s.Paper
	p.Until, p.Witness = e.Time, e.Witness
	s.Paper, s.Status = &p, s.live()
	return nil
}

// couldHappen accepts a time on paper: the run was on paper, and nothing that is known already came later.
func (s *State) couldHappen(e Event) bool {
	return s.Paper != nil && s.Status != StatusPaper && e.Witness != "" && !e.HappenedAt.After(e.Time) && !e.HappenedAt.Before(s.Paper.Last)
}

// brought notes how far what was brought back from paper has come.
func (s *State) brought(at time.Time) {
	p := *s.Paper
	p.Last = at
	s.Paper = &p
}
