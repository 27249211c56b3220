package shell

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many links a path may lead through, as many as Linux follows.
const maxLinks = 40

// errUnsafe is a path that others than the person and the system could change.
var errUnsafe = errors.New("others could have put it there")

// A keeper knows which programs a block may start, and which directory it stays out of.
type keeper struct {
	vault os.FileInfo // nil: none
	known map[string]bool
}

func newKeeper(vault string) *keeper {
	k := &keeper{known: map[string]bool{}}
	if vault != "" {
		k.vault, _ = os.Stat(vault) // a vault that is gone needs no keeping
	}
	return k
}

// inVault reports a path that is the vault's directory or lies in it, whatever links lead there. What doesn't exist lies where
// its nearest parent does.
func (k *keeper) inVault(path string) bool {
	if k.vault == nil {
		return false
	}
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			path = real
			break
		}
		if path == filepath.Dir(path) {
			return false
		}
		path = filepath.Dir(path)
	}
	for ; ; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, k.vault) {
			return true
		}
		if path == filepath.Dir(path) {
			return false
		}
	}
}

// safeDir reports an absolute directory whose programs may be started. Answers are remembered: a loop asks often.
func (k *keeper) safeDir(dir string) bool {
	safe, ok := k.known[dir]
	if !ok {
		real, err := resolve(dir, false)
		info, statErr := os.Stat(real)
		safe = err == nil && statErr == nil && info.IsDir() && !k.inVault(real) && carriedNot(real)
		k.known[dir] = safe
	}
	return safe
}

// path is a PATH without the entries that are not to be used, and what was left out.
func (k *keeper) path(list string) (safe string, left []string) {
	var dirs []string
	for _, dir := range filepath.SplitList(list) {
		if filepath.IsAbs(dir) && k.safeDir(dir) {
			dirs = append(dirs, dir)
		} else if dir != "" {
			left = append(left, dir)
		}
	}
	return strings.Join(dirs, string(filepath.ListSeparator)), left
}

// relative reports a program that is named by a path which depends on where one stands.
func relative(name string) bool {
	return strings.ContainsAny(name, separators) && !filepath.IsAbs(name)
}

// find is the file of a program. Nothing was found: fs.ErrNotExist; a program that is not to be started: a *Refusal.
func (k *keeper) find(name, list string) (string, error) {
	switch {
	case relative(name):
		return "", &Refusal{Why: WhyRelative, What: name}
	case strings.ContainsAny(name, separators):
		file, err := executable(name)
		if err != nil {
			return "", err
		}
		return k.safeProgram(name, file)
	}
	for _, dir := range filepath.SplitList(list) {
		if !filepath.IsAbs(dir) || !k.safeDir(dir) {
			continue
		}
		if file, err := executable(filepath.Join(dir, name)); err == nil {
			return k.safeProgram(name, file)
		}
	}
	return "", fs.ErrNotExist
}

func (k *keeper) safeProgram(name, file string) (string, error) {
	real, err := resolve(file, true)
	if err != nil || k.inVault(real) || !carriedNot(real) {
		return "", &Refusal{Why: WhyUnsafe, What: name}
	}
	return file, nil // not its target: some programs look at how they were called
}

// resolve follows a path from the root, looking at every directory and every link on the way, and returns where it leads. With
// file, its last part may be a link that a person made: it lies in a directory that was looked at.
func resolve(path string, file bool) (string, error) {
	path = filepath.Clean(path)
	at, rest := root(path)
	links := 0
	for {
		info, err := os.Lstat(at)
		if err != nil {
			return "", err
		}
		last := rest == ""
		switch {
		case info.Mode()&(os.ModeSymlink|os.ModeIrregular) != 0:
			if links++; links > maxLinks || info.Mode()&os.ModeSymlink == 0 || !(last && file) && !bySystem(info) {
				return "", errUnsafe
			}
			target, err := os.Readlink(at)
			if err != nil {
				return "", err
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(at), target)
			}
			at, rest = root(filepath.Join(target, rest))
			continue
		case !mine(info, last):
			return "", errUnsafe
		case last:
			return at, nil
		}
		var next string
		next, rest, _ = strings.Cut(rest, string(filepath.Separator))
		at = filepath.Join(at, next)
	}
}

// root cuts a clean absolute path behind its root.
func root(path string) (at, rest string) {
	volume := filepath.VolumeName(path) + string(filepath.Separator)
	return volume, strings.TrimPrefix(path, volume)
}
