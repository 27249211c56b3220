package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/vaulttest"
)

// A stick that maria has filled, after one attack, meets ivan, who has seen
// nothing of it. want is what he is told: "file why" of what is refused, where
// "*" in the file stands for anything.
func TestHostileSticks(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.StickAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			want, ok := stickOutcomes[a.Name]
			if !ok {
				t.Fatal("nothing is said about what must come of it")
			}
			tm := fourPeople(t)
			stick := filepath.Join(tm.Root, "stick")
			edits(t, tm, "maria", vaulttest.Trunk, "from maria")
			meets(t, tm, "maria", stick)
			if err := a.Do(tm, stick); err != nil {
				t.Fatal(err)
			}
			before := tree(t, stick)
			started := time.Now()
			r, err := mate(t, tm, "ivan").Sync(stick)
			if time.Since(started) > time.Minute {
				t.Errorf("it took %v", time.Since(started))
			}
			if got := toldOf(r, err); got != want.told {
				t.Errorf("%s: ivan is told\n%s\nnot\n%s", a.Name, got, want.told)
			}
			if got := seenBy(t, tm, "ivan"); got != want.sees {
				t.Errorf("%s: ivan sees %q, not %q", a.Name, got, want.sees)
			}
			verifies(t, tm, "ivan")
			keepsStick(t, before, tree(t, stick), tree(t, tm.Person("maria").Dir))
			smallQuarantine(t, tm.Person("ivan").Home)
		})
	}
}

// stickOutcome is what ivan is told, and what he then sees of Trunk.
type stickOutcome struct{ told, sees string }

// toldOf sums a report up: refused files by reason, then what waits.
func toldOf(r *vault.SyncReport, err error) string {
	if err != nil {
		var other *vault.OtherVaultError
		switch {
		case errors.As(err, &other):
			return "another vault"
		case errors.Is(err, chain.ErrAhead):
			return "ahead"
		}
		return err.Error()
	}
	count := map[string]int{}
	for _, q := range r.Quarantined {
		count["refused "+string(q.Why)]++
	}
	for _, w := range r.Waiting {
		count["waiting "+string(w.Why)]++
	}
	if n := len(r.Unknown); n > 0 {
		count["unknown"] = n
	}
	if r.More > 0 {
		count["more"] = r.More
	}
	var parts []string
	for what, n := range count {
		parts = append(parts, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func seenBy(t testing.TB, tm *vaulttest.Team, member string) string {
	t.Helper()
	r, err := mate(t, tm, member).Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{})
	if err != nil {
		return kindOf(err)
	}
	return password(r)
}

// keepsStick: nothing that lay on the stick is gone or changed but logs, heads,
// and what held the name of a sound file.
func keepsStick(t testing.TB, before, after, sound vaulttest.Tree) {
	t.Helper()
	for _, change := range before.Changes(after) {
		file := change[1:]
		if change[0] == '+' || strings.HasPrefix(file, "logs/") || after[file] == sound[file] {
			continue
		}
		t.Errorf("on the stick: %s", change)
	}
}

// smallQuarantine holds the bounds of the quarantine.
func smallQuarantine(t testing.TB, home string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, "vaults", "*", "quarantine", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if len(files) > 1000 || total > 64<<20 {
		t.Errorf("%d files, %d bytes in quarantine", len(files), total)
	}
}

// "rollback": the log says that there is a newer version, which is not here.
var stickOutcomes = map[string]stickOutcome{
	"stick-statement-forged":  {"refused signature 1", "rollback"},
	"stick-statement-torn":    {"refused form 1", "rollback"},
	"stick-entry-other-bytes": {"refused form 1", "from maria"},
	"stick-log-wrong-key":     {"refused log-damaged 1", "trunk-old"},
	"stick-log-tail-forged":   {"", "from maria"},
	"stick-log-line-changed":  {"refused log-damaged 1", "trunk-old"},
	"stick-linked":            {"refused special 1, unknown 1", "rollback"},
	"stick-directory":         {"refused special 1", "rollback"},
	"stick-many-devices":      {"waiting no-invitation 1000", "from maria"},
	"stick-junk-names":        {"more 29900, unknown 100", "from maria"},
	"stick-policy-flood":      {"waiting unknown-device 200, waiting unsigned-policy 200", "from maria"},
	"stick-oversized":         {"refused too-large 1", "rollback"},
	"stick-marker-swapped":    {"another vault", "trunk-old"},
	"stick-half-copied":       {"refused form 1", "trunk-old"},
	"stick-half-zeros":        {"", "trunk-old"},
	"stick-key-replaced":      {"waiting unnamed-key 1", "from maria"},
	"stick-device-replaced":   {"refused name 1", "from maria"},
	"stick-quarantine-flood":  {"more 1000, refused form 1000", "from maria"},
}
