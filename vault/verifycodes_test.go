package vault_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// TestEveryCodeIsFound makes what each code is about, on real files, and has
// one copy find it; the finding says where, and whose it is.
func TestEveryCodeIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code chain.Code
		by   string // who verifies
		file string // of the finding; * for a part of it
		line bool   // it names the line
		do   func(t *testing.T, w *vaulttest.World)
	}{
		{chain.Edit, "maria", "logs/*/000001.jsonl", true, attack(vaulttest.LogLineEdited)},
		{chain.Edit, "maria", "entries/*/*.entry", false, anEntry(func(b []byte) []byte { b[len(b)-100] ^= 1; return b })},
		{chain.Edit, "maria", "runs/*/*/000001.jsonl", true, attack(vaulttest.JournalEdited)},
		{chain.Edit, "maria", "logs/*/000001.key", false, ownKeyChanged},
		{chain.Gap, "maria", "logs/*/000001.jsonl", true, attack(vaulttest.LogLineRemoved)},
		{chain.Truncated, "maria", "logs/*/000001.jsonl", true, attack(vaulttest.LogCut)},
		{chain.Truncated, "ivan", "logs/*/head", false, attack(vaulttest.LogPutBack)},
		{chain.Fork, "ivan", "logs/*/*", false, forked},
		{chain.BadKey, "maria", "logs/*/head", false, attack(vaulttest.HeadSignedByOther)},
		{chain.Time, "ivan", "logs/*/000001.jsonl", true, backInTime},
		{audit.MissingWrite, "maria", "entries/*/*", false, anEntry(nil)},
		{audit.MissingWrite, "maria", "logs/*/000001.key", false, attack(vaulttest.LogKeyDeleted)},
		{audit.Equivocation, "maria", "entries/*/*~00000000", false, twice},
		{audit.Rollback, "maria", "policy/000001-*.yaml", false, remove("policy/000001-*.yaml")},
		{audit.Refused, "maria", "runbooks/*/*.publish", false, attack(vaulttest.RunbookByAgent)},
		{audit.AfterRemoval, "maria", "logs/*/*.jsonl", true, worksOn(3)},
		{audit.Late, "maria", "logs/*/*.jsonl", true, worksOn(2)},
		{chain.Torn, "maria", "logs/*/000001.jsonl", false, appended(`{"v":1,"dev":`)},
		{chain.UnsignedTail, "maria", "logs/*/000001.jsonl", false, appended("{}\n")},
		{chain.InTransit, "ivan", "devices/*.device", false, remove("devices/*.device")},
		{audit.Incomplete, "ivan", "logs/*/000001.jsonl", true, remove("runbooks/*/*.publish")},
		{audit.UnknownFile, "maria", "entries/zz/readme.txt", false, func(t *testing.T, w *vaulttest.World) {
			must(t, w.Write("entries/zz/readme.txt", []byte("hello")))
		}},
		{audit.Unwitnessed, "ivan", "logs/*", false, func(*testing.T, *vaulttest.World) {}},
	}
	found := map[chain.Code]bool{}
	for _, tt := range tests {
		found[tt.code] = true
		t.Run(string(tt.code)+" "+tt.file, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			tt.do(t, w)
			p := w.Maria
			if tt.by == "ivan" {
				p = w.Ivan
			}
			r, err := openAs(t, w, p).Verify(true)
			must(t, err)
			for _, f := range append(r.Findings, r.Notes...) {
				if matched, _ := filepath.Match(tt.file, f.File); f.Code == tt.code && matched && tt.line == (f.Line > 0) {
					return
				}
			}
			t.Errorf("findings %+v\nnotes %+v", r.Findings, r.Notes)
		})
	}
	for _, code := range append(audit.FindingCodes(), audit.NoteCodes()...) {
		if !found[code] && code != audit.Unreadable { // which TestUnreadableFiles makes
			t.Errorf("nothing makes %s", code)
		}
	}
}

func attack(do func(*vaulttest.World) error) func(*testing.T, *vaulttest.World) {
	return func(t *testing.T, w *vaulttest.World) { must(t, do(w)) }
}

// anEntry changes the newest version of an entry, or removes it.
func anEntry(change func([]byte) []byte) func(*testing.T, *vaulttest.World) {
	return func(t *testing.T, w *vaulttest.World) {
		name := one(t, w, "entries/*/*-000002-*.entry")
		if change == nil {
			must(t, os.Remove(w.Path(name)))
			return
		}
		must(t, w.Change(name, change))
	}
}

// one is a name of the vault that matches a pattern.
func one(t *testing.T, w *vaulttest.World, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(w.Path(pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	rel, err := filepath.Rel(w.Dir, found[0])
	must(t, err)
	return filepath.ToSlash(rel)
}

func remove(pattern string) func(*testing.T, *vaulttest.World) {
	return func(t *testing.T, w *vaulttest.World) { must(t, os.Remove(w.Path(one(t, w, pattern)))) }
}

func ownKeyChanged(t *testing.T, w *vaulttest.World) {
	other := "logs/" + deviceOf(t, w, w.Ivan) + "/000001.key"
	must(t, w.Write("logs/"+deviceOf(t, w, w.Maria)+"/000001.key", read(t, w.Path(other))))
}

func appended(text string) func(*testing.T, *vaulttest.World) {
	return func(t *testing.T, w *vaulttest.World) {
		must(t, w.Change("logs/"+deviceOf(t, w, w.Maria)+"/000001.jsonl", func(b []byte) []byte { return append(b, text...) }))
	}
}

func twice(t *testing.T, w *vaulttest.World) {
	name := one(t, w, "entries/*/*-000001-*.entry")
	must(t, w.Write(name+"~00000000", read(t, w.Path(name))))
}

// opensPBX has Maria open something, for a reason that makes her line another one.
func opensPBX(t *testing.T, w *vaulttest.World, reason string) {
	t.Helper()
	_, err := openAs(t, w, w.Maria).Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: reason})
	must(t, err)
}

