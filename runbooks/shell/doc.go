// Package shell runs a block of a runbook: text that colleagues approved, in a POSIX shell that opsvault brings along.
//
// A block runs in a process of its own, which is this program again: an [Executor] starts it and hands it the block, and
// [Serve] is what that process does. So a block that outgrows memory, blocks for ever or breaks the shell takes nothing with
// it, and the process that holds the keys of a vault never interprets anybody's text.
//
// What it promises: a block gets a fresh private directory, which is removed afterwards; programs come from directories
// that nobody else can write to and that are not the vault's; no program is found by a relative path, no file is sourced, nothing is
// evaluated; credentials travel by standard input or environment, never by arguments; when a block ends, what it started
// ends, too; of its output a bounded part is kept, without control characters and without the credentials that it was given,
// also where they are encoded.
//
// It is no cage. A block may do what the person may do; it was approved. The rules keep carried programs and accidents out.
// docs/desk.md says what a block finds and how it ends.
package shell
