// Package statement holds the signed and sealed file that a vault is made of:
// what it may say, its one canonical form, its signature and its sealed parts.
// It works on bytes in memory; no disk, no clock. docs/format.md, sections 3
// and 4, is the specification.
//
// A statement is one text: a header of `key value` lines, an SSH signature
// over exactly the header's bytes, and the sealed parts, which are armored age
// files:
//
//	opsvault/v1 head
//	vault 3f1c…
//	device k7q2m4x5c6v7b2n3
//	…
//	-----BEGIN SSH SIGNATURE-----
//	…
//	-----END SSH SIGNATURE-----
//
// The words: a statement has a type (its first line) and belongs to a device,
// which signed it. A statement is known by its hash, the SHA-256 of its header.
// A body is the typed form of a header: Entry, PolicySignature, Keys, Device,
// Book, Head. The body's Header method and the Parse function of its type are
// each other's inverse.
//
// What the package promises:
//
//   - One form. What Open accepts encodes to the same bytes again, but for the
//     ciphertext inside the sealed parts, whose hashes the header names.
//   - Nothing is believed before the signature was checked, with the key that
//     the caller knows for the device and never with the one that the file
//     embeds.
//   - A sealed part has exactly one recipient, and that a post-quantum one.
//   - Every size and every count is checked before memory is spent on it.
//
// It does not promise that a signature is the only one: whoever holds a key
// can make several valid signatures of one header, and so files that differ
// and have the same hash.
package statement
