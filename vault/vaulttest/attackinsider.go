package vaulttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// insiderAttacks are by members who have some rights, and want more, or to be
// in others' way.
func insiderAttacks() []TeamAttack {
	all := []string{"ivan", "oleg", "anna"}
	return []TeamAttack{
		{"act-note-of-no-key", all, ActNoteOfNoKey},
		{"grant-from-the-future", all, GrantFromTheFuture},
	}
}

// ActNoteOfNoKey: Ivan is granted Hosting; Oleg then denies something with a
// note that is sealed to a generation which no policy names.
func ActNoteOfNoKey(t *Team) error {
	g, err := t.AskAndApprove(4)
	if err != nil {
		return err
	}
	note, err := statement.Seal([]byte("x"), strings.TrimSpace(string(newRecipient())))
	if err != nil {
		return err
	}
	body := statement.Act{Op: statement.OpDeny, About: g.ID, SealedNote: statement.Part{Generation: 99, Hash: statement.Sum(note)}}
	return t.commit(t.Person("oleg"), Deed{Op: "act.deny", Object: "-", Parts: [][]byte{note},
		Header: func(c statement.Common) (statement.Header, error) {
			body.Common = c
			return body.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	})
}

// GrantFromTheFuture: grants last eight hours at most; Anna grants Ivan four,
// and dates that a year ahead, so that it would last as long.
func GrantFromTheFuture(t *Team) error {
	if err := t.Govern(func(d *policy.Document) { d.Safes["billing"].Grants.Max = policy.Span(8 * time.Hour) }); err != nil {
		return err
	}
	ref, err := t.ref("anna", Hosting)
	if err != nil {
		return err
	}
	anna := t.Person("anna")
	body := statement.Act{Op: statement.OpGrant, Member: "ivan", Entries: []statement.EntryRef{ref}, Span: 4 * 3600}
	if err := t.commit(anna, Deed{Op: "act.grant", Object: "-",
		Common: func(c *statement.Common) { c.Time = c.Time.AddDate(1, 0, 0) },
		Header: func(c statement.Common) (statement.Header, error) {
			body.Common = c
			return body.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	}); err != nil {
		return err
	}
	v, err := t.Open(anna)
	if err != nil {
		return err
	}
	if _, err := v.SealDue(); err != nil {
		return err
	}
	t.Pass(9 * time.Hour)
	return t.Spread()
}

// JunkPolicy has a person sign, as whatever they are, a document that claims to
// follow the newest version in their copy, and exchanges a key. under is what the
// signature says it was made under; zero for that version.
func (t *Team) JunkPolicy(p *Mate, under statement.PolicyRef) error {
	v, err := t.Open(p)
	if err != nil {
		return err
	}
	doc := v.Policy().Next(v.PolicyRef().Hash.String(), t.Now())
	doc.Safes["telephony"].Generations[0].Recipient = statement.Sum([]byte("another")).String()
	text, err := doc.Encode()
	if err != nil {
		return err
	}
	ref := statement.PolicyRef{Number: doc.Version, Hash: statement.Sum(text)}
	w := t.World(p)
	if err := w.Write(store.PolicyName(ref.Number, ref.Hash.Short()), text); err != nil {
		return err
	}
	return w.Commit(w.Maria, signing(ref, func(c *statement.Common) {
		if under.Number > 0 {
			c.Policy = under
		}
	}))
}

func signing(ref statement.PolicyRef, common func(*statement.Common)) Deed {
	return Deed{Op: "policy.sign", Object: fmt.Sprint(ref.Number), Common: common,
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.PolicySignature{Common: c, Document: ref}.Header()
		},
		Name: func(c statement.Common, _ statement.Hash) string {
			return store.SignName(ref.Number, ref.Hash.Short(), c.Device)
		},
	}
}

// FloodSigns has a person sign one document many times, each time anew.
func (t *Team) FloodSigns(w *World, p *Mate, ref, under statement.PolicyRef, n int) error {
	for range n {
		d := signing(ref, func(c *statement.Common) { c.Policy = under })
		name := ""
		d.Name = func(c statement.Common, _ statement.Hash) string {
			name = store.SignName(ref.Number, ref.Hash.Short(), c.Device)
			return name
		}
		if err := w.Commit(w.Maria, d); err != nil {
			return err
		}
		path := filepath.Join(p.Dir, filepath.FromSlash(name))
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.Rename(path, path+"~"+statement.Sum(data).String()[:8]); err != nil {
			return err
		}
	}
	return nil
}
