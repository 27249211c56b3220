package paper

import (
	"fmt"
	"io"
	"time"

	"opsvault/runbooks"
)

// Words gives the words for people under a key, "sheet." in front, in the language of a sheet. Arguments come in pairs of
// a name and a value.
type Words func(key string, args ...any) string

// A World knows the people behind a runbook. It never knows a secret.
type World interface {
	// Opens are the names of those who can open a credential, by its path.
	Opens(path string) []string
	// The people behind a call:, escalate: or handover: link.
	runbooks.Directory
}

// A Page is what is printed.
type Page struct {
	Lang    string // of the page around the sheets: "en", "ru"
	Words   Words  // in that language
	Vault   string // its name, "" without one
	By      string // who printed it
	Printed time.Time
	World   World // nil: nobody is named
	Sheets  []Sheet
	Binder  *Binder // nil: a page of one sheet
}

// A Sheet is one runbook.
type Sheet struct {
	Book      *runbooks.Runbook
	Slug      string
	Version   uint64   // 0: a file, which nobody has published
	Approvers []string // names
	Draft     bool     // this version doesn't count
	Newer     uint64   // the version that counts instead of this older one, 0 if none
	Lang      string
	Words     Words // in the language of the runbook
	Copies    int   // that there should be, 0 or 1: one
	Run       *Run  // nil: nothing has been done yet
}

// A Run is a live run that goes on on paper.
type Run struct {
	ID    string
	State runbooks.State
	Owner string // name
}

// A Binder is the first part of `pack paper`.
type Binder struct {
	Policy uint64 // version
	Duties []Contacts
	Roles  []Contacts
}

// Contacts are the people behind a duty or a role, in the order in which to try them.
type Contacts struct {
	Title  string
	People []runbooks.Contact
}

// Name is the sheet's runbook as footers have it: "no-internet@4", or the slug alone.
func (s *Sheet) Name() string {
	if s.Version == 0 {
		return s.Slug
	}
	return fmt.Sprintf("%s@%d", s.Slug, s.Version)
}

// Digest is the beginning of the text's SHA-256, to compare two papers by.
func (s *Sheet) Digest() string { return short(s.Book.Digest) }

func short(digest string) string {
	if len(digest) < 8 {
		return digest
	}
	return digest[:4] + " " + digest[4:8]
}

// Write puts the page out as HTML.
func Write(w io.Writer, p *Page) error {
	style := p.style()
	view := &pageView{page: p, Title: p.title(), CSS: style, Policy: policyFor(style)}
	for i := range p.Sheets {
		view.Sheets = append(view.Sheets, newSheet(p, i))
	}
	tmpl, err := page()
	if err != nil {
		return fmt.Errorf("the template of the page: %w", err)
	}
	if err := tmpl.Execute(w, view); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
