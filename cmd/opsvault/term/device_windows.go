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
	understandsEscapes(out) // a console that is too old shows the sequences; nothing better can be done
	return in, out, nil
}

// understandsEscapes asks a console to obey escape sequences; consoles before Windows 10 can't.
func understandsEscapes(out *os.File) bool {
	var mode uint32
	console := windows.Handle(out.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// hide turns the echo off and sees to it that the console still gives whole lines and obeys Ctrl-C.
func hide(in *os.File) error {
	var mode uint32
	console := windows.Handle(in.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return err
	}
	mode &^= windows.ENABLE_ECHO_INPUT
	mode |= windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	return windows.SetConsoleMode(console, mode)
}
