package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/vaulttest"
)

// rested lets every file look as if it had not changed for an hour, so that
// what is verified of it is remembered.
func rested(t interface{ Fatal(...any) }, dir string) {
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return os.Chtimes(name, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// remembered is a World in which Maria has verified everything.
func remembered(t *testing.T) *vaulttest.World {
	t.Helper()
	w := world(t)
	rested(t, w.Root)
	r, err := openAs(t, w, w.Maria).Verify(false)
	must(t, err)
	if !r.OK() {
		t.Fatalf("%+v", r.Findings)
	}
	return w
}

// said is the outcome of a verification in codes.
func said(t interface{ Fatal(...any) }, w *vaulttest.World, p *vaulttest.Person, full bool) (string, *audit.Report) {
	v, err := vault.OpenToVerify(w.Options(p))
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Verify(full)
	if err != nil {
		t.Fatal(err)
	}
	return codes(r.Findings) + "; " + codes(r.Notes), r
}

func TestVerifyAgain(t *testing.T) {
	t.Parallel()
	flip := func(pattern string) func(t *testing.T, w *vaulttest.World) {
		return func(t *testing.T, w *vaulttest.World) {
			must(t, w.Change(one(t, w, pattern), func(b []byte) []byte { b[len(b)/3] ^= 1; return b }))
		}
	}
	tests := []struct {
		name string
		do   func(t *testing.T, w *vaulttest.World)
		want string
	}{
		{"nothing", func(*testing.T, *vaulttest.World) {}, ""},
		{"an entry is changed", flip("entries/*/*-000001-*.entry"), "EDIT MISSING_WRITE"},
		{"a log's key is changed", flip("logs/*/000001.key"), ""}, // of Ivan or of Maria
		{"a journal is changed", flip("runs/*/*/000001.jsonl"), "EDIT"},
		{"the policy is changed", flip("policy/000001-*.yaml"), "EDIT"},
		{"an older version is gone", remove("entries/*/*-000001-*.entry"), "MISSING_WRITE"},
		{"a bundle is gone", remove("keys/*/*.keys"), "MISSING_WRITE"},
		{"a journal is gone", func(t *testing.T, w *vaulttest.World) { must(t, os.RemoveAll(w.Path("runs"))) }, "MISSING_WRITE"},
		{"a link", func(t *testing.T, w *vaulttest.World) { must(t, os.Symlink("/etc/passwd", w.Path("entries/x"))) }, "EDIT"},
		{"somebody works on", func(t *testing.T, w *vaulttest.World) { opensPBX(t, w, "on") }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := remembered(t)
			tt.do(t, w)
			again, r := said(t, w, w.Maria, false)
			full, whole := said(t, w, w.Maria, true)
			findings, _, _ := strings.Cut(again, ";")
			if tt.name == "a log's key is changed" && findings == "EDIT" {
				findings = ""
			}
			if again != full || !strings.HasPrefix(findings, tt.want) || tt.want == "" && findings != "" {
				t.Errorf("again %s\nfull  %s\nwant  %s\n%+v\n%+v", again, full, tt.want, r.Findings, whole.Findings)
			}
			if still, _ := said(t, w, w.Maria, false); still != again {
				t.Errorf("once more: %s, not %s", still, again)
			}
		})
	}
}

// TestVerifyDoesNotReadAgain: what has not changed is not read; with full it is.
func TestVerifyDoesNotReadAgain(t *testing.T) {
	t.Parallel()
	w := remembered(t)
	for _, pattern := range []string{"entries/*/*-000001-*.entry", "logs/*/000001.jsonl"} {
		name := w.Path(one(t, w, pattern))
		info, err := os.Stat(name)
		must(t, err)
		change(t, name, func(b []byte) []byte { b[len(b)/3] ^= 1; return b })
		must(t, os.Chtimes(name, info.ModTime(), info.ModTime()))
	}
	if again, _ := said(t, w, w.Maria, false); strings.Contains(again, "EDIT") {
		t.Errorf("again: %s", again)
	}
	if full, _ := said(t, w, w.Maria, true); !strings.Contains(full, "EDIT") || !strings.Contains(full, "MISSING_WRITE") {
		t.Errorf("full: %s", full)
	}
}

// TestVerifyTrustsNoYoungTime: a file that was written a moment ago could be
// written again without its time telling.
func TestVerifyTrustsNoYoungTime(t *testing.T) {
	t.Parallel()
	w := world(t)
	if first, _ := said(t, w, w.Maria, false); strings.Contains(first, "EDIT") {
		t.Fatal(first)
	}
	name := w.Path(one(t, w, "logs/*/000001.jsonl"))
	info, err := os.Stat(name)
	must(t, err)
	change(t, name, func(b []byte) []byte { b[len(b)/3] ^= 1; return b })
	must(t, os.Chtimes(name, info.ModTime(), info.ModTime()))
	if again, _ := said(t, w, w.Maria, false); !strings.Contains(again, "EDIT") {
		t.Errorf("again: %s", again)
	}
}

// TestVerifyOfACopyThatWasCut: the copy of an own log that is shorter than its
// original is in transit after a power cut; else somebody cut it.
func TestVerifyOfACopyThatWasCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		rebooted bool
		lines    int // that are left
		seen     bool
		want     string
	}{
		{"the last lines, before the machine was started", true, 24, false, "; IN_TRANSIT"},
		{"the last lines, and the machine was not started since", false, 24, false, "TRUNCATED; "},
		{"the last lines, which were verified", true, 24, true, "TRUNCATED; "},
		{"an old copy, before the machine was started", true, 0, false, "TRUNCATED; "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			opensPBX(t, w, "an hour later")
			if tt.seen {
				said(t, w, w.Maria, false)
			}
			name := "logs/" + deviceOf(t, w, w.Maria) + "/000001.jsonl"
			must(t, w.Change(name, func(b []byte) []byte {
				lines := strings.SplitAfter(string(b), "\n")
				if tt.lines == 0 {
					return nil
				}
				return []byte(strings.Join(lines[:len(lines)-2], ""))
			}))
			opts := w.Options(w.Maria)
			if tt.rebooted {
				opts.Booted = func() time.Time { return w.Now().Add(time.Hour) }
			}
			v, err := vault.Open(opts)
			must(t, err)
			r, err := v.Verify(true)
			must(t, err)
			notes := strings.TrimSpace(strings.ReplaceAll(codes(r.Notes), string(audit.Unwitnessed), ""))
			if got := codes(r.Findings) + "; " + notes; got != tt.want {
				t.Errorf("%s: %+v %+v", got, r.Findings, r.Notes)
			}
		})
	}
}

