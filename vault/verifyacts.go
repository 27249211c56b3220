package vault

import (
	"fmt"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An answered is a statement about an act, to be judged when all acts are known:
// an answer to a request or a grant, or a packet of one.
type answered struct {
	name   string
	common statement.Common
	about  statement.Hash
	act    statement.Act     // of an answer
	packet *statement.Packet // of a packet; else nil
}

// actRight is right for acts: what they take upon themselves is judged at once
// where they say it, and later where another act does.
func (c *checking) actRight(name string, st *statement.Statement) error {
	body, err := statement.ParseAct(st.Header)
	if err != nil {
		return &IntegrityError{name, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deeds[st.Hash] = body
	c.answers = append(c.answers, answered{name: name, common: body.Common, about: body.About, act: body})
	return nil
}

func (c *checking) packetRight(name string, st *statement.Statement) error {
	body, err := statement.ParsePacket(st.Header)
	if err != nil {
		return &IntegrityError{name, err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, answered{name: name, common: body.Common, about: body.About, packet: &body})
	return nil
}

// deedRights judges acts and packets. What is refused here is what readers leave out.
func (c *checking) deedRights() {
	for _, a := range c.answers {
		about := statement.Act{}
		if a.packet == nil && a.act.Op == statement.OpKeysRefused {
			continue // it is about a bundle, and takes no right upon itself
		}
		if !a.about.IsZero() {
			var found bool
			if about, found = c.deedOf(a.about); !found {
				c.note(audit.Finding{Code: chain.InTransit, Device: a.common.Device, File: a.name,
					Detail: "the act " + a.about.Short() + " that it is about is not here"})
				continue
			}
		}
		if doc := c.docOf(a.common.Policy); doc != nil {
			if why := a.refused(doc, about); why != "" {
				c.find(audit.Finding{Code: audit.Refused, Device: a.common.Device, File: a.name, Detail: why})
			}
		}
	}
}

// refused says what an act or a packet takes upon itself that a policy doesn't
// give, or nothing.
func (a answered) refused(doc *policy.Document, about statement.Act) string {
	switch {
	case a.packet != nil:
		return a.packetRefused(doc, about)
	case a.act.Op == statement.OpInvite:
		return lacks(doc, a.common, policy.CanGovern, "")
	case a.about.IsZero():
		right := map[statement.ActOp]policy.Capability{statement.OpRequest: policy.Request, statement.OpRotateDone: policy.Write}[a.act.Op]
		if right == "" {
			right = policy.Grant
		}
		return lacksEvery(doc, a.common, right, a.act.Entries)
	}
	grantee := about.Member
	if about.Op == statement.OpRequest {
		grantee = about.Author
	}
	switch {
	case about.Op != statement.OpRequest && about.Op != statement.OpGrant:
		return fmt.Sprintf("an act %s can't be about one that is %s", a.act.Op, about.Op)
	case a.act.Op == statement.OpApprove && a.common.Author == grantee:
		return "nobody approves what is for themselves"
	case a.act.Op == statement.OpApprove:
		return lacksEvery(doc, a.common, policy.Grant, about.Entries)
	case a.act.Op == statement.OpRevoke && a.common.Author == grantee:
		return ""
	}
	why := ""
	for _, e := range about.Entries {
		if why = lacks(doc, a.common, policy.Grant, e.Safe); why == "" {
			return ""
		}
	}
	return why
}

func (a answered) packetRefused(doc *policy.Document, about statement.Act) string {
	p := a.packet
	grantee := about.Member
	if about.Op == statement.OpRequest {
		grantee = about.Author
	}
	named := func(e statement.EntryRef) bool { return e.Safe == p.Safe && e.ID == p.ID }
	switch {
	case p.To != grantee:
		return fmt.Sprintf("it is for %s, the grant for %s", p.To, grantee)
	case !slices.ContainsFunc(about.Entries, named):
		return "it holds an entry that the grant doesn't name"
	}
	for _, part := range p.Parts {
		if !holdsDevice(doc, p.To, part.Device) {
			return fmt.Sprintf("it is sealed to device %s, which was not %s's", part.Device, p.To)
		}
	}
	if lacks(doc, a.common, policy.Write, p.Safe) == "" {
		return ""
	}
	return lacks(doc, a.common, policy.Grant, p.Safe)
}

func lacksEvery(doc *policy.Document, c statement.Common, right policy.Capability, entries []statement.EntryRef) string {
	for _, e := range entries {
		if why := lacks(doc, c, right, e.Safe); why != "" {
			return why
		}
	}
	return ""
}

func lacks(doc *policy.Document, c statement.Common, right policy.Capability, on string) string {
	if d := doc.DecideAt(c.Author, right, on, c.Time); !d.Allowed {
		return fmt.Sprintf("%s might not %s: %s", c.Author, right, d.Why)
	}
	return ""
}

// deedOf is an act that was read now, or one that has not changed since it was.
func (c *checking) deedOf(hash statement.Hash) (statement.Act, bool) {
	if body, ok := c.deeds[hash]; ok {
		return body, true
	}
	for _, l := range c.dirs {
		if !strings.HasPrefix(l.name, "acts/") {
			continue
		}
		for _, file := range l.files {
			n, ok := store.ParseName(l.name + "/" + file.Name)
			if !ok || n.Form != store.FormAct || n.Hash != hash.Short() {
				continue
			}
			data, err := c.v.dir.Read(l.name+"/"+file.Name, statement.MaxSize)
			if err != nil {
				continue
			}
			st, err := statement.Open(data, c.keyOf)
			if err != nil || st.Hash != hash {
				continue
			}
			body, err := statement.ParseAct(st.Header)
			return body, err == nil
		}
	}
	return statement.Act{}, false
}
