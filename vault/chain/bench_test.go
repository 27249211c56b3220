package chain

import (
	"crypto/sha256"
	"io"
	"os"
	"testing"

	"opsvault/vault/store"
)

func realDir(b *testing.B) Dir {
	d, err := store.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return Over(d)
}

// BenchmarkScan is the parse of one line, as Verify does it.
func BenchmarkScan(b *testing.B) {
	d, dir := newDevice(b, 1), newMemory()
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

// BenchmarkParseLine adds the hash and the strings of a Line.
func BenchmarkParseLine(b *testing.B) {
	d, dir := newDevice(b, 1), newMemory()
	d.grow(b, dir, 2, 1)
	line := lastLine(dir.files[SegmentName("log", 1)])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseLine(line); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFsync is the floor of an append: one fsync of one short write.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(b.TempDir() + "/log")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := make([]byte, 400)
	for b.Loop() {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplace is the other half of the floor: a durable replace.
func BenchmarkReplace(b *testing.B) {
	dir, data := realDir(b), make([]byte, 800)
	for b.Loop() {
		if err := dir.Replace("log/head", data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend is what a reveal pays: open the log, one line, close.
func BenchmarkAppend(b *testing.B) {
	d, dir := newDevice(b, 1), realDir(b)
	for b.Loop() {
		if _, err := d.writer(b, dir).Append(reveal(1)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendPublish adds the copy in the vault.
func BenchmarkAppendPublish(b *testing.B) {
	d, dir, vault := newDevice(b, 1), realDir(b), realDir(b)
	for b.Loop() {
		w := d.writer(b, dir)
		if _, err := w.Append(reveal(1)); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Publish(vault, "logs/x"); err != nil {
			b.Fatal(err)
		}
	}
}

const benchLines = 100_000

// grown makes a log on a real directory, and returns its bytes.
func grown(b *testing.B, d *device) (dir Dir, size int64) {
	dir = realDir(b)
	d.grow(b, dir, benchLines, 1000)
	for n := uint64(1); ; n++ {
		f, err := dir.Open(SegmentName("log", n))
		if err != nil {
			return dir, size
		}
		size += f.Size()
		f.Close()
	}
}

func BenchmarkVerify(b *testing.B) {
	d := newDevice(b, 1)
	dir, size := grown(b, d)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := Verify(dir, "log", d.spec, VerifyOptions{}); err != nil || !r.Proven || r.Lines != benchLines {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkVerifyAgain is what a device pays that knows the log.
func BenchmarkVerifyAgain(b *testing.B) {
	d := newDevice(b, 1)
	dir, _ := grown(b, d)
	r, err := Verify(dir, "log", d.spec, VerifyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	text := r.State.Marshal()
	b.ReportMetric(float64(len(text)), "state-bytes")
	for b.Loop() {
		s, err := ParseState(text)
		if err != nil {
			b.Fatal(err)
		}
		if r, err := Verify(dir, "log", d.spec, VerifyOptions{State: s}); err != nil || !r.Proven || r.Lines != 0 {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkLineAt proves one line out of a full segment.
func BenchmarkLineAt(b *testing.B) {
	d := newDevice(b, 1)
	dir, _ := grown(b, d)
	r, err := Verify(dir, "log", d.spec, VerifyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := LineAt(dir, "log", r.State, benchLines/2); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadAll hands out every line, proven.
func BenchmarkReadAll(b *testing.B) {
	d := newDevice(b, 1)
	dir, size := grown(b, d)
	r, err := Verify(dir, "log", d.spec, VerifyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		n := 0
		err := NewReader(dir, "log", r.State).Each(1, func(Line) error { n++; return nil })
		if err != nil || n != benchLines {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkSHA256Floor hashes the same files with the same reads.
func BenchmarkSHA256Floor(b *testing.B) {
	dir, size := grown(b, newDevice(b, 1))
	b.SetBytes(size)
	buf := make([]byte, MaxSegment)
	for b.Loop() {
		h := sha256.New()
		for n := uint64(1); ; n++ {
			f, err := dir.Open(SegmentName("log", n))
			if err != nil {
				break
			}
			got, err := f.ReadAt(buf, 0)
			if err != nil && err != io.EOF {
				b.Fatal(err)
			}
			h.Write(buf[:got])
			f.Close()
		}
		h.Sum(nil)
	}
}
