package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
)

// A sharedRun is a run with the journals of everybody who had a part in it, woven into one.
type sharedRun struct {
	info  *vault.RunInfo
	book  *runbooks.Runbook // without steps where the text isn't here
	woven runbooks.Woven
}

// weaveRun weaves the journals of a run. Where its text isn't here, events are shown and nobody goes on.
func weaveRun(info *vault.RunInfo) (*sharedRun, error) {
	r := &sharedRun{info: info}
	if info.Text != nil {
		r.book, _ = runbooks.Parse(info.Text)
	}
	var strands []runbooks.Strand
	for i := range info.Strands {
		s := &info.Strands[i]
		strand := runbooks.Strand{Device: s.Device, Member: s.Member, Began: s.Began, Lines: linesOf(s)}
		if n := len(s.Lines); n > 0 {
			strand.Size = s.Lines[n-1].Seq
		}
		strands = append(strands, strand)
	}
	var err error
	r.woven, err = runbooks.Weave(r.book, strands)
	if errors.Is(err, runbooks.ErrNoBeginning) && info.Damage != nil {
		err = info.Damage
	}
	if r.book == nil {
		r.book = &runbooks.Runbook{Title: info.Slug}
	}
	if err != nil && err != info.Damage {
		err = &vault.IntegrityError{File: "runs/" + info.Run, Err: err}
	}
	return r, err
}

// A lostRun says that a run is not, or no longer, that of whoever is here.
type lostRun struct {
	run    string
	owner  string // member
	mine   bool   // it was theirs: somebody has accepted or taken it
	device bool   // it is theirs, on another device
	taken  bool
	reason string
	at     time.Time
}

func (e *lostRun) Error() string { return fmt.Sprintf("run %s belongs to %s", e.run, e.owner) }

// errNewerRun: a run that a newer opsvault has had a part in is shown, and not gone on with.
var errNewerRun = errors.New("the run has events of a newer opsvault")

// A gapError says that lines which the run rests on are not here.
type gapError struct{ run, device string }

func (e *gapError) Error() string {
	return fmt.Sprintf("run %s: lines of device %s are missing", e.run, e.device)
}

// usable reports why a device can't go on with the run.
func (r *sharedRun) usable(device string) error {
	w := r.woven
	if w.Device != device && w.Device != "" {
		return r.lost(device)
	}
	for _, g := range w.Gaps {
		if g.By == device {
			return &gapError{r.info.Run, g.Device}
		}
	}
	if w.Newer {
		return errNewerRun
	}
	for _, a := range w.Asides {
		if a.Why == runbooks.WhyRefused && a.Device == device {
			return &vault.IntegrityError{File: "runs/" + r.info.Run, Err: fmt.Errorf("line %d of the journal (%s) does not fit what came before it", a.Seq, a.Kind)}
		}
	}
	return nil
}

// lost says who has the run now, and since when, where that was this device's.
func (r *sharedRun) lost(device string) *lostRun {
	e := &lostRun{run: r.info.Run, owner: r.woven.Owner}
	for _, p := range r.woven.Claims {
		e.taken, e.reason, e.at = p.Kind == runbooks.EventTaken, p.Reason, p.Time
	}
	for i := range r.info.Strands {
		s := &r.info.Strands[i]
		if s.Device == device {
			e.device = s.Member == e.owner
			e.mine = slices.ContainsFunc(r.woven.Lines, func(p runbooks.Placed) bool { return p.Device == device })
		}
	}
	return e
}

// state is the run's status in a word of the engine's: open before its first event.
func (r *sharedRun) status() runbooks.Status {
	switch {
	case r.info.Text == nil || r.woven.State.Status == runbooks.StatusNone:
		return r.statusByKinds()
	}
	return r.woven.State.Status
}

// statusByKinds is all that can be told without the text.
func (r *sharedRun) statusByKinds() runbooks.Status {
	status := runbooks.StatusOpen
	for _, p := range r.woven.Lines {
		switch p.Kind {
		case runbooks.EventDone:
			status = runbooks.StatusDone
		case runbooks.EventAborted:
			status = runbooks.StatusAborted
		case runbooks.EventPaused:
			status = runbooks.StatusPaused
		case runbooks.EventToPaper:
			status = runbooks.StatusPaper
		case runbooks.EventStarted:
		default:
			status = runbooks.StatusActive
		}
	}
	return status
}

// live reports a run that somebody is still to go on with.
func (r *sharedRun) live() bool {
	s := r.status()
	return s != runbooks.StatusDone && s != runbooks.StatusAborted && len(r.woven.Lines) > 0
}

