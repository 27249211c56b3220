package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// MaxBook is the size of a runbook's text.
const MaxBook = 1 << 20

// A Book is one version of a runbook: its text, and who stands behind it.
type Book struct {
	Slug      string
	Version   uint64
	Author    string
	Device    string
	Time      time.Time
	Approvers []string // other people than the author
	Needs     int      // approvals that the policy asks for
	Hash      statement.Hash
	Text      []byte
}

// Approved reports whether enough other people have approved.
func (b *Book) Approved() bool { return len(b.Approvers) >= b.Needs }

// Beside lists the other publications of a version's number: two people may have
// written the next version apart from one another. Those that are approved come first.
func (b *Book) Beside(all []*Book) []*Book {
	var list []*Book
	for _, other := range all {
		if other.Version == b.Version && other.Hash != b.Hash {
			list = append(list, other)
		}
	}
	return list
}

// Book returns the newest version of a runbook that is approved. Of two that
// are, published apart from one another, it is the later one, with a warning.
// *NotFoundError, *RollbackError.
func (v *Vault) Book(slug string) (*Book, error) {
	all, err := v.BookHistory(slug)
	if err != nil {
		return nil, err
	}
	pin, err := v.bookPin(slug)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if !b.Approved() {
			continue
		}
		if b.Version < pin {
			return nil, &RollbackError{What: "runbook", Name: slug, Have: b.Version, Pinned: pin}
		}
		if beside := b.Beside(all); len(beside) > 0 && beside[0].Approved() {
			v.warn("runbook-siblings", "slug", slug, "version", strconv.FormatUint(b.Version, 10), "author", b.Author, "other", beside[0].Author)
		}
		return b, v.pinBook(b)
	}
	if pin > 0 {
		return nil, &RollbackError{What: "runbook", Name: slug, Pinned: pin}
	}
	return nil, &NotFoundError{What: "runbook", Name: slug, Near: v.bookSlugs()}
}

// Books returns the newest approved version of every runbook, by slug. One that
// can't be used is left out, with a warning: the others are needed all the same.
func (v *Vault) Books() ([]*Book, error) {
	var list []*Book
	for _, slug := range v.bookSlugs() {
		b, err := v.Book(slug)
		var none *NotFoundError
		switch {
		case ofDisk(err):
			return nil, err
		case errors.As(err, &none):
		case err != nil:
			v.warn("runbook-left-out", "slug", slug, "why", err.Error())
		default:
			list = append(list, b)
		}
	}
	return list, nil
}

func (v *Vault) bookSlugs() []string {
	items, err := v.dir.List("runbooks")
	if err != nil {
		return nil
	}
	var slugs []string
	for _, item := range items {
		if item.Kind == store.KindDir && policy.IsID(item.Name) {
			slugs = append(slugs, item.Name)
		}
	}
	return slugs
}

// BookHistory returns every version that verifies, newest first. A version
// whose text or publication doesn't verify is left out, with a warning.
func (v *Vault) BookHistory(slug string) ([]*Book, error) {
	if !policy.IsID(slug) {
		return nil, &NotFoundError{What: "runbook", Name: slug, Near: v.bookSlugs()}
	}
	items, err := v.dir.List(store.RunbookBase(slug))
	if err != nil {
		return nil, err
	}
	var all []*Book
	approvals := map[string][]string{} // text name → approval files
	for _, item := range items {
		name := store.RunbookBase(slug) + "/" + item.Name
		n, ok := store.ParseName(name)
		if !ok || n.Newcomer != "" {
			continue
		}
		switch n.Form {
		case store.FormApprove:
			text := store.TextName(slug, n.Number, n.Device)
			approvals[text] = append(approvals[text], name)
		case store.FormPublish:
			b, err := v.readBook(name, n)
			if ofDisk(err) {
				return nil, err // what can't be read is not what isn't there
			}
			if err != nil {
				v.warn("runbook-refused", "file", name, "why", err.Error())
				continue
			}
			all = append(all, b)
		}
	}
	for _, b := range all {
		v.addApprovals(b, approvals[store.TextName(slug, b.Version, b.Device)])
	}
	sort.Slice(all, func(i, j int) bool { return all[i].before(all[j]) })
	return all, nil
}

// before is the order of a history: the newest first, of one number what is
// approved, then what was written later, then by device.
func (b *Book) before(o *Book) bool {
	switch {
	case b.Version != o.Version:
		return b.Version > o.Version
	case b.Approved() != o.Approved():
		return b.Approved()
	case !b.Time.Equal(o.Time):
		return b.Time.After(o.Time)
	}
	return b.Device < o.Device
}

