package store

import "fmt"

// Form is one of the forms that the name of a file in a vault can have; see
// docs/format.md, section 2.
type Form uint8

// The forms.
const (
	FormMarker     Form = iota + 1 // opsvault.yaml
	FormAttributes                 // .gitattributes
	FormPolicy                     // policy/<number>-<hash16>.yaml
	FormSign                       // policy/<number>-<hash16>-<device>.sign
	FormDevice                     // devices/<device>.device
	FormRecipient                  // safes/<safe>/<number>-<hash16>.recipient
	FormKeys                       // keys/<device>/<number>-<hash16>.keys
	FormEntry                      // entries/<id:2>/<id>-<number>-<device>.entry
	FormAct                        // acts/<month>/<hash16>-<device>.act
	FormPacket                     // packets/<act>/<hash16>.packet
	FormQuorum                     // quorum/<safe>/<deal>/<rest>
	FormText                       // runbooks/<slug>/<number>-<device>.md
	FormPublish                    // runbooks/<slug>/<number>-<device>-<signer>.publish
	FormApprove                    // runbooks/<slug>/<number>-<device>-<signer>.approve
	FormRunLines                   // runs/<run>/<device>/<number>.jsonl
	FormRunKey                     // runs/<run>/<device>/<number>.key
	FormRunHead                    // runs/<run>/<device>/head
	FormLogLines                   // logs/<device>/<number>.jsonl
	FormLogKey                     // logs/<device>/<number>.key
	FormLogHead                    // logs/<device>/head
)

// Once reports whether a file of this form is written once. The others, the
// lines and heads of logs and journals, grow as their device re-publishes them.
func (f Form) Once() bool {
	switch f {
	case FormRunLines, FormRunHead, FormLogLines, FormLogHead:
		return false
	}
	return f != 0
}

// Name is the name of a file in a vault, taken apart. The fields that its form
// does not have are empty.
type Name struct {
	Form   Form
	Number uint64 // version, policy number, generation or segment, 1 to 999,999
	Hash   string // 16 hex digits
	Device string
	Signer string // device of the signer of a publish or approve
	Safe   string
	ID     string // entry id
	Month  string // yyyymm
	Act    string // 16 hex digits
	Slug   string // runbook
	Run    string
	Deal   string
	Rest   string // one or two components below a deal

	// Newcomer is the hash (8 hex digits) in the name of a file that lies
	// beside another one of the same name; empty for the others.
	Newcomer string
}

// String puts the name together. For a name that ParseName returned it gives
// the same name back.
func (n Name) String() string {
	if n.Newcomer != "" {
		return n.formed() + "~" + n.Newcomer
	}
	return n.formed()
}

func (n Name) formed() string {
	switch n.Form {
	case FormMarker:
		return MarkerName
	case FormAttributes:
		return AttributesName
	case FormPolicy:
		return PolicyName(n.Number, n.Hash)
	case FormSign:
		return SignName(n.Number, n.Hash, n.Device)
	case FormDevice:
		return DeviceName(n.Device)
	case FormRecipient:
		return RecipientName(n.Safe, n.Number, n.Hash)
	case FormKeys:
		return KeysName(n.Device, n.Number, n.Hash)
	case FormEntry:
		return EntryName(n.ID, n.Number, n.Device)
	case FormAct:
		return ActName(n.Month, n.Hash, n.Device)
	case FormPacket:
		return PacketName(n.Act, n.Hash)
	case FormQuorum:
		return QuorumName(n.Safe, n.Deal, n.Rest)
	case FormText:
		return TextName(n.Slug, n.Number, n.Device)
	case FormPublish:
		return PublishName(n.Slug, n.Number, n.Device, n.Signer)
	case FormApprove:
		return ApproveName(n.Slug, n.Number, n.Device, n.Signer)
	case FormRunLines, FormRunKey, FormRunHead:
		return chainName(RunBase(n.Run, n.Device), n)
	case FormLogLines, FormLogKey, FormLogHead:
		return chainName(LogBase(n.Device), n)
	}
	return ""
}

