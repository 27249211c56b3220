package vault_test

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// runningTeam is a team in which Maria has begun a run, and everybody has its files.
func runningTeam(t *testing.T, members ...string) (*vaulttest.Team, string) {
	t.Helper()
	tm := team(t, members...)
	v := openMate(t, tm, "maria")
	b, err := v.PublishBook(vaulttest.Book, []byte(vaulttest.BookText))
	must(t, err)
	j, err := v.StartRun(b)
	must(t, err)
	must(t, j.Append("run.started", "-", map[string]any{"kind": "started"}))
	must(t, j.Append("run.ticked", "look", map[string]any{"check": 1}))
	must(t, tm.Spread())
	return tm, j.Run()
}

func runOf(t *testing.T, tm *vaulttest.Team, member, run string) *vault.RunInfo {
	t.Helper()
	info, err := openMate(t, tm, member).Run(run)
	must(t, err)
	return info
}

// strandsOf lists the members of a run's journals with the ops of their lines.
func strandsOf(info *vault.RunInfo) string {
	var list []string
	for _, s := range info.Strands {
		text := s.Member
		for _, l := range s.Lines {
			text += " " + l.Op
			if l.Late {
				text += "(late)"
			}
		}
		if s.Damage != nil {
			text += " damaged"
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func TestRunOfSeveralDevices(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan", "oleg")
	info := runOf(t, tm, "ivan", run)
	if info.Member != "maria" || info.Slug != vaulttest.Book || info.Version != 1 || info.Own || info.Damage != nil ||
		string(info.Text) != vaulttest.BookText || strandsOf(info) != "maria run.start run.started run.ticked" {
		t.Fatalf("%+v: %s", info, strandsOf(info))
	}
	if d := info.Strands[0].Lines[2].Details; fmt.Sprint(d["check"]) != "1" || info.Strands[0].Lines[2].Seq != 3 || !info.Strands[0].Began {
		t.Errorf("%+v", info.Strands[0])
	}
	v := openMate(t, tm, "ivan")
	if _, _, err := v.ResumeRun(run); err == nil {
		t.Error("somebody else's run is gone on with")
	}
	j, err := v.JoinRun(info)
	must(t, err)
	must(t, v.LogTake(info, "maria", "she is away"))
	must(t, j.Append("run.taken", "-", map[string]any{"reason": "she is away"}))
	must(t, tm.Spread())
	for _, member := range []string{"maria", "ivan", "oleg"} {
		seen := runOf(t, tm, member, run)
		for _, s := range seen.Strands {
			if s.Member == "ivan" && s.Lines[0].Unlogged {
				t.Errorf("%s doesn't see that the log tells", member)
			}
		}
		if got := strandsOf(seen); !strings.Contains(got, "maria run.start run.started run.ticked") || !strings.Contains(got, "ivan run.taken") || len(seen.Strands) != 2 {
			t.Errorf("%s sees %s", member, got)
		}
	}
	again, info, err := openMate(t, tm, "ivan").ResumeRun(run)
	if err != nil || again.Run() != run || string(info.Text) != vaulttest.BookText {
		t.Errorf("%+v, %v", info, err)
	}
	if r, err := openMate(t, tm, "maria").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r.Findings, err)
	}
}

// Who comes later reads what was written before.
func TestRunIsReadByANewcomer(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan")
	_, err := tm.Join("boris", "agent")
	must(t, err)
	must(t, tm.Spread())
	if got := strandsOf(runOf(t, tm, "boris", run)); got != "maria run.start run.started run.ticked" {
		t.Error(got)
	}
}

// A claim counts when the log of its device tells of it: the second one here does not.
func TestRunTakenBehindTheLog(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan", "oleg")
	v := openMate(t, tm, "ivan")
	info, err := v.Run(run)
	must(t, err)
	must(t, v.LogTake(info, "maria", "she is away"))
	must(t, tm.Spread())
	_, err = journalOf(t, tm, "ivan", run).Append(chain.Draft{Actor: "ivan", Op: "run.taken", Policy: 2, Result: chain.OK},
		chain.Draft{Actor: "ivan", Op: "run.taken", Policy: 2, Result: chain.OK})
	must(t, err)
	_, err = journalOf(t, tm, "oleg", run).Append(chain.Draft{Actor: "oleg", Op: "run.accepted", Policy: 2, Result: chain.OK})
	must(t, err)
	must(t, tm.Spread())
	told := ""
	for _, s := range runOf(t, tm, "maria", run).Strands {
		for _, l := range s.Lines {
			if l.Op == "run.taken" || l.Op == "run.accepted" {
				told += fmt.Sprintf("%s %t;", l.Member, l.Unlogged)
			}
		}
	}
	if want := "ivan false;ivan true;"; !strings.Contains(told, want) || !strings.Contains(told, "oleg true;") {
		t.Error(told)
	}
}

// The text that somebody goes on with is an approved one, and lies here from then on.
func TestRunText(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan")
	texts := filepath.Join(tm.Person("ivan").Dir, "runbooks", vaulttest.Book)
	must(t, os.Rename(texts, texts+"-away"))
	v := openMate(t, tm, "ivan")
	info, err := v.Run(run)
	if err != nil || info.Text != nil {
		t.Fatalf("%+v, %v", info, err)
	}
	_, err = v.JoinRun(info)
	if e := isA[*vault.RunTextError](t, err); e.Refused || e.Slug != vaulttest.Book || e.Version != 1 {
		t.Errorf("%+v", e)
	}
	must(t, os.Rename(texts+"-away", texts))
	j, err := v.JoinRun(info)
	must(t, err)
	must(t, j.Append("run.taken", "-", nil))
	must(t, os.RemoveAll(texts))
	_, info, err = openMate(t, tm, "ivan").ResumeRun(run)
	if err != nil || string(info.Text) != vaulttest.BookText {
		t.Errorf("with the text gone from the vault: %v", err)
	}
}

// A run of a text that nobody has approved is shown, and not gone on with.
func TestRunOfAnUnapprovedText(t *testing.T) {
	t.Parallel()
	tm := team(t, "ivan")
	v := openMate(t, tm, "maria")
	_, err := v.ChangePolicy(func(d *policy.Document) error { d.Runbooks.Approvals = 1; return nil })
	must(t, err)
	b, err := v.PublishBook(vaulttest.Book, []byte(vaulttest.BookText))
	must(t, err)
	j, err := v.StartRun(b) // her own program doesn't ask
	must(t, err)
	must(t, tm.Spread())
	ivan := openMate(t, tm, "ivan")
	info, err := ivan.Run(j.Run())
	must(t, err)
	_, err = ivan.JoinRun(info)
	if e := isA[*vault.RunTextError](t, err); !e.Refused || len(info.Text) == 0 {
		t.Errorf("%+v", e)
	}
}

// journalOf opens a member's journal of a run as their own program would, which may write anything into it.
func journalOf(t *testing.T, tm *vaulttest.Team, member, run string) *chain.Writer {
	t.Helper()
	p := tm.Person(member)
	home, err := store.OpenDir(p.Home)
	must(t, err)
	file, err := identity.Read(home, member)
	must(t, err)
	key, err := file.Open(nil)
	must(t, err)
	v := openMate(t, tm, member)
	dir, err := store.OpenDir(p.Dir)
	must(t, err)
	recipient, err := (&vaulttest.World{Dir: p.Dir}).Recipient(v, policy.Catalogue)
	must(t, err)
	spec := chain.Spec{Vault: v.ID(), Device: v.Me().Device, Run: run, Key: key.PublicKey()}
	w, err := chain.OpenWriter(chain.Over(dir), store.RunBase(run, v.Me().Device), spec, key.Signer(), chain.Options{
		Clock: tm.Now, Rand: rand.Reader, Derive: key.Derive, Recipient: recipient, Actor: member, Policy: v.PolicyRef().Number})
	must(t, err)
	return w
}

func TestHostileJournals(t *testing.T) {
	t.Parallel()
	start := func(nonce string) chain.Draft {
		return chain.Draft{Actor: "oleg", Op: "run.start", Object: vaulttest.Book + "@1", Policy: 2, Result: chain.OK,
			Details: map[string]any{"text": statement.Sum([]byte(vaulttest.BookText)).String(), "nonce": nonce}}
	}
	maria := "maria run.start run.started run.ticked"
	for name, c := range map[string]struct {
		do   func(t *testing.T, tm *vaulttest.Team, run string)
		want string
	}{
		"somebody claims to have begun it": {func(t *testing.T, tm *vaulttest.Team, run string) {
			_, err := journalOf(t, tm, "oleg", run).Append(start(""), chain.Draft{Actor: "oleg", Op: "run.aborted", Policy: 2, Result: chain.OK})
			must(t, err)
		}, maria + "; oleg run.start run.aborted"},
		"with a nonce of their own": {func(t *testing.T, tm *vaulttest.Team, run string) {
			_, err := journalOf(t, tm, "oleg", run).Append(start(hex.EncodeToString(make([]byte, 16))))
			must(t, err)
		}, maria + "; oleg run.start"},
		"a line in somebody else's name": {func(t *testing.T, tm *vaulttest.Team, run string) {
			_, err := journalOf(t, tm, "oleg", run).Append(chain.Draft{Actor: "oleg", Op: "run.noted", Policy: 2, Result: chain.OK},
				chain.Draft{Actor: "maria", Op: "run.aborted", Policy: 2, Result: chain.OK})
			must(t, err)
		}, maria + "; oleg run.noted damaged"},
		"more than anybody would read": {func(t *testing.T, tm *vaulttest.Team, run string) {
			drafts := []chain.Draft{{Actor: "oleg", Op: "run.noted", Policy: 2, Result: chain.OK}}
			for range 1400 {
				drafts = append(drafts, chain.Draft{Actor: "oleg", Op: "run.x", Policy: 2, Result: chain.OK, Details: map[string]any{"x": strings.Repeat("x", 11<<10)}})
			}
			_, err := journalOf(t, tm, "oleg", run).Append(drafts...)
			must(t, err)
		}, maria + "; oleg run.noted …  damaged"},
		"a journal of nobody": {func(t *testing.T, tm *vaulttest.Team, run string) {
			must(t, os.MkdirAll(filepath.Join(tm.Person("oleg").Dir, "runs", run, "aaaaaaaaaaaaaaaa"), 0o700))
		}, maria},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm, run := runningTeam(t, "ivan", "oleg")
			c.do(t, tm, run)
			must(t, tm.CopyFiles(tm.Person("oleg"), tm.Person("ivan")))
			info := runOf(t, tm, "ivan", run)
			got, many := inOrder(strandsOf(info)), strings.Repeat(" run.x", 1000)
			if strings.Contains(got, many) {
				got = strings.ReplaceAll(strings.Replace(got, many, " … ", 1), " run.x", "")
			}
			if got != c.want || info.Member != "maria" {
				t.Errorf("%s of %s, want %s", got, info.Member, c.want)
			}
			must(t, tm.CopyFiles(tm.Person("oleg"), tm.Person("maria")))
			if _, _, err := openMate(t, tm, "maria").ResumeRun(run); err != nil {
				t.Errorf("Maria can't go on: %v", err)
			}
		})
	}
}

