package vaulttest

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Attacks on requests, grants and packets. Ivan asks for Hosting, or is given
// it; Oleg is another agent; Anna leads, too.
func grantAttacks() []TeamAttack {
	all := []string{"ivan", "oleg", "anna"}
	return []TeamAttack{
		{"request-approved-by-requester", all, RequestApprovedByRequester},
		{"request-approved-by-agent", all, RequestApprovedByAgent},
		{"request-approved-twice-by-one", all, RequestApprovedTwiceByOne},
		{"request-approved-by-removed", all, RequestApprovedByRemoved},
		{"request-replaced-after-approval", all, RequestReplacedAfterApproval},
		{"request-over-limit", all, RequestOverLimit},
		{"grant-by-agent", all, GrantByAgent},
		{"packet-content-forged", all, PacketContentForged},
		{"packet-content-forged-first", all, PacketContentForgedFirst},
		{"packet-after-end", all, PacketAfterEnd},
		{"packet-without-end", all, PacketWithoutEnd},
		{"packet-without-grant", all, PacketWithoutGrant},
		{"packet-for-other-member", all, PacketForOtherMember},
		{"packet-for-other-device", all, PacketForOtherDevice},
		{"packet-by-agent", all, PacketByAgent},
		{"packet-of-other-entry", all, PacketOfOtherEntry},
	}
}

// Wish is a request of Ivan's for Hosting, for some hours.
func Wish(hours int) vault.Wish {
	return vault.Wish{Paths: []entry.Path{ParsePath(Hosting)}, Span: time.Duration(hours) * time.Hour, Reason: "INC-7"}
}

// Ask has Ivan ask for Hosting, and spreads it.
func (t *Team) Ask(hours int) (*vault.GrantState, error) {
	v, err := t.Open(t.Person("ivan"))
	if err != nil {
		return nil, err
	}
	g, err := v.Request(Wish(hours))
	if err != nil {
		return nil, err
	}
	return g, t.Spread()
}

// Approve has somebody approve, and spreads it.
func (t *Team) Approve(member string, g *vault.GrantState) error {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return err
	}
	if _, err := v.Approve(g.ID.String()); err != nil {
		return err
	}
	return t.Spread()
}

// AskAndApprove has Ivan ask for Hosting, and Maria approve.
func (t *Team) AskAndApprove(hours int) (*vault.GrantState, error) {
	g, err := t.Ask(hours)
	if err != nil {
		return nil, err
	}
	return g, t.Approve("maria", g)
}

func (t *Team) askThenAct(member string, act func(*vault.GrantState) statement.Act) error {
	g, err := t.Ask(4)
	if err != nil {
		return err
	}
	return t.CommitAct(t.Person(member), act(g))
}

func approval(g *vault.GrantState) statement.Act {
	return statement.Act{Op: statement.OpApprove, About: g.ID}
}

// RequestApprovedByRequester: Ivan approves his own request.
func RequestApprovedByRequester(t *Team) error { return t.askThenAct("ivan", approval) }

// RequestApprovedByAgent: Oleg, who may not grant, approves it.
func RequestApprovedByAgent(t *Team) error { return t.askThenAct("oleg", approval) }

// RequestApprovedTwiceByOne: two people must approve; Anna does it with both of
// her devices.
func RequestApprovedTwiceByOne(t *Team) error {
	second, err := t.SecondDevice(t.Person("anna"))
	if err != nil {
		return err
	}
	if err := t.Govern(func(d *policy.Document) { d.Safes["billing"].Approvals = 2 }); err != nil {
		return err
	}
	g, err := t.Ask(4)
	if err != nil {
		return err
	}
	if err := t.Approve("anna", g); err != nil {
		return err
	}
	return t.CommitAct(second, approval(g))
}

// RequestApprovedByRemoved: Anna is no lead any more, and approves afterwards,
// under the policy in which she was one.
func RequestApprovedByRemoved(t *Team) error {
	g, err := t.Ask(4)
	if err != nil {
		return err
	}
	anna := t.Person("anna")
	v, err := t.Open(anna)
	if err != nil {
		return err
	}
	under := v.PolicyRef()
	if err := t.Govern(func(d *policy.Document) { d.Members["anna"].Roles = []string{"agent"} }); err != nil {
		return err
	}
	return t.commit(anna, Deed{Op: "act.approve", Object: "-",
		Header: func(c statement.Common) (statement.Header, error) {
			c.Policy = under
			return statement.Act{Common: c, Op: statement.OpApprove, About: g.ID}.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	})
}

// RequestReplacedAfterApproval: Maria approves four hours; Ivan puts a request
// of a year under the name of the one that she approved.
func RequestReplacedAfterApproval(t *Team) error {
	g, err := t.AskAndApprove(4)
	if err != nil {
		return err
	}
	ivan := t.Person("ivan")
	w := t.World(ivan)
	v, err := t.Open(ivan)
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(ivan.Dir, "acts", "*", g.Short()+"-*.act"))
	if err != nil || len(names) != 1 {
		return os.ErrNotExist
	}
	rel, err := filepath.Rel(ivan.Dir, names[0])
	if err != nil {
		return err
	}
	key, err := w.Key(w.Maria)
	if err != nil {
		return err
	}
	body := statement.Act{Op: statement.OpRequest, Span: 365 * 24 * 3600,
		Common:  statement.Common{Vault: v.ID(), Device: v.Me().Device, Author: "ivan", Policy: v.PolicyRef(), Event: 1, Time: g.Made},
		Entries: []statement.EntryRef{{Safe: g.Entries[0].Safe, ID: g.Entries[0].ID}}}
	h, err := body.Header()
	if err != nil {
		return err
	}
	file, _, err := statement.Sign(h, nil, key.Signer(), rand.Reader)
	if err != nil {
		return err
	}
	for _, p := range t.People {
		if err := os.WriteFile(filepath.Join(p.Dir, rel), file, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// RequestOverLimit: grants last eight hours at most; Ivan asks for a year with a
// program of his own, Maria approves, and nine hours go by.
func RequestOverLimit(t *Team) error {
	if err := t.Govern(func(d *policy.Document) { d.Safes["billing"].Grants.Max = policy.Span(8 * time.Hour) }); err != nil {
		return err
	}
	ref, err := t.ref("ivan", Hosting)
	if err != nil {
		return err
	}
	if err := t.CommitAct(t.Person("ivan"), statement.Act{Op: statement.OpRequest, Entries: []statement.EntryRef{ref}, Span: 365 * 24 * 3600}); err != nil {
		return err
	}
	v, err := t.Open(t.Person("maria"))
	if err != nil {
		return err
	}
	all, err := v.Grants(vault.GrantFilter{})
	if err != nil || len(all) != 1 {
		return os.ErrNotExist
	}
	if err := t.Approve("maria", all[0]); err != nil {
		return err
	}
	t.Pass(9 * time.Hour)
	return nil
}

// GrantByAgent: Oleg, who may not grant, grants it to Ivan.
func GrantByAgent(t *Team) error {
	ref, err := t.ref("oleg", Hosting)
	if err != nil {
		return err
	}
	return t.CommitAct(t.Person("oleg"), statement.Act{Op: statement.OpGrant, Member: "ivan", Entries: []statement.EntryRef{ref}, Span: 3600})
}

// ref names an entry as acts do.
func (t *Team) ref(member, path string) (statement.EntryRef, error) {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return statement.EntryRef{}, err
	}
	e, _, err := v.Show(ParsePath(path), false)
	if err != nil {
		return statement.EntryRef{}, err
	}
	return statement.EntryRef{Safe: e.Path.Safe(), ID: e.Card.ID}, nil
}