// TestVerifyMissesEventsOfAJournal: nothing is pinned of somebody else's
// journal but how many events were verified.
func TestVerifyMissesEventsOfAJournal(t *testing.T) {
	t.Parallel()
	w := world(t)
	before := look(t, w.Dir)
	v := openAs(t, w, w.Maria)
	runs, err := v.Runs()
	must(t, err)
	j, _, err := v.ResumeRun(runs[0].Run)
	must(t, err)
	must(t, j.Append("run.note", "-", nil))
	for _, full := range []bool{false, true} {
		if first, r := said(t, w, w.Ivan, full); strings.Contains(first, "TRUNCATED") {
			t.Fatalf("%+v", r.Findings)
		}
	}
	for name, what := range before {
		if data, ok := strings.CutPrefix(what, "file "); ok && strings.HasPrefix(name, "runs/") {
			must(t, w.Write(name, []byte(data)))
		}
	}
	for _, full := range []bool{false, true, false} {
		if again, r := said(t, w, w.Ivan, full); !strings.HasPrefix(again, "TRUNCATED;") {
			t.Errorf("full %v: %s %+v", full, again, r.Notes)
		}
	}
}

// TestVerifyAgainSaysWhatFullSays does one thing after the other to a vault:
// what a quick verification says is what one says that reads everything.
func TestVerifyAgainSaysWhatFullSays(t *testing.T) {
	tree, err := sound()
	must(t, err)
	round := 0
	base := t.TempDir()
	few(t, 25, func(t *rapid.T) {
		round++
		root := filepath.Join(base, fmt.Sprint(round))
		if err := os.Mkdir(root, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		w, err := tree.Lay(root)
		if err != nil {
			t.Fatal(err)
		}
		rested(t, w.Root)
		for step := range rapid.IntRange(1, 4).Draw(t, "steps") {
			something(t, w, step)
			if rapid.Bool().Draw(t, "rest") {
				rested(t, w.Root)
			}
			again, r := said(t, w, w.Maria, false)
			full, whole := said(t, w, w.Maria, true)
			if again != full {
				t.Fatalf("again %s\n%+v %+v\nfull  %s\n%+v %+v", again, r.Findings, r.Notes, full, whole.Findings, whole.Notes)
			}
		}
	})
}

// something is done to a vault, by people or by somebody.
func something(t *rapid.T, w *vaulttest.World, step int) {
	files := func() []string {
		var names []string
		tree, err := vaulttest.Look(w.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tree.Files() {
			if !strings.HasPrefix(name, "tmp/") && name != "opsvault.yaml" && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "policy/") {
				names = append(names, name)
			}
		}
		return names
	}
	switch what := rapid.SampledFrom([]string{"reveal", "edit", "flip", "delete", "touch", "junk"}).Draw(t, "what"); what {
	case "reveal", "edit":
		v, err := w.Open(w.Maria)
		if err != nil {
			return // a damaged vault may refuse
		}
		if what == "reveal" {
			_, _ = v.Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{})
			return
		}
		_, _ = v.Edit(vaulttest.ParsePath(vaulttest.Trunk), replacePassword(step))
	case "flip":
		name := rapid.SampledFrom(files()).Draw(t, "file")
		_ = w.Change(name, func(b []byte) []byte {
			if len(b) > 0 {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1
			}
			return b
		})
	case "delete":
		_ = os.Remove(w.Path(rapid.SampledFrom(files()).Draw(t, "file")))
	case "touch":
		now := time.Now()
		_ = os.Chtimes(w.Path(rapid.SampledFrom(files()).Draw(t, "file")), now, now)
	case "junk":
		_ = w.Write(fmt.Sprintf("entries/%d.txt", step), []byte("junk"))
	}
}
