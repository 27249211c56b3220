package vault

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
)

// A sighting is a head of one device's log that another device has recorded.
type sighting struct {
	head chain.SignedHead
	seq  uint64    // of the line that records it
	time time.Time // of that line
}

func (s *sighting) size() uint64 {
	if s == nil {
		return 0
	}
	return s.head.Size
}

// A testimony is what one device's log says of another's.
type testimony struct {
	first   uint64    // seq of the first line that names it
	here    *sighting // the newest that ends within what lies here of the other's log
	checked bool      // here is a head of what lies here
	newest  *sighting
	// Heads that are more than a day later than the lines that record them: the
	// first and the last.
	early [2]*sighting
}

// A witnessLog is what one device's log says as a witness.
type witnessLog struct {
	upto uint64 // lines that were read
	work uint64 // the last of them that is no witness
	slow uint64 // the first that is too early for what it has witnessed; 0: none
	of   map[string]*testimony
}

// witnesses is what the logs in one place say of one another. It is made from
// proven lines, and kept so that each is read once; it can always be made anew.
type witnesses struct {
	vault statement.Hash
	ends  map[string]uint64 // how many lines of each log lie here
	logs  map[string]*witnessLog
}

func newWitnesses(vault statement.Hash) *witnesses {
	return &witnesses{vault: vault, ends: map[string]uint64{}, logs: map[string]*witnessLog{}}
}

func newWitnessLog() *witnessLog { return &witnessLog{of: map[string]*testimony{}} }

func (x *witnesses) log(device string) *witnessLog {
	if x.logs[device] == nil {
		x.logs[device] = newWitnessLog()
	}
	return x.logs[device]
}

// A reading is what has to be known to read a log for what it witnesses.
type reading struct {
	vault  statement.Hash
	owner  string            // member whose log it is
	member map[string]string // device → member, of the newest policy
	ends   map[string]uint64 // how many lines of each log lie here
}

// take takes over what a proven line says. Lines come in their order; one that
// was read before does no harm.
func (w *witnessLog) take(l *chain.Line, r *reading) {
	if l.Op != chain.OpWitness {
		w.work = max(w.work, l.Seq)
	}
	for _, head := range l.Witnessed(r.vault) {
		m := w.of[head.Device]
		if m == nil {
			m = &testimony{first: l.Seq}
			w.of[head.Device] = m
		}
		m.take(&sighting{head, l.Seq, l.Time}, r.ends[head.Device])
	}
	if l.Seq <= w.upto {
		return
	}
	w.upto = l.Seq
	if l.Op == chain.OpWitness && w.slow == 0 && l.Time.Before(w.least(r)) {
		w.slow = l.Seq
	}
}

// least is how late it is at least after what a log has witnessed: a day before
// the second-newest member's time in it.
func (w *witnessLog) least(r *reading) time.Time {
	newest := map[string]time.Time{}
	for device, m := range w.of {
		if member, ok := r.member[device]; ok && m.newest.head.Time.After(newest[member]) {
			newest[member] = m.newest.head.Time
		}
	}
	second := secondNewest(newest, r.owner)
	if second.IsZero() {
		return second
	}
	return second.Add(-clockTolerance)
}

func (m *testimony) take(s *sighting, end uint64) {
	if s.size() > m.newest.size() {
		m.newest = s
	}
	if s.size() <= end && s.size() > m.here.size() {
		m.here, m.checked = s, false
	}
	if s.head.Time.Sub(s.time) <= clockTolerance {
		return
	}
	if m.early[0] == nil {
		m.early[0] = s
	}
	m.early[1] = s
}

// from is the line after which a log must be read again, because a log that it
// is a witness of has grown here since: heads that were beyond its end are now
// to be told from those that still are. At most it is upto.
func (w *witnessLog) from(before, now map[string]uint64) uint64 {
	from := w.upto
	for device, m := range w.of {
		if now[device] > before[device] && m.newest.size() > before[device] {
			from = min(from, max(m.first, 1)-1)
			if m.here != nil {
				from = min(from, m.here.seq)
			}
		}
	}
	return from
}

const witnessesHead = "opsvault/v1 witnesses\n"

