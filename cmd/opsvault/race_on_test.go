//go:build race

package main

// scriptStride: with the race detector, which makes the start of a process many
// times slower, every third script runs; all of them run without it.
const scriptStride = 3
