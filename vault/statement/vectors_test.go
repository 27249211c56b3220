package statement

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

const vectorDir = "../../testdata/vectors/statement"

var update = flag.Bool("update", false, "write the vectors anew")

// A vector is a file with what a reader must say of it. On disk: lines
// `name: value`, an empty line, and the file's bytes.
type vector struct {
	name    string
	expect  string // a key of outcomes
	comment string
	file    []byte
}

// outcomes are the words for what Open says.
func outcomes() map[string]error {
	return map[string]error{
		"ok":             nil,
		"malformed":      ErrMalformed,
		"signature":      ErrSignature,
		"sealed":         ErrSealed,
		"unknown-device": ErrUnknownDevice,
		"unknown-type":   ErrUnknownType,
	}
}

// readVectors reads all vectors of the directory.
func readVectors(tb testing.TB) []vector {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(vectorDir, "*.txt"))
	if err != nil || len(names) == 0 {
		tb.Fatalf("no vectors in %s: %v", vectorDir, err)
	}
	var list []vector
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		head, file, found := bytes.Cut(data, []byte("\n\n"))
		v := vector{name: strings.TrimSuffix(filepath.Base(name), ".txt"), file: file}
		for line := range strings.SplitSeq(string(head), "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "expect":
				v.expect = value
			case "comment":
				v.comment = value
			}
		}
		if !found || v.comment == "" {
			tb.Fatalf("%s: not a vector", name)
		}
		list = append(list, v)
	}
	return list
}

func TestVectors(t *testing.T) {
	key := readExamples(t).signer.PublicKey()
	keyOf := func(device string) (ssh.PublicKey, error) {
		if device != DeviceID(key) {
			return nil, ErrUnknownDevice
		}
		return key, nil
	}
	met := map[string]int{}
	for _, v := range readVectors(t) {
		t.Run(v.name, func(t *testing.T) {
			want, known := outcomes()[v.expect]
			if !known {
				t.Fatalf("unknown outcome %q", v.expect)
			}
			met[v.expect]++
			st, err := Open(v.file, keyOf)
			if !errors.Is(err, want) || (st != nil) != (v.expect == "ok" || v.expect == "unknown-type") {
				t.Errorf("got %v, want %s", err, v.expect)
			}
		})
	}
	for word := range outcomes() {
		if met[word] == 0 {
			t.Errorf("no vector expects %s", word)
		}
	}
}

// TestVectorsAreThose compares the directory with what the table makes of the
// examples in docs/format.md, or with -update writes it.
func TestVectorsAreThose(t *testing.T) {
	var names []string
	for _, v := range makeVectors(t) {
		names = append(names, v.name)
		path := filepath.Join(vectorDir, v.name+".txt")
		want := append(fmt.Appendf(nil, "expect: %s\ncomment: %s\n\n", v.expect, v.comment), v.file...)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the table makes (go test ./vault/statement -update): %v", path, err)
		}
	}
	for _, v := range readVectors(t) {
		if !slices.Contains(names, v.name) {
			t.Errorf("%s.txt is in no table", v.name)
		}
	}
}
