package main

import "opsvault/policy"

// An effectInfo is what a change of the policy means, for scripts. Lists are never null.
type effectInfo struct {
	MembersAdded     []string         `json:"members_added"`
	MembersRemoved   []string         `json:"members_removed"`
	RolesAdded       []string         `json:"roles_added"`
	RolesRemoved     []string         `json:"roles_removed"`
	SafesAdded       []string         `json:"safes_added"`
	SafesRemoved     []string         `json:"safes_removed"`
	DevicesAdded     []deviceOfInfo   `json:"devices_added"`
	DevicesRemoved   []deviceOfInfo   `json:"devices_removed"`
	GovernorsAdded   []string         `json:"governors_added"`
	GovernorsRemoved []string         `json:"governors_removed"`
	AuditorsAdded    []string         `json:"auditors_added"`
	AuditorsRemoved  []string         `json:"auditors_removed"`
	Access           []accessInfo     `json:"access"`
	Generations      []generationInfo `json:"generations"`
	Lines            []lineInfo       `json:"lines"`
}

type deviceOfInfo struct {
	Member string `json:"member"`
	Device string `json:"device"`
	Label  string `json:"label"`
}

type accessInfo struct {
	Member string              `json:"member"`
	Safe   string              `json:"safe"`
	Gains  []policy.Capability `json:"gains"`
	Loses  []policy.Capability `json:"loses"`
	Via    string              `json:"via"`
}

type generationInfo struct {
	Safe    string   `json:"safe"`
	Added   []uint64 `json:"added"`
	Retired []uint64 `json:"retired"`
	Renew   bool     `json:"renew"`
}

type lineInfo struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func infoOfEffect(e policy.Effect) effectInfo {
	return effectInfo{
		MembersAdded: listOf(e.MembersAdded), MembersRemoved: listOf(e.MembersRemoved),
		RolesAdded: listOf(e.RolesAdded), RolesRemoved: listOf(e.RolesRemoved),
		SafesAdded: listOf(e.SafesAdded), SafesRemoved: listOf(e.SafesRemoved),
		DevicesAdded: mapped(e.DevicesAdded, infoOfDevice), DevicesRemoved: mapped(e.DevicesRemoved, infoOfDevice),
		GovernorsAdded: listOf(e.GovernorsAdded), GovernorsRemoved: listOf(e.GovernorsRemoved),
		AuditorsAdded: listOf(e.AuditorsAdded), AuditorsRemoved: listOf(e.AuditorsRemoved),
		Access: mapped(e.Access, func(a policy.AccessChange) accessInfo {
			return accessInfo{a.Member, a.Safe, listOf(a.Gains), listOf(a.Loses), a.Via}
		}),
		Generations: mapped(e.Generations, func(g policy.GenerationChange) generationInfo {
			return generationInfo{g.Safe, listOf(g.Added), listOf(g.Retired), g.Renew}
		}),
		Lines: mapped(e.Lines, func(l policy.LineChange) lineInfo { return lineInfo(l) }),
	}
}

func infoOfDevice(d policy.DeviceOf) deviceOfInfo { return deviceOfInfo{d.Member, d.Device, d.Label} }

// listOf is a copy that JSON shows as [] when it is empty.
func listOf[E any](items []E) []E { return append([]E{}, items...) }

func mapped[A, B any](items []A, info func(A) B) []B {
	out := make([]B, len(items))
	for i, item := range items {
		out[i] = info(item)
	}
	return out
}
