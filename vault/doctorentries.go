package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"opsvault/vault/store"
)

// entries looks at what is undecided: versions side by side, what waits for a
// person, and what was announced and isn't here; and at a cache that shows
// something else than the files.
func (x *examination) entries() error {
	if err := x.index(); err != nil {
		return err
	}
	conflicts, err := x.v.Conflicts()
	if errors.Is(err, ErrNoKey) {
		return nil
	}
	if err != nil {
		return ofVault(err)
	}
	for _, c := range conflicts {
		x.conflict(c)
	}
	files, err := x.v.waitingFiles()
	for _, w := range files {
		x.waiting(w, "")
	}
	return ofVault(err)
}

func (x *examination) conflict(c *Conflict) {
	path := c.Path.String()
	if len(c.Standing) > 1 {
		var who []string
		for _, e := range c.Standing {
			who = append(who, e.Author)
		}
		x.find(Ailment{Code: EntryConflict, File: c.Standing[0].File, Fix: "opsvault resolve " + quoted(path), Args: map[string]string{
			"path": path, "version": fmt.Sprint(c.Standing[0].Version), "who": strings.Join(who, ", ")}})
	}
	for _, w := range c.Waiting {
		x.waiting(w, path)
	}
	for _, m := range c.Missing {
		x.note(Ailment{Code: AnnouncedMissing, File: store.EntryName(m.ID, m.Version, m.Device), Fix: "opsvault resolve " + quoted(path), Args: map[string]string{
			"path": path, "version": fmt.Sprint(m.Version), "member": m.Member, "device": m.Device}})
	}
}

// waiting tells of what a person has to decide. What only waits for a log is
// told of by that log.
func (x *examination) waiting(w *Waiting, path string) {
	if w.Why == InTransit {
		return
	}
	a := Ailment{Code: WaitingForUs, File: w.File, Fix: "opsvault conflicts", Args: map[string]string{
		"path": w.Name, "version": fmt.Sprint(w.Version), "member": w.Author}}
	if path != "" {
		a.Fix, a.Args["path"] = "opsvault resolve "+quoted(path), path
	}
	if a.What = string(w.Why); w.Err != nil {
		a.What += ": " + why(w.File, w.Err)
	}
	x.find(a)
}

// index holds the sealed cache of cards against the cards themselves, where
// the cache claims to be fresh. With fix a wrong one is thrown away.
func (x *examination) index() error {
	v := x.v
	idx, err := v.loadIndex()
	if err != nil {
		return err
	}
	cards := map[string][]*versionSeen{}
	for i := range x.versions {
		if seen := &x.versions[i]; seen.card != nil {
			at := fmt.Sprintf("%s@%d", seen.body.ID, seen.body.Version)
			cards[at] = append(cards[at], seen)
		}
	}
	wrong := ""
	for name, shard := range idx.shards {
		if shard.stamp == "" || shard.stamp != v.stampOf("entries/"+name) {
			continue
		}
		for i := range shard.rows {
			r := &shard.rows[i]
			if seen := cards[fmt.Sprintf("%s@%d", r.ID, r.Version)]; !r.gone && len(seen) > 0 && !slices.ContainsFunc(seen, r.shows) {
				wrong = max(wrong, r.ID)
			}
		}
	}
	if wrong == "" {
		return nil
	}
	a := Ailment{Code: IndexStale, File: "local:" + v.mine(indexFile), What: "it shows " + wrong + " otherwise than its card does", Fix: doctorFix}
	if x.fix {
		if err := v.state.Remove(v.mine(indexFile)); err != nil {
			return err
		}
		a.Fixed = true
	}
	x.find(a)
	return nil
}

// shows reports whether a row says what the card of its version says.
func (r *Row) shows(seen *versionSeen) bool {
	c := seen.card
	return r.Path == c.Path && r.Kind == c.Kind && r.Title == c.Title && r.URL == c.URL && r.Owner == c.Owner && r.Due == c.Due &&
		slices.Equal(r.Tags, c.Tags) && slices.Equal(r.Fields, c.Fields) && r.MovedTo == c.MovedTo
}