// marshal writes it down as docs/format.md, section 10, says.
func (x *witnesses) marshal() []byte {
	b := []byte(witnessesHead)
	for _, device := range slices.Sorted(maps.Keys(x.ends)) {
		b = fmt.Appendf(b, "end %s %d\n", device, x.ends[device])
	}
	for _, device := range slices.Sorted(maps.Keys(x.logs)) {
		w := x.logs[device]
		b = fmt.Appendf(b, "log %s %d %d %d\n", device, w.upto, w.work, w.slow)
		for _, of := range slices.Sorted(maps.Keys(w.of)) {
			b = w.of[of].append(b, of)
		}
	}
	return b
}

func (m *testimony) append(b []byte, of string) []byte {
	b = fmt.Appendf(b, "met %s %d %t\n", of, m.first, m.checked)
	for i, s := range [...]*sighting{m.newest, m.here, m.early[0], m.early[1]} {
		if s != nil {
			b = fmt.Appendf(b, "%s %d %d %s\n", sightingKinds()[i], s.seq, s.time.UnixMilli(), chain.FormatHeads([]chain.SignedHead{s.head}))
		}
	}
	return b
}

func sightingKinds() [4]string { return [4]string{"newest", "here", "early", "still"} }

// parseWitnesses reads what marshal wrote. It reports false for anything else.
func parseWitnesses(data []byte, vault statement.Hash) (*witnesses, bool) {
	text, ok := strings.CutPrefix(string(data), witnessesHead)
	if !ok {
		return nil, false
	}
	p := &witnessesParser{x: newWitnesses(vault)}
	for line := range strings.Lines(text) {
		if !p.line(strings.Split(strings.TrimSuffix(line, "\n"), " ")) {
			return nil, false
		}
	}
	return p.x, true
}

type witnessesParser struct {
	x   *witnesses
	log *witnessLog
	met *testimony
}

func (p *witnessesParser) line(part []string) bool {
	number := func(i int) uint64 {
		if i >= len(part) {
			return 0
		}
		n, _ := strconv.ParseUint(part[i], 10, 64)
		return n
	}
	switch {
	case part[0] == "end" && len(part) == 3:
		p.x.ends[part[1]] = number(2)
	case part[0] == "log" && len(part) == 5:
		p.log = p.x.log(part[1])
		p.log.upto, p.log.work, p.log.slow = number(2), number(3), number(4)
	case part[0] == "met" && len(part) == 4 && p.log != nil:
		p.met = &testimony{first: number(2), checked: part[3] == "true"}
		p.log.of[part[1]] = p.met
	case len(part) == 4 && p.met != nil:
		heads := chain.ParseHeads(part[3], p.x.vault)
		if len(heads) != 1 {
			return false
		}
		s := &sighting{heads[0], number(1), time.UnixMilli(int64(number(2))).UTC()}
		return p.met.put(part[0], s)
	default:
		return false
	}
	return true
}

func (m *testimony) put(kind string, s *sighting) bool {
	for i, at := range [...]**sighting{&m.newest, &m.here, &m.early[0], &m.early[1]} {
		if sightingKinds()[i] == kind {
			*at = s
			return true
		}
	}
	return false
}

// witnessesName is the file of a place.
func (v *Vault) witnessesName() string { return v.seenName() + ".witnesses" }

// readWitnesses returns what was kept; nothing where the file is missing or
// damaged, which costs no more than time.
func (v *Vault) readWitnesses() *witnesses {
	data, err := v.readChecked(v.witnessesName())
	if err == nil {
		if x, ok := parseWitnesses(data, v.id); ok {
			return x
		}
	}
	return newWitnesses(v.id)
}

func (v *Vault) saveWitnesses(x *witnesses) error {
	text := x.marshal()
	data := append([]byte(statement.Sum(text).String()+"\n"), text...)
	if old, err := v.state.Read(v.witnessesName(), stateLimit); err == nil && string(old) == string(data) {
		return nil
	}
	return v.readOnlyState(v.state.ReplaceRelaxed(v.witnessesName(), data))
}

// reading prepares for reading the log of a device.
func (v *Vault) reading(device string, member map[string]string, ends map[string]uint64) *reading {
	owner, _ := v.policy.memberOf(device)
	return &reading{vault: v.id, owner: owner, member: member, ends: ends}
}

// membersOfDevices says whose devices the newest policy has.
func (v *Vault) membersOfDevices() map[string]string {
	of := map[string]string{}
	for member, m := range v.policy.Doc.Members {
		for device := range m.Devices {
			of[device] = member
		}
	}
	return of
}
