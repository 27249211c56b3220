//go:build !race

package main

const scriptStride = 1
