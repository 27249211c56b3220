package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An Announced is a version of an entry that a device's log calls written, and
// that is not here.
type Announced struct {
	ID      string
	Version uint64
	Member  string
	Device  string
	Seq     uint64 // of the announcing line
	policy  uint64 // that the line was written under
}

// absentees are the announced versions that are not here, as far as the logs
// were read: docs/format.md, section 10, `announced`.
type absentees struct {
	read map[string]uint64 // by device: up to which line
	list []Announced
}

const (
	announcedFile  = "announced"
	announcedHead  = "opsvault/v1 announced\n"
	announcedLimit = 64 << 20
	// maxAbsent is how many missing versions are remembered of one device:
	// more are not an accident, and the first ones say so.
	maxAbsent = 10_000
)

// noteAnnounced remembers what the new lines of a log call written and is not
// here. What it can't write down now, the next reading finds again.
func (v *Vault) noteAnnounced(log *logView) error {
	device := log.spec.Device
	if v.noteLater || v.me.Device == "" || device == v.me.Device {
		return nil
	}
	known, err := v.absent()
	if err != nil || known.read[device] >= log.size() {
		return err
	}
	lock, err := store.LockFile(v.lockPath("announced.lock"), v.opts.Wait)
	if err != nil {
		return v.readOnlyState(ignoring(err, store.ErrBusy))
	}
	defer lock.Unlock()
	v.absentees = nil
	if known, err = v.absent(); err != nil {
		return err
	}
	if err := v.addAbsent(known, log); err != nil {
		return err
	}
	return v.readOnlyState(v.state.Replace(announcedFile, known.encode()))
}

func ignoring(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// addAbsent reads the lines of a log that were not read for this before.
func (v *Vault) addAbsent(known *absentees, log *logView) error {
	device := log.spec.Device
	from := known.read[device] + 1
	member, _ := v.policy.memberOf(device)
	count := 0
	for _, a := range known.list {
		if a.Device == device {
			count++
		}
	}
	err := chain.NewReader(log.dir, log.base, log.state).Each(from, func(l chain.Line) error {
		id, version, ok := announcedVersion(l)
		if !ok || count >= maxAbsent || v.hasVersion(id, version, device) {
			return nil
		}
		count++
		known.list = append(known.list, Announced{id, version, member, device, l.Ref, l.Policy})
		return nil
	})
	if err != nil {
		return err
	}
	known.read[device] = log.size()
	known.list = slices.DeleteFunc(known.list, func(a Announced) bool { return v.hasVersion(a.ID, a.Version, a.Device) })
	return nil
}

// announcedVersion is the version of an entry that a line calls written.
func announcedVersion(l chain.Line) (id string, version uint64, ok bool) {
	if l.Result != chain.Done || l.Ref == 0 || l.Op != "entry.put" && l.Op != "entry.delete" {
		return "", 0, false
	}
	id, number, _ := strings.Cut(l.Object, "@")
	version, err := strconv.ParseUint(number, 10, 32)
	if err != nil || len(id) < 2 {
		return "", 0, false
	}
	n, ok := store.ParseName(store.EntryName(id, version, l.Device))
	return id, version, ok && n.ID == id
}

func (v *Vault) hasVersion(id string, version uint64, device string) bool {
	_, err := v.dir.Stat(store.EntryName(id, version, device))
	return err == nil
}

// noteAllAnnounced does what readLog put off while noteLater was set: at the
// end of a sync, when the statements that were announced have come too.
func (v *Vault) noteAllAnnounced() error {
	v.noteLater = false
	for _, device := range slices.Sorted(maps.Keys(v.logs)) {
		if log := v.logs[device]; log.state != nil {
			if err := v.noteAnnounced(log); err != nil {
				return err
			}
		}
	}
	return nil
}

// absent returns what is remembered; a missing or damaged file is begun anew,
// and the logs are read again.
func (v *Vault) absent() (*absentees, error) {
	if v.absentees != nil {
		return v.absentees, nil
	}
	data, err := v.state.Read(announcedFile, announcedLimit)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	v.absentees = v.parseAbsent(string(data))
	return v.absentees, nil
}

func (v *Vault) parseAbsent(text string) *absentees {
	known := &absentees{read: map[string]uint64{}}
	rest, ok := strings.CutPrefix(text, announcedHead)
	if !ok {
		return known
	}
	for line := range strings.Lines(rest) {
		var a Announced
		var device string
		var seq uint64
		if n, _ := fmt.Sscanf(line, "= %s %d\n", &device, &seq); n == 2 {
			known.read[device] = seq
			continue
		}
		if n, _ := fmt.Sscanf(line, "%s %d %s %d %d\n", &a.ID, &a.Version, &a.Device, &a.Seq, &a.policy); n != 5 {
			return &absentees{read: map[string]uint64{}}
		}
		a.Member, _ = v.policy.memberOf(a.Device)
		known.list = append(known.list, a)
	}
	return known
}

func (a *absentees) encode() []byte {
	var b strings.Builder
	b.WriteString(announcedHead)
	for _, device := range slices.Sorted(maps.Keys(a.read)) {
		fmt.Fprintf(&b, "= %s %d\n", device, a.read[device])
	}
	for _, one := range a.list {
		fmt.Fprintf(&b, "%s %d %s %d %d\n", one.ID, one.Version, one.Device, one.Seq, one.policy)
	}
	return []byte(b.String())
}

// missing lists the announced versions of an entry above the newest one that
// stands here: those that are not here, whose announcement stands, and that no
// version skips.
func (v *Vault) missing(id, safe string, have uint64, files []versionFile, pin store.Pin) ([]Announced, error) {
	known, err := v.absent()
	if err != nil {
		return nil, err
	}
	var list []Announced
	for _, a := range known.list {
		here := func(f versionFile) bool { return f.number == a.Version && f.device == a.Device }
		if a.ID != id || a.Version <= have || slices.ContainsFunc(files, here) {
			continue
		}
		stands, err := v.announcementStands(a, safe)
		if err != nil {
			return nil, err
		}
		if stands {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	skips, err := v.skipped(files, pin)
	return slices.DeleteFunc(list, func(a Announced) bool { return a.Seq <= skips[a.Device] }), err
}

// announcementStands reports whether a version that this line announces could stand.
func (v *Vault) announcementStands(a Announced, safe string) (bool, error) {
	refs, err := v.versionsAt(a.policy)
	if err != nil {
		return false, err
	}
	for _, ref := range refs { // a line names the number alone, which two branches may have
		err := v.stands(statement.Common{Device: a.Device, Author: a.Member, Event: a.Seq, Time: v.now(), Policy: ref}, policy.Write, safe)
		var denied *DeniedError
		var transit *TransitError
		if err == nil || !errors.As(err, &denied) && !errors.As(err, &transit) {
			return err == nil, err
		}
	}
	return false, nil
}

// skipped are the lines, by device, up to which versions that stand say that
// what is not here is not to be missed.
func (v *Vault) skipped(files []versionFile, pin store.Pin) (map[string]uint64, error) {
	skips := map[string]uint64{}
	for _, f := range files {
		e, err := v.readEntry(f, pin)
		if skip := new(refusal); errors.As(err, &skip) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, s := range e.body.Skips {
			skips[s.Device] = max(skips[s.Device], s.Seq)
		}
	}
	return skips, nil
}
