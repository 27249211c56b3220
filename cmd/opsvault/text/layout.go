package text

import "strings"

const (
	latinKeys    = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
	cyrillicKeys = "ёйцукенгшщзхъфывапролджэячсмитьбю"
)

// OtherLayout returns what would have been typed with the same keys in the other of the two keyboard layouts, Latin or
// Cyrillic: "ырщц" is "show". Characters that stand on no such key are kept.
func OtherLayout(s string) string {
	latin, cyrillic := []rune(latinKeys), []rune(cyrillicKeys)
	swap := make(map[rune]rune, 2*len(latin))
	for i, r := range latin {
		swap[r], swap[cyrillic[i]] = cyrillic[i], r
	}
	return strings.Map(func(r rune) rune {
		if other, ok := swap[r]; ok {
			return other
		}
		return r
	}, strings.ToLower(s))
}

// HasCyrillic reports whether a text has a Cyrillic letter in it: a passphrase of Latin words that has one was
// probably typed in the wrong layout.
func HasCyrillic(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x0400 && r <= 0x04FF })
}
