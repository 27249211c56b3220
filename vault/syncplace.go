package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// ErrSamePlace: a vault can't be merged with itself, nor with what lies in it.
var ErrSamePlace = errors.New("the other copy is this one, or lies in it")

// OtherVaultError says that another vault lies at a place.
type OtherVaultError struct {
	Place      string
	Have, Want statement.Hash
}

func (e *OtherVaultError) Error() string {
	return fmt.Sprintf("%s holds vault %s, not %s", e.Place, e.Have.Short(), e.Want.Short())
}

// Is makes the error an ErrOtherVault.
func (e *OtherVaultError) Is(target error) bool { return target == ErrOtherVault }

// PlaceError says that the other copy can't be read or written, or is gone.
type PlaceError struct {
	Place string
	Err   error
}

func (e *PlaceError) Error() string { return e.Place + ": " + e.Err.Error() }
func (e *PlaceError) Unwrap() error { return e.Err }

// placeDir is what a sync needs of the other copy; *store.Dir is one.
type placeDir interface {
	union.Dir
	Stat(name string) (store.Info, error)
	List(name string) ([]store.Item, error)
	Open(name string) (store.File, error)
	Replace(name string, data []byte) error
}

// A place is the other copy.
type place struct {
	path   string
	dir    placeDir
	made   bool // there is no marker yet: it is written last
	parcel bool // it is not a directory, and only gives
}

// openPlace opens the other copy. With create a directory that is missing,
// empty or copied halfway becomes one.
func (v *Vault) openPlace(path string, create bool) (*place, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	if err := v.notOurs(abs); err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	switch {
	case v.opts.Storage != nil:
	case errors.Is(err, fs.ErrNotExist) && !create:
		return nil, ErrNoCopy
	case errors.Is(err, fs.ErrNotExist):
		if err := os.Mkdir(abs, 0o700); err != nil {
			return nil, &PlaceError{abs, err}
		}
	case err != nil:
		return nil, &PlaceError{abs, err}
	case !info.IsDir():
		return nil, &PlaceError{abs, errors.New("it is not a directory")}
	}
	dir, err := v.opts.storage(abs, create && v.opts.Storage != nil)
	if err != nil {
		return nil, &PlaceError{abs, err}
	}
	p := &place{path: abs, dir: dir}
	return p, v.checkPlace(p, create)
}

// checkPlace makes sure that it is a copy of this vault, or may become one.
func (v *Vault) checkPlace(p *place, create bool) error {
	id, err := v.markerOf(p.dir)
	switch {
	case err == nil && id != v.id:
		return &OtherVaultError{p.path, id, v.id}
	case err == nil:
		return nil
	case !errors.Is(err, ErrNoVault):
		return &PlaceError{p.path, err}
	case !create:
		return ErrNoCopy
	}
	p.made = true
	items, err := p.dir.List(".")
	if err != nil {
		return &PlaceError{p.path, err}
	}
	for _, item := range items {
		if !partOfCopy(item.Name) {
			return fmt.Errorf("%s: %w", p.path, ErrNotEmpty)
		}
	}
	return v.checkFirst(p)
}

// markerOf reads a marker; one that was copied halfway is none.
func (v *Vault) markerOf(dir placeDir) (statement.Hash, error) {
	data, err := dir.Read(MarkerName, markerLimit)
	if errors.Is(err, fs.ErrNotExist) || err == nil && torn(data) {
		return statement.Hash{}, ErrNoVault
	}
	if err != nil {
		return statement.Hash{}, err
	}
	return parseMarker(data)
}

// torn reports whether a marker ends before its last line does: a copy that
// was cut short leaves a part, nothing, or zeros.
func torn(marker []byte) bool {
	return len(marker) == 0 || marker[len(marker)-1] != '\n' || strings.IndexByte(string(marker), 0) >= 0
}

// checkFirst refuses a copy without a marker whose first policy is another one.
func (v *Vault) checkFirst(p *place) error {
	items, err := p.dir.List("policy")
	if err != nil {
		return &PlaceError{p.path, err}
	}
	for _, item := range items {
		n, ok := store.ParseName("policy/" + item.Name)
		if ok && n.Form == store.FormPolicy && n.Number == 1 && n.Hash != v.id.Short() {
			return fmt.Errorf("%s: it holds the policy of another vault: %w", p.path, ErrNotEmpty)
		}
	}
	return nil
}

// vaultDirs are the directories that a vault can have.
func vaultDirs() []string {
	return []string{"acts", "devices", "entries", "keys", "logs", "packets", "policy", "quorum", "runbooks", "runs", "safes", store.TempDir}
}

// partOfCopy reports whether a name at the top is one that a copy, or the
// filesystem of a stick, may have.
func partOfCopy(name string) bool {
	known := []string{MarkerName, store.AttributesName, ".git", ".gitignore", "lost+found", "System Volume Information", "$RECYCLE.BIN"}
	return slices.Contains(vaultDirs(), name) || slices.Contains(known, name) || strings.HasPrefix(name, ".")
}

// notOurs refuses this copy itself, what lies in it, and what it lies in.
func (v *Vault) notOurs(abs string) error {
	for _, pair := range [][2]string{{abs, v.path}, {v.path, abs}} {
		for at := pair[0]; ; at = filepath.Dir(at) {
			if at == pair[1] || sameDir(at, pair[1]) {
				return fmt.Errorf("%s: %w", abs, ErrSamePlace)
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return nil
}

func sameDir(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// alive returns an error when the other copy is not there any more.
func (p *place) alive() error {
	if p.parcel {
		return nil
	}
	if _, err := p.dir.List("."); err != nil {
		return &PlaceError{p.path, err}
	}
	if p.made {
		return nil
	}
	if _, err := p.dir.Stat(MarkerName); err != nil {
		return &PlaceError{p.path, err}
	}
	return nil
}

// blame says whose error it is, where it doesn't say so itself.
func (p *place) blame(err error) error {
	var known *PlaceError
	if p.parcel || errors.As(err, &known) {
		return err
	}
	if gone := p.alive(); gone != nil {
		return gone
	}
	return err
}

// finishPlace makes a new copy one: its marker comes last.
func (c *carrier) finishPlace() error {
	p := c.place
	if err := p.alive(); err != nil {
		return err
	}
	if c.v.policy.Doc == nil || c.merge.Failed != nil {
		return nil
	}
	mark, err := encodeMarker(c.v.id, c.v.policy.Doc.Name)
	if err != nil {
		return err
	}
	if c.unmarked {
		if err := finishCopy(c.v.dir, mark); err != nil {
			return err
		}
		c.unmarked = false
	}
	if !p.made || c.merge.ReadOnly || p.parcel {
		return nil
	}
	if err := finishCopy(p.dir, mark); err != nil {
		return &PlaceError{p.path, err}
	}
	return nil
}

func finishCopy(dir placeDir, mark []byte) error {
	if _, err := dir.Stat(store.AttributesName); errors.Is(err, fs.ErrNotExist) {
		if err := dir.Replace(store.AttributesName, []byte(attributes)); err != nil {
			return err
		}
	}
	return dir.Replace(MarkerName, mark)
}
