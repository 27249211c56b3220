// Package identity holds the keys of one person on one device, and the words and
// digits by which people know them.
//
// An identity is an Ed25519 key that signs and an age hybrid key
// (mlkem768x25519) that opens what is sealed to this device. The device id is
// derived from the signing key. On disk an identity is a stock age identity file
// with comments (docs/format.md, section 5), sealed with a passphrase or, where
// that was chosen, in clear:
//
//	# opsvault/v1 identity
//	# member ivan
//	# device k7q2m4x5c6v7b8n9
//	# signing-seed <base64 of 32 bytes>
//	# public key: age1pq1…
//	AGE-SECRET-KEY-PQ-1…
//
// The package promises that an identity is never made anew or overwritten because
// it could not be read: a wrong passphrase is ErrPassphrase, a damaged file
// ErrDamaged, and both leave the file alone. Only ChangePassphrase replaces one,
// after it has opened what it is going to write. Keys stay in memory as long as
// the process: zeroing them is not promised.
//
// The words of passphrases are the long list of the Electronic Frontier
// Foundation (https://www.eff.org/dice, CC-BY 3.0 US), as
// github.com/sethvargo/go-diceware carries it.
package identity
