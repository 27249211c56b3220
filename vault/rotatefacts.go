package vault

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// rotationFacts gathers what the rotation list is made of: from the policy's
// history, bundles, packets, the headers of entries, the logs, and acts. Only
// entries are read that somebody could have opened who should not now.
func (v *Vault) rotationFacts(member string) (*rotationFacts, error) {
	f := &rotationFacts{
		reads:   func(m, safe string) bool { return v.policy.Doc.DecideAt(m, policy.Read, safe, v.now()).Allowed },
		dropped: v.deviceLoss, lost: v.lossFinder(),
		changed: map[ackKey]uint64{}, waived: map[ackKey][]waived{},
	}
	known := map[ackKey]bool{} // reads is asked often
	ask := f.reads
	f.reads = func(m, safe string) bool {
		key := ackKey{safe, m}
		if _, asked := known[key]; !asked {
			known[key] = ask(m, safe)
		}
		return known[key]
	}
	knowers, err := v.knowers(member)
	if err != nil {
		return nil, err
	}
	if err := v.addPackets(f, knowers); err != nil {
		return nil, err
	}
	for _, name := range sortedNames(knowers) {
		f.knowers = append(f.knowers, knowers[name])
	}
	idx, err := v.freshIndex()
	if err != nil {
		return nil, err
	}
	wanted := f.wanted(idx)
	if len(wanted) == 0 {
		return f, nil
	}
	if err := v.addOpened(knowers); err != nil {
		return nil, err
	}
	if f.credentials, err = v.credentials(wanted); err != nil {
		return nil, err
	}
	return f, v.addAcknowledged(f)
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// knowers are the members whose devices were ever sent a key, or may have
// opened something.
func (v *Vault) knowers(member string) (map[string]*knower, error) {
	all := map[string]*knower{}
	for _, device := range v.knownDevices() {
		owner, _ := v.policy.memberOf(device)
		if member != "" && owner != member {
			continue
		}
		keys, err := v.everDelivered(device)
		if err != nil {
			return nil, err
		}
		k := all[owner]
		if k == nil {
			k = &knower{member: owner, devices: map[string]*reach{}, packets: map[entryAt]time.Time{}}
			all[owner] = k
		}
		_, has := v.policy.Doc.MemberOf(device)
		k.devices[device] = &reach{gone: !has, keys: keys, opened: map[entryAt]time.Time{}}
	}
	return all, nil
}

// everDelivered are the keys that any bundle was ever written with for a
// device, whatever became of it since: who has the file may have the keys. A
// generation of which two were made counts as both.
func (v *Vault) everDelivered(device string) (map[keyID]bool, error) {
	names, err := v.bundlesFor(device)
	if err != nil {
		return nil, err
	}
	keys := map[keyID]bool{}
	for _, name := range names {
		st, err := v.readStatement(name)
		if err != nil {
			v.warn("bundle-refused", "file", name, "why", err.Error())
			continue
		}
		body, err := statement.ParseKeys(st.Header)
		if err != nil {
			continue
		}
		for _, h := range body.Holds {
			for _, g := range v.policy.Keys[h.Safe] {
				if h.First <= g.Gen && g.Gen <= h.Last {
					keys[keyOfGeneration(h.Safe, g)] = true
				}
			}
		}
	}
	return keys, nil
}

// A wantedEntry is an entry of the index, with those that were moved to it.
type wantedEntry struct {
	row   *Row
	moved []*Row // oldest first
}

// wanted chooses the entries that somebody could have opened who is not meant
// to now, by what the index knows of them.
func (f *rotationFacts) wanted(idx *index) []wantedEntry {
	from := map[string][]*Row{} // by the folded path that they were moved to
	var here []*Row
	for _, name := range sortedNames(idx.shards) {
		rows := idx.shards[name].rows
		for i := range rows {
			switch r := &rows[i]; {
			case r.gone:
			case r.Deleted && r.MovedTo != "":
				to := foldedPath(r.MovedTo)
				from[to] = append(from[to], r)
			default:
				here = append(here, r)
			}
		}
	}
	var list []wantedEntry
	for _, r := range here {
		w := wantedEntry{row: r, moved: movedTo(r, from, map[*Row]bool{})}
		if slices.ContainsFunc(f.knowers, func(k *knower) bool { return f.concerns(k, &w) }) {
			list = append(list, w)
		}
	}
	return list
}

func foldedPath(text string) string {
	p, err := entry.ParsePath(text)
	if err != nil {
		return text
	}
	return p.Folded()
}

// movedTo lists the entries whose last word is that they were moved to this
// one, and those that were moved to them.
func movedTo(r *Row, from map[string][]*Row, seen map[*Row]bool) []*Row {
	var list []*Row
	for _, old := range from[foldedPath(r.Path)] {
		if !seen[old] {
			seen[old] = true
			list = append(append(list, movedTo(old, from, seen)...), old)
		}
	}
	return list
}

// concerns reports whether a member may have a row for an entry.
func (f *rotationFacts) concerns(k *knower, w *wantedEntry) bool {
	meant := f.reads(k.member, safeOfPath(w.row.Path))
	for _, r := range append(w.moved, w.row) {
		for _, reach := range k.devices {
			if (!meant || reach.gone) && reach.holds(safeOfPath(r.Path)) {
				return true
			}
		}
		for at := range k.packets {
			if at.id == r.ID {
				return true
			}
		}
	}
	return false
}

func safeOfPath(path string) string {
	safe, _, _ := strings.Cut(path, "/")
	return safe
}

func (r *reach) holds(safe string) bool {
	for id := range r.keys {
		if id.Safe == safe {
			return true
		}
	}
	return false
}

// credentials reads the headers of every version of these entries, up to the
// one that stands.
func (v *Vault) credentials(wanted []wantedEntry) ([]credential, error) {
	var rows []*Row
	for i := range wanted {
		rows = append(append(rows, wanted[i].moved...), wanted[i].row)
	}
	versions := make([][]versionFact, len(rows))
	names, err := v.versionNames(rows)
	if err != nil {
		return nil, err
	}
	headers := make([][]*statement.Entry, len(rows))
	parallel(len(rows), func(i int) {
		for _, name := range names[i] {
			if _, body, err := v.frameOf(name); err == nil {
				headers[i] = append(headers[i], &body)
			}
		}
	})
	for i := range rows {
		for _, body := range headers[i] {
			versions[i] = append(versions[i], v.versionFact(body))
		}
		slices.SortFunc(versions[i], func(a, b versionFact) int { return int(a.number) - int(b.number) })
	}
	var list []credential
	at := 0
	for i := range wanted {
		w := &wanted[i]
		c := credential{path: w.row.Path, kind: w.row.Kind, deleted: w.row.Deleted}
		for _, r := range append(w.moved, w.row) {
			if len(versions[at]) > 0 {
				c.entries = append(c.entries, entryLine{safeOfPath(r.Path), r.ID, versions[at]})
			}
			at++
		}
		if len(c.entries) > 0 && c.entries[len(c.entries)-1].id == w.row.ID {
			list = append(list, c)
		}
	}
	return list, nil
}

func (v *Vault) versionFact(body *statement.Entry) versionFact {
	fact := versionFact{number: body.Version, policy: body.Policy.Number, time: body.Time}
	if body.Op == statement.OpPut {
		if id, err := v.keyAt(body.Policy, body.Safe, body.SealedSecret.Generation); err == nil {
			fact.key = id
		}
	}
	return fact
}

// versionNames are the files of each row's versions that are not above the one
// that stands.
func (v *Vault) versionNames(rows []*Row) ([][]string, error) {
	shards := map[string]map[string][]string{}
	names := make([][]string, len(rows))
	for i, r := range rows {
		shard := r.ID[:2]
		if shards[shard] == nil {
			files, _, err := v.shardFiles(shard)
			if err != nil {
				return nil, err
			}
			shards[shard] = files
		}
		for _, file := range shards[shard][r.ID] {
			name := "entries/" + shard + "/" + file
			if n, ok := store.ParseName(name); ok && n.Newcomer == "" && n.Number <= r.Version {
				names[i] = append(names[i], name)
			}
		}
	}
	return names, nil
}

// addOpened reads what the logs say of each member's openings. What does not
// verify is left out; Verify says so.
func (v *Vault) addOpened(knowers map[string]*knower) error {
	p := &provenLogs{}
	for owner, k := range knowers {
		for device, reach := range k.devices {
			next, err := v.linesOf(device, &audit.Filter{}, p)
			if err != nil && ofDisk(err) {
				return err
			}
			for next != nil {
				line, more, err := next()
				if err != nil || !more {
					break
				}
				if at, ok := openedVersion(&line, owner); ok {
					reach.opened[at] = line.Time
				}
			}
		}
	}
	return nil
}

// openedVersion is the version that a line says its owner has opened.
func openedVersion(l *chain.Line, owner string) (entryAt, bool) {
	id, number, _ := strings.Cut(l.Object, "@")
	version, err := strconv.ParseUint(number, 10, 32)
	return entryAt{id, version}, err == nil && l.Op == "secret.reveal" && l.Result == chain.OK && l.Actor == owner
}

// addAcknowledged takes in what was marked as changed, and what was waived.
func (v *Vault) addAcknowledged(f *rotationFacts) error {
	acts, err := v.acts(statement.OpRotateDone, statement.OpRotateWaive)
	if err != nil {
		return err
	}
	for _, d := range acts {
		for _, e := range d.Body.Entries {
			key := ackKey{e.ID, d.Body.Member}
			if d.Body.Op == statement.OpRotateDone {
				f.changed[key] = max(f.changed[key], e.Version)
				continue
			}
			f.waived[key] = append(f.waived[key], waived{Waiver{d.Body.Author, d.Note.Reason, d.Body.Time}, d.Body.Policy.Number})
		}
	}
	return nil
}

// lossFinder finds, walking back from the newest version, when members last
// lost the right to read safes. Each version is read once.
func (v *Vault) lossFinder() func(member, safe string) loss {
	known := map[ackKey]loss{}
	return func(member, safe string) loss {
		key := ackKey{safe, member}
		if l, ok := known[key]; ok {
			return l
		}
		known[key] = v.lastHad(func(doc *policy.Document) bool { return contains(doc.Readers(safe), member) })
		return known[key]
	}
}

// deviceLoss is when a device was removed.
func (v *Vault) deviceLoss(device string) loss {
	return v.lastHad(func(doc *policy.Document) bool {
		_, has := doc.MemberOf(device)
		return has
	})
}

// lastHad is the version after the last one of which something was true; zero
// where it is true of none, or of the newest.
func (v *Vault) lastHad(had func(*policy.Document) bool) loss {
	all, err := v.followed()
	if err != nil {
		return loss{}
	}
	next := v.policy.Own
	for _, w := range slices.Backward(all) {
		doc, err := v.docOf(w.ref())
		if err != nil {
			return loss{}
		}
		if had(doc) {
			if w.hash == v.policy.Hash {
				return loss{}
			}
			return loss{next.Version, next.Issued}
		}
		next = doc
	}
	return loss{}
}