// readBook verifies one publication and the text that it names.
func (v *Vault) readBook(name string, n store.Name) (*Book, error) {
	body, hash, err := v.readBookStatement(name)
	if err != nil {
		return nil, err
	}
	if err := v.stands(body.Common, policy.CanPublish, ""); err != nil {
		return nil, err
	}
	needs, err := v.approvalsFor(body.Policy)
	if err != nil {
		return nil, err
	}
	file := store.TextName(n.Slug, n.Number, n.Device)
	text, err := v.dir.Read(file, MaxBook)
	if err != nil {
		return nil, err
	}
	if statement.Sum(text) != body.Text {
		return nil, &IntegrityError{file, errors.New("the text is not the one that was published")}
	}
	return &Book{Slug: n.Slug, Version: n.Number, Author: body.Author, Device: n.Device, Time: body.Time,
		Needs: needs, Hash: hash, Text: text}, nil
}

func (v *Vault) readBookStatement(name string) (statement.Book, statement.Hash, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return statement.Book{}, statement.Hash{}, err
	}
	body, err := statement.ParseBook(st.Header)
	if err != nil {
		return statement.Book{}, statement.Hash{}, &IntegrityError{name, err}
	}
	return body, st.Hash, v.checkCommon(name, st, body.Common)
}

// PublishBook writes the next version of a runbook: the text first, the
// publication, which makes it true, last. ErrUnchanged when the newest version
// has the same text.
func (v *Vault) PublishBook(slug string, text []byte) (*Book, error) {
	var book *Book
	err := v.writing(func() error {
		if d := v.policy.Doc.DecideAt(v.me.Member, policy.CanPublish, "", v.now()); !d.Allowed {
			return &DeniedError{Member: v.me.Member, Capability: policy.CanPublish, On: slug, Decision: d}
		}
		history, err := v.BookHistory(slug)
		if err != nil {
			return err
		}
		body := statement.Book{Runbook: slug, Version: 1, Text: statement.Sum(text)}
		if len(history) > 0 {
			if statement.Sum(history[0].Text) == body.Text {
				return ErrUnchanged
			}
			body.Version, body.Prev = history[0].Version+1, []statement.Hash{history[0].Hash}
			for _, other := range history[0].Beside(history) { // the next version settles it
				if len(body.Prev) < maxBookParents {
					body.Prev = append(body.Prev, other.Hash)
				}
			}
		}
		if err := v.checkBookHere(slug, body.Version-1); err != nil {
			return err
		}
		if err := v.writeText(store.TextName(slug, body.Version, v.me.Device), text); err != nil {
			return err
		}
		hash, err := v.announceBook("runbook.publish", statement.TypePublish, body, v.me.Device)
		if err != nil {
			return err
		}
		book = &Book{Slug: slug, Version: body.Version, Author: v.me.Member, Device: v.me.Device, Time: v.now(),
			Needs: v.policy.Doc.Runbooks.Approvals, Hash: hash, Text: text}
		if !book.Approved() {
			return nil
		}
		return v.pinBook(book)
	})
	return book, err
}

// writeText writes the text of a version that has no publication yet. What an
// earlier attempt, or somebody else, left at its name means nothing.
func (v *Vault) writeText(name string, text []byte) error {
	if err := v.clearWay(store.Blob{Name: name, Data: text}); err != nil {
		return err
	}
	return v.dir.WriteOnce(name, text)
}

func (v *Vault) announceBook(op string, kind statement.Type, body statement.Book, textDevice string) (statement.Hash, error) {
	out, err := v.announceAll([]announcement{{
		op: op, object: fmt.Sprintf("%s@%d", body.Runbook, body.Version),
		header: func(c statement.Common) (statement.Header, error) {
			body.Type, body.Common = kind, c
			return body.Header()
		},
		name: func(c statement.Common, _ statement.Hash) string {
			if kind == statement.TypeApprove {
				return store.ApproveName(body.Runbook, body.Version, textDevice, c.Device)
			}
			return store.PublishName(body.Runbook, body.Version, textDevice, c.Device)
		},
	}})
	if err != nil {
		return statement.Hash{}, err
	}
	return out[0].hash, nil
}

// The pins of runbooks are one small file: `slug version` a line.
const bookPins = "runbooks"

func (v *Vault) readBookPins() (map[string]uint64, error) {
	data, err := v.state.Read(bookPins, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]uint64{}, nil
	}
	if err != nil {
		return nil, err
	}
	pins := map[string]uint64{}
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		slug, number, _ := strings.Cut(line, " ")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", bookPins, store.ErrDamaged)
		}
		pins[slug] = n
	}
	return pins, nil
}

func (v *Vault) bookPin(slug string) (uint64, error) {
	pins, err := v.readBookPins()
	return pins[slug], err
}

func (v *Vault) pinBook(b *Book) error {
	pins, err := v.readBookPins()
	if err != nil || pins[b.Slug] >= b.Version {
		return err
	}
	pins[b.Slug] = b.Version
	slugs := make([]string, 0, len(pins))
	for slug := range pins {
		slugs = append(slugs, slug)
	}
	sort.Strings(slugs)
	var text strings.Builder
	for _, slug := range slugs {
		fmt.Fprintf(&text, "%s %d\n", slug, pins[slug])
	}
	return v.readOnlyState(v.state.Replace(bookPins, []byte(text.String())))
}
