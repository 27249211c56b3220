package vault_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// A sealedPart is an age file out of a statement, and what it is.
type sealedPart struct {
	file   string
	data   []byte
	safe   string // whose generation it is sealed to
	policy uint64 // under which version
	gen    uint64
	to     string // device, of a packet's part
}

// opens tries every key that a device ever held, with age alone, against every
// secret in the vault, and compares that with the policy's history.
func (m *model) opens() {
	parts, docs := m.sealedParts(), m.history()
	found := map[string]bool{}
	for _, p := range m.team.People {
		device, keys := m.keysOf(p)
		for _, part := range parts {
			text, opened := tryAge(part.data, keys)
			if opened {
				found[passwordIn(text)] = true
			}
			want := entitledBy(docs, p.Member, device, part)
			if part.to != "" {
				want = part.to == device
			}
			if opened && !want {
				m.t.Fatalf("%s can open %s, which no policy version gave", p.Member, part.file)
			}
			if !opened && want && !m.gone[p.Member] {
				m.t.Fatalf("%s can't open %s, which the policy gives", p.Member, part.file)
			}
		}
	}
	for content, path := range m.acked {
		if !found[content] {
			m.t.Fatalf("%s of %s was acknowledged, and nobody can open it", content, path)
		}
	}
}

// keysOf collects every age identity that a person's device ever held: its own,
// and those of all bundles that its own key opens.
func (m *model) keysOf(p *vaulttest.Mate) (device string, keys []age.Identity) {
	home, err := store.OpenDir(p.Home)
	if err != nil {
		m.t.Fatal(err)
	}
	file, err := identity.Read(home, p.Member)
	if err != nil {
		m.t.Fatal(err)
	}
	id, err := file.Open(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	own, err := id.Age()
	if err != nil {
		m.t.Fatal(err)
	}
	keys = []age.Identity{own}
	names, err := filepath.Glob(filepath.Join(p.Dir, "keys", id.DeviceID(), "*.keys"))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, name := range names {
		text, ok := tryAge(partsOf(m, name)[0], keys[:1])
		if !ok {
			m.t.Fatalf("%s can't open a bundle: %s", p.Member, name)
		}
		more, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			m.t.Fatal(err)
		}
		keys = append(keys, more...)
	}
	return id.DeviceID(), keys
}

func tryAge(data []byte, keys []age.Identity) ([]byte, bool) {
	r, err := age.Decrypt(bytes.NewReader(data), keys...)
	if err != nil {
		return nil, false
	}
	text, err := io.ReadAll(r)
	return text, err == nil
}

func passwordIn(text []byte) string {
	_, rest, _ := strings.Cut(string(text), "\n  password: ")
	password, _, _ := strings.Cut(rest, "\n")
	return password
}

// partsOf returns the sealed parts of a statement's file, taken out by their armor.
func partsOf(m *model, name string) [][]byte {
	data, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	var parts [][]byte
	const begin = "-----BEGIN AGE ENCRYPTED FILE-----"
	for _, block := range strings.Split(string(data), begin)[1:] {
		part, err := statement.Dearmor([]byte(begin + block))
		if err != nil {
			m.t.Fatalf("%s: %v", name, err)
		}
		parts = append(parts, part)
	}
	return parts
}

// sealedParts are the secrets of all entries and packets, of Maria's copy.
func (m *model) sealedParts() []sealedPart {
	var parts []sealedPart
	dir := m.team.Person("maria").Dir
	for _, pattern := range []string{"entries/*/*.entry*", "packets/*/*.packet*"} {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, name := range names {
			parts = append(parts, m.secretsOf(name)...)
		}
	}
	return parts
}

// secretsOf reads the lines of a header that say what is sealed to whom.
func (m *model) secretsOf(name string) []sealedPart {
	data, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	sealed, number := 0, uint64(0)
	var parts []sealedPart
	blocks := partsOf(m, name)
	for line := range strings.Lines(string(data)) {
		word := strings.Fields(line)
		if len(word) == 0 || strings.HasPrefix(line, "-----") {
			break
		}
		if word[0] == "policy" {
			number = atoi(m, word[1])
		}
		if word[0] != "sealed" {
			continue
		}
		if word[1] == "secret" {
			p := sealedPart{file: name, data: blocks[sealed], policy: number, safe: word[2], gen: atoi(m, word[3])}
			if p.gen == 0 {
				p.safe, p.to = "", word[2]
			}
			parts = append(parts, p)
		}
		sealed++
	}
	return parts
}

func atoi(m *model, s string) uint64 {
	var n uint64
	for _, c := range s {
		if c < '0' || c > '9' {
			m.t.Fatalf("no number: %s", s)
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// history are all policy documents that lie in the vault, by number.
func (m *model) history() map[uint64][]*policy.Document {
	names, err := filepath.Glob(filepath.Join(m.team.Person("maria").Dir, "policy", "*.yaml"))
	if err != nil {
		m.t.Fatal(err)
	}
	docs := map[uint64][]*policy.Document{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			m.t.Fatal(err)
		}
		doc, err := policy.Parse(data)
		if err != nil {
			m.t.Fatal(err)
		}
		docs[doc.Version] = append(docs[doc.Version], doc)
	}
	return docs
}

// entitledBy: some version gave this device the key that a part is sealed to.
// The key is the one that the part's own policy version names.
func entitledBy(docs map[uint64][]*policy.Document, member, device string, part sealedPart) bool {
	keys := map[string]bool{}
	for _, doc := range docs[part.policy] {
		for _, g := range doc.Generations(part.safe) {
			if g.Gen == part.gen {
				keys[g.Recipient] = true
			}
		}
	}
	for _, list := range docs {
		for _, doc := range list {
			if owner, ok := doc.MemberOf(device); !ok || owner != member || !contains(doc.Readers(part.safe), member) {
				continue
			}
			for _, g := range doc.Generations(part.safe) {
				if keys[g.Recipient] {
					return true
				}
			}
		}
	}
	return false
}

func contains(list []string, one string) bool {
	for _, x := range list {
		if x == one {
			return true
		}
	}
	return false
}
