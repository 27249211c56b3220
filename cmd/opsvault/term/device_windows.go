package term

import (
	"os"

	"golang.org/x/sys/windows"
)

// openFiles opens the console of this process and lets it understand escape sequences, which the alternate screen needs.
func openFiles() (in, out *os.File, err error) {
	in, err = os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	var mode uint32
	if console := windows.Handle(out.Fd()); windows.GetConsoleMode(console, &mode) == nil {
		// A console that is too old for it shows the sequences; nothing better can be done.
		_ = windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	}
	return in, out, nil
}
