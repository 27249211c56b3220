//go:build race

package shell

// every is how many of the cases of a table run: with the race detector each costs many times as much.
const every = 5
