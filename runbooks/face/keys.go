package face

import (
	"slices"
	"strings"
	"unicode"
)

// A Key is a letter, the Latin one on the keyboard, that does something at every question besides answering it.
type Key rune

// The keys. None of them is y or n, or stands where the Russian layout has д or н: these are answers. They are chosen so that the
// Cyrillic letter that looks like one of them is no other one.
const (
	NoKey    Key = 0
	Reveal   Key = 'r' // a credential of the step
	Copy     Key = 'c' // one field of it, into the clipboard
	ByHand   Key = 'm' // do what a command would do
	Again    Key = 'o' // once more: start a command that did not do it
	Call     Key = 'v' // somebody was called
	Evidence Key = 'e' // keep what a file proves
	Notice   Key = 'g' // a text was sent
	Beside   Key = 'b' // steps that others do meanwhile
	Due      Key = 'd' // a reminder was followed, a timer is no longer needed
	Undo     Key = 'u' // take back what was done
	Write    Key = 'w' // a note
	Skip     Key = 's' // the rest of the step, with a reason
	Fail     Key = 'f' // the step did not work, with a reason
	HandOver Key = 'h' // the run to somebody else
	Paper    Key = 'z' // go on without a machine
	Info     Key = 'i' // the step again, and all that waits
	Quit     Key = 'q' // pause
	Stop     Key = 'x' // for good, with a reason
	Help     Key = '?'
)

// All are all keys, in the order in which they are shown.
func All() []Key {
	return []Key{
		Reveal, Copy, ByHand, Again, Call, Evidence, Notice, Beside, Due, Undo, Write, Skip, Fail, HandOver, Paper, Info, Quit, Stop, Help,
	}
}

// Name names the words of a key: run.key.NAME in a line of keys, run.help.NAME at length.
func (k Key) Name() string {
	switch k {
	case Reveal:
		return "reveal"
	case Copy:
		return "copy"
	case ByHand:
		return "manual"
	case Again:
		return "again"
	case Call:
		return "call"
	case Evidence:
		return "evidence"
	case Notice:
		return "notice"
	case Beside:
		return "beside"
	case Due:
		return "due"
	case Undo:
		return "undo"
	case Write:
		return "write"
	case Skip:
		return "skip"
	case Fail:
		return "fail"
	case HandOver:
		return "handover"
	case Paper:
		return "paper"
	case Info:
		return "info"
	case Quit:
		return "quit"
	case Stop:
		return "stop"
	}
	return "help"
}

// The rows of the keyboard in both layouts, and the Cyrillic letters that look like Latin ones.
const (
	latinKeys    = "qwertyuiop[]asdfghjkl;'zxcvbnm"
	cyrillicKeys = "йцукенгшщзхъфывапролджэячсмить"
	looksLatin   = "aceopxykmtb"
	isCyrillic   = "асеорхукмтв"
)

// Match finds the key that was typed among those that are offered: a letter alone, small or capital, in either layout of the
// keyboard. What stands on the same key of the keyboard comes first, then what looks the same: who reads "c" and types the
// Cyrillic letter means it. The other signs on the key of the question mark ask for help, too.
func Match(typed string, offered []Key) Key {
	letters := []rune(strings.ToLower(strings.TrimSpace(typed)))
	if len(letters) != 1 {
		return NoKey
	}
	for _, table := range [][2]string{{"", ""}, {cyrillicKeys, latinKeys}, {isCyrillic, looksLatin}, {".,/", "???"}} {
		if k := Key(translated(letters[0], table[0], table[1])); slices.Contains(offered, k) {
			return k
		}
	}
	return NoKey
}

func translated(letter rune, from, to string) rune {
	if i := slices.Index([]rune(from), letter); i >= 0 {
		return []rune(to)[i]
	}
	return letter
}

// Cyrillic is the letter on the same key in the Russian layout, or 0.
func (k Key) Cyrillic() rune {
	if letter := translated(rune(k), latinKeys, cyrillicKeys); unicode.Is(unicode.Cyrillic, letter) {
		return letter
	}
	return 0
}