// forked: Ivan has seen one history of Maria's device; then her machine and
// the vault are put back, and she goes on with another one.
func forked(t *testing.T, w *vaulttest.World) {
	before := look(t, w.Dir)
	home := look(t, w.Maria.Home)
	opensPBX(t, w, "one")
	_, err := openAs(t, w, w.Ivan).Verify(true)
	must(t, err)
	must(t, before.Restore(w.Dir))
	must(t, home.Restore(w.Maria.Home))
	opensPBX(t, w, "another")
}

// backInTime has Maria's device sign a line that is earlier than the one before.
func backInTime(t *testing.T, w *vaulttest.World) {
	key, err := w.Key(w.Maria)
	must(t, err)
	base := store.LogBase(key.DeviceID())
	v := openAs(t, w, w.Maria)
	spec := chain.Spec{Vault: v.ID(), Device: key.DeviceID(), Key: key.PublicKey()}
	head, err := chain.OpenHead(read(t, w.Path(base+"/head")), spec)
	must(t, err)
	must(t, w.Change(base+"/000001.jsonl", func(b []byte) []byte {
		lines := strings.SplitAfter(string(b), "\n")
		last := len(lines) - 2
		lines[last] = regexp.MustCompile(`"ts":"2026`).ReplaceAllString(lines[last], `"ts":"2025`)
		head.Last = statement.Sum([]byte(lines[last]))
		return []byte(strings.Join(lines, ""))
	}))
	h, err := head.Header()
	must(t, err)
	file, _, err := statement.Sign(h, nil, key.Signer(), nil)
	must(t, err)
	must(t, w.Write(base+"/head", file))
	must(t, os.RemoveAll(stateFile(t, w, w.Ivan, "heads"))) // else he takes it for a fork, which it is, too
}

// worksOn: Ivan is removed with policy 3, and his device writes a line that
// names a policy.
func worksOn(number uint64) func(*testing.T, *vaulttest.World) {
	return func(t *testing.T, w *vaulttest.World) { worksUnder(t, w, number) }
}

func worksUnder(t *testing.T, w *vaulttest.World, number uint64) {
	key, err := w.Key(w.Ivan)
	must(t, err)
	v := openAs(t, w, w.Maria)
	recipient, err := w.Recipient(v, policy.Audit)
	must(t, err)
	_, err = v.ChangePolicy(func(d *policy.Document) error {
		d.RemoveMember("ivan")
		return nil
	})
	must(t, err)
	state, err := store.OpenDir(filepath.Join(w.Ivan.Home, "vaults", v.ID().String()))
	must(t, err)
	defer state.Close()
	spec := chain.Spec{Vault: v.ID(), Device: key.DeviceID(), Key: key.PublicKey()}
	log, err := chain.OpenWriter(chain.Over(state), key.DeviceID()+"/log", spec, key.Signer(), chain.Options{
		Clock: w.Now, Rand: rand.Reader, Derive: key.Derive, Recipient: recipient, Actor: "ivan", Policy: number,
	})
	must(t, err)
	_, err = log.Append(chain.Draft{Actor: "ivan", Op: "secret.reveal", Object: "x@1", Policy: number, Result: chain.OK})
	must(t, err)
	dir, err := store.OpenDir(w.Dir)
	must(t, err)
	defer dir.Close()
	_, err = log.Publish(chain.Over(dir), store.LogBase(key.DeviceID()))
	must(t, err)
}

// denied is a directory in which the system does not let some files be read.
type denied struct {
	store.FS
	deny func(name string) bool
}

func (d denied) Sub(name string) (store.FS, error) {
	sub, err := d.FS.Sub(name)
	return denied{sub, d.deny}, err
}

func (d denied) Open(name string) (store.Handle, error) {
	if d.deny(name) {
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrPermission}
	}
	return d.FS.Open(name)
}

// TestUnreadableFiles: what can't be read is a finding, and the rest is verified.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	w := world(t)
	opts := w.Options(w.Maria)
	opts.Storage = func(path string, create bool) (*store.Dir, error) {
		if create {
			return store.CreateDir(path, 0o700)
		}
		disk, err := store.OpenFS(path)
		return store.NewDir(denied{disk, func(name string) bool { return strings.HasSuffix(name, ".entry") }}), err
	}
	v, err := vault.OpenToVerify(opts)
	must(t, err)
	r, err := v.Verify(true)
	must(t, err)
	unread := 0
	for _, f := range r.Findings {
		if f.Code == audit.Unreadable && f.Member == "maria" && strings.HasPrefix(f.File, "entries/") {
			unread++
		}
	}
	if unread != 4 || len(r.Devices) != 2 || !r.Devices[0].Proven {
		t.Errorf("%d unreadable: %+v", unread, r)
	}
}

// TestVerifyGoesOnWithADamagedPolicy: a version that nobody can follow keeps
// others out, and not an auditor.
func TestVerifyGoesOnWithADamagedPolicy(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, w.Write(fmt.Sprintf("policy/000003-%016x.yaml", 1), []byte("opsvault: policy/v1\n")))
	v, err := vault.OpenToVerify(w.Options(w.Maria))
	must(t, err)
	r, err := v.Verify(true)
	must(t, err)
	if got := codes(r.Findings); got != "EDIT" || r.Events == 0 {
		t.Errorf("%s: %+v", got, r.Findings)
	}
}
