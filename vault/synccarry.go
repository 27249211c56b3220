package vault

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// A carrier is one meeting of this copy with another.
type carrier struct {
	v      *Vault
	place  *place
	opts   SyncOptions
	merge  *union.Merge
	memory *union.Memory
	keep   func(name string, data []byte) error
	// advance follows the policy as far as it is here.
	advance func() error

	unmarked bool // this copy is being filled: its marker is missing
	logsMet  bool // a log differed, or was not vouched for

	delivered, sealed, witnessed, renewed, refusals int
	locked                                          bool
	refused, waiting                                said // of logs and journals

	// What the policy says, with versions that are here, signed by a device that
	// is known, and don't count yet.
	docs map[statement.Hash]*policy.Document
	pins map[string]map[string]bool // by device: hashes of .device files
	keys map[string]bool            // hashes of recipients; nil: not read yet

	mu         sync.Mutex
	texts      map[string]map[statement.Hash]bool // by runbook text: hashes that were published
	applicants map[string]bool                    // devices that no policy names and that are carried
	invited    map[string]bool
}

func (v *Vault) newCarrier(p *place, o SyncOptions) *carrier {
	c := &carrier{v: v, place: p, opts: o, memory: union.NewMemory(), docs: map[statement.Hash]*policy.Document{},
		pins: map[string]map[string]bool{}, texts: map[string]map[statement.Hash]bool{}, refused: said{}, waiting: said{}}
	if data, err := v.state.Read(c.memoryName(), memoryLimit); err == nil && !p.parcel {
		c.memory = union.ParseMemory(data)
	}
	if o.Full {
		c.memory = union.NewMemory()
	}
	if v.policy.Devices == nil {
		v.policy.Devices = map[string]knownDevice{}
	}
	c.advance = v.advancePolicy
	c.keep = (&keeper{v: v}).keep
	c.merge = &union.Merge{
		Here: v.dir, There: p.dir, Judge: c.judge, Keep: c.keep, Alive: p.alive, Stop: c.goOn,
		Memory: c.memory, Progress: v.opts.Progress, ReadOnly: p.parcel,
	}
	return c
}

func (c *carrier) goOn() error {
	if c.opts.stop == nil {
		return nil
	}
	return c.opts.stop()
}

const memoryLimit = 64 << 20

// memoryName is the file of what is remembered about this copy and that place.
func (c *carrier) memoryName() string {
	return "sync/" + statement.Sum([]byte(c.v.path+"\n"+c.place.path)).Short()
}

// remember writes down what the next meeting may believe.
func (c *carrier) remember() error {
	if c.place.parcel || c.merge.ReadOnly || c.merge.Failed != nil {
		return nil
	}
	text := c.memory.Encode()
	if old, err := c.v.state.Read(c.memoryName(), memoryLimit); err == nil && string(old) == string(text) {
		return nil
	}
	return c.v.readOnlyState(c.v.state.ReplaceRelaxed(c.memoryName(), text))
}

// carryPolicy carries what says who is who, in rounds: each version that
// counts here makes devices known whose signatures the next one needs.
func (c *carrier) carryPolicy() error {
	for range maxRounds {
		if err := c.goOn(); err != nil {
			return err
		}
		moved, err := c.round()
		if err != nil || !moved {
			return err
		}
	}
	return errors.New("the other copy changes faster than it can be read")
}

// maxRounds bounds the versions of a policy that one meeting brings one by one.
const maxRounds = 10_000

func (c *carrier) round() (bool, error) {
	if err := c.learn(); err != nil {
		return false, err
	}
	moved := false
	for _, part := range []struct {
		only func(store.Name) bool
		top  string
	}{
		{isDevice, "devices"}, {isForm(store.FormPolicy), "policy"}, {nil, "safes"},
	} {
		more, err := c.merge.Run(part.only, part.top)
		moved = moved || more
		if err != nil {
			return moved, err
		}
	}
	more, err := c.carryLogs()
	if err != nil {
		return moved, err
	}
	moved = moved || more
	more, err = c.merge.Run(isForm(store.FormSign), "policy")
	if err != nil {
		return moved, err
	}
	before := c.v.policy.Hash
	if err := c.advance(); err != nil {
		return moved, err
	}
	return moved || more || c.v.policy.Hash != before, nil
}

func isForm(form store.Form) func(store.Name) bool {
	return func(n store.Name) bool { return n.Form == form }
}

func isDevice(n store.Name) bool { return n.Form == store.FormDevice }

// learn reads which policy versions, besides those of the chain, a known
// device has signed, here or there.
func (c *carrier) learn() error {
	c.keys = nil
	if err := c.v.loadVersions(); err != nil {
		return err
	}
	if err := c.learnApplicants(); err != nil {
		return err
	}
	chain := map[string]bool{}
	for _, w := range c.v.policy.versions.list {
		chain[w.file()] = true
	}
	signs := map[string][]string{} // by document: files of signatures
	var fresh []string
	for _, dir := range c.bothDirs() {
		items, err := dir.List("policy")
		if err != nil && !errors.Is(err, store.ErrUnsafe) {
			return err
		}
		for _, item := range items {
			n, ok := store.ParseName("policy/" + item.Name)
			doc := store.PolicyName(n.Number, n.Hash)
			switch {
			case !ok || n.Form != store.FormSign && n.Form != store.FormPolicy || chain[doc]:
			case n.Form == store.FormSign:
				signs[doc] = append(signs[doc], "policy/"+item.Name)
			case !slices.Contains(fresh, doc):
				fresh = append(fresh, doc)
			}
		}
	}
	slices.Sort(fresh)
	for _, doc := range fresh {
		c.learnDocument(doc, signs[doc])
	}
	return nil
}

