package union

import (
	"errors"
	"path"
	"slices"
	"strings"

	"opsvault/vault/store"
)

// Bounds of what is looked at on one side.
const (
	deepest     = 4      // directories of the deepest form
	mostDirs    = 50_000 // below one top directory
	mostUnknown = 100    // names that are listed
)

// A listing is what one side has below some top directories.
type listing struct {
	files   map[string][]store.Seen // by directory, those of a known form
	special map[string]bool         // names at which no file and no directory lies
	blocked []string                // directories that can't be looked at, and so are not written to
	refused []Refused
	unknown []Refused
	more    int
}

// look lists a side below the top directories, level by level.
func (m *Merge) look(side Side, tops []string) (*listing, error) {
	l := &listing{files: map[string][]store.Seen{}, special: map[string]bool{}}
	level := slices.Clone(tops)
	for depth := 1; len(level) > 0 && depth <= deepest; depth++ {
		seen := make([][]store.Seen, len(level))
		errs := make([]error, len(level))
		parallel(len(level), func(i int) { seen[i], errs[i] = m.dirs[side].Look(level[i]) })
		var next []string
		for i, name := range level {
			if err := m.takeIn(l, side, name, seen[i], errs[i], &next); err != nil {
				return nil, err
			}
		}
		if len(next) > mostDirs {
			l.block(side, path.Dir(next[mostDirs]), WhyCrowded, "")
			next = next[:mostDirs]
		}
		level = next
	}
	return l, nil
}

// takeIn sorts what lies in one directory.
func (m *Merge) takeIn(l *listing, side Side, dir string, seen []store.Seen, err error, next *[]string) error {
	switch {
	case errors.Is(err, store.ErrTooLarge):
		l.block(side, dir, WhyCrowded, err.Error())
		return nil
	case errors.Is(err, store.ErrUnsafe):
		l.block(side, dir, WhySpecial, err.Error())
		return nil
	case err != nil:
		if gone := m.alive(side, err); gone != nil {
			return gone
		}
		l.block(side, dir, WhyUnreadable, err.Error())
		return nil
	}
	for _, item := range seen {
		name := dir + "/" + item.Name
		n, ok := store.ParseName(name)
		switch {
		case ok && item.Kind == store.KindFile:
			if n.Form.Once() && !isChainKey(n.Form) {
				l.files[dir] = append(l.files[dir], item)
			}
		case ok:
			l.special[name] = true
			l.refuse(Refused{File: name, Why: WhySpecial, Detail: item.Kind.String(), Side: side})
		case item.Kind == store.KindDir && plausible(name):
			*next = append(*next, name)
		default:
			l.strange(Refused{File: name, Side: side})
		}
	}
	return nil
}

// plausible reports whether a directory can have files of a vault in it.
func plausible(name string) bool {
	parts := strings.Split(name, "/")
	switch parts[0] {
	case "entries":
		return len(parts) == 2 && len(parts[1]) == 2
	case "acts", "packets", "keys", "safes", "runbooks":
		return len(parts) == 2
	case "quorum":
		return len(parts) <= 4
	}
	return false
}

// isChainKey: the keys of segments are carried with the lines that they are for.
func isChainKey(f store.Form) bool { return f == store.FormLogKey || f == store.FormRunKey }

func (l *listing) block(side Side, dir string, why Why, detail string) {
	l.blocked = append(l.blocked, dir)
	l.refuse(Refused{File: dir, Why: why, Detail: detail, Side: side})
}

func (l *listing) refuse(r Refused) {
	if len(l.refused) < Most {
		l.refused = append(l.refused, r)
		return
	}
	l.more++
}

func (l *listing) strange(r Refused) {
	if len(l.unknown) < mostUnknown {
		l.unknown = append(l.unknown, r)
		return
	}
	l.more++
}

// shut reports whether a name lies in a directory that can't be looked at.
func (l *listing) shut(name string) bool {
	return slices.ContainsFunc(l.blocked, func(dir string) bool { return strings.HasPrefix(name, dir+"/") })
}
