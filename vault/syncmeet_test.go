package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// Whatever people do on their copies, and in whichever order these meet, in the
// end all of them hold the same, and nothing is found in any.
func TestCopiesThatHaveMetAreEqual(t *testing.T) {
	t.Parallel()
	few(t, 5, func(rt *rapid.T) { // each takes seconds
		tm := fourPeople(t)
		people := []string{"maria", "anna", "ivan"}
		place := filepath.Join(tm.Root, "stick")
		for i := range rapid.IntRange(3, 8).Draw(rt, "deeds") {
			who := rapid.SampledFrom(people).Draw(rt, fmt.Sprint("who", i))
			switch what := rapid.SampledFrom([]string{"edit", "insert", "stick", "meet", "open"}).Draw(rt, fmt.Sprint("what", i)); {
			case what == "stick":
				meets(t, tm, who, place)
			case what == "meet":
				meets(t, tm, who, tm.Person(rapid.SampledFrom(others(people, who)).Draw(rt, fmt.Sprint("whom", i))).Dir)
			case what == "open":
				opens(t, tm, who, vaulttest.PBX)
			case who == "ivan":
			case what == "insert":
				if _, err := mate(t, tm, who).Insert(vaulttest.ParsePath(fmt.Sprintf("office/%s-%d", who, i)), vaulttest.Draft("new")); err != nil {
					t.Fatal(err)
				}
			default:
				if _, _, err := mate(t, tm, who).Show(vaulttest.ParsePath(vaulttest.Wifi), false); err == nil {
					edits(t, tm, who, vaulttest.Wifi, fmt.Sprint("by ", who, i))
				}
			}
		}
		for range 4 {
			for _, who := range people {
				meets(t, tm, who, place)
			}
		}
		want := contents(t, place)
		for _, who := range people {
			if got := contents(t, tm.Person(who).Dir); !equalSets(got, want) {
				rt.Fatalf("%s has other files than the stick", who)
			}
			verifies(t, tm, who)
		}
	})
}

func others(people []string, who string) []string {
	return slices.DeleteFunc(slices.Clone(people), func(p string) bool { return p == who })
}

func equalSets(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, list := range a {
		if !slices.Equal(list, b[name]) {
			return false
		}
	}
	return true
}

// A stick that can't be written gives what it has.
func TestReadOnlyStick(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	edits(t, tm, "maria", vaulttest.Trunk, "from maria")
	meets(t, tm, "maria", stick)
	before := tree(t, stick)
	opts := tm.Options(tm.Person("ivan"))
	opts.Storage = func(path string, create bool) (*store.Dir, error) {
		if path != stick {
			return openOrMake(path, create)
		}
		fs, err := store.OpenFS(path)
		return store.NewDir(readOnlyFS{fs}), err
	}
	v, err := vault.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	opens(t, tm, "ivan", vaulttest.PBX) // something to send
	r, err := v.Sync(stick)
	if err != nil || !r.ReadOnly || r.Received == 0 || r.Sent > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if changes := before.Changes(tree(t, stick)); len(changes) > 0 {
		t.Errorf("the stick changed: %v", changes)
	}
	if got := opens(t, tm, "ivan", vaulttest.Trunk); got != "from maria" {
		t.Errorf("ivan reads %q", got)
	}
}

func openOrMake(path string, create bool) (*store.Dir, error) {
	if create {
		return store.CreateDir(path, 0o700)
	}
	return store.OpenDir(path)
}

// readOnlyFS is a directory of a stick with its switch on "lock".
type readOnlyFS struct{ store.FS }

func (f readOnlyFS) Sub(name string) (store.FS, error) {
	sub, err := f.FS.Sub(name)
	return readOnlyFS{sub}, err
}
func (f readOnlyFS) Create(string, os.FileMode) (store.Handle, error) { return nil, store.ErrReadOnly }
func (f readOnlyFS) Mkdir(string, os.FileMode) error                  { return store.ErrReadOnly }
func (f readOnlyFS) Append(string) (store.Handle, error)              { return nil, store.ErrReadOnly }
func (f readOnlyFS) Remove(string) error                              { return store.ErrReadOnly }

// A stick that is pulled out in the middle: a clear error, nothing torn, and
// the next sync goes on.
func TestStickPulledOut(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	meets(t, tm, "maria", stick)
	edits(t, tm, "maria", vaulttest.Trunk, "from maria")
	edits(t, tm, "anna", vaulttest.Wifi, "from anna")
	meets(t, tm, "anna", stick)
	for out := int64(5); out < 400; out += 61 {
		opts := tm.Options(tm.Person("maria"))
		var steps atomic.Int64
		opts.Storage = func(path string, create bool) (*store.Dir, error) {
			if path != stick {
				return openOrMake(path, create)
			}
			fs, err := store.OpenFS(path)
			return store.NewDir(pulledFS{fs, &steps, out}), err
		}
		v, err := vault.Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		var gone *vault.PlaceError
		if _, err := v.Sync(stick); err != nil && !errors.As(err, &gone) {
			t.Errorf("out after %d steps: %v", out, err)
		}
		verifies(t, tm, "maria")
	}
	meets(t, tm, "maria", stick)
	if got := opens(t, tm, "maria", vaulttest.Wifi); got != "from anna" {
		t.Errorf("maria reads %q", got)
	}
	verifies(t, tm, "maria")
}

