package vault

import (
	"slices"
	"strings"

	"opsvault/policy/strictyaml"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// nearest returns up to three paths that may have been meant: their last
// segment holds what was typed or is held by it, or it is a slip away.
func nearest(typed string, rows []Row) []string {
	last := lastSegment(typed)
	byName := map[string]string{}
	var near, names []string
	for _, r := range rows {
		name := lastSegment(fold(r.Path))
		if len(near) < 3 && (strings.Contains(name, last) || strings.Contains(last, name)) {
			near = append(near, r.Path)
		}
		byName[name] = r.Path
		names = append(names, name)
	}
	if name := strictyaml.Nearest(last, names); name != "" && len(near) == 0 {
		near = append(near, byName[name])
	}
	return near
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