func chainName(base string, n Name) string {
	switch n.Form {
	case FormRunHead, FormLogHead:
		return HeadName(base)
	case FormRunKey, FormLogKey:
		return SegmentKeyName(base, n.Number)
	}
	return SegmentName(base, n.Number)
}

// The files that lie directly in a vault.
const (
	MarkerName     = "opsvault.yaml"
	AttributesName = ".gitattributes"
)

// The constructors below name the files of a vault. Their arguments must be
// valid (ids as section 3 of docs/format.md has them, hash as 16 hex digits,
// numbers from 1 to 999,999): ParseName accepts what comes out exactly then.

// PolicyName names a policy version's document.
func PolicyName(number uint64, hash string) string {
	return fmt.Sprintf("policy/%06d-%s.yaml", number, hash)
}

// SignName names a governor's signature of a policy version; hash is that of
// the document.
func SignName(number uint64, hash, device string) string {
	return fmt.Sprintf("policy/%06d-%s-%s.sign", number, hash, device)
}

// DeviceName names a device's statement of its public keys.
func DeviceName(device string) string { return "devices/" + device + ".device" }

// RecipientName names the age recipient of one generation of a safe's key.
func RecipientName(safe string, generation uint64, hash string) string {
	return fmt.Sprintf("safes/%s/%d-%s.recipient", safe, generation, hash)
}

// KeysBase is the directory of the bundles for a device.
func KeysBase(device string) string { return "keys/" + device }

// KeysName names a bundle for a device.
func KeysName(device string, policy uint64, hash string) string {
	return fmt.Sprintf("%s/%06d-%s.keys", KeysBase(device), policy, hash)
}

// EntryBase is the directory of the versions of an entry and of others whose
// ids begin alike. The id has at least two characters.
func EntryBase(id string) string { return "entries/" + id[:2] }

// EntryName names one version of an entry.
func EntryName(id string, version uint64, device string) string {
	return fmt.Sprintf("%s/%s-%06d-%s.entry", EntryBase(id), id, version, device)
}

// ActName names a deed; month is the yyyymm of its time.
func ActName(month, hash, device string) string {
	return fmt.Sprintf("acts/%s/%s-%s.act", month, hash, device)
}

// PacketName names an entry's secret sealed to a grantee; act is the first 16
// hex digits of the grant's hash.
func PacketName(act, hash string) string { return fmt.Sprintf("packets/%s/%s.packet", act, hash) }

// QuorumName names a file of a deal.
func QuorumName(safe, deal, rest string) string {
	return fmt.Sprintf("quorum/%s/%s/%s", safe, deal, rest)
}

// RunbookBase is the directory of the versions of a runbook.
func RunbookBase(slug string) string { return "runbooks/" + slug }

// TextName names the text of a runbook version.
func TextName(slug string, version uint64, device string) string {
	return fmt.Sprintf("%s/%06d-%s.md", RunbookBase(slug), version, device)
}

// PublishName names the signer's publication of the text that device wrote.
func PublishName(slug string, version uint64, device, signer string) string {
	return fmt.Sprintf("%s/%06d-%s-%s.publish", RunbookBase(slug), version, device, signer)
}

// ApproveName names the signer's approval of the text that device wrote.
func ApproveName(slug string, version uint64, device, signer string) string {
	return fmt.Sprintf("%s/%06d-%s-%s.approve", RunbookBase(slug), version, device, signer)
}

// LogBase is the directory of a device's log.
func LogBase(device string) string { return "logs/" + device }

// RunBase is the directory of a device's journal of a run.
func RunBase(run, device string) string { return "runs/" + run + "/" + device }

// SegmentName names a segment of the log or journal at base.
func SegmentName(base string, segment uint64) string {
	return fmt.Sprintf("%s/%06d.jsonl", base, segment)
}

// SegmentKeyName names the sealed key of the details of a segment.
func SegmentKeyName(base string, segment uint64) string {
	return fmt.Sprintf("%s/%06d.key", base, segment)
}

// HeadName names the signed head of the log or journal at base.
func HeadName(base string) string { return base + "/head" }
