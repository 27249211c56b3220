package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/vaulttest"
)

// five is a Team that was made once, to be copied.
var five = sync.OnceValues(func() (*vaulttest.Team, error) {
	root, err := os.MkdirTemp("", "opsvault-five")
	if err != nil {
		return nil, err
	}
	return vaulttest.NewTeam(root, "anna", "ivan", "oleg", "vera")
})

// fiveOf is a copy of it.
func fiveOf(t *testing.T) *vaulttest.Team {
	t.Helper()
	made, err := five()
	if err != nil {
		t.Fatal(err)
	}
	c := made.At(t.TempDir())
	must(t, layTeam(made.Root, c.Root))
	return c
}

func mateOpens(t *testing.T, team *vaulttest.Team, member string) *vault.Vault {
	t.Helper()
	v, err := team.Open(team.Person(member))
	if err != nil {
		t.Fatalf("%s opens the vault: %v", member, err)
	}
	return v
}

// theyMeet has two people bring their copies together: files both ways, then each
// witnesses, and the logs once more. It returns how many heads were recorded.
func theyMeet(t *testing.T, team *vaulttest.Team, a, b string) int {
	t.Helper()
	copyBoth(t, team, a, b)
	n := 0
	for _, member := range []string{a, b} {
		one, err := mateOpens(t, team, member).Meet()
		if err != nil {
			t.Fatalf("%s: %v", member, err)
		}
		n += one
	}
	copyBoth(t, team, a, b)
	return n
}

func copyBoth(t *testing.T, team *vaulttest.Team, a, b string) {
	t.Helper()
	must(t, team.CopyFiles(team.Person(a), team.Person(b)))
	must(t, team.CopyFiles(team.Person(b), team.Person(a)))
}

func doesWork(t *testing.T, team *vaulttest.Team, member string) {
	t.Helper()
	_, err := mateOpens(t, team, member).Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: "work"})
	must(t, err)
}

// TestMeetingSettles: two devices that meet again and again without other work
// write nothing.
func TestMeetingSettles(t *testing.T) {
	t.Parallel()
	team := fiveOf(t)
	if n := theyMeet(t, team, "maria", "ivan"); n != 1 { // Ivan has seen Maria, who has seen nothing of his yet
		t.Errorf("%d heads at the first meeting", n)
	}
	for range 3 {
		if n := theyMeet(t, team, "maria", "ivan"); n != 0 {
			t.Errorf("%d heads without work", n)
		}
	}
	doesWork(t, team, "ivan")
	if n := theyMeet(t, team, "maria", "ivan"); n != 1 {
		t.Errorf("%d heads after Ivan worked", n)
	}
	if n := theyMeet(t, team, "maria", "ivan"); n != 0 {
		t.Errorf("%d heads without work", n)
	}
}

// TestWitnessSkips: a head that two other members have seen is not worth a line.
func TestWitnessSkips(t *testing.T) {
	t.Parallel()
	team := fiveOf(t)
	for _, member := range []string{"anna", "ivan"} {
		if n := theyMeet(t, team, "maria", member); n != 1 {
			t.Errorf("%s: %d", member, n)
		}
	}
	if n := theyMeet(t, team, "maria", "oleg"); n != 0 {
		t.Errorf("a third witness: %d heads", n)
	}
}

// TestSettled: events are settled by a witness of another member, and what
// nobody saw is a note.
func TestSettled(t *testing.T) {
	t.Parallel()
	team := fiveOf(t)
	settled := func(who, of string) (uint64, uint64) {
		for _, full := range []bool{true, false} {
			r, err := mateOpens(t, team, who).Verify(full)
			must(t, err)
			if !r.OK() {
				t.Fatalf("%s: %+v", who, r.Findings)
			}
			for _, d := range r.Devices {
				if d.Member == of && !full {
					return d.Settled, d.Events
				}
			}
		}
		return 0, 0
	}
	if n, _ := settled("maria", "maria"); n != 0 {
		t.Errorf("%d settled before anybody met", n)
	}
	theyMeet(t, team, "maria", "ivan")
	if n, all := settled("maria", "maria"); n != all || all == 0 {
		t.Errorf("%d of %d settled", n, all)
	}
	doesWork(t, team, "maria")
	if n, all := settled("maria", "maria"); n != all-1 {
		t.Errorf("%d of %d settled, and one event is new", n, all)
	}
	if n, all := settled("ivan", "ivan"); n != all { // witnesses alone
		t.Errorf("Ivan: %d of %d", n, all)
	}
}