// pulledFS fails every step after some.
type pulledFS struct {
	store.FS
	steps *atomic.Int64
	out   int64
}

var errPulled = errors.New("input/output error")

func (f pulledFS) there() error {
	if f.steps.Add(1) > f.out {
		return errPulled
	}
	return nil
}

func (f pulledFS) Sub(name string) (store.FS, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	sub, err := f.FS.Sub(name)
	return pulledFS{sub, f.steps, f.out}, err
}

func (f pulledFS) Open(name string) (store.Handle, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	return f.FS.Open(name)
}

func (f pulledFS) Create(name string, perm os.FileMode) (store.Handle, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	return f.FS.Create(name, perm)
}

func (f pulledFS) Names(limit int) ([]store.Item, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	return f.FS.Names(limit)
}

func (f pulledFS) Lstat(name string) (os.FileInfo, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	return f.FS.Lstat(name)
}

// Several machines sync with one folder at the same time: nothing is torn, and
// when they have done so once more, all hold the same.
func TestSharedFolder(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	folder := filepath.Join(tm.Root, "folder")
	meets(t, tm, "maria", folder)
	people := []string{"maria", "anna", "ivan"}
	for round := range 3 {
		edits(t, tm, "maria", vaulttest.Trunk, fmt.Sprint("maria ", round))
		edits(t, tm, "anna", vaulttest.Wifi, fmt.Sprint("anna ", round))
		opens(t, tm, "ivan", vaulttest.PBX)
		var wait sync.WaitGroup
		for _, who := range people {
			v := mate(t, tm, who)
			wait.Go(func() {
				if r, err := v.Sync(folder); err != nil || len(r.Quarantined) > 0 {
					t.Errorf("%s: %+v, %v", who, r, err)
				}
			})
		}
		wait.Wait()
	}
	for range 3 {
		for _, who := range people {
			meets(t, tm, who, folder)
		}
	}
	for _, who := range people {
		if !equalSets(contents(t, tm.Person(who).Dir), contents(t, folder)) {
			t.Errorf("%s has other files than the folder", who)
		}
		verifies(t, tm, who)
	}
}

