//go:build race

package vault_test

// stride: with the race detector, which makes everything ten times slower and
// looks for other things, one step of eleven fails, and one file of eleven is
// damaged.
const stride = 11

// fewer divides how often a costly property is drawn.
const fewer = 8

// sample is every eleventh of a list: what it holds runs whole without the race detector.
func sample[T any](list []T) []T {
	var some []T
	for i := 0; i < len(list); i += stride {
		some = append(some, list[i])
	}
	return some
}
