package statement

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// An exampleDoc is what the Examples section of docs/format.md holds.
type exampleDoc struct {
	text   string
	keys   map[string]string
	signer ssh.Signer
}

// readExamples reads the page and the keys of its examples.
func readExamples(tb testing.TB) exampleDoc {
	tb.Helper()
	page, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		tb.Fatal(err)
	}
	doc := exampleDoc{text: string(page), keys: map[string]string{}}
	for line := range strings.Lines(doc.one(tb, "statement-keys")) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		doc.keys[name] = value
	}
	seed, err := base64.StdEncoding.DecodeString(doc.keys["signing-seed"])
	if err != nil || len(seed) != ed25519.SeedSize {
		tb.Fatalf("signing-seed: %d bytes, %v", len(seed), err)
	}
	if doc.signer, err = ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed)); err != nil {
		tb.Fatal(err)
	}
	return doc
}

// blocks returns the fenced blocks of the page with this mark.
func (d exampleDoc) blocks(mark string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?s)\n```"+mark+"\n(.*?)```\n").FindAllStringSubmatch(d.text, -1) {
		found = append(found, m[1])
	}
	return found
}

func (d exampleDoc) one(tb testing.TB, mark string) string {
	tb.Helper()
	found := d.blocks(mark)
	if len(found) != 1 {
		tb.Fatalf("%d blocks %s in docs/format.md", len(found), mark)
	}
	return found[0]
}

func (d exampleDoc) identity(tb testing.TB, key string) *age.HybridIdentity {
	tb.Helper()
	id, err := age.ParseHybridIdentity(d.keys[key])
	if err != nil {
		tb.Fatalf("%s: %v", key, err)
	}
	return id
}

// open opens an example with the key that the page gives.
func (d exampleDoc) open(tb testing.TB, file string) *Statement {
	tb.Helper()
	key, err := parseKey(d.keys["key"])
	if err != nil {
		tb.Fatal(err)
	}
	st, err := Open([]byte(file), func(string) (ssh.PublicKey, error) { return key, nil })
	if err != nil {
		tb.Fatal(err)
	}
	return st
}

func TestExamplesOfTheFormat(t *testing.T) {
	doc := readExamples(t)
	if got := DeviceID(doc.signer.PublicKey()); got != doc.keys["device"] {
		t.Errorf("device is %s, the page says %s", got, doc.keys["device"])
	}
	seen := map[Type]bool{}
	for _, file := range doc.blocks("statement-example") {
		st := doc.open(t, file)
		seen[st.Header.Type] = true
		if !strings.Contains(doc.text, "`"+st.Hash.String()+"`") {
			t.Errorf("%s: the page does not say that its hash is %s", st.Header.Type, st.Hash)
		}
		again, _, err := Sign(st.Header, st.Parts, doc.signer, nil)
		if err != nil || string(again) != file {
			t.Errorf("%s: signed anew it differs: %v\n%s", st.Header.Type, err, again)
		}
	}
	for _, kind := range []Type{TypeHead, TypeSign, TypeEntry, TypeAct} {
		if !seen[kind] {
			t.Errorf("no example of type %s", kind)
		}
	}
}

func TestExampleEntryOfTheFormat(t *testing.T) {
	doc := readExamples(t)
	for _, file := range doc.blocks("statement-example") {
		st := doc.open(t, file)
		if st.Header.Type != TypeEntry {
			continue
		}
		e, err := ParseEntry(st.Header)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct{ key, block string }{{"@catalogue/1", "statement-card"}, {"telephony/2", "statement-secret"}} {
			plain, err := Unseal(st.Parts[i], doc.identity(t, want.key))
			if err != nil || string(plain) != doc.one(t, want.block) {
				t.Errorf("%s: %v\n%s", want.block, err, plain)
			}
			for _, line := range []string{"vault: " + e.Vault.String(), "id: " + e.ID, "version: " + formatNumber(e.Version), "safe: " + e.Safe, "author: " + e.Author} {
				if !bytes.Contains(plain, []byte(line+"\n")) {
					t.Errorf("%s does not say %s", want.block, line)
				}
			}
		}
		if Sum([]byte(doc.one(t, "statement-secret"))) != e.Secret {
			t.Error("`secret` is not the hash of the secret")
		}
		if want := entryID(t, doc.keys["@catalogue/1"], "telephony/sip-trunk"); e.ID != want {
			t.Errorf("id is %s, want %s", e.ID, want)
		}
	}
}

// entryID is the rule of section 3, for a path that is in folded form already.
func entryID(t *testing.T, catalogue, path string) string {
	t.Helper()
	key, err := hkdf.Key(sha256.New, []byte(catalogue), nil, "opsvault/v1 names", 32)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("opsvault/v1 entry\n" + path))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)))[:26]
}
