package plain

import (
	"strconv"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// toCall is the call: link of a check behind which nobody has answered yet, with those who are still to be tried.
func (f *Face) toCall(p runbooks.Prompt) (*runbooks.Link, []runbooks.Contact) {
	for _, span := range p.Check.Challenge {
		if span.Link == nil || span.Link.Target.Scheme != runbooks.SchemeCall {
			continue
		}
		contacts := f.run.Contacts(span.Link.Target)
		tried := 0
		for _, call := range f.view.Status.Calls {
			switch {
			case call.Target != span.Link.Target.String():
			case call.Reached:
				return nil, nil
			default:
				tried++
			}
		}
		return span.Link, contacts[min(tried, len(contacts)):]
	}
	return nil, nil
}

// askCall names one person to call at a time: whoever answers makes the check done, whoever doesn't makes the next one's turn.
func (f *Face) askCall(p runbooks.Prompt, link runbooks.Link, contacts []runbooks.Contact) error {
	name := f.voice.Person(link.Target.Value)
	switch {
	case len(contacts) > 0:
		name = contacts[0].Name
		if err := f.line("      > ", f.voice.Contact(contacts[0])); err != nil {
			return err
		}
	case len(f.run.Contacts(link.Target)) > 0:
		name = ""
		if err := f.line("      > ", f.Words("run.call-nobody-left")); err != nil {
			return err
		}
	}
	return f.ask(f.Words("run.ask.call"), func(typed string) (bool, error) {
		switch {
		case isNo(typed):
			return true, f.unreached(p, link, name, len(contacts))
		case !isYes(typed):
			return false, nil
		}
		if err := f.run.Called(link.Target, runbooks.AnswerReached, name); err != nil {
			return true, err
		}
		return true, f.run.Tick(p.Check.Number)
	})
}

func (f *Face) unreached(p runbooks.Prompt, link runbooks.Link, name string, left int) error {
	if err := f.run.Called(link.Target, runbooks.AnswerNoAnswer, name); err != nil {
		return err
	}
	if left > 1 {
		return f.say("run.call-next")
	}
	return f.stuck(p.Step)
}

// call writes down a call, or that something was escalated.
func (f *Face) call() error {
	links := face.Calls(f.view.Step)
	texts := make([]string, len(links))
	for i, link := range links {
		texts[i] = f.voice.Link(link)
	}
	i, err := f.pick("run.ask.which-call", texts, false)
	if i < 0 || err != nil {
		return err
	}
	link := links[i]
	contacts := f.run.Contacts(link.Target)
	if len(contacts) == 0 {
		if err := f.line("  ", texts[i]); err != nil {
			return err
		}
	}
	for n, contact := range contacts {
		if err := f.line("  "+strconv.Itoa(n+1)+"  ", f.voice.Contact(contact)); err != nil {
			return err
		}
	}
	name, ok, err := f.answer(f.Words("run.ask.who-answered"))
	if !ok || err != nil {
		return err
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(contacts) {
		name = contacts[n-1].Name
	}
	if link.Target.Scheme == runbooks.SchemeEscalate {
		return f.withText("run.ask.escalate", func(reason string) error { return f.run.Escalate(link.Target, reason, name) }, "run.escalated")
	}
	if isNo(name) {
		return f.done(f.run.Called(link.Target, runbooks.AnswerNoAnswer, ""), "run.noted")
	}
	return f.done(f.run.Called(link.Target, runbooks.AnswerReached, name), "run.noted")
}

// done says a message where nothing went wrong.
func (f *Face) done(err error, key string, args ...any) error {
	if err != nil {
		return err
	}
	return f.say(key, args...)
}

// evidence keeps what a file proves: its digest, never the file.
func (f *Face) evidence() error {
	if f.Machine.Digest == nil {
		return f.say("run.no-evidence")
	}
	links := face.Proofs(f.view.Step)
	texts := make([]string, len(links))
	for i, link := range links {
		texts[i] = link.Text
	}
	i, err := f.pick("run.ask.which-evidence", texts, false)
	if i < 0 || err != nil {
		return err
	}
	name, ok, err := f.answer(f.Words("run.ask.evidence", "text", links[i].Text))
	if !ok || err != nil {
		return err
	}
	digest, base, size, err := f.Machine.Digest(name)
	if err != nil {
		return err
	}
	err = f.run.Evidence(links[i].Target.Value, digest, base, size)
	return f.done(err, "run.evidence-kept", "file", base, "digest", digest[:min(12, len(digest))])
}

// sent says on which channel a notice went out.
func (f *Face) sent() error {
	type channel struct {
		number int
		name   string
	}
	var channels []channel
	var texts []string
	for _, notice := range face.Notices(f.view.Step) {
		for _, name := range face.Unsent(notice, f.view.Status) {
			channels = append(channels, channel{notice.Number, name})
			if name == "" {
				name = f.Words("run.channel")
			}
			texts = append(texts, name)
		}
	}
	if len(channels) == 0 {
		return f.say("run.all-sent")
	}
	for i, text := range texts {
		if err := f.line("  "+strconv.Itoa(i+1)+"  ", text); err != nil {
			return err
		}
	}
	typed, ok, err := f.answer(f.Words("run.ask.sent"))
	if !ok || err != nil {
		return err
	}
	chosen := channels
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(channels) {
		chosen = channels[n-1 : n]
	} else if !strings.EqualFold(typed, f.Words("run.all-word")) && typed != "*" {
		return f.line("! ", f.Words("run.error.number", "n", len(channels)))
	}
	for _, c := range chosen {
		if err := f.run.NoticeSent(c.number, c.name); err != nil {
			return err
		}
	}
	return f.say("run.noted")
}

// handOver offers the run to somebody else, or takes such an offer back. Until they accept nothing changes.
func (f *Face) handOver() error {
	if offer := f.view.State.Offer; offer != nil {
		if err := f.say("run.offered-already", "name", offer.To); err != nil {
			return err
		}
		typed, err := f.Term.Ask(f.Words("run.ask.withdraw"), f.wake)
		if err != nil {
			return &terminalError{err}
		}
		if !isNo(strings.TrimSpace(typed)) {
			return f.say("run.nevermind")
		}
		return f.done(f.run.Withdraw(), "run.withdrawn")
	}
	people := f.toWhom()
	if len(people) == 0 {
		return f.say("run.nobody-else")
	}
	texts := make([]string, len(people))
	for i, contact := range people {
		texts[i] = f.voice.Contact(contact)
	}
	i, err := f.pick("run.ask.to-whom", texts, true)
	if i < 0 || err != nil {
		return err
	}
	brief, ok, err := f.answer(f.Words("run.ask.brief"))
	if !ok || err != nil {
		return err
	}
	return f.done(f.run.Offer(people[i].Member, brief), "run.offered", "name", people[i].Name, "run", f.Machine.Run)
}

// toWhom are those whom the step names for a hand-over, then everybody else.
func (f *Face) toWhom() []runbooks.Contact {
	var all []runbooks.Contact
	if f.view.Step != nil {
		for _, link := range face.Offers(f.view.Step) {
			all = append(all, f.run.Contacts(link.Target)...)
		}
	}
	if f.Machine.People != nil {
		all = append(all, f.Machine.People()...)
	}
	var list []runbooks.Contact
	seen := map[string]bool{"": true}
	for _, contact := range all {
		if !seen[contact.Member] {
			seen[contact.Member] = true
			list = append(list, contact)
		}
	}
	return list
}

// paper says how to go on without a machine.
func (f *Face) paper() error { return f.say("run.paper-how", "run", f.Machine.Run) }

func (f *Face) onPaper() error {
	since := f.view.State.Paper
	if since == nil {
		return errLeave
	}
	now := f.run.Now()
	text := f.Words("run.on-paper", "clock", since.Since.In(now.Location()).Format("15:04"), "run", f.Machine.Run)
	if err := f.blank(text); err != nil {
		return err
	}
	return errLeave
}
