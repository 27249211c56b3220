package vault

import (
	"bytes"
	"slices"
	"time"

	"opsvault/vault/statement"
)

// An actChoice says which requests and grants are wanted, so that the others
// need not be verified: a vault of some years has thousands.
type actChoice struct {
	id      string // of an entry that they name; empty: whatever they name
	running bool   // only what may run now
}

func (c actChoice) names(a statement.Act) bool {
	return slices.ContainsFunc(a.Entries, func(e statement.EntryRef) bool { return e.ID == c.id })
}

// A glimpse is what an act says of itself, before anything of it is verified.
type glimpse struct {
	name string
	hash statement.Hash
	body statement.Act
}

// chosenActs lists the files of the acts that a choice needs: requests and
// grants, and what is about them. It believes nothing: what it leaves out would
// not be wanted if it were sound, and what can't be read is for the verification to report.
func (v *Vault) chosenActs(choice actChoice) ([]string, error) {
	names, err := v.actNames()
	if err != nil {
		return nil, err
	}
	var chosen []string
	var seen []glimpse
	last := map[statement.Hash]time.Time{} // by act: when something was last said about it
	for _, name := range names {
		g, ok := v.glimpse(name)
		if !ok {
			chosen = append(chosen, name)
			continue
		}
		seen = append(seen, g)
		if t := g.body.Time; !g.body.About.IsZero() && t.After(last[g.body.About]) {
			last[g.body.About] = t
		}
	}
	wanted := map[statement.Hash]bool{}
	for _, g := range seen {
		if op := g.body.Op; op != statement.OpRequest && op != statement.OpGrant || choice.id != "" && !choice.names(g.body) {
			continue
		}
		until := g.body.Time
		if last[g.hash].After(until) {
			until = last[g.hash]
		}
		wanted[g.hash] = !choice.running || v.now().Before(until.Add(time.Duration(g.body.Span)*time.Second))
	}
	for _, g := range seen {
		if wanted[g.hash] || wanted[g.body.About] {
			chosen = append(chosen, g.name)
		}
	}
	return chosen, nil
}

// glimpse reads what an act's header says.
func (v *Vault) glimpse(name string) (glimpse, bool) {
	data, err := v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return glimpse{}, false
	}
	end := bytes.Index(data, []byte("\n-----BEGIN SSH SIGNATURE-----\n"))
	if end < 0 {
		return glimpse{}, false
	}
	header, err := statement.ParseHeader(data[:end+1])
	if err != nil {
		return glimpse{}, false
	}
	body, err := statement.ParseAct(header)
	return glimpse{name, statement.Sum(data[:end+1]), body}, err == nil
}
