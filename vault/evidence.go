package vault

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Evidence is two heads of one device's log that exclude one another: the
// device's key has signed two histories.
type Evidence struct {
	Device string
	Member string
	Note   string // where it was met
	Heads  [2][]byte
	File   string // in the local state

	heads [2]chain.Head
}

const (
	evidenceDir   = "evidence"
	evidenceHead  = "opsvault/v1 evidence"
	evidenceLimit = 64 << 10
	// mostEvidence is how much is kept of one device: who has its key can make
	// any number of histories, and two prove it.
	mostEvidence = 16
)

// keepFork keeps two heads of one device's log that exclude one another, as
// evidence for Verify and for an export. Keeping the same again does nothing.
// Heads that are not by the device are an *IntegrityError.
func (v *Vault) keepFork(device string, a, b []byte, note string) error {
	key, err := v.keyOf(device)
	if err != nil {
		return err
	}
	pair := [][]byte{a, b}
	slices.SortFunc(pair, bytes.Compare)
	text := fmt.Sprintf("%s\ndevice %s\nnote %s\n", evidenceHead, device, strings.Join(strings.Fields(note), " "))
	var heads []chain.Head
	for _, file := range pair {
		head, err := chain.OpenHead(file, v.logSpec(device, key))
		if err != nil {
			return &IntegrityError{store.HeadName(store.LogBase(device)), err}
		}
		heads = append(heads, head)
		text += "head " + base64.StdEncoding.EncodeToString(file) + "\n"
	}
	if heads[0].Size == heads[1].Size && heads[0].Last == heads[1].Last {
		return nil // of one content: nothing is excluded
	}
	name := evidenceDir + "/" + device + "-" + statement.Sum(slices.Concat(pair...)).Short()
	kept, err := v.state.List(evidenceDir)
	if err != nil {
		return err
	}
	of := 0
	for _, item := range kept {
		if evidenceDir+"/"+item.Name == name {
			return nil
		}
		if strings.HasPrefix(item.Name, device+"-") {
			of++
		}
	}
	if of >= mostEvidence {
		return nil
	}
	return v.readOnlyState(v.state.Replace(name, []byte(text)))
}

// Evidence returns what was kept, of one device or (empty) of all. What does
// not verify is left out.
func (v *Vault) Evidence(device string) ([]Evidence, error) {
	items, err := v.state.List(evidenceDir)
	if err != nil {
		return nil, err
	}
	var list []Evidence
	for _, item := range items {
		if device != "" && !strings.HasPrefix(item.Name, device+"-") || item.Kind != store.KindFile {
			continue
		}
		data, err := v.state.Read(evidenceDir+"/"+item.Name, evidenceLimit)
		if err != nil {
			return nil, err
		}
		if e, ok := v.parseEvidence(string(data)); ok {
			e.File = evidenceDir + "/" + item.Name
			list = append(list, e)
		}
	}
	return list, nil
}

func (v *Vault) parseEvidence(text string) (e Evidence, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != evidenceHead {
		return e, false
	}
	e.Device = strings.TrimPrefix(lines[1], "device ")
	e.Note = strings.TrimPrefix(lines[2], "note ")
	key, err := v.keyOf(e.Device)
	if err != nil {
		return e, false
	}
	e.Member, _ = v.policy.memberOf(e.Device)
	for i := range e.Heads {
		if e.Heads[i], err = base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[3+i], "head ")); err != nil {
			return e, false
		}
		if e.heads[i], err = chain.OpenHead(e.Heads[i], v.logSpec(e.Device, key)); err != nil {
			return e, false
		}
	}
	if e.heads[0].Size > e.heads[1].Size {
		e.heads[0], e.heads[1] = e.heads[1], e.heads[0]
		e.Heads[0], e.Heads[1] = e.Heads[1], e.Heads[0]
	}
	return e, true
}
