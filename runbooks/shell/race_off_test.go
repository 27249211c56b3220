//go:build !race

package shell

const every = 1
