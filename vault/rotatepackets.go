package vault

import (
	"errors"
	"time"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// addPackets takes in every packet that was ever written, whether it counts or
// not: who has the file can open it. It also learns which grants run.
func (v *Vault) addPackets(f *rotationFacts, knowers map[string]*knower) error {
	acts, err := v.dir.List("packets")
	if err != nil {
		return ofVault(err)
	}
	grants := map[string]*GrantState{}
	running := map[ackKey]bool{}
	f.granted = func(member, id string) bool { return running[ackKey{id, member}] }
	if len(acts) == 0 {
		return nil
	}
	states, err := v.grantStates("")
	if err != nil {
		return err
	}
	for _, g := range states {
		grants[g.Short()] = g
		for _, e := range g.Entries {
			running[ackKey{e.ID, g.Member}] = running[ackKey{e.ID, g.Member}] || g.Phase.Running()
		}
	}
	for _, act := range acts {
		if act.Kind != store.KindDir {
			continue
		}
		items, err := v.dir.List("packets/" + act.Name)
		if err != nil {
			return ofVault(err)
		}
		for _, item := range items {
			err := v.addPacket("packets/"+act.Name+"/"+item.Name, grants[act.Name], knowers)
			if err != nil && !errors.As(refuse(err), new(*refusal)) {
				return ofVault(err)
			}
		}
	}
	return nil
}

func (v *Vault) addPacket(name string, g *GrantState, knowers map[string]*knower) error {
	st, err := v.readStatement(name)
	if err != nil {
		return err
	}
	body, err := statement.ParsePacket(st.Header)
	if err != nil {
		return &IntegrityError{name, err}
	}
	k := knowers[body.To]
	if k == nil {
		return nil
	}
	at, end := entryAt{body.ID, body.Version}, endOf(body.NotAfter, g)
	if end.After(k.packets[at]) {
		k.packets[at] = end
	}
	return nil
}

// endOf is when a packet was no longer meant to be opened.
func endOf(notAfter time.Time, g *GrantState) time.Time {
	if g != nil && g.Closed != nil && g.Closed.Time.Before(notAfter) {
		return g.Closed.Time
	}
	return notAfter
}