// TestTrustedNow: the second-newest of the others counts, and one alone moves nobody.
func TestTrustedNow(t *testing.T) {
	t.Parallel()
	team := fiveOf(t)
	team.Person("anna").Skew = 365 * 24 * time.Hour
	doesWork(t, team, "anna")
	theyMeet(t, team, "anna", "ivan")
	if year := mateOpens(t, team, "ivan").TrustedNow()[:4]; year != "2026" {
		t.Errorf("Anna alone moved Ivan to %s", year)
	}
	team.Person("oleg").Skew = 365 * 24 * time.Hour
	doesWork(t, team, "oleg")
	copyBoth(t, team, "oleg", "ivan")
	v := mateOpens(t, team, "ivan")
	if _, err := v.Meet(); err != nil {
		t.Fatal(err)
	}
	if year := v.TrustedNow()[:4]; year != "2027" || !warned(v, "clock-behind") {
		t.Errorf("two of them moved Ivan to %s, %v", year, v.Warnings())
	}
	must(t, os.Remove(filepath.Join(v.LocalDir(), "clock"))) // made anew
	if year := mateOpens(t, team, "ivan").TrustedNow()[:4]; year != "2027" {
		t.Errorf("without the digest: %s", year)
	}
}

// clonedIvan is Ivan's machine, copied to a second one, with a copy of the vault of
// its own.
func clonedIvan(t *testing.T, team *vaulttest.Team) *vaulttest.Mate {
	t.Helper()
	ivan := team.Person("ivan")
	root := t.TempDir()
	twin := &vaulttest.Mate{Member: "ivan", Home: filepath.Join(root, "home"), Dir: filepath.Join(root, "vault")}
	must(t, os.CopyFS(twin.Home, os.DirFS(ivan.Home)))
	must(t, os.CopyFS(twin.Dir, os.DirFS(ivan.Dir)))
	return twin
}

// TestClonedMachine: a disk image on a second laptop. The one that meets a
// witness of what the other wrote says so, and writes nothing more.
func TestClonedMachine(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]int{"as much": 0, "less": -1, "more": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := fiveOf(t)
			doesWork(t, team, "ivan")
			twin := clonedIvan(t, team)
			doesWork(t, team, "ivan")
			doesWork(t, team, "ivan")
			theyMeet(t, team, "ivan", "anna")
			for range 2 + extra {
				_, err := opensMate(t, team, twin).Reveal(pbx, vault.Purpose{Reason: "on the other machine"})
				must(t, err)
			}
			copyLog(t, team, team.Person("anna"), twin, "anna")
			v := opensMate(t, team, twin)
			if _, err := v.Meet(); !errors.Is(err, chain.ErrAhead) {
				t.Fatalf("the meeting says %v", err)
			}
			for range 2 { // also in the next process
				v = opensMate(t, team, twin)
				if _, err := v.Reveal(pbx, vault.Purpose{}); !errors.Is(err, chain.ErrAhead) {
					t.Errorf("it reveals: %v", err)
				}
				if _, _, err := v.Show(pbx, false); err != nil {
					t.Errorf("a card: %v", err)
				}
				if !warned(v, "own-log-ahead") {
					t.Errorf("it says nothing of itself: %v", v.Warnings())
				}
			}
			mustFind(t, opensMate(t, team, twin), chain.Fork, chain.Truncated)
		})
	}
}

func opensMate(t *testing.T, team *vaulttest.Team, p *vaulttest.Mate) *vault.Vault {
	t.Helper()
	v, err := team.Open(p)
	must(t, err)
	return v
}

// copyLog copies the log of one member from one copy into another.
func copyLog(t *testing.T, team *vaulttest.Team, from, to *vaulttest.Mate, member string) {
	t.Helper()
	device := mateOpens(t, team, member).Me().Device
	must(t, os.RemoveAll(filepath.Join(to.Dir, "logs", device)))
	must(t, os.CopyFS(filepath.Join(to.Dir, "logs", device), os.DirFS(filepath.Join(from.Dir, "logs", device))))
}

// mustFind demands a finding with one of the codes, and the same from both kinds
// of verification.
func mustFind(t *testing.T, v *vault.Vault, want ...chain.Code) *audit.Report {
	t.Helper()
	var report *audit.Report
	for _, full := range []bool{false, true} {
		r, err := v.Verify(full)
		must(t, err)
		ok := false
		for _, f := range r.Findings {
			for _, code := range want {
				ok = ok || f.Code == code
			}
		}
		if !ok {
			t.Errorf("full %v: findings %+v\nnotes %+v", full, r.Findings, r.Notes)
		}
		report = r
	}
	return report
}
