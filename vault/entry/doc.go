// Package entry holds one credential as the rest of opsvault knows it: its path
// and id, its card, its secret, the kinds that give it shape, and the passwords
// made for it.
//
// An entry lies in a vault as two plaintexts, each sealed on its own. The card
// is what every member may know: title, kind, address, owner, due date, names of
// the fields. The secret is what only readers of the safe may know: the values.
// Both repeat what binds them to their place (vault, safe, id, path, version,
// author), and Bind compares that with the signed header around them.
//
// The package is pure: no disk, no clock, no keys but the names key that turns a
// path into an id. It promises that
//   - two spellings of one path (case, composed or decomposed letters) are one
//     entry, and nothing that could deceive an eye or a terminal is a path;
//   - the value of a field comes back byte for byte as it went in;
//   - a Value does not show itself through fmt, log/slog or encoding/json.
//
// It cannot promise that plaintext leaves memory: YAML goes through strings,
// which Go gives no way to overwrite. Wipe is best effort.
//
// The bytes are described in docs/format.md, sections 3 and 4.
package entry
