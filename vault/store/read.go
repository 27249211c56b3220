package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Read returns the bytes of a regular file of at most limit bytes. The errors
// are ErrNotExist, UnsafeError and ErrTooLarge besides those of the disk.
func (d *Dir) Read(name string, limit int64) ([]byte, error) {
	dirs, base, err := splitFile(name)
	if err != nil {
		return nil, err
	}
	f, err := d.walk(dirs, false)
	if err != nil {
		return nil, wrap(opRead, name, err)
	}
	defer d.release(f)
	data, err := readIn(f.fs, name, base, limit)
	return data, wrap(opRead, name, err)
}

// readIn reads a file of an open directory.
func readIn(dir FS, name, base string, limit int64) ([]byte, error) {
	h, info, err := openSeen(dir, name, base, dir.Open)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	if info.Size() > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, info.Size(), limit)
	}
	// One byte more than the size tells a file that ends there from one that
	// grew since, in one read.
	data := make([]byte, info.Size()+1)
	n, err := io.ReadFull(h, data)
	switch {
	case err == nil:
		return readOn(h, data, limit)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], nil
	}
	return nil, err
}

// readOn reads the rest of a file that grew while it was read.
func readOn(h Handle, data []byte, limit int64) ([]byte, error) {
	rest, err := io.ReadAll(io.LimitReader(h, limit-int64(len(data))+1))
	if err != nil {
		return nil, err
	}
	if data = append(data, rest...); int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: it grew over %d bytes", ErrTooLarge, limit)
	}
	return data, nil
}

// openSeen opens a regular file with open and makes sure that it is the one
// that lstat showed.
func openSeen(dir FS, name, base string, open func(string) (Handle, error)) (Handle, fs.FileInfo, error) {
	for range maxRetries {
		seen, err := lstatFile(dir, name, base)
		if err != nil {
			return nil, nil, err
		}
		h, err := open(base)
		if err != nil {
			return nil, nil, err
		}
		info, err := h.Stat()
		if err == nil && info.Mode().IsRegular() && dir.Same(seen, info) {
			return h, info, nil
		}
		h.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, &UnsafeError{Name: name, Why: "it changed while it was opened"}
}

// lstatFile looks at a name where a regular file belongs.
func lstatFile(dir FS, name, base string) (fs.FileInfo, error) {
	info, err := dir.Lstat(base)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &UnsafeError{Name: name, Why: "a " + kindOf(info.Mode()).String() + " where a file belongs"}
	}
	return info, nil
}

// Open opens a regular file for reading in parts. How much is read is up to
// the caller, who must bound it. The caller closes the file.
func (d *Dir) Open(name string) (File, error) {
	dirs, base, err := splitFile(name)
	if err != nil {
		return nil, err
	}
	f, err := d.walk(dirs, false)
	if err != nil {
		return nil, wrap(opRead, name, err)
	}
	defer d.release(f)
	h, info, err := openSeen(f.fs, name, base, f.fs.Open)
	if err != nil {
		return nil, wrap(opRead, name, err)
	}
	return &openFile{Handle: h, info: info}, nil
}

type openFile struct {
	Handle
	info fs.FileInfo
}

func (f *openFile) Size() int64        { return f.info.Size() }
func (f *openFile) ModTime() time.Time { return f.info.ModTime() }
