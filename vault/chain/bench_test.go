package chain

import (
	"testing"

	"opsvault/vault/store"
)

var _ = func(d *store.Dir) Dir { return Over(d) }

func BenchmarkParseLine(b *testing.B) {
	d := newDevice(b, 1)
	dir := newMemory()
	d.grow(b, dir, 2, 1)
	line := lastLine(dir.files[SegmentName("log", 1)])
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := scan(line); err != nil {
			b.Fatal(err)
		}
	}
}
