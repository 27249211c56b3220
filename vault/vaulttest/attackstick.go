package vaulttest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A StickAttack is something done to a copy of the vault that is carried
// around. Maria has filled it from hers; somebody else changes it by Do.
type StickAttack struct {
	Name string // as an Attack's
	Do   func(t *Team, stick string) error
}

// StickAttacks are all attacks on what is carried.
func StickAttacks() []StickAttack {
	return []StickAttack{
		{"stick-statement-forged", StickStatementForged},
		{"stick-statement-torn", StickStatementTorn},
		{"stick-entry-other-bytes", StickEntryOtherBytes},
		{"stick-log-wrong-key", StickLogWrongKey},
		{"stick-log-tail-forged", StickLogTailForged},
		{"stick-log-line-changed", StickLogLineChanged},
		{"stick-linked", StickLinked},
		{"stick-directory", StickDirectory},
		{"stick-many-devices", StickManyDevices},
		{"stick-junk-names", StickJunkNames},
		{"stick-policy-flood", StickPolicyFlood},
		{"stick-oversized", StickOversized},
		{"stick-marker-swapped", StickMarkerSwapped},
		{"stick-half-copied", StickHalfCopied},
		{"stick-half-zeros", StickHalfZeros},
		{"stick-key-replaced", StickKeyReplaced},
		{"stick-device-replaced", StickDeviceReplaced},
		{"stick-quarantine-flood", StickQuarantineFlood},
	}
}

