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

// Latin spells a name in letters that an id may have: Мария gives maria, Zoë gives zo. What has no letter is left out.
func Latin(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'а' && r <= 'я':
			b.WriteString(latinLetters[r-'а'])
		case r == 'ё':
			b.WriteString("e")
		case r == ' ' || r == '-':
			b.WriteByte('-')
		}
	}
	return strings.ReplaceAll(strings.Trim(b.String(), "-"), "iia", "ia")
}

// latinLetters spell а to я as international passports do (ICAO Doc 9303).
var latinLetters = [...]string{"a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f",
	"kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia"}
