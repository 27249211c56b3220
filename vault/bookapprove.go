package vault

import (
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// maxBookParents is how many `prev` lines a publication has at most.
const maxBookParents = 16

// approvalsFor is how many people besides the author must approve what was
// published under a policy version: what that asked for or, where it is more,
// what the policy asks for today. So nobody publishes under an old policy to
// need fewer, and nobody lowers the number for what waits already.
func (v *Vault) approvalsFor(under statement.PolicyRef) (int, error) {
	then, err := v.docAt(under)
	if err != nil {
		return 0, err
	}
	return max(then.Runbooks.Approvals, v.policy.Doc.Runbooks.Approvals), nil
}

// addApprovals counts the people who approved exactly this text, and whose
// right to do so stands: an approval that was announced before its author lost
// the right goes on to count.
func (v *Vault) addApprovals(b *Book, files []string) {
	sum := statement.Sum(b.Text)
	for _, name := range files {
		body, _, err := v.readBookStatement(name)
		if err == nil && body.Text != sum {
			err = &IntegrityError{name, errors.New("it approves another text")}
		}
		if err == nil && body.Author == b.Author {
			err = &IntegrityError{name, errors.New("an author can't approve their own runbook")}
		}
		if err == nil {
			err = v.stands(body.Common, policy.CanApprove, "")
		}
		if err != nil {
			v.warn("runbook-refused", "file", name, "why", err.Error())
			continue
		}
		if !contains(b.Approvers, body.Author) {
			b.Approvers = append(b.Approvers, body.Author)
		}
	}
}

// BookConflictError says that a version was published more than once, apart
// from one another: an approval must say which is meant.
type BookConflictError struct {
	Slug     string
	Version  uint64
	Siblings []*Book
}

func (e *BookConflictError) Error() string {
	return fmt.Sprintf("%s@%d was published %d times", e.Slug, e.Version, len(e.Siblings))
}

// ApproveBook signs a version that somebody else published; 0 is the newest.
// *BookConflictError where it was published twice, see ApproveBookBy.
func (v *Vault) ApproveBook(slug string, version uint64) (*Book, error) {
	return v.ApproveBookBy(slug, version, "")
}

// ApproveBookBy is ApproveBook of the publication by a member or a device.
func (v *Vault) ApproveBookBy(slug string, version uint64, by string) (*Book, error) {
	var book *Book
	err := v.writing(func() error {
		if d := v.policy.Doc.DecideAt(v.me.Member, policy.CanApprove, "", v.now()); !d.Allowed {
			return &DeniedError{Member: v.me.Member, Capability: policy.CanApprove, On: slug, Decision: d}
		}
		history, err := v.BookHistory(slug)
		if err != nil {
			return err
		}
		if book, err = pickBook(history, slug, version, by); err != nil {
			return err
		}
		switch {
		case book.Author == v.me.Member:
			return &DeniedError{Member: v.me.Member, Capability: policy.CanApprove, On: slug,
				Decision: policy.Decision{Why: "the author of a version can't approve it", Ask: v.approvers(book)}}
		case contains(book.Approvers, v.me.Member):
			return ErrUnchanged
		}
		body := statement.Book{Runbook: slug, Version: book.Version, Text: statement.Sum(book.Text)}
		if _, err := v.announceBook("runbook.approve", statement.TypeApprove, body, book.Device); err != nil {
			return err
		}
		book.Approvers = append(book.Approvers, v.me.Member)
		return nil
	})
	return book, err
}

// pickBook is the publication that is meant.
func pickBook(history []*Book, slug string, version uint64, by string) (*Book, error) {
	if version == 0 && len(history) > 0 {
		version = history[0].Version
	}
	var found []*Book
	for _, b := range history {
		if b.Version == version && (by == "" || by == b.Author || by == b.Device) {
			found = append(found, b)
		}
	}
	switch len(found) {
	case 0:
		return nil, &NotFoundError{What: "runbook", Name: fmt.Sprintf("%s@%d", slug, version)}
	case 1:
		return found[0], nil
	}
	return nil, &BookConflictError{slug, version, found}
}

// approvers are those who may still approve a version.
func (v *Vault) approvers(b *Book) []string {
	var list []string
	doc := v.policy.Doc
	for member, m := range doc.Members {
		may := len(m.Devices) > 0 && doc.Allows(member, policy.CanApprove, "")
		if may && member != b.Author && !contains(b.Approvers, member) {
			list = append(list, member)
		}
	}
	slices.Sort(list)
	return list
}

// others are these members without this one.
func (v *Vault) others(members []string) []string {
	return slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == v.me.Member })
}
