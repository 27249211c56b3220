package vault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// closings are the `closed` lines of this device's signature of a document
// that follows the newest one: where it sees the logs of the other devices that
// lose a right, less what they have announced and this device doesn't hold.
func (v *Vault) closings(next *policy.Document) ([]statement.Closed, error) {
	var closed []statement.Closed
	for _, device := range v.knownDevices() {
		if device == v.me.Device || !losesAny(v.headDocs(), next, device) {
			continue
		}
		key, err := v.keyOf(device)
		if err != nil {
			continue // its file never came: it has signed nothing
		}
		log, err := v.logOf(device, key)
		if err != nil {
			return nil, err
		}
		if err := v.readLog(log); err != nil {
			return nil, err
		}
		line := statement.Closed{Device: device, Line: statement.Sum(log.spec.Genesis())}
		if log.size() > 0 {
			line.Seq, line.Line = log.size(), log.state.Last()
			if line.Less, err = v.notHeld(log); err != nil {
				return nil, err
			}
		}
		closed = append(closed, line)
	}
	return closed, nil
}

// maxLess is the most ranges of one `closed` line. A log with more gaps than
// that was written to make the line long: from the last range on nothing stands.
const maxLess = 1000

// notHeld lists the lines of a device's log that announce statements which this
// device does not hold: announced, and kept back.
func (v *Vault) notHeld(log *logView) ([]statement.Range, error) {
	intents, err := log.intents()
	if err != nil {
		return nil, err
	}
	var missing []uint64
	look := holdings{v: v, device: log.spec.Device}
	for _, line := range intents {
		held, err := look.has(line)
		if err != nil {
			return nil, err
		}
		if !held {
			missing = append(missing, line.Seq)
		}
	}
	less := ranges(missing)
	if len(less) > maxLess {
		v.warn("closed-many-missing", "device", log.spec.Device, "event", fmt.Sprint(less[maxLess-1].First))
		less = less[:maxLess]
		less[maxLess-1].Last = log.size()
	}
	return less, nil
}

// intents are the announcements of a log that were not closed as failed.
func (log *logView) intents() ([]chain.Line, error) {
	var list []chain.Line
	failed := map[uint64]bool{}
	err := chain.NewReader(log.dir, log.base, log.state).Each(1, func(l chain.Line) error {
		switch {
		case l.Result == chain.Intent && !l.Statement.IsZero():
			l.Raw = ""
			list = append(list, l)
		case l.Result == chain.Failed && l.Ref > 0:
			failed[l.Ref] = true
		}
		return nil
	})
	return slices.DeleteFunc(list, func(l chain.Line) bool { return failed[l.Seq] }), err
}

// ranges folds ascending numbers.
func ranges(numbers []uint64) []statement.Range {
	var list []statement.Range
	for _, n := range numbers {
		if last := len(list) - 1; last >= 0 && list[last].Last+1 == n {
			list[last].Last = n
			continue
		}
		list = append(list, statement.Range{First: n, Last: n})
	}
	return list
}

// holdings finds the statements of one device by the lines that announce them.
type holdings struct {
	v       *Vault
	device  string
	packets map[string]string // by hash16, once one was asked for
}

// has reports whether the statement that a line announces is here, whole and sound.
func (h *holdings) has(line chain.Line) (bool, error) {
	names, err := h.names(line)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		st, err := h.v.readStatement(name)
		var unsound *IntegrityError
		switch {
		case err == nil && st.Hash == line.Statement:
			return true, nil
		case err == nil, errors.As(err, &unsound), errors.Is(err, store.ErrNotExist):
		default:
			return false, err
		}
	}
	return false, nil
}

