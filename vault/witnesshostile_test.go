package vault_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/vault/chain"
	"opsvault/vault/vaulttest"
)

// witnessOutcomes are the codes of the findings of Maria's verification.
var witnessOutcomes = map[string]string{
	"log-cut-and-resigned":  "TRUNCATED",
	"log-cut-and-backdated": "FORK",
	"log-rewritten":         "FORK",
	"machine-cloned":        "FORK",
	"witness-forged":        "BADKEY",
	"witness-of-itself":     "EDIT",
	"clock-turned-back":     "TIME",
	"clock-turned-ahead":    "TIME",
}

// TestHostileWitnesses: Maria, who has never seen the log as it was, finds
// what its owner did to it by what others have seen.
func TestHostileWitnesses(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.WitnessAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			team := fiveOf(t)
			must(t, a.Do(team))
			want, ok := witnessOutcomes[a.Name]
			if !ok {
				t.Errorf("nothing is said about what must come of it")
			}
			for _, full := range []bool{false, true, false} {
				r, err := mateOpens(t, team, "maria").Verify(full)
				must(t, err)
				if got := codes(r.Findings); got != want {
					t.Errorf("full %v: it comes to %q, not to %q: %+v\n%+v", full, got, want, r.Findings, r.Notes)
				}
			}
			evidence, err := mateOpens(t, team, "maria").Evidence("")
			must(t, err)
			if want == "FORK" || want == "TRUNCATED" {
				proves(t, team, len(evidence))
			} else if len(evidence) > 0 {
				t.Errorf("evidence of nothing: %+v", evidence)
			}
		})
	}
}

// proves checks the exported evidence as whoever receives it does.
func proves(t *testing.T, team *vaulttest.Team, count int) {
	t.Helper()
	v := mateOpens(t, team, "maria")
	all, err := v.Evidence("")
	must(t, err)
	if count == 0 || len(all) == 0 {
		t.Fatal("no evidence was kept")
	}
	bundle, err := v.Bundle(all[0])
	must(t, err)
	dir := t.TempDir()
	for name, data := range bundle {
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	readme := string(bundle["README.txt"])
	if !strings.Contains(readme, "ssh-keygen -Y verify") || !strings.Contains(readme, "(ivan)") {
		t.Errorf("the page says\n%s", readme)
	}
	tool, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("no ssh-keygen here")
	}
	for _, head := range []string{"head-1", "head-2"} {
		cmd := exec.Command(tool, "-Y", "verify", "-f", "allowed_signers", "-I", all[0].Device, "-n", "head@opsvault.v1", "-s", head+".sig")
		cmd.Dir = dir
		cmd.Stdin, err = os.Open(filepath.Join(dir, head))
		must(t, err)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Good") {
			t.Errorf("%s: %v: %s", head, err, out)
		}
	}
	if lines := bundle["lines.jsonl"]; lines != nil {
		for line := range strings.Lines(string(lines)) {
			if _, err := chain.ParseLine([]byte(line)); err != nil {
				t.Errorf("%v: %s", err, line)
			}
		}
	}
}

// TestOldCopyIsNoFinding: a host that serves an old copy to a new place is
// noted; one that rolls back the place where more was seen is found.
func TestOldCopyIsNoFinding(t *testing.T) {
	t.Parallel()
	team := fiveOf(t)
	maria, anna := team.Person("maria"), team.Person("anna")
	old := look(t, anna.Dir)
	for range 2 {
		doesWork(t, team, "anna")
	}
	theyMeet(t, team, "maria", "anna")
	r, err := mateOpens(t, team, "maria").Verify(true)
	must(t, err)
	if !r.OK() {
		t.Fatalf("%+v", r.Findings)
	}
	clone := &vaulttest.Mate{Member: "maria", Home: maria.Home, Dir: filepath.Join(t.TempDir(), "clone")}
	must(t, old.Restore(clone.Dir))
	for _, full := range []bool{false, true} {
		r, err := opensMate(t, team, clone).Verify(full)
		must(t, err)
		if notes := codes(r.Notes); !r.OK() || !strings.Contains(notes, "IN_TRANSIT") {
			t.Errorf("an old copy, full %v: %+v, notes %s", full, r.Findings, notes)
		}
	}
	must(t, old.Restore(maria.Dir))
	for _, full := range []bool{false, true} {
		r, err := mateOpens(t, team, "maria").Verify(full)
		must(t, err)
		if !strings.Contains(codes(r.Findings), "TRUNCATED") {
			t.Errorf("a place that was rolled back, full %v: %+v, notes %s", full, r.Findings, codes(r.Notes))
		}
	}
}
