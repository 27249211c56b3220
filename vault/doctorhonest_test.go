package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// TestDoctorInventsNothing lets a team work at random, each in their own copy,
// with copies that meet in any order. When all have met, nobody's doctor finds
// anything but the entries that two people changed at a time.
func TestDoctorInventsNothing(t *testing.T) {
	t.Parallel()
	made, err := vaulttest.NewTeam(t.TempDir(), "anna", "ivan")
	must(t, err)
	root := t.TempDir()
	number := 0
	few(t, 8, func(r *rapid.T) {
		number++
		tm := made.At(filepath.Join(root, fmt.Sprint(number)))
		if err := os.CopyFS(tm.Root, os.DirFS(made.Root)); err != nil {
			r.Fatal(err)
		}
		for _, p := range tm.People {
			if err := os.Chmod(p.Home, 0o700); err != nil { // a copy of files is for everybody to read
				r.Fatal(err)
			}
		}
		w := &workers{t: r, team: tm}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			w.step()
		}
		for range 2 {
			for _, p := range tm.People[1:] {
				w.meet(tm.People[0], p)
			}
		}
		for _, p := range tm.People {
			w.examine(p)
		}
		_ = os.RemoveAll(tm.Root)
	})
}

// workers are a team at work.
type workers struct {
	t     *rapid.T
	team  *vaulttest.Team
	count int
}

func (w *workers) step() {
	who := rapid.SampledFrom(w.team.People).Draw(w.t, "who")
	w.count++
	v, err := w.team.Open(who)
	if err != nil {
		w.t.Fatal(err)
	}
	path := vaulttest.ParsePath(rapid.SampledFrom([]string{vaulttest.Trunk, vaulttest.PBX, vaulttest.Hosting}).Draw(w.t, "path"))
	switch rapid.SampledFrom([]string{"edit", "insert", "reveal", "meet", "policy", "list", "rename", "remove", "grant"}).Draw(w.t, "what") {
	case "edit":
		_, err = v.Edit(path, replacePassword(w.count))
	case "insert":
		_, err = v.Insert(vaulttest.ParsePath(fmt.Sprintf("telephony/new-%d", w.count)), vaulttest.Draft("fresh"))
	case "reveal":
		_, err = v.Reveal(path, vault.Purpose{Reason: "test"})
	case "meet":
		w.meet(who, rapid.SampledFrom(w.team.People).Draw(w.t, "with"))
	case "policy": // by one person alone: two would be a fork
		if who == w.team.People[0] {
			_, err = v.ChangePolicy(func(d *policy.Document) error {
				d.Roles[fmt.Sprintf("role-%d", w.count)] = &policy.Role{}
				return nil
			})
		}
	case "list":
		_, err = v.List("")
	case "rename":
		_, err = v.Rename(path, vaulttest.ParsePath(fmt.Sprintf("telephony/moved-%d", w.count)))
	case "remove":
		_, err = v.Remove(path)
	case "grant":
		_, err = v.Grant("ivan", wish(1))
	}
	if err != nil {
		w.t.Logf("%s: %v", who.Member, err) // most may not do most of it
	}
}

func (w *workers) meet(a, b *vaulttest.Mate) {
	if a == b {
		return
	}
	for _, way := range [][2]*vaulttest.Mate{{a, b}, {b, a}} {
		if err := w.team.CopyFiles(way[0], way[1]); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *workers) examine(p *vaulttest.Mate) {
	v, err := w.team.Open(p)
	if err != nil {
		w.t.Fatal(err)
	}
	undecided, err := v.Conflicts()
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := v.Doctor(false)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range list {
		decide := a.Code == vault.EntryConflict || a.Code == vault.WaitingForUs
		if a.Code != vault.IdentityInClear && !(decide && len(undecided) > 0) {
			w.t.Errorf("%s: %+v", p.Member, a)
		}
	}
}
