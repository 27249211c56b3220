package runbooks_test

import (
	"encoding/json"
	"testing"

	"opsvault/runbooks"
)

// FuzzReplay reads journals that anybody could have written: none makes the reducer panic, or ends a run with something
// pending.
func FuzzReplay(f *testing.F) {
	book := outage(f)
	seeds := 0
	for _, answers := range runbooks.Cover(book) {
		r, j := start(f, book)
		if _, err := runbooks.NewScript(answers).Run(r); err != nil {
			f.Fatal(err)
		}
		data, err := json.Marshal(j.events)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		seeds++
	}
	if seeds < 5 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var events []runbooks.Event
		if json.Unmarshal(data, &events) != nil {
			return
		}
		if len(events) > 0 {
			events[0].Digest = book.Digest
		}
		for n := range events {
			s, err := runbooks.Replay(book, events[:n+1])
			if err != nil {
				return
			}
			p := runbooks.Next(book, s)
			if s.Over() != (p.Kind == runbooks.PromptNone) || s.Over() && len(s.Undos()) > 0 {
				t.Errorf("next is %+v in %+v", p, s)
			}
			s.Waiting(book, s.Last)
		}
	})
}