// newest is the file on the stick that a pattern of path.Match describes, of
// several the last.
func newest(stick, pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(stick, filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("nothing lies at %s: %w", pattern, err)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

func change(file string, edit func([]byte) []byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, edit(data), 0o600)
}

// put writes a file on the stick.
func put(stick, name string, data []byte) error {
	path := filepath.Join(stick, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// mariasLog is the directory of Maria's log, her device's id its base.
func (t *Team) mariasLog(stick string) (string, error) {
	v, err := t.Open(t.Person("maria"))
	if err != nil {
		return "", err
	}
	defer v.Close()
	return filepath.Join(stick, "logs", v.Me().Device), nil
}

// second is the newest version of Trunk: the only one with a 2 in its name.
const second = "entries/*/*-000002-*.entry"

// StickStatementForged changes the header of a statement that Ivan lacks.
func StickStatementForged(_ *Team, stick string) error {
	file, err := newest(stick, second)
	if err != nil {
		return err
	}
	return change(file, func(data []byte) []byte {
		return bytes.Replace(data, []byte("author maria"), []byte("author marta"), 1)
	})
}

// StickStatementTorn cuts it in half, as a copy does that was interrupted.
func StickStatementTorn(_ *Team, stick string) error {
	file, err := newest(stick, second)
	if err != nil {
		return err
	}
	return change(file, func(data []byte) []byte { return data[:len(data)/2] })
}

// StickEntryOtherBytes puts other bytes at the name of a statement that Ivan has.
func StickEntryOtherBytes(_ *Team, stick string) error {
	file, err := newest(stick, "entries/*/*-000001-*.entry")
	if err != nil {
		return err
	}
	return change(file, func(data []byte) []byte { return append(bytes.Clone(data), "junk\n"...) })
}

// StickLogWrongKey has somebody sign Maria's head with a key of their own.
func StickLogWrongKey(t *Team, stick string) error {
	dir, err := t.mariasLog(stick)
	if err != nil {
		return err
	}
	key, err := identity.New("mallory", rand.Reader)
	if err != nil {
		return err
	}
	return change(filepath.Join(dir, "head"), func(data []byte) []byte {
		header, _, _ := bytes.Cut(data, []byte("-----BEGIN"))
		return append(bytes.Clone(header), Signature(header, "head", key.Signer())...)
	})
}

// StickLogTailForged adds a line to Maria's log that she never wrote.
func StickLogTailForged(t *Team, stick string) error {
	dir, err := t.mariasLog(stick)
	if err != nil {
		return err
	}
	return change(filepath.Join(dir, "000001.jsonl"), func(data []byte) []byte {
		lines := bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
		return append(bytes.Clone(data), append(lines[len(lines)-1], '\n')...)
	})
}

// StickLogLineChanged changes a line in Maria's log that Ivan has not seen.
func StickLogLineChanged(t *Team, stick string) error {
	dir, err := t.mariasLog(stick)
	if err != nil {
		return err
	}
	return change(filepath.Join(dir, "000001.jsonl"), func(data []byte) []byte {
		at := bytes.LastIndex(data, []byte(`"actor":"maria"`))
		return slices.Concat(data[:at], []byte(`"actor":"marta"`), data[at+len(`"actor":"maria"`):])
	})
}

// StickLinked puts links where files belong: one out of the stick, one within.
func StickLinked(t *Team, stick string) error {
	file, err := newest(stick, second)
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	if err := os.Symlink(filepath.Join(t.Person("maria").Home, "identities", "maria.txt"), file); err != nil {
		return err
	}
	return os.Symlink("/etc/passwd", filepath.Join(stick, "keys", "passwd"))
}

// StickDirectory puts a directory where a file belongs.
func StickDirectory(_ *Team, stick string) error {
	file, err := newest(stick, second)
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	return os.Mkdir(file, 0o700)
}

// StickManyDevices puts 1,000 sound .device files there that nobody invited.
func StickManyDevices(t *Team, stick string) error {
	for i := range 1000 {
		key, err := identity.New(fmt.Sprintf("stranger-%d", i), rand.Reader)
		if err != nil {
			return err
		}
		file, err := key.DeviceStatement("desk", t.Now())
		if err != nil {
			return err
		}
		if err := put(stick, store.DeviceName(key.DeviceID()), file); err != nil {
			return err
		}
	}
	return nil
}

// StickJunkNames fills a directory with names that are none of a vault's.
func StickJunkNames(_ *Team, stick string) error {
	for i := range 30_000 {
		if err := put(stick, fmt.Sprintf("entries/zz/junk-%06d", i), nil); err != nil {
			return err
		}
	}
	return nil
}

// StickPolicyFlood puts 200 versions of a policy there, each signed by somebody
// whom no policy knows.
func StickPolicyFlood(t *Team, stick string) error {
	key, err := identity.New("mallory", rand.Reader)
	if err != nil {
		return err
	}
	file, err := newest(stick, "policy/000002-*.yaml")
	if err != nil {
		return err
	}
	doc, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	sign, err := newest(stick, "policy/000002-*.sign")
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(sign)
	if err != nil {
		return err
	}
	header, _, _ := bytes.Cut(signature, []byte("-----BEGIN"))
	for i := range 200 {
		if err := floodOne(stick, i, doc, header, key); err != nil {
			return err
		}
	}
	return nil
}

func floodOne(stick string, i int, doc, header []byte, key *identity.Identity) error {
	doc = bytes.Replace(doc, []byte("name: Contact centre"), []byte(fmt.Sprintf("name: Flood %d", i)), 1)
	hash := sumOf(doc)
	name := fmt.Sprintf("policy/%06d-%s", 3+i, hash[:16])
	lines := strings.Split(string(header), "\n")
	for n, line := range lines {
		switch {
		case strings.HasPrefix(line, "device "):
			lines[n] = "device " + key.DeviceID()
		case strings.HasPrefix(line, "document "):
			lines[n] = fmt.Sprintf("document %d %s", 3+i, hash)
		}
	}
	text := []byte(strings.Join(lines, "\n"))
	if err := put(stick, name+".yaml", doc); err != nil {
		return err
	}
	return put(stick, name+"-"+key.DeviceID()+".sign", append(text, Signature(text, "sign", key.Signer())...))
}

// StickOversized makes a statement larger than any can be.
func StickOversized(_ *Team, stick string) error {
	file, err := newest(stick, second)
	if err != nil {
		return err
	}
	return os.Truncate(file, 2<<20)
}

// StickMarkerSwapped says that it is another vault.
func StickMarkerSwapped(_ *Team, stick string) error {
	return put(stick, "opsvault.yaml", []byte("opsvault: vault/v1\nvault: "+strings.Repeat("ab", 32)+"\nname: Contact centre\n"))
}

// StickHalfCopied is a stick that was pulled out while a file manager copied:
// half of the files, no marker, one file cut.
func StickHalfCopied(_ *Team, stick string) error {
	tree, err := Look(stick)
	if err != nil {
		return err
	}
	for i, name := range tree.Files() {
		if i%2 == 0 && !strings.HasPrefix(name, "entries/") {
			if err := os.Remove(filepath.Join(stick, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(stick, "opsvault.yaml")); err != nil {
		return err
	}
	return StickStatementTorn(nil, stick)
}

// StickHalfZeros is one after a power cut: lengths are there, bytes are not.
func StickHalfZeros(t *Team, stick string) error {
	dir, err := t.mariasLog(stick)
	if err != nil {
		return err
	}
	zeros := func(from int) func([]byte) []byte {
		return func(data []byte) []byte { clear(data[from:]); return data }
	}
	if err := change(filepath.Join(dir, "head"), zeros(100)); err != nil {
		return err
	}
	if err := change(filepath.Join(dir, "000001.jsonl"), func(data []byte) []byte { return zeros(len(data) - 700)(data) }); err != nil {
		return err
	}
	return change(filepath.Join(stick, "opsvault.yaml"), zeros(0))
}

// StickKeyReplaced puts another recipient beside that of a safe: whoever sealed
// to it would seal to Mallory.
func StickKeyReplaced(_ *Team, stick string) error {
	key, err := identity.New("mallory", rand.Reader)
	if err != nil {
		return err
	}
	mine, err := key.Age()
	if err != nil {
		return err
	}
	file := []byte(mine.Recipient().String() + "\n")
	return put(stick, store.RecipientName("telephony", 1, sumOf(file)[:16]), file)
}

// StickDeviceReplaced puts another .device file in the place of Anna's.
func StickDeviceReplaced(t *Team, stick string) error {
	v, err := t.Open(t.Person("anna"))
	if err != nil {
		return err
	}
	defer v.Close()
	key, err := identity.New("anna", rand.Reader)
	if err != nil {
		return err
	}
	file, err := key.DeviceStatement("desk", t.Now())
	if err != nil {
		return err
	}
	return put(stick, store.DeviceName(v.Me().Device), file)
}

// StickQuarantineFlood puts 2,000 statements there that are none.
func StickQuarantineFlood(_ *Team, stick string) error {
	for i := range 2000 {
		name := store.EntryName(fmt.Sprintf("zz%s", encode26(i)), 1, strings.Repeat("a", 16))
		if err := put(stick, name, []byte(fmt.Sprintf("junk %d", i))); err != nil {
			return err
		}
	}
	return nil
}

func encode26(n int) string {
	b := bytes.Repeat([]byte("a"), 24)
	for i := len(b) - 1; n > 0; i, n = i-1, n/26 {
		b[i] = byte('a' + n%26)
	}
	return string(b)
}

func sumOf(data []byte) string { return statement.Sum(data).String() }
