package shell

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// separators are the characters that make a name a path.
const separators = `/\:`

// bySystem reports a link that the system made. Windows doesn't say, so no directory is reached through a link.
func bySystem(os.FileInfo) bool { return false }

// mine can't tell: the modes that Windows gives say nothing about who may write.
func mine(os.FileInfo, bool) bool { return true }

// carriedNot reports a place that is no stick's and no share's.
func carriedNot(path string) bool {
	volume, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	return err == nil && windows.GetDriveType(volume) == windows.DRIVE_FIXED
}

// executable is the file of a program, with the ending that it has.
func executable(name string) (string, error) {
	endings := []string{".com", ".exe", ".bat", ".cmd"}
	for _, ending := range endings {
		if strings.EqualFold(filepath.Ext(name), ending) {
			endings = []string{""}
			break
		}
	}
	for _, ending := range endings {
		if info, err := os.Stat(name + ending); err == nil && info.Mode().IsRegular() {
			return name + ending, nil
		}
	}
	return "", fs.ErrNotExist
}
