package main

import (
	"opsvault/cmd/opsvault/text"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// meanings are what the codes of findings and notes mean, in a sentence each.
func meanings() map[chain.Code]text.Key {
	return map[chain.Code]text.Key{
		chain.Edit:         "audit.means.edit",
		chain.Gap:          "audit.means.gap",
		chain.Truncated:    "audit.means.truncated",
		chain.Fork:         "audit.means.fork",
		chain.BadKey:       "audit.means.badkey",
		chain.Time:         "audit.means.time",
		audit.MissingWrite: "audit.means.missing-write",
		audit.AfterRemoval: "audit.means.after-removal",
		audit.Equivocation: "audit.means.equivocation",
		audit.Rollback:     "audit.means.rollback",
		audit.Refused:      "audit.means.refused",
		audit.Unreadable:   "audit.means.unreadable",
		chain.Torn:         "audit.means.torn",
		chain.UnsignedTail: "audit.means.unsigned-tail",
		chain.InTransit:    "audit.means.in-transit",
		audit.Incomplete:   "audit.means.incomplete",
		audit.Late:         "audit.means.late",
		audit.Unwitnessed:  "audit.means.unwitnessed",
		audit.UnknownFile:  "audit.means.unknown",
	}
}

// meaning is that sentence in the language of a translator.
func meaning(tr *text.Translator, f audit.Finding) string {
	return tr.Text(meanings()[f.Code], "n", f.Count)
}

// opWords say what an operation is, where its name and what it was about don't.
func opWords() map[string]text.Key {
	return map[string]text.Key{
		"log.witness":      "audit.op.log-witness",
		"log.recovered":    "audit.op.log-recovered",
		"keys.issue":       "audit.op.keys-issue",
		"packet.issue":     "audit.op.packet-issue",
		"act.request":      "audit.op.act-request",
		"act.approve":      "audit.op.act-approve",
		"act.deny":         "audit.op.act-deny",
		"act.grant":        "audit.op.act-grant",
		"act.revoke":       "audit.op.act-revoke",
		"act.invite":       "audit.op.act-invite",
		"act.rotate-done":  "audit.op.act-rotate-done",
		"act.rotate-waive": "audit.op.act-rotate-waive",
		"act.keys-refused": "audit.op.act-keys-refused",
	}
}
