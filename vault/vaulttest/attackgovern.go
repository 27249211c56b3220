package vaulttest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// GovernAttacks are those on how the policy is made: each tries to give the
// agents the safe office, or keeps keys from Ivan. Maria and Anna govern, and
// Lena where three do.
func GovernAttacks() []TeamAttack {
	two, three := []string{"anna", "ivan", "vera"}, []string{"anna", "lena", "ivan", "vera"}
	return []TeamAttack{
		{"policy-forked-by-old-key", two, PolicyForkedByOldKey},
		{"policy-forked-by-removed", two, PolicyForkedByRemoved},
		{"policy-governors-removed-each-other", two, PolicyGovernorsRemovedEachOther},
		{"policy-draft-signed-by-agent", two, PolicyDraftSignedByAgent},
		{"policy-draft-signed-by-two-devices", two, PolicyDraftSignedByTwoDevices},
		{"policy-draft-tampered", two, PolicyDraftTampered},
		{"policy-draft-stale-signed", three, PolicyDraftStaleSigned},
		{"policy-merge-by-too-few", three, PolicyMergeByTooFew},
		{"policy-merge-brings-back", two, PolicyMergeBringsBack},
		{"policy-flood", two, PolicyFlood},
		{"bundle-says-more", two, BundleSaysMore},
		{"bundle-says-more-by-lead", two, BundleSaysMoreByLead},
	}
}

// OfficeForAgents is what most of these attacks want.
func OfficeForAgents(d *policy.Document) { d.Safes["office"].Access["agent"] = policy.Use }

// vary changes the policy as somebody, without spreading it.
func (t *Team) vary(member string, edit func(*policy.Document)) (*vault.Change, error) {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return nil, err
	}
	return v.ChangePolicy(func(d *policy.Document) error { edit(d); return nil })
}

// sign adds somebody's signature to a draft, and spreads it.
func (t *Team) sign(member string, c *vault.Change) error {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return err
	}
	if _, err := v.SignPolicy(c.Hash.String()); err != nil {
		return err
	}
	return t.Spread()
}

// raise makes the threshold two, signed by Maria and Anna.
func (t *Team) raise() error {
	c, err := t.vary("maria", func(d *policy.Document) {
		d.Govern.Threshold = 2
		if d.Members["lena"] != nil {
			d.Members["lena"].Roles = []string{"lead"}
		}
	})
	if err != nil {
		return err
	}
	if err := t.Spread(); err != nil {
		return err
	}
	if err := t.sign("anna", c); err != nil {
		return err
	}
	return t.openAll()
}

// openAll lets everybody see what is there.
func (t *Team) openAll() error {
	for _, p := range t.People {
		v, err := t.Open(p)
		if err != nil {
			return err
		}
		if roleOf(p.Member) == "auditor" {
			continue
		}
		r, err := v.Reveal(ParsePath(PBX), vault.Purpose{Reason: "test"})
		if err != nil {
			return err
		}
		r.Fields.Wipe()
	}
	return nil
}

// drafted is a draft of Maria's, with a threshold of two.
func (t *Team) drafted() (*vault.Change, error) {
	if err := t.raise(); err != nil {
		return nil, err
	}
	c, err := t.vary("maria", OfficeForAgents)
	if err != nil {
		return nil, err
	}
	return c, t.Spread()
}

// signature is a Deed: a signature of a version, under the policy that its author sees or another.
func signatureOf(c *vault.Change) Deed {
	return Deed{Op: "policy.sign", Object: "-",
		Header: func(common statement.Common) (statement.Header, error) {
			return statement.PolicySignature{Common: common, Document: statement.PolicyRef{Number: c.Number, Hash: c.Hash}}.Header()
		},
		Name: func(common statement.Common, _ statement.Hash) string {
			return store.SignName(c.Number, c.Hash.Short(), common.Device)
		}}
}

// PolicyForkedByOldKey: when Maria alone governed, somebody copied her machine.
// Now two must sign; the copy makes a version beside the one that says so.
func PolicyForkedByOldKey(t *Team) error {
	past := t.Root + "-past"
	if err := os.CopyFS(past, os.DirFS(t.Root)); err != nil {
		return err
	}
	defer os.RemoveAll(past)
	if err := t.raise(); err != nil {
		return err
	}
	thief := t.At(past)
	for range 2 {
		if _, err := thief.vary("maria", OfficeForAgents); err != nil {
			return err
		}
		if _, err := thief.vary("maria", func(d *policy.Document) { d.Safes["office"].Access["agent"] = policy.Manage }); err != nil {
			break // the second time there is nothing to change
		}
	}
	for _, p := range t.People[1:] {
		if err := t.CopyFiles(thief.Person("maria"), p); err != nil {
			return err
		}
	}
	return nil
}

