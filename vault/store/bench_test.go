package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"opsvault/vault/store"
)

// entrySize is about that of an entry's file.
const entrySize = 6500

func benchDir(b *testing.B) *store.Dir {
	b.Helper()
	d, err := store.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return d
}

func benchmark(b *testing.B, step func(i int) error) {
	b.Helper()
	i := 0
	for b.Loop() {
		if err := step(i); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkRead(b *testing.B) {
	d := benchDir(b)
	data := make([]byte, entrySize)
	for i := range 64 {
		if err := d.ReplaceRelaxed(fmt.Sprintf("entries/%02d/name", i), data); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("same directory", func(b *testing.B) {
		benchmark(b, func(int) error { _, err := d.Read("entries/01/name", 1<<20); return err })
	})
	b.Run("other directories", func(b *testing.B) {
		benchmark(b, func(i int) error { _, err := d.Read(fmt.Sprintf("entries/%02d/name", i%64), 1<<20); return err })
	})
}

func BenchmarkStat(b *testing.B) {
	d := benchDir(b)
	if err := d.MkdirAll("entries/ab"); err != nil {
		b.Fatal(err)
	}
	benchmark(b, func(int) error { _, err := d.Stat("entries/ab"); return err })
}

func BenchmarkWriteOnce(b *testing.B) {
	d, data := benchDir(b), make([]byte, entrySize)
	benchmark(b, func(i int) error { return d.WriteOnce(fmt.Sprintf("entries/ab/%d", i), data) })
}

func BenchmarkWriteOnceAgain(b *testing.B) {
	d, data := benchDir(b), make([]byte, entrySize)
	benchmark(b, func(int) error { return d.WriteOnce("entries/ab/name", data) })
}

func BenchmarkWriteGroup1000(b *testing.B) {
	d, data := benchDir(b), make([]byte, entrySize)
	benchmark(b, func(i int) error {
		var group []store.Blob
		for j := range 1000 {
			group = append(group, store.Blob{Name: fmt.Sprintf("entries/%02d/%d-%d", j%64, i, j), Data: data})
		}
		return d.WriteGroup(group)
	})
}

func BenchmarkReplace(b *testing.B) {
	d, data := benchDir(b), make([]byte, 600)
	benchmark(b, func(int) error { return d.Replace("log/head", data) })
}

func BenchmarkReplaceRelaxed(b *testing.B) {
	d, data := benchDir(b), make([]byte, 600)
	benchmark(b, func(int) error { return d.ReplaceRelaxed("log/head", data) })
}

func BenchmarkAppendAt(b *testing.B) {
	d, line := benchDir(b), bytes.Repeat([]byte("x"), 300)
	benchmark(b, func(i int) error { return d.AppendAt("log/1", int64(i)*300, line, true) })
}

// BenchmarkFloor is the least that an append can cost here: the write and
// fsync of a line, and a durable replace of the head.
func BenchmarkFloor(b *testing.B) {
	dir := b.TempDir()
	line := bytes.Repeat([]byte("x"), 300)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	self, err := os.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer self.Close()
	b.Run("append", func(b *testing.B) {
		benchmark(b, func(int) error {
			if _, err := log.Write(line); err != nil {
				return err
			}
			return log.Sync()
		})
	})
	b.Run("replace", func(b *testing.B) {
		benchmark(b, func(int) error { return floorReplace(dir, self, line) })
	})
}

func floorReplace(dir string, self *os.File, data []byte) error {
	temp := filepath.Join(dir, "temp")
	f, err := os.Create(temp)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, "head")); err != nil {
		return err
	}
	_ = self.Sync() // Windows cannot
	return nil
}

func BenchmarkList10000(b *testing.B) {
	d := benchDir(b)
	for i := range 10_000 {
		if err := d.AppendAt(fmt.Sprintf("entries/ab/%d", i), 0, nil, false); err != nil {
			b.Fatal(err)
		}
	}
	benchmark(b, func(int) error {
		items, err := d.List("entries/ab")
		if len(items) != 10_000 {
			return fmt.Errorf("%d names", len(items))
		}
		return err
	})
}

func BenchmarkParseName(b *testing.B) {
	name := store.EntryName(entry, 3, device)
	b.ReportAllocs()
	benchmark(b, func(int) error {
		if _, ok := store.ParseName(name); !ok {
			return fmt.Errorf("refused")
		}
		return nil
	})
}

func BenchmarkPinGet(b *testing.B) {
	d := benchDir(b)
	p := store.NewPins(d, "")
	pins := make(map[string]store.Pin)
	for i := range 10 {
		pins[fmt.Sprintf("m4%c%s", 'a'+i, entry[3:])] = store.Pin{Version: 1, Hashes: [][32]byte{{1}}}
	}
	pins[entry] = pin(3, 3, 1)
	if err := p.Update(pins); err != nil {
		b.Fatal(err)
	}
	benchmark(b, func(int) error { _, err := p.Get(entry); return err })
}
