package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// A Head fixes how far a chain goes. Its zero value is that of a chain
// without lines, which has no head file.
type Head = statement.Head

// maxHead bounds a head file, which takes about 800 bytes.
const maxHead = 4 << 10

// errTooLong is what readFile returns for files over the limit.
var errTooLong = errors.New("file over its limit")

// OpenHead reads a head file: signature by the device of spec first, then its
// lines, which must name the chain of spec and lie within the limits of a
// segment. Errors are those of statement.Open and statement.ErrMalformed.
func OpenHead(file []byte, spec Spec) (Head, error) {
	if len(file) > maxHead {
		return Head{}, fmt.Errorf("%w: %w", statement.ErrTooLarge, errTooLong)
	}
	st, err := statement.Open(file, func(device string) (ssh.PublicKey, error) {
		if device != spec.Device {
			return nil, fmt.Errorf("head of device %s expected", spec.Device)
		}
		return spec.Key, nil
	})
	if err != nil {
		return Head{}, err
	}
	return checkHead(st.Header, spec)
}

// peekHead reads the lines of a head file and believes them.
func peekHead(file []byte, spec Spec) (Head, error) {
	text, _, _ := bytes.Cut(file, []byte("-----"))
	header, err := statement.ParseHeader(text)
	if err != nil {
		return Head{}, err
	}
	return checkHead(header, spec)
}

// checkHead holds the lines of a head against the chain and its limits.
func checkHead(header statement.Header, spec Spec) (Head, error) {
	head, err := statement.ParseHead(header)
	switch {
	case err != nil:
		return Head{}, err
	case head.Device != spec.Device || head.Vault != spec.Vault || head.Run != spec.Run:
		return Head{}, &statement.SyntaxError{Msg: "head of another chain"}
	case head.Length > MaxSegment || head.Size > head.Segment*MaxSegmentLines || head.Size < head.Segment:
		return Head{}, &statement.SyntaxError{Msg: "head over the limits of a log"}
	}
	return head, nil
}

// tornHead is a size that every head file exceeds: its lines take 230 bytes or
// more, its signature 310.
const tornHead = 512

// isTorn reports whether a head file was cut short by a power cut: copies are
// not fsynced. Filesystems leave nothing, a part, or zeros. It says as much as
// a missing head does.
func isTorn(file []byte) bool { return len(untorn(file)) <= tornHead }

// untorn cuts the zeros off that a power cut may leave at the end of a file.
func untorn(data []byte) []byte { return bytes.TrimRight(data, "\x00") }

// signHead makes the file of a head.
func signHead(head Head, signer ssh.Signer, rand io.Reader) ([]byte, error) {
	header, err := head.Header()
	if err != nil {
		return nil, err
	}
	file, _, err := statement.Sign(header, nil, signer, rand)
	return file, err
}

// readFile returns a whole file of at most limit bytes; nil if there is none.
func readFile(dir Source, name string, limit int64) ([]byte, error) {
	f, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size() > limit {
		return nil, fmt.Errorf("%s: %w", name, errTooLong)
	}
	data := make([]byte, f.Size())
	n, err := readAt(f, data, 0)
	return data[:n], err
}

// readAt fills b from offset on, or as far as the file goes.
func readAt(f io.ReaderAt, b []byte, offset int64) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := f.ReadAt(b, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
