package chain

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"opsvault/vault/statement"
)

const (
	vectorDir = "../../testdata/vectors/chain"
	formatDoc = "../../docs/format.md"
)

var update = flag.Bool("update", false, "write the vectors anew")

// vectorDevice is the device of the worked example: its seed is 32 bytes 01,
// its vault has the hash of "an example\n" for its id, and each line is made a
// quarter of a second after the one before.
func vectorDevice(t *testing.T) *device {
	d := newDevice(t, 1)
	d.spec.Vault = statement.Sum([]byte("an example\n"))
	return d
}

func (d *device) derive(info string) [32]byte {
	key, err := hkdf.Key(sha256.New, d.seed, nil, info, 32)
	if err != nil {
		panic(err)
	}
	return [32]byte(key)
}

// vectorDrafts are the lines of the vectors, in two segments.
func vectorDrafts() [][]Draft {
	id := "m4x5c6k7q2m4x5c6k7q2m4x5c6"
	return [][]Draft{{
		{Actor: "maria", Op: "vault.init", Policy: 1, Result: OK},
		{Actor: "maria", Op: "entry.put", Object: id + "@1", Policy: 1, Result: Intent, Statement: statement.Sum([]byte("a statement's header")),
			Details: map[string]any{"path": "telephony/sip-trunk"}},
		{Actor: "maria", Op: "entry.put", Object: id + "@1", Policy: 1, Result: Done, Ref: 2},
	}, {
		{Actor: "ivan", For: "anna", Op: "secret.reveal", Object: id + "@1", Policy: 2, Result: OK, Grant: "0f3a9c4411d2e5b7", Run: "r2x3r2x3r2x3r2x3",
			Details: map[string]any{"path": "telephony/sip-trunk", "fields": []string{"password"}, "reason": "SUP-4711"}},
	}}
}

// makeVectors writes the log of the vectors into dir.
func makeVectors(t *testing.T, d *device, dir Dir, recipient string) {
	opts := d.options()
	d.clock = time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC)
	opts.Clock = func() time.Time { d.clock = d.clock.Add(250 * time.Millisecond); return d.clock }
	opts.Derive = d.derive
	opts.Recipient = recipient
	for _, drafts := range vectorDrafts() {
		w, err := OpenWriter(dir, "log", d.spec, d.signer, opts)
		if err != nil {
			t.Fatal(err)
		}
		w.rotate = true
		for _, draft := range drafts {
			if _, err := w.Append(draft); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestVectors: the files that other implementations are given are what this
// one writes, byte for byte, but for the key files, which age makes anew.
func TestVectors(t *testing.T) {
	d, dir := vectorDevice(t), newMemory()
	if *update {
		makeVectors(t, d, dir, d.auditors.Recipient().String())
		writeVectors(t, d, dir)
		d = vectorDevice(t)
	}
	id := readAuditors(t)
	dir = newMemory()
	makeVectors(t, d, dir, id.Recipient().String())
	state := d.sound(t, dir, 4).State
	dir.files["log/state"] = state.Marshal()
	dir.files["log/genesis"] = d.spec.Genesis()
	for _, name := range []string{"000001.jsonl", "000002.jsonl", "head", "state", "genesis"} {
		want, err := os.ReadFile(filepath.Join(vectorDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, dir.files["log/"+name]) {
			t.Errorf("%s: have\n%s\nwant\n%s", name, dir.files["log/"+name], want)
		}
	}
	for n := uint64(1); n <= 2; n++ {
		file, err := os.ReadFile(filepath.Join(vectorDir, filepath.Base(KeyName("log", n))))
		if err != nil {
			t.Fatal(err)
		}
		if key, err := OpenKey(file, id); err != nil || key != d.derive(d.spec.KeyInfo(n)) {
			t.Errorf("key %d: %x, %v", n, key, err)
		}
	}
}

func writeVectors(t *testing.T, d *device, dir *memory) {
	delete(dir.files, noteName("log"))
	dir.files["log/genesis"] = d.spec.Genesis()
	dir.files["log/state"] = d.sound(t, dir, 4).State.Marshal()
	dir.files["log/auditors.txt"] = []byte(d.auditors.String() + "\n")
	for name, data := range dir.files {
		if err := os.WriteFile(filepath.Join(vectorDir, filepath.Base(name)), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readAuditors(t *testing.T) *age.HybridIdentity {
	text, err := os.ReadFile(filepath.Join(vectorDir, "auditors.txt"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := age.ParseHybridIdentity(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestWorkedExample reads the example out of docs/format.md, 7.6, and checks
// every value that it states.
func TestWorkedExample(t *testing.T) {
	blocks, values := readExample(t)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks in the example, want genesis, line and details", len(blocks))
	}
	seed, err := hex.DecodeString(values["seed"])
	if err != nil {
		t.Fatal(err)
	}
	d := vectorDevice(t)
	if !bytes.Equal(seed, d.seed) || values["vault"] != d.spec.Vault.String() || values["device"] != d.spec.Device {
		t.Errorf("another device or vault: %v", values)
	}
	if blocks[0] != string(d.spec.Genesis()) || values["genesis"] != statement.Sum([]byte(blocks[0])).String() {
		t.Errorf("genesis text %q, hash %s", blocks[0], values["genesis"])
	}
	line, err := ParseLine([]byte(blocks[1]))
	if err != nil {
		t.Fatal(err)
	}
	if values["line"] != line.Hash.String() || line.Seq != 2 {
		t.Errorf("line %d has hash %s, the example says %s", line.Seq, line.Hash, values["line"])
	}
	key := d.derive(d.spec.KeyInfo(1))
	if values["info"] != d.spec.KeyInfo(1) || values["key"] != fmt.Sprintf("%x", key) {
		t.Errorf("info %q, key %x", d.spec.KeyInfo(1), key)
	}
	details, err := OpenDetails(key, &line)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := json.Marshal(details); string(text)+"\n" != blocks[2] {
		t.Errorf("details %s, the example says %s", text, blocks[2])
	}
	stored, err := os.ReadFile(filepath.Join(vectorDir, "000001.jsonl"))
	if err != nil || !strings.Contains(string(stored), blocks[1]) {
		t.Errorf("the line is not in the vectors: %v", err)
	}
}

// readExample returns the code blocks of the example, and the values of its
// rows `| name | `value` |`.
func readExample(t *testing.T) (blocks []string, values map[string]string) {
	doc, err := os.ReadFile(formatDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(doc), "\n### 7.6 Worked example\n")
	section, _, ended := strings.Cut(rest, "\n## ")
	if !found || !ended {
		t.Fatal("no section 7.6 in docs/format.md")
	}
	values = map[string]string{}
	for i, part := range strings.Split(section, "```\n") {
		if i%2 == 1 {
			blocks = append(blocks, part)
			continue
		}
		for row := range strings.SplitSeq(part, "\n") {
			if cells := strings.Split(row, "|"); len(cells) == 4 {
				values[strings.TrimSpace(cells[1])] = strings.Trim(cells[2], " `")
			}
		}
	}
	return blocks, values
}

// TestLineInTheText: the line at the top of section 7 is one.
func TestLineInTheText(t *testing.T) {
	doc, err := os.ReadFile(formatDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "\n## 7. Log\n")
	_, rest, found := strings.Cut(section, "```\n")
	block, _, ended := strings.Cut(rest, "```\n")
	if !found || !ended {
		t.Fatal("no block in section 7")
	}
	if _, err := ParseLine([]byte(block)); err != nil {
		t.Errorf("%q: %v", block, err)
	}
}