// PolicyForkedByRemoved: Anna is removed, and makes a version beside that.
func PolicyForkedByRemoved(t *Team) error {
	if _, err := t.vary("maria", func(d *policy.Document) { d.RemoveMember("anna") }); err != nil {
		return err
	}
	if _, err := t.vary("anna", OfficeForAgents); err != nil {
		return err
	}
	return t.Spread()
}

// PolicyGovernorsRemovedEachOther: Maria and Anna remove one another, and Anna
// gives the agents the office.
func PolicyGovernorsRemovedEachOther(t *Team) error {
	if _, err := t.vary("maria", func(d *policy.Document) { d.RemoveMember("anna") }); err != nil {
		return err
	}
	if _, err := t.vary("anna", func(d *policy.Document) { d.RemoveMember("maria"); OfficeForAgents(d) }); err != nil {
		return err
	}
	return t.Spread()
}

// PolicyDraftSignedByAgent: the second signature is Ivan's.
func PolicyDraftSignedByAgent(t *Team) error {
	c, err := t.drafted()
	if err != nil {
		return err
	}
	return t.commit(t.Person("ivan"), signatureOf(c))
}

// PolicyDraftSignedByTwoDevices: the second signature is Maria's, too.
func PolicyDraftSignedByTwoDevices(t *Team) error {
	second, err := t.SecondDevice(t.People[0])
	if err != nil {
		return err
	}
	c, err := t.drafted()
	if err != nil {
		return err
	}
	return t.commit(second, signatureOf(c))
}

// PolicyDraftTampered: Maria's draft gives the auditors the office. After her
// signature it gives it to the agents, under its name and under a new one.
func PolicyDraftTampered(t *Team) error {
	if err := t.raise(); err != nil {
		return err
	}
	c, err := t.vary("maria", func(d *policy.Document) { d.Safes["office"].Access["auditor"] = policy.Use })
	if err != nil {
		return err
	}
	dir := t.People[0].Dir
	name := store.PolicyName(c.Number, c.Hash.Short())
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	i := bytes.Index(data, []byte("office:"))
	data = append(data[:i:i], bytes.Replace(data[i:], []byte("auditor: use"), []byte("agent: use"), 1)...)
	if err := give(dir, name, "file "+string(data)); err != nil {
		return err
	}
	hash := statement.Sum(data)
	if err := give(dir, store.PolicyName(c.Number, hash.Short()), "file "+string(data)); err != nil {
		return err
	}
	signs, err := filepath.Glob(filepath.Join(dir, "policy", "*"+c.Hash.Short()+"*.sign"))
	if err != nil {
		return err
	}
	for _, sign := range signs {
		text, err := os.ReadFile(sign)
		if err != nil {
			return err
		}
		other := strings.Replace(filepath.Base(sign), c.Hash.Short(), hash.Short(), 1)
		if err := give(dir, "policy/"+other, "file "+string(text)); err != nil {
			return err
		}
	}
	return t.Spread()
}

// PolicyDraftStaleSigned: Maria's draft is signed by Lena when another version
// has taken its place, under the policy of then.
func PolicyDraftStaleSigned(t *Team) error {
	c, err := t.drafted()
	if err != nil {
		return err
	}
	lena, err := t.Open(t.Person("lena"))
	if err != nil {
		return err
	}
	under := lena.PolicyRef()
	other, err := t.vary("maria", func(d *policy.Document) { d.Safes["billing"].Approvals = 2 })
	if err != nil {
		return err
	}
	if err := t.Spread(); err != nil {
		return err
	}
	if err := t.sign("anna", other); err != nil {
		return err
	}
	if err := t.openAll(); err != nil {
		return err
	}
	late := signatureOf(c)
	late.Common = func(common *statement.Common) { common.Policy = under }
	return t.commit(t.Person("lena"), late)
}

