package term

import (
	"fmt"
	"os"

	xterm "golang.org/x/term"
)

// OpenDevice opens the terminal of this process. Without one the error is ErrNoTerminal.
func OpenDevice() (Device, error) {
	in, out, err := openFiles()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return newFileDevice(in, out)
}

func newFileDevice(in, out *os.File) (Device, error) {
	state, err := xterm.GetState(int(in.Fd()))
	device := &fileDevice{in: in, out: out, state: state}
	if err != nil {
		device.Close()
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return device, nil
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && xterm.IsTerminal(int(file.Fd()))
}

// Escapes reports whether a stream is a terminal that understands escape sequences.
func Escapes(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && IsTerminal(file) && understandsEscapes(file)
}

// Columns is the width of a stream that is a terminal, 0 for any other.
func Columns(stream any) int {
	file, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := xterm.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// fileDevice is a device of one file (a Unix terminal) or two (a Windows console).
type fileDevice struct {
	in, out *os.File
	state   *xterm.State
}

func (d *fileDevice) Read(p []byte) (int, error)  { return d.in.Read(p) }
func (d *fileDevice) Write(p []byte) (int, error) { return d.out.Write(p) }

func (d *fileDevice) Hide() error { return hide(d.in) }

func (d *fileDevice) Restore() error { return xterm.Restore(int(d.in.Fd()), d.state) }

func (d *fileDevice) Size() (columns, rows int) {
	columns, rows, err := xterm.GetSize(int(d.out.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

func (d *fileDevice) Close() error {
	err := d.in.Close()
	if d.out != d.in {
		if outErr := d.out.Close(); err == nil {
			err = outErr
		}
	}
	return err
}

// Files are those of the terminal, for a program that fills the screen; ok is false where there are none.
func (t *Terminal) Files() (in, out *os.File, ok bool) {
	device, err := t.use()
	if err != nil {
		return nil, nil, false
	}
	files, ok := device.(*fileDevice)
	if !ok {
		return nil, nil, false
	}
	return files.in, files.out, true
}
