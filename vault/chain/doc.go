// Package chain holds the log of a device, and its journal of a run: a chain
// of lines of JSON, each naming the SHA-256 of the one before, kept in
// segments and covered by one signed head. docs/format.md, section 7, is the
// format; this package is its only writer and reader.
//
// # Words
//
// A chain has a [Spec]: vault, device, run (for journals) and the device's
// signing key. The hash of its genesis text is what line 1 names as its
// predecessor. Lines lie in files <base>/000001.jsonl, 000002.jsonl, …, called
// segments; the details of a segment's lines are sealed with the segment's
// key, which <base>/000001.key seals to auditors. <base>/head is a statement:
// how many lines there are, and the hash of the last. What it covers is signed;
// what lies beyond it is a tail, and means nothing.
//
// The original of a chain lies in the local state of its device. Copies of it,
// in vaults, are extended up to the head by [Publish].
//
// # Promises
//
// Writing: when [Writer.Append] returns nil, the lines and a head that covers
// them are on the disk. When it returns an error the head may or may not
// cover them, and the next [OpenWriter] finds out: it continues after the head
// that it finds, cuts the tail, and records length and hash of the cut in a
// line `log.recovered`. The caller holds the log's lock around both.
//
// Reading: [Verify] needs no secret. A chain whose hashes lead from genesis to
// a head signed by the device is proven, and every change to a byte that the
// head covers is found. A line by itself proves nothing, nor does a chain that
// stops short of its head: anybody can compute one. What was proven is kept as
// a [State], so that the next Verify reads new lines only, and a [Reader] can
// hand out lines that are proven before they are seen.
//
// What Verify can't see: lines that the device never wrote, a head and its
// lines rolled back together (without a State), and the key files, which the
// head does not cover: a wrong one makes details unreadable, never wrong.
package chain
