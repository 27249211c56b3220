package vault

import (
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// A Phase is what has become of a request or a grant.
type Phase string

// The phases.
const (
	PhaseWaiting  Phase = "waiting"  // for approvals
	PhaseApproved Phase = "approved" // enough of them; its time runs, and not every entry is sealed yet
	PhaseLive     Phase = "live"     // its entries can be opened
	PhaseEnded    Phase = "ended"    // its time is over
	PhaseDenied   Phase = "denied"
	PhaseRevoked  Phase = "revoked" // ended early, or taken back before it began
)

// Open reports whether something may still come of it.
func (p Phase) Open() bool { return p == PhaseWaiting || p.Running() }

// Running reports whether its time runs.
func (p Phase) Running() bool { return p == PhaseApproved || p == PhaseLive }

// A GrantState is a request or a grant with all that was answered to it.
type GrantState struct {
	ID      statement.Hash
	Op      statement.ActOp // OpRequest or OpGrant
	Author  string
	Member  string // who gets access; the author of a request
	Entries []GrantEntry
	Reason  string
	Ticket  string
	Made    time.Time
	Span    time.Duration // as asked for, or as the policy limits it if that is less

	Phase     Phase
	Approvals []Answer  // of different people, oldest first; the first of a grant is its author's own
	Needs     int       // approvals
	From      time.Time // when the last approval that it needed was given; zero while it waits
	Until     time.Time
	Closed    *Answer  // who denied or revoked it
	Wants     []string // who could give the next approval, while it waits

	files []string // the act and the answers
}

// A GrantEntry is one entry that a grant names.
type GrantEntry struct {
	Safe, ID string
	Path     string // empty where its name isn't known here
}

// An Answer is an approval, a denial or a revocation.
type Answer struct {
	Member string
	Time   time.Time
	Reason string
}

// Short is how people and logs name it.
func (g *GrantState) Short() string { return g.ID.Short() }

// Paths are the paths of its entries, with the id where a path isn't known.
func (g *GrantState) Paths() []string {
	list := make([]string, len(g.Entries))
	for i, e := range g.Entries {
		if list[i] = e.Path; e.Path == "" {
			list[i] = e.Safe + "/" + e.ID
		}
	}
	return list
}

// A GrantFilter chooses grants. Its zero value chooses all.
type GrantFilter struct {
	Member string      // who gets access
	Path   *entry.Path // one of its entries
	Open   bool        // only those of which something may still come
}

// Grants returns the requests and grants that stand, oldest first. Their names
// and reasons are for every member to see.
func (v *Vault) Grants(f GrantFilter) ([]*GrantState, error) {
	id := ""
	if f.Path != nil {
		ref, err := v.refOf(f.Path.String())
		if err != nil {
			return nil, err
		}
		id = ref.ID
	}
	all, err := v.grantStates(id)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(g *GrantState) bool {
		return f.Member != "" && g.Member != f.Member || f.Open && !g.Phase.Open()
	}), nil
}

// grantStates is Grants for one entry, by its id, or for all.
func (v *Vault) grantStates(id string) ([]*GrantState, error) {
	return v.chosenGrants(actChoice{id: id})
}

