package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// leftovers looks at what an interrupted command of this machine left: intents
// that are open, and files in tmp/.
func (x *examination) leftovers() error {
	release, ok := x.v.idle()
	if !ok {
		return nil
	}
	defer release()
	if err := x.intents(); err != nil {
		return err
	}
	for _, place := range []struct {
		dir   *store.Dir
		name  string
		local bool
	}{{x.v.dir, store.TempDir, false}, {x.v.state, "local:" + store.TempDir, true}, {x.v.home, "home:" + store.TempDir, true}} {
		if err := x.temps(place.dir, place.name, place.local); err != nil {
			return err
		}
	}
	return nil
}

// intents are the announcements of a write that never came to its end. The
// next write closes them; so does fix.
func (x *examination) intents() error {
	v := x.v
	name := v.pendingName()
	data, err := v.state.Read(name, pendingLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	a := Ailment{Code: IntentsOpen, File: "local:" + name, Fix: doctorFix, Args: map[string]string{"n": fmt.Sprint(bytes.Count(data, []byte("\n")))}}
	if list, err := parsePending(data); err == nil {
		a.What = list[0].op + " " + list[0].object
	}
	if x.fix {
		if err := v.closeIntents(nil, false); err != nil {
			a.What = err.Error()
		} else {
			a.Fixed = true
		}
	}
	x.find(a)
	return nil
}

// tempSettles is how old a file in tmp/ is when nobody writes it any more.
const tempSettles = 10 * time.Minute

// temps looks at a directory tmp/. What lies in that of the local state is
// this machine's; in the vault's, which other machines may use at the same
// time, only what this device has signed.
func (x *examination) temps(dir *store.Dir, place string, local bool) error {
	items, err := dir.Look(store.TempDir)
	if errors.Is(err, store.ErrUnsafe) {
		x.find(Ailment{Code: TempUnsafe, File: place, What: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	var own, others []string
	for _, item := range items {
		name := store.TempDir + "/" + item.Name
		if time.Since(item.ModTime) < tempSettles {
			continue
		}
		if item.Kind == store.KindFile && isTemp(item.Name) && (local || x.ownTemp(name)) {
			own = append(own, name)
		} else {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		x.note(Ailment{Code: TempOther, File: place, What: strings.Join(first(others), ", "), Args: map[string]string{"n": fmt.Sprint(len(others))}})
	}
	if len(own) == 0 {
		return nil
	}
	a := Ailment{Code: TempLeft, File: place, What: strings.Join(first(own), ", "), Args: map[string]string{"n": fmt.Sprint(len(own))}, Fix: doctorFix}
	for _, name := range own {
		if x.fix {
			if err := dir.Remove(name); err != nil {
				return err
			}
			a.Fixed, a.What = true, strings.Join(own, ", ")
		}
	}
	x.find(a)
	return nil
}

// first is the beginning of a list that is shown to a person.
func first(names []string) []string { return names[:min(len(names), 10)] }

// isTemp reports whether package store may have made the name.
func isTemp(name string) bool {
	return len(name) == 26 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// ownTemp reports whether a file in the vault's tmp/ is a statement or a part
// of the log of this device.
func (x *examination) ownTemp(name string) bool {
	data, err := x.v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return false
	}
	if bytes.HasPrefix(data, fmt.Appendf(nil, `{"v":1,"dev":"%s",`, x.v.me.Device)) {
		return true
	}
	head, _, _ := bytes.Cut(data, []byte("\n-----BEGIN"))
	return bytes.HasPrefix(head, []byte("opsvault/v1 ")) && bytes.Contains(head, fmt.Appendf(nil, "\ndevice %s\n", x.v.me.Device))
}

// keptFiles tells of what this machine keeps and nobody takes away.
func (x *examination) keptFiles() error {
	for _, kept := range []struct{ code, dir string }{{Quarantined, "quarantine"}, {EvidenceKept, "evidence"}} {
		items, err := x.v.state.List(kept.dir)
		if err != nil {
			return err
		}
		if len(items) > 0 {
			x.note(Ailment{Code: kept.code, File: "local:" + kept.dir, What: items[0].Name, Args: map[string]string{
				"n": fmt.Sprint(len(items)), "place": filepath.Join(x.v.LocalDir(), kept.dir)}})
		}
	}
	return nil
}

// machine looks at this machine: who can read its state, its identity, its
// clock, its disk, and the git that the vault may lie in.
func (x *examination) machine() error {
	x.exposed()
	x.attributes()
	x.clock()
	x.reached()
	x.disk()
	file, err := identity.Read(x.v.home, x.v.me.Member)
	if err == nil && !file.Locked {
		x.note(Ailment{Code: IdentityInClear, Args: map[string]string{"member": x.v.me.Member}, Fix: "opsvault identity passwd"})
	}
	return nil
}

// exposed finds local state that others on this machine can read or change.
func (x *examination) exposed() {
	if x.v.opts.Storage != nil || runtime.GOOS == "windows" { // whose files have other permissions
		return
	}
	left := 10_000
	if name := exposedBelow(x.v.opts.Home, &left); name != "" {
		x.find(Ailment{Code: StateExposed, What: name, Args: map[string]string{"place": x.v.opts.Home}, Fix: "chmod -R go-rwx " + quoted(x.v.opts.Home)})
	}
}

// exposedBelow returns a file that others can read, or a directory that they
// can write to, in a directory that they can enter. It looks at so many names at most.
func exposedBelow(name string, left *int) string {
	info, err := os.Lstat(name)
	if *left--; err != nil || *left < 0 {
		return ""
	}
	others := info.Mode().Perm() & 0o077
	switch {
	case info.Mode().IsRegular():
		if others != 0 && info.Size() > 0 {
			return name
		}
		return ""
	case !info.IsDir() || others&0o011 == 0:
		return ""
	case others&0o022 != 0:
		return name
	}
	items, err := os.ReadDir(name)
	if err != nil {
		return ""
	}
	for _, item := range items {
		if found := exposedBelow(filepath.Join(name, item.Name()), left); found != "" {
			return found
		}
	}
	return ""
}

// quoted is a name as one word of a shell.
func quoted(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// attributes looks for a git work tree around the vault, and for the file that
// keeps git from touching what is signed.
func (x *examination) attributes() {
	tree := ""
	for dir := x.v.path; tree == ""; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			tree = dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	data, err := x.v.dir.Read(store.AttributesName, 64<<10)
	if tree == "" || err == nil && string(data) == attributes {
		return
	}
	a := Ailment{Code: GitAttributes, File: store.AttributesName, Args: map[string]string{"place": tree, "line": strings.TrimSpace(attributes)}}
	if a.What = "it says something else"; err != nil {
		a.What = err.Error()
	}
	x.find(a)
}

// How far a clock may be off, and for how long nothing new is no wonder.
const (
	clockSlack = 10 * time.Minute
	staleAfter = 14 * 24 * time.Hour
)

// clock holds this machine's clock against what the logs here say.
func (x *examination) clock() {
	now := x.v.opts.Now()
	var newest, others time.Time
	who := ""
	several := false
	for _, d := range x.report.Devices {
		if d.Last.After(newest) {
			newest, who = d.Last, d.Member
		}
		if d.Device != x.v.me.Device && d.Events > 0 {
			several = true
			if d.Last.After(others) {
				others = d.Last
			}
		}
	}
	if newest.Sub(now) > clockSlack {
		x.find(Ailment{Code: ClockBehind, Args: map[string]string{"now": stampText(now), "seen": stampText(newest), "member": who}})
	}
	if several && now.Sub(others) > staleAfter {
		x.note(Ailment{Code: CopyStale, Args: map[string]string{"seen": stampText(others), "n": fmt.Sprint(int(now.Sub(others).Hours() / 24))}, Fix: "opsvault sync"})
	}
}

func stampText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// reachedFile is when the remembered place was last synced with.
const reachedFile = "sync-reached"

// noteReached notes it. A note that can't be written stops nobody.
func (v *Vault) noteReached() {
	_ = v.state.ReplaceRelaxed(reachedFile, []byte(stampText(v.opts.Now())+"\n"))
}

// reached tells when the remembered place was not reached for long.
func (x *examination) reached() {
	data, err := x.v.state.Read(reachedFile, 64)
	if err != nil || x.v.SyncPlace() == "" {
		return
	}
	last, err := time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
	now := x.v.opts.Now()
	if err == nil && now.Sub(last) > staleAfter {
		x.note(Ailment{Code: SyncLongAgo, Fix: "opsvault sync", Args: map[string]string{
			"place": x.v.SyncPlace(), "seen": stampText(last), "n": fmt.Sprint(int(now.Sub(last).Hours() / 24))}})
	}
}

// diskNeeds is how much room a machine should have left: a long log, or a
// bulk import, takes a few megabytes.
const diskNeeds = 64 << 20

func (x *examination) disk() {
	if x.v.opts.Free == nil {
		return
	}
	for _, place := range []string{x.v.opts.Home, x.v.path} {
		if free, err := x.v.opts.Free(place); err == nil && free < diskNeeds {
			x.find(Ailment{Code: DiskLow, Args: map[string]string{"place": place, "bytes": fmt.Sprint(free)}})
			return
		}
	}
}
