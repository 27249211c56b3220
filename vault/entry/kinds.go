package entry

import (
	_ "embed"
	"slices"
	"strings"
)

// DefaultKind is the kind of an entry about which nothing else was said.
const DefaultKind = "service"

//go:embed kinds.yaml
var kindsText string

// Kind is a template of entries: which fields they usually have, what these are
// called, and how a new password is made. Titles and labels are by language: "en", "ru".
type Kind struct {
	ID       string
	Title    map[string]string
	Hint     map[string]string // what belongs here, in a few words
	Ticket   bool              // a reveal asks for a ticket: the access is somebody else's
	Generate *Recipe           // nil where the secret is issued by the other side
	Fields   []KindField
}

// KindField is one field that entries of a kind usually have.
type KindField struct {
	ID        string
	Label     map[string]string
	Secret    bool // masked on a screen, typed without echo. (All fields are sealed.)
	Main      bool // what -p shows: one a kind
	Login     bool // what open copies first: at most one a kind
	Multiline bool // may hold several lines
	Rare      bool // not asked for one by one
}

// Kinds lists all kinds in the order in which they are offered. It reads the whole
// embedded text, about a millisecond: for forms and help, not for every entry.
func Kinds() []Kind {
	var kinds []Kind
	for _, id := range KindIDs() {
		kind, _ := KindByID(id)
		kinds = append(kinds, kind)
	}
	return kinds
}

// KindIDs lists the ids of all kinds without reading the kinds.
func KindIDs() []string {
	var ids []string
	for line := range strings.Lines(kindsText) {
		if id, rest, _ := strings.Cut(line, ":"); rest == "\n" && isID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// KindByID reads one kind, about 0.1 ms. Entries of unknown kinds are sound: they
// have no template. The caller owns the result.
func KindByID(id string) (Kind, bool) {
	if !isID(id) {
		return Kind{}, false
	}
	_, block, found := strings.Cut("\n"+kindsText, "\n"+id+":\n")
	if !found {
		return Kind{}, false
	}
	kind, err := parseKind(id, indented(block))
	if err != nil {
		panic("entry: kinds.yaml: " + id + ": " + err.Error()) // a test reads every kind
	}
	return kind, true
}

// indented gives the lines up to the next one that is not.
func indented(text string) string {
	end := 0
	for line := range strings.Lines(text) {
		if line[0] != ' ' {
			break
		}
		end += len(line)
	}
	return text[:end]
}

// Field finds the template of a field, in any spelling of its name. The field of
// a name that the kind does not know is secret.
func (k Kind) Field(name string) (KindField, bool) {
	for _, f := range k.Fields {
		if f.ID == name || f.ID == fold(name) {
			return f, true
		}
	}
	return KindField{ID: name, Secret: true}, false
}

// MainField picks from the names of an entry's fields the one that -p shows: the
// kind's main field, else its next secret one, else a password, a key or a token,
// else the only one.
func (k Kind) MainField(names []string) (string, bool) {
	var wanted []string
	for _, f := range k.Fields {
		if f.Main {
			wanted = slices.Insert(wanted, 0, f.ID)
		} else if f.Secret {
			wanted = append(wanted, f.ID)
		}
	}
	for _, id := range append(wanted, "password", "private-key", "token", "key") {
		if i := slices.IndexFunc(names, func(name string) bool { return fold(name) == id }); i >= 0 {
			return names[i], true
		}
	}
	if len(names) == 1 {
		return names[0], true
	}
	return "", false
}

// LoginField picks the field that is typed before the main one.
func (k Kind) LoginField(names []string) (string, bool) {
	wanted := []string{"username", "login", "user"}
	for _, f := range k.Fields {
		if f.Login {
			wanted = slices.Insert(wanted, 0, f.ID)
		}
	}
	for _, id := range wanted {
		if i := slices.IndexFunc(names, func(name string) bool { return fold(name) == id }); i >= 0 {
			return names[i], true
		}
	}
	return "", false
}