// names are the files in which the statement of a line may lie. The line is
// somebody else's: what no file of a vault can be called is nowhere.
func (h *holdings) names(line chain.Line) ([]string, error) {
	object, number, _ := strings.Cut(line.Object, "@")
	version, _ := strconv.ParseUint(number, 10, 32)
	switch topic, _, _ := strings.Cut(line.Op, "."); topic {
	case "entry":
		return h.entryNames(object, version)
	case "keys":
		return named(store.KeysName(object, line.Policy, line.Statement.Short())), nil
	case "policy":
		return h.listed("policy", func(n store.Name) bool {
			return n.Form == store.FormSign && fmt.Sprint(n.Number) == object && n.Device == h.device
		})
	case "runbook":
		if !policy.IsID(object) {
			return nil, nil
		}
		return h.listed(store.RunbookBase(object), func(n store.Name) bool {
			return (n.Form == store.FormPublish || n.Form == store.FormApprove) && n.Number == version && n.Signer == h.device
		})
	case "act":
		return h.actNames(line), nil
	case "packet":
		return h.packetNames(line.Statement.Short())
	}
	return nil, nil
}

// named is a name, if it is one.
func named(name string) []string {
	if _, ok := store.ParseName(name); !ok {
		return nil
	}
	return []string{name}
}

// entryNames looks at the one name that a version has. Only where something else
// lies there the directory is listed, for what lies beside it.
func (h *holdings) entryNames(id string, version uint64) ([]string, error) {
	if len(id) < 2 {
		return nil, nil
	}
	plain := store.EntryName(id, version, h.device)
	if len(named(plain)) == 0 {
		return nil, nil
	}
	if _, err := h.v.dir.Stat(plain); errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	return h.listed(store.EntryBase(id), func(n store.Name) bool {
		return n.Form == store.FormEntry && n.ID == id && n.Number == version && n.Device == h.device
	})
}

// listed are the files of a directory whose names fit.
func (h *holdings) listed(dir string, fits func(store.Name) bool) ([]string, error) {
	items, err := h.v.dir.List(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, item := range items {
		name := dir + "/" + item.Name
		if n, ok := store.ParseName(name); ok && fits(n) {
			names = append(names, name)
		}
	}
	return names, nil
}

// actNames: an act lies under the month of its own time, which the line's
// follows by moments, or leads by as much when a clock was put back.
func (h *holdings) actNames(line chain.Line) []string {
	var names []string
	for _, days := range []int{0, -1, 1} {
		name := store.ActName(line.Time.AddDate(0, 0, days).Format("200601"), line.Statement.Short(), h.device)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// packetNames looks through the packets once: a line doesn't say of which act a packet is.
func (h *holdings) packetNames(hash16 string) ([]string, error) {
	if h.packets == nil {
		h.packets = map[string]string{}
		acts, err := h.v.dir.List("packets")
		if err != nil {
			return nil, err
		}
		for _, act := range acts {
			names, err := h.listed("packets/"+act.Name, func(n store.Name) bool { return n.Form == store.FormPacket })
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				n, _ := store.ParseName(name)
				h.packets[n.Hash] = name
			}
		}
	}
	if name, ok := h.packets[hash16]; ok {
		return []string{name}, nil
	}
	return nil, nil
}

// losesAny is losesRight for a version with any number of parents.
func losesAny(parents []*policy.Document, child *policy.Document, device string) bool {
	return slices.ContainsFunc(parents, func(p *policy.Document) bool { return losesRight(p, child, device) })
}

func (v *Vault) headDocs() []*policy.Document {
	var docs []*policy.Document
	for _, h := range v.policy.heads() {
		docs = append(docs, h.Doc)
	}
	return docs
}

// losesRight reports whether a device that parent knows may do less under child.
func losesRight(parent, child *policy.Document, device string) bool {
	member, ok := parent.MemberOf(device)
	if !ok {
		return false
	}
	if !holdsDevice(child, member, device) {
		return true
	}
	for _, c := range []policy.Capability{policy.CanGovern, policy.CanPublish, policy.CanApprove} {
		if parent.Allows(member, c, "") && !child.Allows(member, c, "") {
			return true
		}
	}
	for _, safe := range parent.SafeIDs() {
		if strings.HasPrefix(safe, "@") {
			continue
		}
		for _, c := range []policy.Capability{policy.Read, policy.Write, policy.Grant, policy.Request} {
			if parent.Allows(member, c, safe) && !child.Allows(member, c, safe) {
				return true
			}
		}
	}
	return false
}
