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

// Book returns the newest version of a runbook that is approved.
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
		return b, v.pinBook(b)
	}
	if pin > 0 {
		return nil, &RollbackError{What: "runbook", Name: slug, Pinned: pin}
	}
	return nil, &NotFoundError{What: "runbook", Name: slug, Near: v.bookSlugs()}
}

// Books returns the newest approved version of every runbook, by slug.
func (v *Vault) Books() ([]*Book, error) {
	var list []*Book
	for _, slug := range v.bookSlugs() {
		b, err := v.Book(slug)
		var none *NotFoundError
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, b)
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
	sort.Slice(all, func(i, j int) bool { return all[i].Version > all[j].Version })
	return all, nil
}

// readBook verifies one publication and the text that it names.
func (v *Vault) readBook(name string, n store.Name) (*Book, error) {
	body, hash, err := v.readBookStatement(name)
	if err != nil {
		return nil, err
	}
	then, err := v.docAt(body.Policy)
	if err != nil {
		return nil, err
	}
	if d := then.DecideAt(body.Author, policy.CanPublish, "", body.Time); !d.Allowed {
		return nil, &DeniedError{Member: body.Author, Capability: policy.CanPublish, On: n.Slug, Decision: d}
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
		Needs: v.policy.Doc.Runbooks.Approvals, Hash: hash, Text: text}, nil
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

// addApprovals counts the people who approved exactly this text.
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
		if err == nil && !v.policy.Doc.DecideAt(body.Author, policy.CanApprove, "", body.Time).Allowed {
			err = fmt.Errorf("%s may not approve", body.Author)
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

// ApproveBook signs a version that somebody else published; 0 is the newest.
func (v *Vault) ApproveBook(slug string, version uint64) (*Book, error) {
	var book *Book
	err := v.writing(func() error {
		if d := v.policy.Doc.DecideAt(v.me.Member, policy.CanApprove, "", v.now()); !d.Allowed {
			return &DeniedError{Member: v.me.Member, Capability: policy.CanApprove, On: slug, Decision: d}
		}
		history, err := v.BookHistory(slug)
		if err != nil {
			return err
		}
		for _, b := range history {
			if version == 0 || b.Version == version {
				book = b
				break
			}
		}
		switch {
		case book == nil:
			return &NotFoundError{What: "runbook", Name: fmt.Sprintf("%s@%d", slug, version)}
		case book.Author == v.me.Member:
			return &DeniedError{Member: v.me.Member, Capability: policy.CanApprove, On: slug,
				Decision: policy.Decision{Why: "the author of a version can't approve it", Ask: v.others(v.policy.Doc.Governors())}}
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

func (v *Vault) others(members []string) []string {
	var list []string
	for _, m := range members {
		if m != v.me.Member {
			list = append(list, m)
		}
	}
	return list
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