// A run that begins with nonsense is damaged; nobody's other runs are the worse for it.
func TestRunThatBeginsWithNonsense(t *testing.T) {
	t.Parallel()
	tm, good := runningTeam(t, "oleg")
	v, nonce := openMate(t, tm, "oleg"), make([]byte, 16)
	sum := statement.Sum(fmt.Appendf(nil, "opsvault/v1 run id\nvault %s\ndev %s\nnonce %x\n", v.ID(), v.Me().Device, nonce))
	run := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
	_, err := journalOf(t, tm, "oleg", run).Append(chain.Draft{Actor: "oleg", Op: "run.start", Object: "..@x", Policy: 2, Result: chain.OK,
		Details: map[string]any{"nonce": hex.EncodeToString(nonce)}})
	must(t, err)
	must(t, tm.CopyFiles(tm.Person("oleg"), tm.Person("maria")))
	maria := openMate(t, tm, "maria")
	all, err := maria.Runs()
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, info := range all {
		if (info.Run == run) != (info.Damage != nil) || info.Run == run && (info.Slug != "?" || !info.Ended || info.Own) {
			t.Errorf("%+v", info)
		}
	}
	if _, _, err := maria.ResumeRun(good); err != nil {
		t.Errorf("Maria can't go on: %v", err)
	}
}

