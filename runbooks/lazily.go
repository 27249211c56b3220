package runbooks

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern when it is first used: a program that holds this
// package must not pay for its grammar in every command.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
