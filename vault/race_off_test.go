//go:build !race

package vault_test

const stride = 1

// fewer divides how often a costly property is drawn.
const fewer = 1