// One laptop with two copies of the vault has one log: both verify, nothing is
// forked, and no statement is there twice.
func TestTwoCopiesOfOneMachine(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	second := filepath.Join(tm.Root, "second")
	meets(t, tm, "maria", second)
	other := tm.Options(tm.Person("maria"))
	other.Dir = second
	for i := range 2 {
		edits(t, tm, "maria", vaulttest.Trunk, fmt.Sprint("first ", i))
		v, err := vault.Open(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Insert(vaulttest.ParsePath(fmt.Sprint("office/second-", i)), vaulttest.Draft("second")); err != nil {
			t.Fatal(err)
		}
		if r, err := v.Sync(tm.Person("maria").Dir); err != nil || len(r.Quarantined)+len(r.Waiting) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		r, err := v.Verify(true)
		if err != nil || !r.OK() {
			t.Errorf("the second copy: %+v, %v", r.Findings, err)
		}
		verifies(t, tm, "maria")
	}
	for name := range tree(t, second) {
		if strings.Contains(name, "~") {
			t.Errorf("%s: an equivocation", name)
		}
	}
}

// A disk that was copied to a second laptop: when both have written, the
// second that meets a place is told, and writes nothing.
func TestClonedLaptop(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	folder := filepath.Join(tm.Root, "folder")
	meets(t, tm, "maria", folder)
	clone := tm.At(filepath.Join(t.TempDir(), "clone"))
	if err := os.CopyFS(clone.Root, os.DirFS(tm.Root)); err != nil {
		t.Fatal(err)
	}
	edits(t, tm, "maria", vaulttest.Trunk, "the original")
	edits(t, clone, "maria", vaulttest.Trunk, "the clone")
	meets(t, tm, "maria", folder)
	before := tree(t, folder)
	if _, err := mate(t, clone, "maria").Sync(folder); !errors.Is(err, chain.ErrAhead) {
		t.Fatalf("the clone syncs: %v", err)
	}
	if changes := before.Changes(tree(t, folder)); len(changes) > 0 {
		t.Errorf("the folder changed: %v", changes)
	}
	meets(t, tm, "ivan", folder)
	if got := opens(t, tm, "ivan", vaulttest.Trunk); got != "the original" {
		t.Errorf("ivan reads %q", got)
	}
}

// Two copies of a third one's log that exclude one another: neither is
// overwritten, and both heads are kept.
func TestForkedLogs(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	clone := tm.At(filepath.Join(t.TempDir(), "clone"))
	if err := os.CopyFS(clone.Root, os.DirFS(tm.Root)); err != nil {
		t.Fatal(err)
	}
	one, two := filepath.Join(tm.Root, "one"), filepath.Join(tm.Root, "two")
	edits(t, tm, "maria", vaulttest.Trunk, "the original")
	edits(t, clone, "maria", vaulttest.Trunk, "the clone")
	meets(t, tm, "maria", one)
	meets(t, clone, "maria", two)
	meets(t, tm, "ivan", one)
	before := tree(t, two)
	r, err := mate(t, tm, "ivan").Sync(two)
	if err != nil {
		t.Fatal(err)
	}
	told := slices.ContainsFunc(r.Quarantined, func(q vault.Refused) bool { return q.Why == vault.WhyLogFork && q.Side == "there" })
	if !told {
		t.Errorf("ivan is told %+v", r.Quarantined)
	}
	log := "logs/" + mate(t, tm, "maria").Me().Device + "/"
	for _, change := range before.Changes(tree(t, two)) {
		if change[0] != '+' && strings.HasPrefix(change[1:], log) {
			t.Errorf("overwritten: %s", change)
		}
	}
	kept, err := filepath.Glob(filepath.Join(tm.Person("ivan").Home, "vaults", "*", "evidence", "*"))
	if err != nil || len(kept) == 0 {
		t.Errorf("evidence: %v, %v", kept, err)
	}
}

// Who joins, or gains a right, gets keys from the next holder who syncs.
func TestSyncDeliversKeys(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	_, err := mate(t, tm, "maria").ChangePolicy(func(d *policy.Document) error {
		d.Safes["office"].Access["agent"] = policy.Use
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	meets(t, tm, "maria", stick)
	if err := os.RemoveAll(filepath.Join(stick, "keys", mate(t, tm, "ivan").Me().Device)); err != nil {
		t.Fatal(err)
	}
	meets(t, tm, "maria", stick)
	r := meets(t, tm, "ivan", stick)
	if !r.NewPolicy {
		t.Errorf("%+v", r)
	}
	if got := opens(t, tm, "ivan", vaulttest.Wifi); got != "wifi-only" {
		t.Errorf("ivan reads %q", got)
	}
}

func TestSyncRemembered(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	v := mate(t, tm, "maria")
	if r, err := v.SyncRemembered(time.Minute); r != nil || err != nil {
		t.Errorf("nothing is remembered: %+v, %v", r, err)
	}
	meets(t, tm, "maria", stick)
	edits(t, tm, "maria", vaulttest.Trunk, "from maria")
	if r, err := v.SyncRemembered(time.Minute); err != nil || r == nil || r.Sent == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := os.RemoveAll(stick); err != nil {
		t.Fatal(err)
	}
	if r, err := v.SyncRemembered(time.Minute); r != nil || err != nil {
		t.Errorf("it is not there: %+v, %v", r, err)
	}
	if _, err := os.Stat(stick); err == nil {
		t.Error("a copy was made unasked")
	}
	meets(t, tm, "maria", stick)
	if _, err := v.SyncRemembered(0); err != nil && !errors.Is(err, vault.ErrSlow) && !errors.Is(err, store.ErrBusy) {
		t.Errorf("no time: %v", err)
	}
	if err := v.ForgetSync(); err != nil || v.SyncPlace() != "" {
		t.Errorf("%q, %v", v.SyncPlace(), err)
	}
}

// A memory that was deceived costs nothing but that the change is not seen by
// a sync: it does not spread, and --full finds it.
func TestDeceivedMemory(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	meets(t, tm, "maria", stick)
	old := time.Now().Add(-time.Hour)
	for _, dir := range []string{stick, tm.Person("maria").Dir} {
		for _, name := range tree(t, dir).Files() {
			if err := os.Chtimes(filepath.Join(dir, filepath.FromSlash(name)), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	meets(t, tm, "maria", stick)
	files, err := filepath.Glob(filepath.Join(stick, "entries", "*", "*.entry"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := errors.Join(os.WriteFile(files[0], data, 0o600), os.Chtimes(files[0], old, old)); err != nil {
		t.Fatal(err)
	}
	meets(t, tm, "maria", stick) // it is not looked at
	r, err := mate(t, tm, "maria").SyncWith(stick, vault.SyncOptions{Full: true})
	if err != nil || len(r.Quarantined) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	verifies(t, tm, "maria")
	meets(t, tm, "maria", stick)
}
