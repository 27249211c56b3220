package store_test

import (
	"io/fs"
	"os"
	"testing"
)

// plantSpecial makes a link where this account may; there is nothing else.
func plantSpecial(_ *testing.T, path string, mode fs.FileMode, target string) bool {
	return mode == fs.ModeSymlink && os.Symlink(target, path) == nil
}
