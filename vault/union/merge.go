package union

import (
	"cmp"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"opsvault/vault/store"
)

// A Merge is one meeting of two copies. Its fields are set before the first
// Run.
type Merge struct {
	Here, There Dir
	Judge       Judge
	// Keep puts bytes into the quarantine. An error says that they could not be
	// kept; then the file stays where it is.
	Keep func(name string, data []byte) error
	// Alive is asked after an error There: its error says that the place is
	// gone, and ends the merge. Nil: it never is.
	Alive func() error
	// Stop is asked between pieces of work; its error ends the merge.
	Stop func() error
	// Memory may be nil.
	Memory   *Memory
	Progress func(done, total int)

	ReadOnly bool  // nothing is written There: asked for, or found out
	Failed   error // why nothing more is written There; what comes from there still is

	Result Result
	dirs   [2]Dir
	found  map[string]*tally // by the name that a family claims
	over   int               // families that found had no room for
	healed []Refused         // gave way to Good ones: the next Run does not find them
}

// A tally is what the last Run found about one family.
type tally struct{ refused, waiting []Refused }

// Run merges what lies below the top directories, and reports whether it wrote
// anything. only, if not nil, says which names are looked at; then the Memory
// is left alone.
func (m *Merge) Run(only func(store.Name) bool, tops ...string) (bool, error) {
	m.dirs = [2]Dir{m.Here, m.There}
	if m.found == nil {
		m.found = map[string]*tally{}
	}
	here, err := m.look(Here, tops)
	if err != nil {
		return false, err
	}
	there, err := m.look(There, tops)
	if err != nil {
		return false, err
	}
	lists := [2]*listing{here, there}
	todo := m.families(lists, only)
	wrote := false
	for done := 0; done < len(todo); {
		if m.Stop != nil {
			if err := m.Stop(); err != nil {
				return wrote, err
			}
		}
		n := portion(todo[done:])
		moved, err := m.work(todo[done:done+n], lists)
		wrote = wrote || moved
		if err != nil {
			return wrote, err
		}
		done += n
		if m.Progress != nil {
			m.Progress(done, len(todo))
		}
	}
	m.sum(lists, only == nil)
	return wrote, nil
}

// families groups the files of both sides, leaving out directories that the
// Memory vouches for.
func (m *Merge) families(lists [2]*listing, only func(store.Name) bool) []*family {
	var all []*family
	for _, dir := range bothDirs(lists) {
		print := printOf(lists[Here].files[dir], lists[There].files[dir])
		if only == nil && m.Memory.vouches(dir, print) {
			continue
		}
		if only == nil {
			m.Memory.note(dir, print)
		}
		byName := map[string]*family{}
		for side, l := range lists {
			for _, file := range l.files[dir] {
				n, _ := store.ParseName(dir + "/" + file.Name)
				if only != nil && !only(n) {
					continue
				}
				n.Newcomer = ""
				f := byName[n.String()]
				if f == nil {
					f = &family{name: n, odd: [2]bool{lists[Here].special[n.String()], lists[There].special[n.String()]}}
					byName[n.String()] = f
					delete(m.found, n.String())
					all = append(all, f)
				}
				f.on[side] = append(f.on[side], file)
			}
		}
	}
	return all
}

func bothDirs(lists [2]*listing) []string {
	var names []string
	for side, l := range lists {
		for dir := range l.files {
			if _, twice := lists[Here].files[dir]; side == int(Here) || !twice {
				names = append(names, dir)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Bounds of what is held in memory at once.
const (
	portionFiles = 512
	portionBytes = 32 << 20
)

// portion is how many families are worked on at once.
func portion(list []*family) int {
	var sum int64
	for i, f := range list {
		if sum += f.size(); i == portionFiles || i > 0 && sum > portionBytes {
			return i
		}
	}
	return len(list)
}

// work settles families, and then writes: first here, then there.
func (m *Merge) work(list []*family, lists [2]*listing) (bool, error) {
	out := make([]outcome, len(list))
	errs := make([]error, len(list))
	parallel(len(list), func(i int) { out[i], errs[i] = m.settle(list[i]) })
	if err := errors.Join(errs...); err != nil {
		return false, firstOf(errs)
	}
	for i, f := range list {
		o := &out[i]
		if o.nothing() {
			continue
		}
		m.Memory.forget(f.dir())
		for side := range o.clear {
			for _, b := range o.clear[side] {
				m.keepSaying(o.refused, b.Name, Side(side))
			}
		}
		m.say(f.name.String(), o.refused, o.waiting)
		for _, b := range o.keep {
			_ = m.Keep(b.Name, b.Data) // it is not carried, whether or not there was room to keep it
		}
	}
	wrote := false
	for _, side := range []Side{Here, There} {
		n, err := m.apply(side, out, lists[side])
		wrote = wrote || n > 0
		if err != nil {
			return wrote, err
		}
	}
	return wrote, nil
}

// keepSaying remembers why a file was refused that is about to give way.
func (m *Merge) keepSaying(refused []Refused, name string, side Side) {
	for _, r := range refused {
		if r.File == name && r.Side == side && len(m.healed) < Most {
			m.healed = append(m.healed, r)
		}
	}
}

func firstOf(errs []error) error {
	return errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })]
}

// sum puts together what was found. whole says that all names of the listed
// directories were looked at.
func (m *Merge) sum(lists [2]*listing, whole bool) {
	if !whole {
		return
	}
	for _, l := range lists {
		m.Result.More += l.more
		for _, r := range l.refused {
			m.Memory.forget(parent(r.File))
			m.say(r.File, []Refused{r}, nil)
		}
		m.Result.Unknown = append(m.Result.Unknown, l.unknown...)
	}
}

// say notes what was found about a name.
func (m *Merge) say(name string, refused, waiting []Refused) {
	if len(refused)+len(waiting) == 0 {
		return
	}
	t := m.found[name]
	if t == nil {
		if len(m.found) >= 2*Most {
			m.over++
			return
		}
		t = &tally{}
		m.found[name] = t
	}
	t.refused, t.waiting = append(t.refused, refused...), append(t.waiting, waiting...)
}

// Sum returns what all Runs did. Of a family that was met twice the second time
// counts.
func (m *Merge) Sum() Result {
	r := m.Result
	r.Refused, r.More = slices.Clone(m.healed), r.More+m.over
	for _, t := range m.found {
		r.Refused, r.Waiting = append(r.Refused, t.refused...), append(r.Waiting, t.waiting...)
	}
	for _, list := range []*[]Refused{&r.Refused, &r.Waiting, &r.Unknown} {
		slices.SortFunc(*list, func(a, b Refused) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Side, b.Side)) })
		*list = slices.CompactFunc(*list, func(a, b Refused) bool { return a.File == b.File && a.Side == b.Side })
		if len(*list) > Most {
			r.More += len(*list) - Most
			*list = (*list)[:Most]
		}
	}
	return r
}

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
