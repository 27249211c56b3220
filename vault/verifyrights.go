package vault

import (
	"fmt"
	"strings"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A descent is what a version of an entry says about those before it.
type descent struct {
	name   string
	id     string
	device string
	number uint64
	prev   []statement.Hash
}

// right checks what a sound statement takes upon itself: whether its author
// had the right under the policy that it names. What is refused here is what
// readers leave out. Which versions an entry follows is kept for lineage.
func (c *checking) right(name string, st *statement.Statement, common statement.Common) error {
	right, on := policy.Capability(""), ""
	switch st.Header.Type {
	case statement.TypeEntry:
		body, err := statement.ParseEntry(st.Header)
		if err != nil {
			return &IntegrityError{name, err}
		}
		right, on = policy.Write, body.Safe
		c.mu.Lock()
		c.numbers[st.Hash] = body.Version
		c.descents = append(c.descents, descent{name, body.ID, body.Device, body.Version, body.Prev})
		c.mu.Unlock()
	case statement.TypeAct:
		return c.actRight(name, st)
	case statement.TypePacket:
		return c.packetRight(name, st)
	case statement.TypePublish:
		right = policy.CanPublish
	case statement.TypeApprove:
		right = policy.CanApprove
	default:
		return nil
	}
	doc := c.docOf(common.Policy)
	if doc == nil {
		return nil // found elsewhere
	}
	if d := doc.DecideAt(common.Author, right, on, common.Time); !d.Allowed {
		c.find(audit.Finding{Code: audit.Refused, Device: common.Device, File: name,
			Detail: fmt.Sprintf("%s might not %s: %s", common.Author, right, d.Why)})
	}
	return nil
}

// lineage holds every version's number against those of its parents.
func (c *checking) lineage() {
	for _, d := range c.descents {
		newest, missing := uint64(0), false
		for _, hash := range d.prev {
			number := c.numberOf(d, hash)
			newest, missing = max(newest, number), missing || number == 0
		}
		switch {
		case missing:
			c.note(audit.Finding{Code: chain.InTransit, Device: d.device, File: d.name, Detail: "a version that it follows is not here"})
		case d.number != newest+1:
			c.find(audit.Finding{Code: audit.Refused, Device: d.device, File: d.name,
				Detail: fmt.Sprintf("it is version %d, and follows version %d", d.number, newest)})
		}
	}
}

// numberOf is the number of a parent: of those that were read now, or of one
// that has not changed since it was; 0 if it isn't here.
func (c *checking) numberOf(d descent, hash statement.Hash) uint64 {
	if number, ok := c.numbers[hash]; ok {
		return number
	}
	shard := c.dirs[store.EntryBase(d.id)]
	if shard == nil {
		return 0
	}
	for _, file := range shard.files {
		name := shard.name + "/" + file.Name
		n, ok := store.ParseName(name)
		if !strings.HasPrefix(file.Name, d.id) || !ok || n.Number >= d.number {
			continue
		}
		data, err := c.v.dir.Read(name, statement.MaxSize)
		if err != nil {
			continue
		}
		if st, err := statement.Open(data, c.keyOf); err == nil && st.Hash == hash {
			return n.Number
		}
	}
	return 0
}
