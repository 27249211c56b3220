//go:build !race

package vault_test

const stride = 1

// fewer divides how often a costly property is drawn.
const fewer = 1

// sample is the whole list; with the race detector it is a part.
func sample[T any](list []T) []T { return list }
