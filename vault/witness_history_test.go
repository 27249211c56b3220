package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/vaulttest"
)

// histories is how many random histories a test makes: each takes seconds.
const histories = 12

// few runs a property few times, with the race detector even fewer; once it has failed, as often as shrinking needs.
func few(t *testing.T, n int, property func(t *rapid.T)) {
	round, failed := 0, false
	rapid.Check(t, func(t *rapid.T) {
		if round++; round > max(2, n/fewer) && !failed {
			return
		}
		defer func() { failed = failed || t.Failed() }()
		property(t)
	})
}

// A history is what happens to a team with a copy each; Maria has a second
// one, on a stick, and one machine.
type history struct {
	*vaulttest.Team
	t      *rapid.T
	copies []*vaulttest.Mate
	step   int
	gone   string // who was removed
}

func newHistory(t *rapid.T, base string, round int) *history {
	made, err := five()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, fmt.Sprint(round))
	h := &history{Team: made.At(root), t: t}
	if err := layTeam(made.Root, root); err != nil {
		t.Fatal(err)
	}
	maria := h.Person("maria")
	stick := &vaulttest.Mate{Member: "maria", Home: maria.Home, Dir: filepath.Join(root, "stick")}
	h.check(os.CopyFS(stick.Dir, os.DirFS(maria.Dir)))
	h.copies = append(slices.Clone(h.People), stick)
	return h
}

func (h *history) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) someone() *vaulttest.Mate { return rapid.SampledFrom(h.copies).Draw(h.t, "who") }

// go on does one thing that honest people and machines do. What is refused is
// refused: that is honest, too.
func (h *history) goOn() {
	h.step++
	what := rapid.SampledFrom([]string{"work", "work", "write", "copy", "copy", "meet", "sync", "sync", "kill", "skew", "pass", "verify", "remove"}).Draw(h.t, "what")
	p := h.someone()
	switch what {
	case "work":
		if v, err := h.Open(p); err == nil {
			_, _ = v.Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: "work"})
		}
	case "write":
		if v, err := h.Open(p); err == nil {
			_, _ = v.Insert(vaulttest.ParsePath(fmt.Sprintf("telephony/new-%d", h.step)), vaulttest.Draft("fresh"))
		}
	case "copy":
		if q := h.someone(); q != p {
			h.check(h.CopyFiles(p, q))
		}
	case "meet":
		if v, err := h.Open(p); err == nil {
			_, _ = v.Meet()
		}
	case "sync":
		if q := h.someone(); q != p {
			if v, err := h.Open(p); err == nil {
				_, _ = v.Sync(q.Dir)
			}
		}
	case "kill":
		n := rapid.IntRange(0, 30).Draw(h.t, "changes")
		if v, err := vault.Open(h.KilledAfter(p, n)); err == nil {
			if rapid.Bool().Draw(h.t, "writing") {
				_, _ = v.Insert(vaulttest.ParsePath(fmt.Sprintf("telephony/kill-%d", h.step)), vaulttest.Draft("fresh"))
			} else {
				_, _ = v.Sync(h.someone().Dir)
			}
		}
	case "skew":
		p.Skew = time.Duration(rapid.IntRange(-11, 11).Draw(h.t, "hours")) * time.Hour
	case "pass":
		h.Pass(time.Duration(rapid.IntRange(1, 100).Draw(h.t, "hours")) * time.Hour)
	case "verify":
		h.clean(p, rapid.Bool().Draw(h.t, "full"))
	case "remove":
		h.remove()
	}
}

// remove takes Oleg out, who may not know it yet.
func (h *history) remove() {
	if h.gone != "" {
		return
	}
	v, err := h.Open(h.Person("maria"))
	if err != nil {
		return
	}
	if _, err := v.ChangePolicy(func(d *policy.Document) error { d.RemoveMember("oleg"); return nil }); err == nil {
		h.gone = "oleg"
	}
}

// clean demands that a verification finds nothing.
func (h *history) clean(p *vaulttest.Mate, full bool) *audit.Report {
	h.t.Helper()
	v, err := h.Open(p)
	if err != nil {
		h.t.Fatalf("%s opens %s: %v", p.Member, p.Dir, err)
	}
	r, err := v.Verify(full)
	if err != nil {
		h.t.Fatalf("%s verifies: %v", p.Member, err)
	}
	if !r.OK() {
		h.t.Fatalf("%s in %s, full %v, finds %+v\nnotes %+v", p.Member, p.Dir, full, r.Findings, r.Notes)
	}
	return r
}

// TestHonestHistoriesVerifyClean: whatever honest people do, in whatever order
// their copies meet, nobody's verification invents a finding.
func TestHonestHistoriesVerifyClean(t *testing.T) {
	base := t.TempDir()
	round := 0
	few(t, histories, func(t *rapid.T) {
		round++
		h := newHistory(t, base, round)
		defer os.RemoveAll(h.Root)
		for range rapid.IntRange(4, 25).Draw(t, "steps") {
			h.goOn()
		}
		for _, p := range h.copies {
			if h.t.Failed() {
				return
			}
			for _, full := range []bool{false, true, false} {
				h.clean(p, full)
			}
		}
	})
}

// layTeam copies a team; its machines know no other place than where they lie now.
func layTeam(from, to string) error {
	return filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(name, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if d.Name() == "places" {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
}

// TestRewritesAreFound: after a random honest history somebody rewrites their
// own log, of which somebody else has seen more than is kept. Whoever meets
// that witness finds it, and nobody else is accused.
func TestRewritesAreFound(t *testing.T) {
	base := t.TempDir()
	round := 0
	few(t, histories, func(t *rapid.T) {
		round++
		h := newHistory(t, base, round)
		defer os.RemoveAll(h.Root)
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			h.goOn()
		}
		liar, witness, third := h.Person("ivan"), h.Person("anna"), h.Person("vera")
		h.check(h.Work(liar, rapid.IntRange(2, 5).Draw(t, "work")))
		h.check(h.Witness(witness, liar))
		v, err := h.Open(liar)
		h.check(err)
		device := v.Me().Device
		seen := eventsIn(h.clean(liar, true), device)
		keep := rapid.IntRange(1, int(seen)-1).Draw(t, "keep") // before what Anna has seen last
		add, backdate := rapid.IntRange(1, 12).Draw(t, "add"), rapid.Bool().Draw(t, "backdate")
		if backdate { // shorter and not later it could be an older copy; it shows when it grows
			add = max(add, int(seen)-keep)
		}
		h.Pass(48 * time.Hour) // later than any clock was ahead
		h.check(h.Rewrite(liar, keep, add, backdate))
		h.check(h.GiveLog(liar, third, liar))
		h.check(h.GiveLog(witness, third, witness))
		for _, full := range []bool{false, true} {
			v, err := h.Open(third)
			h.check(err)
			r, err := v.Verify(full)
			h.check(err)
			if r.OK() {
				t.Fatalf("nobody found it, full %v: %+v", full, r.Notes)
			}
			for _, f := range r.Findings {
				if f.Device != device {
					t.Fatalf("%s is accused: %+v", f.Device, f)
				}
			}
		}
	})
}

func eventsIn(r *audit.Report, device string) uint64 {
	for _, d := range r.Devices {
		if d.Device == device {
			return d.Events
		}
	}
	return 0
}