// tookPart lists who had the run, in that order, and who signed in it.
func (r *sharedRun) tookPart() []string {
	var members []string
	for _, p := range r.woven.Lines {
		members = append(members, p.Member)
	}
	for _, p := range r.woven.Seconds {
		members = append(members, p.Member)
	}
	var list []string
	for _, m := range members {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// sharedRuns are all runs that are here, the newest first. What can't be read is left out, with a warning.
func (c *call) sharedRuns(v *vault.Vault) ([]*sharedRun, error) {
	list, _, err := c.readRuns(v)
	return list, err
}

// readRuns are all runs, and those of which nothing can be read.
func (c *call) readRuns(v *vault.Vault) (list []*sharedRun, unreadable []*vault.RunInfo, err error) {
	infos, err := v.Runs()
	if err != nil {
		return nil, nil, err
	}
	for _, info := range infos {
		r, err := weaveRun(info)
		switch {
		case err != nil:
			c.warn("together.unreadable", "run", info.Run, "why", text.Lines(causeWords(err)(c.tr)))
			unreadable = append(unreadable, info)
			continue
		case info.Damage != nil:
			c.warn("together.damaged", "run", info.Run, "why", text.Lines(causeWords(info.Damage)(c.tr)))
		}
		list = append(list, r)
	}
	return list, unreadable, nil
}

// sharedRun finds a run by its id or the beginning of it.
func (c *call) sharedRun(v *vault.Vault, id string) (*sharedRun, error) {
	if info, err := v.Run(id); err == nil {
		return weaveRun(info)
	} else if !isMissing(err) {
		return nil, err
	}
	infos, err := v.Runs()
	if err != nil {
		return nil, err
	}
	var found []*vault.RunInfo
	var ids []string
	for _, info := range infos {
		if strings.HasPrefix(info.Run, id) {
			found, ids = append(found, info), append(ids, info.Run)
		}
	}
	switch {
	case len(found) == 0:
		return nil, fail(codeNotFound, "run.missing", "run", id).withHint("together.missing-hint")
	case len(found) > 1:
		return nil, usage("together.several", "run", id, "runs", ids).withHint("together.several-hint")
	}
	return weaveRun(found[0])
}

// namedRun is a run that is to be gone on with: that of whoever is here, on this device.
func (c *call) namedRun(v *vault.Vault, id string) (*vault.RunInfo, error) {
	r, err := c.sharedRun(v, id)
	if err != nil {
		return nil, err
	}
	info := r.info
	if len(r.woven.Lines) == 0 && info.Device == v.Me().Device {
		info.Ended = false // killed before its first event
		return info, nil
	}
	info.Ended = !r.live()
	if info.Ended {
		return info, nil
	}
	return info, r.usable(v.Me().Device)
}

// tellLive says which runs of others are under way, and which are offered to this member.
func (c *call) tellLive(v *vault.Vault) {
	for _, r := range c.liveOfOthers(v) {
		key := text.Key("together.live")
		if r.woven.Offer != nil && r.woven.Offer.To == v.Me().Member {
			key = "together.offer"
		}
		c.say(key, "who", r.ownedBy(v), "title", r.title(), "run", r.info.Run)
	}
}

// tellBeside says that somebody else has a run of a runbook under way that is about to be begun.
func (c *call) tellBeside(v *vault.Vault, slug string, drill bool) {
	for _, r := range c.liveOfOthers(v) {
		if r.info.Slug == slug && r.woven.State.Drill == drill {
			c.say("together.beside-yours", "who", r.ownedBy(v), "run", r.info.Run)
		}
	}
}

// liveOfOthers are runs of others in which something has happened lately. What can't be read is told elsewhere.
func (c *call) liveOfOthers(v *vault.Vault) []*sharedRun {
	infos, err := v.RunsSince(c.Now().Add(-liveFor))
	if err != nil {
		return nil
	}
	var list []*sharedRun
	for _, info := range infos {
		r, err := weaveRun(info)
		if err == nil && r.live() && r.woven.Owner != v.Me().Member && c.Now().Sub(r.last()) <= liveFor {
			list = append(list, r)
		}
	}
	return list
}

// liveFor is how long after its last event a run of somebody else is told of at a sync; runs lists it all the same.
const liveFor = 24 * time.Hour

// last is when something happened last.
func (r *sharedRun) last() time.Time {
	if n := len(r.woven.Lines); n > 0 {
		return r.woven.Lines[n-1].Time
	}
	return r.info.Started
}
