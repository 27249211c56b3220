package store

import (
	"bytes"
	"strings"
	"testing"
)

func seedShards() [][]byte {
	one := strings.Repeat("m", 26)
	return [][]byte{
		shard{one: {Version: 3, Announced: 4, Hashes: [][32]byte{{1}, {2}}}}.encode(),
		shard{one: {Announced: 1}, one[:25] + "z": {Version: 1, Hashes: [][32]byte{{1}}}}.encode(),
		shard{}.encode(),
		[]byte("opsvault/v1 pins 1\n" + one + " 0 1\n"),
	}
}

// Whatever is accepted is what encode would have written.
func FuzzParseShard(f *testing.F) {
	seeds := seedShards()
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseShard("mm", data)
		if err == nil && !bytes.Equal(s.encode(), data) {
			t.Errorf("%q is accepted and is not canonical", data)
		}
		if err == nil && len(s) == 0 {
			t.Errorf("%q is accepted as no pins", data)
		}
	})
}
