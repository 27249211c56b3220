package vault

import (
	"strings"

	"opsvault/vault/store"
)

// GrantParcel packs a request or a grant, all answers to it and its packets into
// a text, for people whose copies don't meet now. to is whom it is for, or empty.
func (v *Vault) GrantParcel(g *GrantState, to string) ([]byte, error) {
	files := append([]string{}, g.files...)
	items, err := v.dir.List("packets/" + g.Short())
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		name := "packets/" + g.Short() + "/" + item.Name
		if n, ok := store.ParseName(name); ok && n.Form == store.FormPacket && n.Newcomer == "" {
			files = append(files, name)
		}
	}
	return v.Parcel(files, to)
}

// GrantsIn returns the requests and grants that a text holds, or that acts in it
// are about. The text has been taken in.
func (v *Vault) GrantsIn(text []byte) ([]*GrantState, error) {
	p, err := decodeParcel(text)
	if err != nil {
		return nil, err
	}
	all, err := v.grantStates("")
	if err != nil {
		return nil, err
	}
	var list []*GrantState
	for _, g := range all {
		for _, item := range p.items {
			n, ok := store.ParseName(item.name)
			if ok && (n.Form == store.FormAct && strings.HasPrefix(g.ID.String(), n.Hash) || n.Form == store.FormPacket && n.Act == g.Short()) {
				list = append(list, g)
				break
			}
		}
	}
	return list, nil
}
