package term

import (
	"errors"
	"runtime"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Formats and flags of the clipboard (winuser.h, winbase.h).
const (
	formatUnicodeText = 13
	memoryMovable     = 0x2
)

// windowsClipboard reaches the clipboard by calls of the system. They are looked up when the first is made.
type windowsClipboard struct{}

func systemClipboard() Clipboard { return windowsClipboard{} }

type clipboardCalls struct{ user, kernel *windows.LazyDLL }

func calls() clipboardCalls {
	return clipboardCalls{windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("kernel32.dll")}
}

// with opens the clipboard, which one program at a time can have, for a piece of work on one thread.
func (windowsClipboard) with(work func(clipboardCalls) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := calls()
	var err error
	for range 20 {
		var opened uintptr
		if opened, _, err = c.user.NewProc("OpenClipboard").Call(0); opened != 0 {
			defer c.user.NewProc("CloseClipboard").Call()
			return work(c)
		}
		time.Sleep(25 * time.Millisecond)
	}
	return err
}

// Write puts a value there, kept out of the history and the cloud by the formats that Windows looks at.
func (w windowsClipboard) Write(value []byte) error {
	return w.with(func(c clipboardCalls) error {
		if done, _, err := c.user.NewProc("EmptyClipboard").Call(); done == 0 {
			return err
		}
		for _, name := range []string{"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"} {
			word, err := windows.UTF16PtrFromString(name)
			if err != nil {
				return err
			}
			format, _, err := c.user.NewProc("RegisterClipboardFormatW").Call(uintptr(unsafe.Pointer(word)))
			if format == 0 {
				return err
			}
			if err := c.set(format, make([]byte, 4)); err != nil { // a number, 0: no
				return err
			}
		}
		text := utf16.Encode([]rune(string(value) + "\x00"))
		data := make([]byte, 0, 2*len(text))
		for _, unit := range text {
			data = append(data, byte(unit), byte(unit>>8))
		}
		defer clear(data)
		return c.set(formatUnicodeText, data)
	})
}

// set hands data over to the clipboard, which owns the memory afterwards.
func (c clipboardCalls) set(format uintptr, data []byte) error {
	memory, _, err := c.kernel.NewProc("GlobalAlloc").Call(memoryMovable, uintptr(len(data)))
	if memory == 0 {
		return err
	}
	at, _, err := c.kernel.NewProc("GlobalLock").Call(memory)
	if at == 0 {
		c.kernel.NewProc("GlobalFree").Call(memory)
		return err
	}
	copy(bytesAt(at, len(data)), data)
	c.kernel.NewProc("GlobalUnlock").Call(memory)
	if taken, _, err := c.user.NewProc("SetClipboardData").Call(format, memory); taken == 0 {
		c.kernel.NewProc("GlobalFree").Call(memory)
		return err
	}
	return nil
}

// bytesAt are n bytes at an address that the system gave: memory that Go doesn't move.
func bytesAt(at uintptr, n int) []byte {
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), n)
}

// Read gives the text that is there; nothing where there is something else.
func (w windowsClipboard) Read() ([]byte, error) {
	var value []byte
	err := w.with(func(c clipboardCalls) error {
		memory, _, _ := c.user.NewProc("GetClipboardData").Call(formatUnicodeText)
		if memory == 0 {
			return nil
		}
		size, _, _ := c.kernel.NewProc("GlobalSize").Call(memory)
		at, _, err := c.kernel.NewProc("GlobalLock").Call(memory)
		if at == 0 {
			return err
		}
		defer c.kernel.NewProc("GlobalUnlock").Call(memory)
		data := bytesAt(at, int(min(size, 2*MaxClipboard)))
		var units []uint16
		for i := 0; i+1 < len(data); i += 2 {
			unit := uint16(data[i]) | uint16(data[i+1])<<8
			if unit == 0 {
				break
			}
			units = append(units, unit)
		}
		value = []byte(string(utf16.Decode(units)))
		return nil
	})
	return value, err
}

// Clear empties the clipboard.
func (w windowsClipboard) Clear() error {
	return w.with(func(c clipboardCalls) error {
		if done, _, err := c.user.NewProc("EmptyClipboard").Call(); done == 0 {
			return errors.Join(errors.New("empty the clipboard"), err)
		}
		return nil
	})
}