func (v *Vault) chosenGrants(choice actChoice) ([]*GrantState, error) {
	names, err := v.chosenActs(choice)
	if err != nil {
		return nil, err
	}
	deeds, err := v.standingActs(names, statement.OpRequest, statement.OpGrant, statement.OpApprove, statement.OpDeny, statement.OpRevoke)
	if err != nil {
		return nil, err
	}
	answers := map[statement.Hash][]*Deed{}
	for _, d := range deeds {
		if !d.Body.About.IsZero() {
			answers[d.Body.About] = append(answers[d.Body.About], d)
		}
	}
	var list []*GrantState
	for _, d := range deeds {
		if !d.Body.About.IsZero() || choice.id != "" && !choice.names(d.Body) {
			continue
		}
		g, err := v.grantState(d, answers[d.ID])
		if err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, nil
}

// grantState computes what has become of a request or a grant.
func (v *Vault) grantState(d *Deed, answers []*Deed) (*GrantState, error) {
	g := &GrantState{ID: d.ID, Op: d.Body.Op, Author: d.Body.Author, Member: granteeOf(d), Reason: d.Note.Reason, Ticket: d.Note.Ticket,
		Made: d.Body.Time, Phase: PhaseWaiting, Entries: v.grantEntries(d), files: []string{d.File}}
	g.Needs, g.Span = needsOf(v.policy.Doc, g), limited(v.policy.Doc, g, time.Duration(d.Body.Span)*time.Second)
	if d.Body.Op == statement.OpGrant {
		if err := v.count(g, d); err != nil {
			return nil, err
		}
	}
	for _, a := range answers {
		g.files = append(g.files, a.File)
		if a.Body.Op == statement.OpApprove {
			if err := v.count(g, a); err != nil {
				return nil, err
			}
		} else if g.Closed == nil {
			g.Closed = &Answer{a.Body.Author, a.Body.Time, a.Note.Reason}
			if g.Phase = PhaseRevoked; a.Body.Op == statement.OpDeny {
				g.Phase = PhaseDenied
			}
		}
	}
	return g, v.settlePhase(g)
}

// count counts an approval, once a person. The clock starts with the last one
// that is needed: by the policy that the approver went by, and by the newest one, so
// that nobody gets by with fewer approvals or a longer time by naming an old policy.
func (v *Vault) count(g *GrantState, d *Deed) error {
	again := slices.ContainsFunc(g.Approvals, func(a Answer) bool { return a.Member == d.Body.Author })
	if again || !g.From.IsZero() {
		return nil
	}
	then, err := v.docAt(d.Body.Policy)
	if err != nil {
		return err
	}
	g.Approvals = append(g.Approvals, Answer{d.Body.Author, d.Body.Time, d.Note.Reason})
	if g.Needs = max(needsOf(v.policy.Doc, g), needsOf(then, g)); len(g.Approvals) < g.Needs {
		return nil
	}
	g.Span = limited(then, g, g.Span)
	g.From = d.Body.Time
	g.Until = g.From.Add(g.Span)
	return nil
}

// settlePhase says what a grant that nobody has closed has come to.
func (v *Vault) settlePhase(g *GrantState) error {
	switch {
	case g.Closed != nil:
	case v.policy.Doc.Members[g.Member] == nil: // who left has nothing open
		g.Phase = PhaseEnded
	case g.From.IsZero():
		g.Wants = v.approversOf(g)
	case g.From.Sub(v.now()) > clockTolerance: // dated ahead, it would run from now until then, too
	case !v.now().Before(g.Until):
		g.Phase = PhaseEnded
	default:
		g.Phase = PhaseApproved
		sealed, err := v.isSealed(g)
		if sealed {
			g.Phase = PhaseLive
		}
		return err
	}
	return nil
}

// needsOf is how many people must approve: the strictest of the safes.
func needsOf(doc *policy.Document, g *GrantState) int {
	needs := 1
	for _, e := range g.Entries {
		if safe := doc.Safes[e.Safe]; safe != nil {
			needs = max(needs, safe.NeedApprovals())
		}
	}
	return needs
}

// limited is a span no longer than the strictest of the safes allows.
func limited(doc *policy.Document, g *GrantState, span time.Duration) time.Duration {
	for _, e := range g.Entries {
		if safe := doc.Safes[e.Safe]; safe != nil && safe.Grants.Max > 0 {
			span = min(span, safe.Grants.Max.Duration())
		}
	}
	return span
}

// approversOf lists who could approve and has not: people with a device who may
// grant on every safe of it, and not the one that it is for.
func (v *Vault) approversOf(g *GrantState) []string {
	var list []string
	for _, m := range v.policy.Doc.ReadingDevices(policy.Catalogue) {
		done := slices.ContainsFunc(g.Approvals, func(a Answer) bool { return a.Member == m.Member })
		if m.Member != g.Member && !done && !contains(list, m.Member) && v.mayGrantAll(m.Member, g) {
			list = append(list, m.Member)
		}
	}
	slices.Sort(list)
	return list
}

func (v *Vault) mayGrantAll(member string, g *GrantState) bool {
	for _, e := range g.Entries {
		if !v.policy.Doc.DecideAt(member, policy.Grant, e.Safe, v.now()).Allowed {
			return false
		}
	}
	return true
}

// MayAnswer reports whether this member may approve it.
func (v *Vault) MayAnswer(g *GrantState) bool {
	return g.Member != v.me.Member && v.mayGrantAll(v.me.Member, g)
}

// grantEntries names the entries of an act: by its note, which was held against
// the ids, or else by their cards.
func (v *Vault) grantEntries(d *Deed) []GrantEntry {
	paths := map[string]string{}
	for _, path := range d.Note.Paths {
		if ref, err := v.refOf(path); err == nil {
			paths[ref.ID] = path
		}
	}
	list := make([]GrantEntry, len(d.Body.Entries))
	for i, ref := range d.Body.Entries {
		path, ok := paths[ref.ID]
		if e, _, err := v.findID(ref.ID, entry.Path{}, true); !ok && err == nil {
			path = e.Path.String()
		}
		list[i] = GrantEntry{ref.Safe, ref.ID, path}
	}
	return list
}

// grantByID finds a request or a grant by the beginning of its id, at least
// minPrefix hex digits. *NotFoundError, *AmbiguousError.
func (v *Vault) grantByID(prefix string) (*GrantState, error) {
	all, err := v.grantStates("")
	if err != nil {
		return nil, err
	}
	return pickGrant(all, prefix)
}