func (c *carrier) bothDirs() []placeDir { return []placeDir{c.v.dir, c.place.dir} }

// learnDocument believes a document if a known device has signed it, or if it
// is the first and has the vault's id.
func (c *carrier) learnDocument(name string, signs []string) {
	n, _ := store.ParseName(name)
	for _, dir := range c.bothDirs() {
		data, err := dir.Read(name, policy.MaxSize)
		if err != nil {
			continue
		}
		hash := statement.Sum(data)
		if c.docs[hash] != nil || hash.Short() != n.Hash {
			continue
		}
		if !(n.Number == 1 && hash == c.v.id) && !c.signed(n.Number, hash, signs) {
			continue
		}
		doc, err := policy.Parse(data)
		if err != nil || c.impossible(doc) != "" {
			continue
		}
		c.docs[hash] = doc
		for _, m := range doc.Members {
			for id, d := range m.Devices {
				if c.pins[id] == nil {
					c.pins[id] = map[string]bool{}
				}
				c.pins[id][d.File] = true
			}
		}
	}
}

// signed reports whether one of the files is a sound signature of the document
// by a device that is known, or named by a document that is believed.
func (c *carrier) signed(number uint64, hash statement.Hash, files []string) bool {
	for _, name := range files {
		n, _ := store.ParseName(name)
		n.Newcomer = ""
		for _, dir := range c.bothDirs() {
			data, err := dir.Read(name, statement.MaxSize)
			if err != nil || c.judgeStatement(n, data, c.keyNamed).Kind != union.Good {
				continue
			}
			st, err := statement.Open(data, c.keyNamed)
			if err != nil {
				continue
			}
			body, err := statement.ParseSign(st.Header)
			if err == nil && body.Document.Hash == hash && body.Document.Number == number {
				return true
			}
		}
	}
	return false
}

// impossible says why a document can't be the version that it says it is, as
// far as its parent is known; empty where nothing speaks against it. A document
// that no program would follow is not carried, whoever has signed it.
func (c *carrier) impossible(doc *policy.Document) string {
	for member, m := range doc.Members {
		for id, d := range m.Devices {
			if known, ok := c.v.policy.Devices[id]; ok && (known.Member != member || known.File != d.File) {
				return "device " + id + " was " + known.Member + "'s with another file"
			}
		}
	}
	if len(doc.Prev) != 1 || c.v.policy.Doc == nil || c.v.Forked() || doc.Prev[0] != c.v.policy.Hash.String() {
		return ""
	}
	if problems := policy.CheckNext(c.v.policy.Doc, doc, doc.Prev[0]); len(problems) > 0 {
		return problems[0].Error()
	}
	return ""
}

// learnApplicants notes the devices here that no policy names yet.
func (c *carrier) learnApplicants() (err error) {
	c.invited = nil
	items, err := c.v.dir.List("devices")
	if err != nil && !errors.Is(err, store.ErrUnsafe) {
		return err
	}
	c.applicants = map[string]bool{}
	for _, item := range items {
		n, ok := store.ParseName("devices/" + item.Name)
		if _, known := c.v.policy.Devices[n.Device]; ok && n.Form == store.FormDevice && !known && n.Device != c.v.me.Device {
			c.applicants[n.Device] = true
		}
	}
	return nil
}

// fill makes a copy of the vault at a place of this one, which is empty or was
// filled halfway. It is for a newcomer, who knows the vault's id and nothing
// else: the policy is followed as far as is needed to carry, and pinned by
// whoever has checked the invitation. ErrNoCopy when no copy is there.
func (v *Vault) fill(from string) error {
	p, err := v.openPlace(from, false)
	if err != nil {
		return err
	}
	defer func() { v.policy, v.logs = policyState{}, map[string]*logView{} }()
	c := v.newCarrier(p, SyncOptions{Full: true})
	c.merge.ReadOnly, c.advance = true, v.followUnpinned
	_, err = v.dir.Stat(MarkerName)
	c.unmarked = errors.Is(err, fs.ErrNotExist)
	for _, step := range []func() error{c.carryPolicy, c.carryStatements, c.carryRuns, c.finishPlace} {
		if err := step(); err != nil {
			return p.blame(err)
		}
	}
	if v.policy.Doc == nil {
		return &PlaceError{p.path, errors.New("the vault's first policy is not there, or does not count")}
	}
	return nil
}

// followUnpinned verifies what is new in the policy and writes nothing down.
func (v *Vault) followUnpinned() error {
	look, err := v.lookThrough()
	if err != nil {
		return err
	}
	return v.chooseHeads(look)
}

// said is what is reported of logs and journals, each once.
type said map[string]Refused

func (s said) add(r Refused) {
	if len(s) < union.Most {
		s[r.Side+" "+r.File] = r
	}
}

func (s said) full() bool { return len(s) >= union.Most }

func (s said) take(side union.Side, file string) { delete(s, side.String()+" "+file) }

func (s said) list() []Refused {
	list := make([]Refused, 0, len(s))
	for _, key := range slices.Sorted(maps.Keys(s)) {
		list = append(list, s[key])
	}
	return list
}
