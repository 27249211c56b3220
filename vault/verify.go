package vault

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Verify checks everything that one copy of a vault can show: every device's
// log and journal against its signed head and against what was seen before,
// every signed file, the policy chain, and each against the others. It needs
// no secret key, and changes nothing but what this machine remembers.
//
// What is wrong with the vault is in the report, however it came there. Errors
// are those of this machine's own state and disk.
//
// Without full, files are not read again whose size and time of change are
// those of their last verification on this machine; see seenFiles.
func (v *Vault) Verify(full bool) (*audit.Report, error) {
	c, err := v.newChecking(full)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if !c.full && (!c.report.OK() || c.wanting()) { // what is wrong is looked at as a whole
		return v.Verify(true)
	}
	for _, f := range c.met.awaits {
		c.report.Note(f)
	}
	c.report.Sort()
	if err := c.remember(); err != nil {
		return nil, err
	}
	return c.report, v.saveWitnesses(c.met.x)
}

func (c *checking) check() error {
	c.scan()
	c.lookBack()
	c.cross()
	if err := c.failure(); err != nil {
		return err
	}
	c.run(append(c.chainJobs(), c.fileJobs()...))
	c.join()
	if c.lateFiles() {
		c.join()
	}
	c.leftOver()
	c.lineage()
	c.deedRights()
	c.pins()
	c.lostChains()
	c.met.judge()
	if err := c.failure(); err != nil {
		return err
	}
	if err := c.rows(); err != nil {
		return err
	}
	c.witnesses()
	return nil
}

// wanting reports whether something that belongs here isn't: on its way, or
// taken away before it was remembered. Only the whole tells which.
func (c *checking) wanting() bool {
	return slices.ContainsFunc(c.report.Notes, func(f audit.Finding) bool {
		return f.Code == chain.InTransit || f.Code == audit.Incomplete
	})
}

// checking is one call of Verify.
type checking struct {
	v     *Vault
	full  bool
	keys  map[string]ssh.PublicKey // of every device that a policy named
	chain []*version               // of the policy, parents first; empty where it can't be told
	seen  *seenFiles               // what was verified before
	met   *crossing                // what logs say of one another
	dirs  map[string]*listing      // of the vault, by name, and "local/…" of the local state
	order []string                 // their names, sorted

	mu       sync.Mutex // guards what follows
	report   *audit.Report
	bad      map[string]bool // files and directories with a finding or a note
	claims   map[string][]claim
	docs     map[statement.Hash]*policy.Document  // of policy versions; nil for one that can't be read
	owners   map[statement.Hash]map[string]string // of devices, by policy version
	numbers  map[statement.Hash]uint64            // of the versions of entries that were read
	descents []descent
	deeds    map[statement.Hash]statement.Act // the acts that were read
	answers  []answered
	removed  map[string]uint64        // device → the policy version that no longer has it
	logs     map[string]*checkedChain // by device: what its announcements are
	chains   []*checkedChain
	done     int
	err      error
}

func (v *Vault) newChecking(full bool) (*checking, error) {
	c := &checking{
		v: v, full: full, report: &audit.Report{}, keys: map[string]ssh.PublicKey{}, dirs: map[string]*listing{},
		bad: map[string]bool{}, claims: map[string][]claim{}, owners: map[statement.Hash]map[string]string{},
		docs: map[statement.Hash]*policy.Document{}, deeds: map[statement.Hash]statement.Act{}, numbers: map[statement.Hash]uint64{},
		removed: map[string]uint64{}, logs: map[string]*checkedChain{},
	}
	for device := range v.policy.Devices {
		if key, err := v.keyOf(device); err == nil {
			c.keys[device] = key
		}
	}
	var err error
	if c.chain, err = v.followed(); err != nil {
		c.chain = nil
	}
	if len(c.chain) > 0 {
		v.policy.follows(c.chain[0].ref()) // which keeps what jobs beside one another will ask
	}
	if c.seen, err = v.readSeen(); err != nil {
		return nil, err
	}
	c.findRemovals()
	return c, nil
}

// findRemovals looks for devices that the newest policy no longer has.
func (c *checking) findRemovals() {
	for device := range c.v.policy.Devices {
		if _, ok := c.v.policy.Doc.MemberOf(device); ok {
			continue
		}
		for _, w := range slices.Backward(c.chain) {
			if _, has := c.ownersOf(w.ref())[device]; has {
				c.removed[device] = w.number + 1
				break
			}
		}
	}
}

// find adds a finding, note a note. What has one is not remembered as verified.
func (c *checking) find(f audit.Finding) { c.add(f, c.report.Find) }
func (c *checking) note(f audit.Finding) { c.add(f, c.report.Note) }

func (c *checking) add(f audit.Finding, to func(audit.Finding)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Member == "" {
		f.Member, _ = c.v.policy.memberOf(f.Device)
	}
	name := f.File
	if f.Local {
		name = localName(name)
	}
	c.bad[name], c.bad[parent(name)] = true, true
	to(f)
}

func parent(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }

// fail keeps the first error of this machine's own.
func (c *checking) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

func (c *checking) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// run does jobs that don't depend on one another, on all processors.
func (c *checking) run(jobs []func()) {
	parallel(len(jobs), func(i int) {
		jobs[i]()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.done++; c.v.opts.Progress != nil {
			c.v.opts.Progress(c.done, max(c.done, len(jobs)))
		}
	})
}

// parallel calls f with 0 … n-1, on all processors.
func parallel(n int, f func(int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	wait.Wait()
}

// witnesses notes what nobody else vouches for, where there is anybody else.
func (c *checking) witnesses() {
	others := map[string]bool{}
	for device := range c.keys {
		member, _ := c.v.policy.memberOf(device)
		others[member] = true
	}
	if len(others) < 2 {
		return
	}
	for _, d := range c.report.Devices {
		if d.Events > d.Settled {
			c.report.Note(audit.Finding{Code: audit.Unwitnessed, Device: d.Device, Member: d.Member,
				File: store.LogBase(d.Device), Count: d.Events - d.Settled})
		}
	}
}

// chainFindings takes over what was found in one chain.
func (c *checking) chainFindings(t *checkedChain, r *chain.Report) {
	for _, f := range r.Findings {
		c.find(t.finding(f))
		if len(f.Heads) == 2 && t.spec.Run == "" {
			c.mu.Lock()
			c.met.pairs = append(c.met.pairs, forkPair{t.spec.Device, f.Heads[0], f.Heads[1], f.File})
			c.mu.Unlock()
		}
	}
	for _, f := range r.Notes {
		c.note(t.finding(f))
	}
}

func (t *checkedChain) finding(f chain.Finding) audit.Finding {
	detail := string(f.Why)
	if f.Err != nil {
		detail += ": " + f.Err.Error()
	}
	return audit.Finding{Code: f.Code, Device: t.spec.Device, File: f.File, Local: t.local, Line: f.Line, Detail: detail}
}
