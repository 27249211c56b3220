package vault

import (
	"fmt"
	"strings"

	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A newAct is an act about to be written. Its common lines and its sealed note
// are filled in when it is.
type newAct struct {
	Body statement.Act
	Note Note
}

// writeActs announces and writes acts, in their order, and returns their ids.
// The caller holds the writers' lock.
func (v *Vault) writeActs(list ...newAct) ([]statement.Hash, error) {
	jobs := make([]announcement, len(list))
	for i, a := range list {
		job, err := v.actJob(a)
		if err != nil {
			return nil, err
		}
		jobs[i] = job
	}
	out, err := v.announceAll(jobs)
	if err != nil {
		return nil, err
	}
	ids := make([]statement.Hash, len(out))
	for i, w := range out {
		ids[i] = w.hash
	}
	return ids, nil
}

func (v *Vault) actJob(a newAct) (announcement, error) {
	body := a.Body
	job := announcement{
		op: "act." + string(body.Op), object: actObject(body), details: noteDetails(a),
		name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	}
	if !body.About.IsZero() {
		job.grant = body.About.Short()
	}
	if len(a.Note.Paths) > 0 || a.Note.Reason != "" || a.Note.Ticket != "" {
		part, err := v.sealNote(body, a.Note)
		if err != nil {
			return announcement{}, err
		}
		job.parts = [][]byte{part}
		body.SealedNote = statement.Part{Generation: v.currentKey(policy.Catalogue).Gen, Hash: statement.Sum(part)}
	}
	job.header = func(c statement.Common) (statement.Header, error) {
		body.Common = c
		return body.Header()
	}
	return job, nil
}

func (v *Vault) sealNote(body statement.Act, note Note) ([]byte, error) {
	plain, err := strictyaml.Encode(noteText{Vault: v.id.String(), Author: v.me.Member, Op: string(body.Op),
		Paths: note.Paths, Reason: clip(note.Reason, maxReason-4), Ticket: clip(note.Ticket, maxTicket-4)})
	if err != nil {
		return nil, err
	}
	return v.sealTo(v.currentKey(policy.Catalogue), plain)
}

// actObject is what a log line says that an act is about.
func actObject(a statement.Act) string {
	switch {
	case !a.About.IsZero():
		return a.About.Short()
	case len(a.Entries) == 1 && a.Entries[0].Version > 0:
		return fmt.Sprintf("%s@%d", a.Entries[0].ID, a.Entries[0].Version)
	case len(a.Entries) == 1:
		return a.Entries[0].ID
	case len(a.Entries) == 0:
		return a.Member
	}
	return "-"
}

// noteDetails are what an auditor reads of an act.
func noteDetails(a newAct) map[string]any {
	details := map[string]any{}
	for key, text := range map[string]string{"member": a.Body.Member, "reason": clip(a.Note.Reason, maxReason),
		"ticket": a.Note.Ticket, "path": strings.Join(a.Note.Paths, ", ")} {
		if text != "" {
			details[key] = text
		}
	}
	if len(details) == 0 {
		return nil
	}
	return details
}