// inOrder puts Maria's journal first, whatever the ids of the devices are.
func inOrder(strands string) string {
	list := strings.Split(strands, "; ")
	for i, s := range list {
		if strings.HasPrefix(s, "maria") {
			list[0], list[i] = list[i], list[0]
		}
	}
	return strings.Join(list, "; ")
}

// A journal that was cut, put back or changed in a copy is damaged there, for whoever had seen more and for whoever can tell by
// itself; the run is listed all the same, and the next meeting with a sound copy mends it.
func TestJournalWasTouched(t *testing.T) {
	t.Parallel()
	for name, touch := range map[string]func(t *testing.T, dir string, older map[string][]byte){
		"put back": func(t *testing.T, dir string, older map[string][]byte) {
			for file, data := range older {
				must(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
			}
		},
		"cut": func(t *testing.T, dir string, _ map[string][]byte) {
			change(t, filepath.Join(dir, "000001.jsonl"), func(b []byte) []byte { return b[:len(b)/2] })
		},
		"changed": func(t *testing.T, dir string, _ map[string][]byte) {
			change(t, filepath.Join(dir, "000001.jsonl"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
		"its key changed": func(t *testing.T, dir string, _ map[string][]byte) {
			must(t, os.Remove(filepath.Join(dir, "000001.key")))
			must(t, os.WriteFile(filepath.Join(dir, "000001.key"), []byte("no key\n"), 0o600))
		},
		"its head changed": func(t *testing.T, dir string, _ map[string][]byte) {
			change(t, filepath.Join(dir, "head"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm, run := runningTeam(t, "ivan")
			dir := filepath.Join(tm.Person("ivan").Dir, "runs", run, runOf(t, tm, "ivan", run).Device)
			older := map[string][]byte{}
			for _, file := range []string{"000001.jsonl", "head"} {
				older[file] = read(t, filepath.Join(dir, file))
			}
			v := openMate(t, tm, "maria")
			j, _, err := v.ResumeRun(run)
			must(t, err)
			must(t, j.Append("run.ticked", "look", map[string]any{"check": 2}))
			must(t, tm.Spread())
			if got := strandsOf(runOf(t, tm, "ivan", run)); !strings.HasSuffix(got, "run.ticked run.ticked") {
				t.Fatal(got)
			}
			touch(t, dir, older)
			info := runOf(t, tm, "ivan", run)
			var damaged *vault.IntegrityError
			if !errors.As(info.Damage, &damaged) {
				t.Errorf("%+v: %s", info.Damage, strandsOf(info))
			}
			if all, err := openMate(t, tm, "ivan").Runs(); err != nil || len(all) != 1 || all[0].Damage == nil {
				t.Errorf("%+v, %v", all, err)
			}
			if name == "its key changed" {
				return // keys are not signed: they stay until somebody takes them away
			}
			_, err = openMate(t, tm, "ivan").Sync(tm.Person("maria").Dir)
			must(t, err)
			if info := runOf(t, tm, "ivan", run); info.Damage != nil || !strings.HasSuffix(strandsOf(info), "run.ticked run.ticked") {
				t.Errorf("after a sync: %v, %s", info.Damage, strandsOf(info))
			}
		})
	}
}

// What a member wrote before leaving counts; what their device writes afterwards doesn't.
func TestJournalOfARemovedMember(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan", "oleg")
	_, err := journalOf(t, tm, "oleg", run).Append(chain.Draft{Actor: "oleg", Op: "run.seconded", Policy: 2, Result: chain.OK})
	must(t, err)
	must(t, tm.Spread())
	_, err = openMate(t, tm, "maria").ChangePolicy(func(d *policy.Document) error { d.RemoveMember("oleg"); return nil })
	must(t, err)
	_, err = journalOf(t, tm, "oleg", run).Append(chain.Draft{Actor: "oleg", Op: "run.taken", Policy: 2, Result: chain.OK})
	must(t, err)
	must(t, tm.Spread())
	for _, member := range []string{"maria", "ivan"} {
		if got := inOrder(strandsOf(runOf(t, tm, member, run))); got != "maria run.start run.started run.ticked; oleg run.seconded run.taken(late)" {
			t.Errorf("%s sees %s", member, got)
		}
	}
	v := openMate(t, tm, "oleg")
	info, err := v.Run(run)
	must(t, err)
	j, err := v.OpenJournal(info)
	must(t, err)
	if err := j.Append("run.taken", "-", nil); !errors.Is(err, vault.ErrRemoved) {
		t.Errorf("his own opsvault lets him write: %v", err)
	}
}
