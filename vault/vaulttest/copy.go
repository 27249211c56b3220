package vaulttest

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"opsvault/vault/store"
)

// longer reports whether a file belongs to a log, or a journal, whose head
// over there covers more lines than the one here.
func longer(theirs, ours Tree, name string) bool {
	n, ok := store.ParseName(name)
	if !ok || !strings.HasPrefix(name, "logs/") && !strings.HasPrefix(name, "runs/") || n.Form == 0 {
		return false
	}
	head := path.Dir(name) + "/head"
	return headSize(theirs[head]) > headSize(ours[head])
}

// headSize is the number of lines that the text of a head claims to cover.
func headSize(text string) int {
	_, rest, _ := strings.Cut(text, "\nsize ")
	size, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(size)
	if err != nil {
		return 0
	}
	return n
}

// give writes a file of a Tree below a directory; what lies in tmp/ stays where
// it is.
func give(dir, name, what string) error {
	data, isFile := strings.CutPrefix(what, "file ")
	if !isFile || strings.Contains("/"+name, "/tmp/") {
		return nil
	}
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(data), 0o600)
}