// PolicyMergeByTooFew: two heads, each signed by two; Maria alone joins them.
func PolicyMergeByTooFew(t *Team) error {
	if err := t.raise(); err != nil {
		return err
	}
	one, err := t.vary("maria", OfficeForAgents)
	if err != nil {
		return err
	}
	two, err := t.vary("lena", func(d *policy.Document) { d.Safes["billing"].Approvals = 2 })
	if err != nil {
		return err
	}
	maria, anna, lena := t.Person("maria"), t.Person("anna"), t.Person("lena")
	if err := t.CopyFiles(maria, anna); err != nil {
		return err
	}
	aside := anna.Dir + "-aside" // Anna signs both on two copies, as a careless person may
	if err := os.CopyFS(aside, os.DirFS(anna.Dir)); err != nil {
		return err
	}
	if v, err := t.Open(anna); err != nil {
		return err
	} else if _, err := v.SignPolicy(one.Hash.String()); err != nil {
		return err
	}
	if err := t.CopyFiles(lena, anna); err != nil {
		return err
	}
	late := signatureOf(two)
	under, err := t.Open(lena)
	if err != nil {
		return err
	}
	late.Common = func(common *statement.Common) { common.Policy = under.PolicyRef() }
	if err := t.commit(anna, late); err != nil {
		return err
	}
	v, err := t.Open(maria)
	if err != nil {
		return err
	}
	if _, err := v.MergePolicies(nil, nil); err != nil {
		return err
	}
	return t.Spread()
}

// PolicyMergeBringsBack: Maria took telephony from the agents, and Anna gave
// them the office. Anna joins the heads so that they have both.
func PolicyMergeBringsBack(t *Team) error {
	base, err := t.document("maria")
	if err != nil {
		return err
	}
	if _, err := t.vary("maria", func(d *policy.Document) { delete(d.Safes["telephony"].Access, "agent") }); err != nil {
		return err
	}
	if _, err := t.vary("anna", OfficeForAgents); err != nil {
		return err
	}
	if err := t.Spread(); err != nil {
		return err
	}
	anna, err := t.Open(t.Person("anna"))
	if err != nil {
		return err
	}
	heads := anna.Heads()
	d, _ := policy.Merge(base, heads[0].Doc, heads[1].Doc)
	d = d.Next("", t.Now())
	d.Version, d.Prev = heads[0].Number+1, []string{heads[0].Hash.String(), heads[1].Hash.String()}
	slices.Sort(d.Prev)
	d.Safes["telephony"].Access["agent"] = policy.Use
	text, err := d.Encode()
	if err != nil {
		return err
	}
	c := &vault.Change{Number: d.Version, Hash: statement.Sum(text)}
	if err := give(t.Person("anna").Dir, store.PolicyName(c.Number, c.Hash.Short()), "file "+string(text)); err != nil {
		return err
	}
	return t.commit(t.Person("anna"), signatureOf(c))
}

func (t *Team) document(member string) (*policy.Document, error) {
	v, err := t.Open(t.Person(member))
	if err != nil {
		return nil, err
	}
	return v.Policy(), nil
}

// PolicyFlood: Anna's device signs a thousand versions that wait for a second
// signature.
func PolicyFlood(t *Team) error {
	if err := t.raise(); err != nil {
		return err
	}
	anna := t.Person("anna")
	v, err := t.Open(anna)
	if err != nil {
		return err
	}
	w := t.World(anna)
	key, err := w.Key(w.Maria)
	if err != nil {
		return err
	}
	log, err := w.log(v, key)
	if err != nil {
		return err
	}
	for range 1000 {
		d := v.Policy().Next(v.PolicyRef().Hash.String(), t.Now())
		OfficeForAgents(d)
		text, err := d.Encode()
		if err != nil {
			return err
		}
		c := &vault.Change{Number: d.Version, Hash: statement.Sum(text)}
		deed := signatureOf(c)
		s, err := deed.make(w.common(v, log), key.Signer())
		if err != nil {
			return err
		}
		for name, data := range map[string][]byte{store.PolicyName(c.Number, c.Hash.Short()): text, s.name: s.file} {
			if err := give(anna.Dir, name, "file "+string(data)); err != nil {
				return err
			}
		}
	}
	for _, p := range t.People {
		if p != anna {
			if err := t.CopyFiles(anna, p); err != nil {
				return err
			}
		}
	}
	return nil
}
