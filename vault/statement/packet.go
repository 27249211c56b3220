package statement

import (
	"slices"
	"strings"
	"time"
)

// A Packet is the header of an entry's secret that was sealed once more, to
// the devices of one member: what makes a grant real.
type Packet struct {
	Common
	About     Hash   // the request or grant act that this is for
	To        string // member id of the grantee
	Safe, ID  string // the entry
	Version   uint64 // of the entry
	Secret    Hash   // SHA-256 of the plaintext, which is that of the version's secret
	Statement Hash   // the entry statement of that version
	NotAfter  time.Time
	Parts     []PacketPart // 1 to MaxParts, written in ascending order of devices
}

// A PacketPart says to which device a part is sealed.
type PacketPart struct {
	Device string
	Hash   Hash // SHA-256 of the binary age file
}

var packetRules = withCommon(
	one("about", checked(ParseHash)),
	one("to", parseSlug),
	one("safe", parseSlug),
	one("id", func(s string) error { return parseID(s, 26) }),
	one("version", numberTo(maxNumber)),
	one("secret", checked(ParseHash)),
	one("statement", checked(ParseHash)),
	one("not-after", checked(parseTime)),
	many("sealed", 1, MaxParts, checked(parseSealed)),
)

// Header returns the header of the packet. The parts of its file stand in the
// order of their devices.
func (p Packet) Header() (Header, error) {
	f := append(p.Common.fields(),
		Field{"about", p.About.String()},
		Field{"to", p.To},
		Field{"safe", p.Safe},
		Field{"id", p.ID},
		Field{"version", formatNumber(p.Version)},
		Field{"secret", p.Secret.String()},
		Field{"statement", p.Statement.String()},
		Field{"not-after", formatTime(p.NotAfter)},
	)
	for _, part := range slices.SortedFunc(slices.Values(p.Parts), comparePacketPart) {
		f = append(f, sealedLine("secret", part.Device, Part{Hash: part.Hash}))
	}
	return built(TypePacket, f)
}

// ParsePacket reads a header of TypePacket.
func ParsePacket(h Header) (Packet, error) { return parsed(h, decodePacket, TypePacket) }

func decodePacket(h Header) (Packet, error) {
	c := &cursor{h.Fields}
	p := Packet{
		Common:    decodeCommon(c),
		About:     hash(c.maybe("about")),
		To:        c.maybe("to"),
		Safe:      c.maybe("safe"),
		ID:        c.maybe("id"),
		Version:   number(c.maybe("version")),
		Secret:    hash(c.maybe("secret")),
		Statement: hash(c.maybe("statement")),
	}
	p.NotAfter, _ = parseTime(c.maybe("not-after"))
	for _, line := range parseAll(c.many("sealed"), parseSealed) {
		if line.part != "secret" || line.Generation != 0 || parseDevice(line.to) != nil {
			return p, malformed("want lines `sealed secret`, a device, 0 and a hash")
		}
		p.Parts = append(p.Parts, PacketPart{line.to, line.Hash})
	}
	return p, ascending("sealed", p.Parts, comparePacketPart)
}

func comparePacketPart(a, b PacketPart) int { return strings.Compare(a.Device, b.Device) }
