package entry

import "fmt"

// Binding ties a plaintext to its place. The signed header around it says the same.
type Binding struct {
	Vault   string `yaml:"vault"` // vault id, 64 hex digits
	Safe    string `yaml:"safe"`
	ID      string `yaml:"id"`
	Path    string `yaml:"path"` // not in the header: "" there
	Version uint64 `yaml:"version"`
	Author  string `yaml:"author"` // member id
}

// BindError says which line of a plaintext contradicts the place where it lies:
// somebody moved a sealed part, or a writer lied.
type BindError struct{ Line, Want, Got string }

func (e *BindError) Error() string {
	return fmt.Sprintf("bound to another place: %s is %q, not %q", e.Line, clip(e.Got), clip(e.Want))
}

// NewBinding binds an entry at p.
func NewBinding(vault string, namesKey []byte, p Path, version uint64, author string) Binding {
	return Binding{Vault: vault, Safe: p.Safe(), ID: ID(namesKey, p), Path: p.String(), Version: version, Author: author}
}

// Bind compares with what the header says, and the path inside with the safe and
// the id: the id must be the names key's word for this path. A Path of "" in want
// is not compared; with a nil names key the id is not derived. It returns a *BindError.
func (b Binding) Bind(want Binding, namesKey []byte) error {
	if want.Path == "" {
		want.Path = b.Path
	}
	for _, line := range [...]BindError{
		{"vault", want.Vault, b.Vault},
		{"safe", want.Safe, b.Safe},
		{"id", want.ID, b.ID},
		{"path", want.Path, b.Path},
		{"version", fmt.Sprint(want.Version), fmt.Sprint(b.Version)},
		{"author", want.Author, b.Author},
	} {
		if line.Want != line.Got {
			return &line
		}
	}
	p, err := ParsePath(b.Path)
	if err != nil {
		return err
	}
	if p.Safe() != b.Safe {
		return &BindError{"path", b.Safe + "/…", b.Path}
	}
	if namesKey != nil {
		if id := ID(namesKey, p); id != b.ID {
			return &BindError{"id", id, b.ID}
		}
	}
	return nil
}

// check holds for the form alone.
func (b Binding) check() error {
	refuse := func(key, text string) error { return &TextError{Key: key, Text: clip(text), Why: Malformed} }
	p, err := ParsePath(b.Path)
	switch {
	case err != nil:
		return err
	case p.String() != b.Path:
		return refuse("path", b.Path)
	case !isHash(b.Vault):
		return refuse("vault", b.Vault)
	case p.Safe() != b.Safe:
		return refuse("safe", b.Safe)
	case !IsID(b.ID):
		return refuse("id", b.ID)
	case b.Version < 1 || b.Version > MaxVersion:
		return refuse("version", fmt.Sprint(b.Version))
	case !isID(b.Author):
		return refuse("author", b.Author)
	}
	return nil
}

// MaxVersion of an entry.
const MaxVersion = 999_999

// isHash holds for 64 lower-case hex digits.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
