package vault_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

const (
	workerRoot = "OPSVAULT_TEST_WORKER_ROOT" // set in the environment of a worker: where its vault lies
	workerName = "OPSVAULT_TEST_WORKER_NAME"
	counter    = "telephony/counter" // an entry that all workers edit
)

// TestWorker is what the processes of TestTwoProcesses run: they insert, edit
// and reveal until they are killed, and print a line once each is acknowledged.
// Without a root it does nothing.
func TestWorker(t *testing.T) {
	root := os.Getenv(workerRoot)
	if root == "" {
		return
	}
	d := &desk{t: t, dir: filepath.Join(root, "vault"), home: filepath.Join(root, "home"), now: time.Now()}
	for i := 0; ; i++ {
		path := fmt.Sprintf("office/%s-%d", os.Getenv(workerName), i)
		if err := work(d, i, path); err != nil {
			fmt.Printf("failed %v\n", err)
			t.Fatal(err)
		}
	}
}

// work does one thing of each kind, in a fresh Vault as a command does.
func work(d *desk, i int, path string) error {
	p, c := vaulttest.ParsePath(path), vaulttest.ParsePath(counter)
	if _, err := d.open().Insert(p, vaulttest.Draft(path)); err != nil {
		return err
	}
	fmt.Printf("inserted %s\n", path)
	r, err := d.open().Reveal(p, vault.Purpose{})
	if err != nil {
		return err
	}
	if password(r) != path {
		return fmt.Errorf("%s opens as %q", path, password(r))
	}
	fmt.Printf("revealed %s\n", path)
	e, err := d.open().Edit(c, func(entry.Draft) (entry.Draft, error) { return vaulttest.Draft(path), nil })
	if err == nil {
		fmt.Printf("edited %d %s\n", e.Version, path)
	}
	return err
}

// A tally is what workers were told.
type tally struct {
	mu       sync.Mutex
	inserted []string
	revealed int
	edited   map[string]string // version → password
	failed   []string
	lines    chan struct{}
}

func (y *tally) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word := strings.Fields(lines.Text())
		if len(word) == 0 {
			continue
		}
		y.mu.Lock()
		switch word[0] {
		case "inserted":
			y.inserted = append(y.inserted, word[1])
		case "revealed":
			y.revealed++
		case "edited":
			y.edited[word[1]] = word[2]
		case "failed", "---": // what a test prints that ends by itself
			y.failed = append(y.failed, lines.Text())
		}
		y.mu.Unlock()
		select {
		case y.lines <- struct{}{}:
		default:
		}
	}
}

// start starts a worker and returns how to kill it.
func (y *tally) start(t *testing.T, root, name string) (kill func()) {
	t.Helper()
	worker := exec.Command(os.Args[0], "-test.run=^TestWorker$")
	worker.Env = append(os.Environ(), workerRoot+"="+root, workerName+"="+name)
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { y.read(out); close(read) }()
	return func() {
		_ = worker.Process.Kill()
		<-read
		_ = worker.Wait()
	}
}

// Two processes at a time write into one vault and read from it, and are
// killed at random moments, ten at all. What they were told is true
// afterwards, nothing is unannounced, and the log is whole.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d := &desk{t: t, dir: filepath.Join(root, "vault"), home: filepath.Join(root, "home"), now: time.Now()}
	if _, err := d.create().Insert(vaulttest.ParsePath(counter), vaulttest.Draft("0")); err != nil {
		t.Fatal(err)
	}
	y := &tally{edited: map[string]string{}, lines: make(chan struct{}, 1)}
	for round := range 5 {
		a, b := y.start(t, root, fmt.Sprintf("a%d", round)), y.start(t, root, fmt.Sprintf("b%d", round))
		<-y.lines // at least one thing was done
		time.Sleep(time.Duration(rand.IntN(int(200 * time.Millisecond))))
		a()
		time.Sleep(time.Duration(rand.IntN(int(100 * time.Millisecond))))
		b()
	}
	if len(y.failed) > 0 {
		t.Errorf("workers failed: %v", y.failed)
	}
	t.Logf("%d inserted, %d revealed, %d edited", len(y.inserted), y.revealed, len(y.edited))
	d.now = time.Now()
	keptTold(t, d, y)
	if _, err := d.open().Insert(vaulttest.ParsePath("office/last"), vaulttest.Draft("last")); err != nil {
		t.Fatal(err)
	}
	v := d.open()
	if r, err := v.Verify(true); err != nil || !r.OK() || len(r.Notes) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	closed(t, v)
}

// keptTold demands what workers were told.
func keptTold(t *testing.T, d *desk, y *tally) {
	t.Helper()
	v := d.open()
	reveals := 0
	err := v.Events(audit.Filter{}, func(e audit.Event) error {
		if e.Op == "secret.reveal" && e.Result == chain.OK {
			reveals++
		}
		return nil
	})
	if err != nil || reveals < y.revealed {
		t.Errorf("%d openings were shown, and the log has %d (%v)", y.revealed, reveals, err)
	}
	for _, path := range y.inserted {
		if err := opensAs(v, vaulttest.ParsePath(path), path); err != nil {
			t.Errorf("%s was acknowledged: %v", path, err)
		}
	}
	history, err := v.History(vaulttest.ParsePath(counter))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range history {
		want, told := y.edited[fmt.Sprint(e.Version)]
		delete(y.edited, fmt.Sprint(e.Version))
		if !told {
			continue
		}
		r, err := v.Reveal(vaulttest.ParsePath(counter), vault.Purpose{Version: e.Version})
		if err != nil || password(r) != want {
			t.Errorf("version %d was acknowledged as %q: %v", e.Version, want, errors.Join(err))
		}
	}
	if len(y.edited) > 0 {
		t.Errorf("acknowledged versions are missing: %v", y.edited)
	}
}
