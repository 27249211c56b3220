// Package vault opens a vault and is the only way to what is in it.
//
// A vault is a directory of files that are written once (docs/format.md).
// A Vault is one member on one device looking at one copy of it: it knows the
// newest policy that this device has verified, the newest version of every
// entry it has seen (the pins), and the safe keys it was given (the keyring).
//
// # Promises
//
//   - There is one door to plaintext: [Vault.Reveal] decides by policy, writes
//     the log and only then decrypts. A second door, reseal, opens a secret and
//     seals it again inside this package; it hands nothing out and logs first as well.
//   - Every file that a result rests on has been verified: bytes, signature by
//     a key that the policy chain names, announcement in the signer's log, right
//     under the policy. What is older than a pin is refused, not shown.
//   - A write is announced in this device's log before its file appears, and is
//     true once its commit point is on disk; everything before that is inert.
//   - Reads take no lock. Writers on one machine take turns; the log has a lock of
//     its own that is held for milliseconds.
//
// Values returned are the caller's to keep. A Vault is not safe for concurrent use.
package vault
