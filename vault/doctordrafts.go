package vault

import (
	"fmt"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A draftSeen is a policy document that does not count.
type draftSeen struct {
	name   string
	number uint64
	doc    *policy.Document
	signs  int
}

// drafts looks at policy documents that are not in the chain, and at
// recipients that nothing names. Those that may still come into force, and
// all that anybody has signed, stay where they are. What is left of a change
// that was cut short on this device, whose place another version has taken,
// goes with fix: this device holds a key that the draft would have brought.
func (x *examination) drafts() error {
	if err := x.v.loadVersions(); err != nil {
		return nil // Verify has found it
	}
	release, ok := x.v.idle()
	if !ok {
		return nil
	}
	defer release()
	list, named, err := x.documents()
	if err != nil {
		return err
	}
	for _, d := range list {
		x.draft(d, named)
	}
	return x.recipients(named)
}

// documents lists the drafts, and the recipients that the chain names.
func (x *examination) documents() (drafts []draftSeen, named map[string]bool, err error) {
	named = map[string]bool{}
	items, err := x.v.dir.List("policy")
	if err != nil {
		return nil, nil, ofVault(err)
	}
	signs := map[string]int{}
	for _, item := range items {
		n, ok := store.ParseName("policy/" + item.Name)
		switch {
		case ok && n.Form == store.FormSign:
			signs[store.PolicyName(n.Number, n.Hash)]++
		case ok && n.Form == store.FormPolicy && n.Newcomer == "":
			data, err := x.v.dir.Read("policy/"+item.Name, policy.MaxSize)
			if err != nil {
				continue // found by Verify
			}
			doc, err := policy.Parse(data)
			if err != nil || doc.Version != n.Number {
				continue
			}
			if hash := statement.Sum(data); x.v.policy.versions.by[hash] != nil {
				names(doc, named)
				continue
			}
			drafts = append(drafts, draftSeen{name: "policy/" + item.Name, number: n.Number, doc: doc})
		}
	}
	for i := range drafts {
		drafts[i].signs = signs[drafts[i].name]
	}
	return drafts, named, nil
}

// names notes the recipients that a document names.
func names(doc *policy.Document, named map[string]bool) {
	for _, safe := range doc.SafeIDs() {
		for _, g := range doc.Generations(safe) {
			if hash, err := statement.ParseHash(g.Recipient); err == nil {
				named[store.RecipientName(safe, g.Gen, hash.Short())] = true
			}
		}
	}
}

// draft judges one document, and notes the recipients of one that stays.
func (x *examination) draft(d draftSeen, named map[string]bool) {
	args := map[string]string{"version": fmt.Sprint(d.number), "signs": fmt.Sprint(d.signs), "who": strings.Join(x.v.policy.Doc.Governors(), ", ")}
	switch {
	case d.number > x.v.policy.Number && d.signs > 0:
		x.note(Ailment{Code: PolicyPending, File: d.name, Args: args, Fix: "opsvault policy sign"})
	case d.number > x.v.policy.Number || d.signs > 0 || !x.ownDraft(d.doc, named):
		x.note(Ailment{Code: DraftOther, File: d.name, Args: args})
	default:
		x.takeAway(d.name, policy.MaxSize, args)
		return
	}
	names(d.doc, named)
}

// ownDraft reports whether this device holds a key that a draft would have
// brought: then this device made it.
func (x *examination) ownDraft(doc *policy.Document, named map[string]bool) bool {
	brought := map[string]bool{}
	names(doc, brought)
	for id := range x.v.ring.text {
		if brought[id.file()] && !named[id.file()] {
			return true
		}
	}
	return false
}

// file is the name of the recipient's file of a key.
func (k keyID) file() string {
	hash, err := statement.ParseHash(k.Recipient)
	if err != nil {
		return ""
	}
	return store.RecipientName(k.Safe, k.Gen, hash.Short())
}

// recipients looks for recipients that no document names.
func (x *examination) recipients(named map[string]bool) error {
	own := map[string]bool{}
	for id := range x.v.ring.text {
		own[id.file()] = true
	}
	safes, err := x.v.dir.List("safes")
	if err != nil {
		return ofVault(err)
	}
	for _, safe := range safes {
		items, err := x.v.dir.List("safes/" + safe.Name)
		if err != nil {
			continue // found by Verify
		}
		for _, item := range items {
			name := "safes/" + safe.Name + "/" + item.Name
			n, ok := store.ParseName(name)
			if !ok || n.Form != store.FormRecipient || named[name] {
				continue
			}
			if n.Newcomer == "" && own[name] && x.v.pastDraft(n) {
				x.takeAway(name, 4<<10, map[string]string{})
			} else if !x.bad[name] {
				x.note(Ailment{Code: DraftOther, File: name, Args: map[string]string{}})
			}
		}
	}
	return nil
}

// pastDraft reports whether a generation that no version named was passed
// over, or belongs to a safe that never came to be.
func (v *Vault) pastDraft(n store.Name) bool {
	current := v.policy.Doc.Current(n.Safe).Gen
	return current == 0 || current >= n.Number
}

// takeAway tells of a leftover of this device, and moves it to the quarantine
// with fix.
func (x *examination) takeAway(name string, limit int64, args map[string]string) {
	a := Ailment{Code: DraftLeft, File: name, Args: args, Fix: doctorFix}
	if x.fix {
		if err := x.v.setAside(name, limit); err != nil {
			a.What = err.Error()
		} else {
			a.Fixed = true
		}
	}
	x.find(a)
}
