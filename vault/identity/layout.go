package identity

import (
	"bytes"
	"strings"
	"unicode"
)

// The same keys of a PC keyboard in the English (US) and the Russian (ЙЦУКЕН)
// layout, without and with Shift.
const (
	english = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + `~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?` + `@#$^&|`
	russian = "ёйцукенгшщзхъфывапролджэячсмитьбю." + `ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,` + `"№;:?/`
)

// LooksLikeRussianLayout reports whether there are Cyrillic letters in what was
// typed where a passphrase of English words was expected.
func LooksLikeRussianLayout(typed []byte) bool {
	return bytes.ContainsFunc(typed, isCyrillic)
}

// LayoutSwap gives what the same keys write in the other layout: English for a
// text with Cyrillic letters, else Russian. What has no key stays.
func LayoutSwap(typed string) string {
	from, to := []rune(english), []rune(russian)
	if strings.ContainsFunc(typed, isCyrillic) {
		from, to = to, from
	}
	return strings.Map(func(r rune) rune {
		for i, key := range from {
			if key == r {
				return to[i]
			}
		}
		return r
	}, typed)
}

func isCyrillic(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }
