package main

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// powerStatus is SYSTEM_POWER_STATUS (winbase.h).
type powerStatus struct {
	line, flag, percent, saver byte
	left, full                 uint32
}

// What the fields of powerStatus mean.
const (
	lineMains     = 1
	flagCharging  = 0x08
	flagNone      = 0x80
	percentUnsure = 255
)

// systemPower asks Windows.
func systemPower() Power {
	var s powerStatus
	done, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemPowerStatus").Call(uintptr(unsafe.Pointer(&s)))
	if done == 0 || s.flag == 255 || s.flag&flagNone != 0 || s.percent == percentUnsure || s.percent > 100 {
		return Power{}
	}
	return Power{Battery: true, Percent: int(s.percent), Mains: s.line == lineMains || s.flag&flagCharging != 0}
}
