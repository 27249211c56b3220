package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"opsvault/vault/store"
)

// Dir is the local state of opsvault (OPSVAULT_HOME): identities lie in
// identities/ below it. *store.Dir is one.
type Dir interface {
	List(name string) ([]store.Item, error)
	Read(name string, limit int64) ([]byte, error)
	WriteOnce(name string, data []byte) error
	Replace(name string, data []byte) error
	Remove(name string) error
}

const (
	folder    = "identities"
	sealedExt = ".age"
	clearExt  = ".txt"
)

// Entry is one identity that lies in a Dir.
type Entry struct {
	Member string
	Locked bool // sealed with a passphrase
}

// File is an identity as it lies on disk.
type File struct {
	Member string
	Locked bool // Data is sealed with a passphrase
	Data   []byte
}

// Find lists the identities of a Dir by member. Where one lies there twice, sealed
// and in clear, the sealed one counts: the other is what an interrupted
// ChangePassphrase left.
func Find(dir Dir) ([]Entry, error) {
	items, err := dir.List(folder)
	if err != nil {
		return nil, fmt.Errorf("look for identities: %w", err)
	}
	var found []Entry
	for _, item := range items {
		member, locked := strings.CutSuffix(item.Name, sealedExt)
		if !locked {
			var inClear bool
			if member, inClear = strings.CutSuffix(item.Name, clearExt); !inClear {
				continue
			}
		}
		if !isMember(member) || item.Kind != store.KindFile {
			continue
		}
		// By name, ".age" comes directly before ".txt" of the same member.
		if n := len(found); n > 0 && found[n-1].Member == member {
			continue
		}
		found = append(found, Entry{Member: member, Locked: locked})
	}
	slices.SortFunc(found, func(a, b Entry) int { return strings.Compare(a.Member, b.Member) })
	return found, nil
}

// Read gives a member's file without opening it. A member without one is
// fs.ErrNotExist.
func Read(dir Dir, member string) (File, error) {
	if !isMember(member) {
		return File{}, fmt.Errorf("%w: %q", ErrMember, member)
	}
	return read(dir, member, member)
}

// read gives a member's file by its name without an extension. Of two the
// sealed one counts.
func read(dir Dir, member, name string) (File, error) {
	for _, locked := range []bool{true, false} {
		data, err := dir.Read(fileName(name, locked), MaxFile)
		if err == nil {
			return File{Member: member, Locked: locked, Data: data}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return File{}, fmt.Errorf("identity of %s: %w", member, err)
		}
	}
	return File{}, fmt.Errorf("identity of %s: %w", member, fs.ErrNotExist)
}

// Open gives the keys. The passphrase is not looked at for a file in clear. It
// returns ErrNoPassphrase, ErrPassphrase or ErrDamaged.
func (f File) Open(passphrase []byte) (*Identity, error) {
	plain := f.Data
	if f.Locked {
		var err error
		if plain, err = OpenWithPassphrase(f.Data, passphrase); err != nil {
			return nil, err
		}
		defer clear(plain)
	}
	i, err := Parse(plain)
	if err == nil && i.member != f.Member {
		return nil, damaged("it is that of %s and lies where that of %s belongs", i.member, f.Member)
	}
	return i, err
}

// Create writes a new identity, sealed with a passphrase. It returns
// ErrNoPassphrase, or ErrExists where the member has one here: that stays as it is.
func Create(dir Dir, i *Identity, passphrase []byte) error {
	if len(passphrase) == 0 {
		return ErrNoPassphrase
	}
	if err := free(dir, i.member); err != nil {
		return err
	}
	sealed, err := reseal(i, passphrase)
	if err != nil {
		return err
	}
	return create(dir, i.member, true, sealed)
}

// CreateInClear writes a new identity without a passphrase: whoever reads the disk
// has the keys. It returns ErrExists as Create does.
func CreateInClear(dir Dir, i *Identity) error {
	if err := free(dir, i.member); err != nil {
		return err
	}
	return create(dir, i.member, false, i.Marshal())
}

// ChangePassphrase seals a member's identity anew; one in clear gets its first
// passphrase (old is not looked at) and its file in clear is removed. What will be
// written is opened first, and the file is replaced in one durable step, so at
// every moment the old passphrase opens it or the new one does. It returns
// fs.ErrNotExist, ErrNoPassphrase, ErrPassphrase or ErrDamaged besides errors of the disk.
func ChangePassphrase(dir Dir, member string, old, new []byte) error {
	if len(new) == 0 {
		return ErrNoPassphrase
	}
	file, err := Read(dir, member)
	if err != nil {
		return err
	}
	i, err := file.Open(old)
	if err != nil {
		return err
	}
	sealed, err := reseal(i, new)
	if err != nil {
		return err
	}
	return replace(dir, member, sealed)
}

// replace puts a sealed identity into the place of the one that is there. If it
// stops in between, one of the two opens.
func replace(dir Dir, member string, sealed []byte) error {
	if err := dir.Replace(fileName(member, true), sealed); err != nil {
		return fmt.Errorf("change the passphrase of %s: %w", member, err)
	}
	if err := dir.Remove(fileName(member, false)); err != nil {
		return fmt.Errorf("remove the identity of %s in clear: %w", member, err)
	}
	return nil
}

// reseal seals and proves that the result opens to the same keys.
func reseal(i *Identity, passphrase []byte) ([]byte, error) {
	if _, err := i.Age(); err != nil {
		return nil, err
	}
	plain := i.Marshal()
	defer clear(plain)
	sealed, err := SealWithPassphrase(plain, passphrase)
	if err != nil {
		return nil, err
	}
	opened, err := OpenWithPassphrase(sealed, passphrase)
	defer clear(opened)
	if err != nil || !bytes.Equal(opened, plain) {
		return nil, damaged("what was sealed does not open again: %v", err)
	}
	return sealed, nil
}

func free(dir Dir, member string) error {
	_, err := Read(dir, member)
	switch {
	case err == nil:
		return fmt.Errorf("%w: %s", ErrExists, member)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// create leaves what another process wrote in the meantime: WriteOnce never replaces.
func create(dir Dir, member string, locked bool, data []byte) error {
	err := dir.WriteOnce(fileName(member, locked), data)
	var other *store.EquivocationError
	if errors.As(err, &other) {
		return fmt.Errorf("%w: %s", ErrExists, member)
	}
	if err != nil {
		return fmt.Errorf("write the identity of %s: %w", member, err)
	}
	return nil
}

func fileName(name string, locked bool) string {
	if locked {
		return folder + "/" + name + sealedExt
	}
	return folder + "/" + name + clearExt
}
