package vault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// chooseHeads decides, of all versions that are sound, which this device
// follows. Branches are followed each by its own rules to its tip. Of two tips
// one counts against the other if the version with which its branch begins
// carries the signatures of enough people who can govern at both. Where both
// count, the policy is forked and both are heads; where one counts, it alone
// is; where neither does (two governors who removed each other), each device
// stays on its side, and one that is on neither waits where they part.
func (v *Vault) chooseHeads(l *policyLook) error {
	vs := v.policy.versions
	if len(vs.list) == 0 {
		return nil
	}
	own := vs.by[v.policy.Hash]
	if own == nil {
		own = vs.list[0]
	}
	tips := v.eligible(vs.tips())
	chosen, err := l.onward(own, tips)
	if err != nil {
		return err
	}
	if chosen, err = l.against(chosen, tips); err != nil {
		return err
	}
	for _, w := range chosen[1:] {
		l.note("policy-fork", "version", fmt.Sprint(w.number), "hash", w.hash.Short())
	}
	if v.policy.Number == 0 || !sameVersions(chosen, v.policy.heads()) {
		if err := v.follow(chosen); err != nil {
			return err
		}
	}
	l.pendings()
	return nil
}

func sameVersions(chosen []*version, heads []PolicyHead) bool {
	return slices.EqualFunc(chosen, heads, func(w *version, h PolicyHead) bool { return w.ref() == h.ref() })
}

// eligible leaves the tips of the branch that somebody adopted by comparing digits.
func (v *Vault) eligible(tips []*version) []*version {
	for _, adopted := range v.policy.Adopted {
		left := slices.DeleteFunc(slices.Clone(tips), func(w *version) bool { return !v.policy.versions.lineage(w.hash)[adopted] })
		if len(left) > 0 {
			tips = left
		}
	}
	return tips
}

// onward follows what comes after the own head, up to its tip or tips.
func (l *policyLook) onward(own *version, tips []*version) ([]*version, error) {
	vs := l.v.policy.versions
	mine := slices.DeleteFunc(slices.Clone(tips), func(w *version) bool { return !vs.lineage(w.hash)[own.hash] })
	if len(mine) < 2 {
		return append(mine, own)[:1], nil
	}
	counts := map[[2]*version]bool{}
	for _, x := range mine {
		for _, y := range mine {
			if x != y {
				yes, err := l.countsAgainst(x, y)
				if err != nil {
					return nil, err
				}
				counts[[2]*version{x, y}] = yes
			}
		}
	}
	var alive []*version
	for _, x := range mine {
		beaten := func(y *version) bool { return x != y && counts[[2]*version{y, x}] && !counts[[2]*version{x, y}] }
		if !slices.ContainsFunc(mine, beaten) {
			alive = append(alive, x)
		} else {
			l.ignored(x, own)
		}
	}
	slices.SortFunc(alive, func(a, b *version) int {
		return cmp.Or(cmp.Compare(b.number, a.number), slices.Compare(a.hash[:], b.hash[:]))
	})
	for _, x := range alive {
		for _, y := range alive {
			if x != y && !counts[[2]*version{x, y}] {
				l.split(alive)
				return []*version{own}, nil
			}
		}
	}
	if len(alive) == 0 {
		l.split(mine)
		return []*version{own}, nil
	}
	return alive, nil
}

func (l *policyLook) split(tips []*version) {
	var hashes []string
	for _, w := range tips {
		hashes = append(hashes, w.hash.Short())
	}
	l.note("policy-split", "version", fmt.Sprint(tips[0].number), "hashes", strings.Join(hashes, ", "), "hash", tips[0].hash.Short())
}

// against holds the tips of other branches against the heads.
func (l *policyLook) against(chosen, tips []*version) ([]*version, error) {
	vs := l.v.policy.versions
	for range len(tips) + 1 {
		over, moved := vs.lineage(hashesOf(chosen)...), false
		for _, x := range tips {
			if over[x.hash] || vs.lineage(x.hash)[chosen[0].hash] {
				continue
			}
			counts, err := l.countsAgainst(x, chosen[0])
			if err != nil {
				return nil, err
			}
			if !counts {
				l.ignored(x, chosen[0])
				continue
			}
			back, err := l.countsAgainst(chosen[0], x)
			if err != nil {
				return nil, err
			}
			if back {
				chosen = append(chosen, x)
				over = vs.lineage(hashesOf(chosen)...)
				continue
			}
			chosen, moved = []*version{x}, true
			break
		}
		if !moved {
			break
		}
	}
	return chosen, nil
}

func hashesOf(list []*version) []statement.Hash {
	hashes := make([]statement.Hash, len(list))
	for i, w := range list {
		hashes[i] = w.hash
	}
	return hashes
}

// ignored notes a branch that does not count, and who signed its first version.
func (l *policyLook) ignored(tip, own *version) {
	for _, w := range l.v.policy.versions.firsts(tip.hash, own.hash) {
		var members []string
		for _, device := range l.signersOf(w) {
			doc, err := l.v.docOf(w.ref())
			if member, ok := "", err == nil; ok {
				if member, ok = l.v.policy.memberOf(device); !ok {
					member, _ = doc.MemberOf(device)
				}
				if !contains(members, member) {
					members = append(members, member)
				}
			}
		}
		l.note("policy-sibling", "version", fmt.Sprint(w.number), "hash", w.hash.Short(), "signers", strings.Join(members, ", "))
	}
}

// countsAgainst reports whether the branch of tip counts for somebody who is at other.
func (l *policyLook) countsAgainst(tip, other *version) (bool, error) {
	a, err := l.v.docOf(tip.ref())
	if err != nil {
		return false, err
	}
	b, err := l.v.docOf(other.ref())
	if err != nil {
		return false, err
	}
	for _, first := range l.v.policy.versions.firsts(tip.hash, other.hash) {
		if policy.Agreed(a, b, l.signersOf(first)) {
			return true, nil
		}
	}
	return false, nil
}

// signersOf lists the devices whose signatures of a version count: those that
// are here and, because a fork does not end by taking a file away, those that were.
func (l *policyLook) signersOf(w *version) []string {
	key := w.hash.String()
	devices := slices.Clone(l.v.policy.Signed[key])
	name := w.file()
	c := &candidate{version: *w}
	c.signs = l.signatures(name, w.number)
	var err error
	if c.doc, err = l.v.docOf(w.ref()); err != nil {
		return devices
	}
	if c.parents, err = l.v.parentDocs(w); err != nil {
		return devices
	}
	c.signs = l.ofParents(c, c.signs)
	for _, device := range l.counted(c) {
		if !contains(devices, device) {
			devices = append(devices, device)
		}
	}
	if l.v.policy.Signed == nil {
		l.v.policy.Signed = signedBy{}
	}
	slices.Sort(devices)
	l.v.policy.Signed[key] = devices
	return devices
}

// pendings notes the drafts that follow a head and wait for signatures.
func (l *policyLook) pendings() {
	for _, c := range l.drafts {
		if p := l.v.pendingOf(c); !p.Stale && p.shown() {
			_, who := p.Missing()
			l.note("policy-pending", "version", fmt.Sprint(c.number), "hash", c.hash.Short(), "author", p.Author, "missing", strings.Join(who, ", "))
		}
	}
}
