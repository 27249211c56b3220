package statement

import "slices"

// A Book is the header of a statement about one version of a runbook's text:
// that it is published, or that its signer approves it.
type Book struct {
	Type Type // TypePublish or TypeApprove
	Common
	Runbook string // slug
	Version uint64 // 1 to 999,999; for TypePublish 1 exactly when Prev is empty
	Prev    []Hash // TypePublish: the publish statements of the parents, at most MaxPrev, written in ascending order
	Text    Hash   // of the runbook's text
}

var (
	approveRules = withCommon(
		one("runbook", parseSlug),
		one("version", numberTo(maxNumber)),
		one("text", checked(ParseHash)),
	)
	publishRules = withCommon(
		one("runbook", parseSlug),
		one("version", numberTo(maxNumber)),
		many("prev", 0, MaxPrev, checked(ParseHash)),
		one("text", checked(ParseHash)),
	)
)

// Header returns the header of the statement, its parents in ascending order.
func (b Book) Header() (Header, error) {
	if b.Type != TypePublish && b.Type != TypeApprove {
		return Header{}, malformed("want type publish or approve, have %q", b.Type)
	}
	f := append(b.Common.fields(), Field{"runbook", b.Runbook}, Field{"version", formatNumber(b.Version)})
	f = hashLines(f, "prev", slices.SortedFunc(slices.Values(b.Prev), compareHash))
	return built(b.Type, append(f, Field{"text", b.Text.String()}))
}

// ParseBook reads a header of TypePublish or TypeApprove.
func ParseBook(h Header) (Book, error) { return parsed(h, decodeBook, TypePublish, TypeApprove) }

func decodeBook(h Header) (Book, error) {
	c := &cursor{h.Fields}
	b := Book{
		Type:    h.Type,
		Common:  decodeCommon(c),
		Runbook: c.maybe("runbook"),
		Version: number(c.maybe("version")),
		Prev:    parseAll(c.many("prev"), ParseHash),
		Text:    hash(c.maybe("text")),
	}
	if b.Type == TypeApprove {
		return b, nil
	}
	return b, checkPrev(b.Version, b.Prev)
}
