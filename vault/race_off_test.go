//go:build !race

package vault_test

const stride = 1
