package runbooks

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How near a word of a text is to one that was searched for.
const (
	farAway  = 0
	twoSlips = 1
	oneSlip  = 2
	sameStem = 3 // begins with it, or has another ending
	sameWord = 4
)

// A wish is one way in which a query may have been meant: some of the words of a searcher.
type wish struct{ from, to int }

func (w wish) words() int { return w.to - w.from }

// A searcher looks for the words of a query. Each distinct word of the texts is compared once.
type searcher struct {
	wishes []wish
	words  []soughtWord     // of all wishes
	known  map[string]int32 // word of a text → index in rows, -1: near none
	rows   [][]int8         // how near to each word
	near   []int            // of the line that was looked at, by word
	word   []byte           // being read
}

// A soughtWord is one word that was searched for.
type soughtWord struct {
	runes    []rune
	text     string
	letters  uint64
	slips    int
	joined   bool // of a script that puts no spaces between words
	cyrillic bool
}

func newSearcher(queries []string) *searcher {
	s := &searcher{known: map[string]int32{}}
	for _, query := range queries {
		words := s.sought(query)
		if len(words) > 0 {
			s.wishes = append(s.wishes, wish{len(s.words), len(s.words) + len(words)})
			s.words = append(s.words, words...)
		}
	}
	s.near = make([]int, len(s.words))
	return s
}

// sought are the words of a query. Those like в, не, is count only where there is nothing else.
func (s *searcher) sought(query string) []soughtWord {
	if runes := []rune(query); len(runes) > maxQuery {
		query = string(runes[:maxQuery])
	}
	var words, short []soughtWord
	s.split([]byte(query), func(word []byte) {
		w := newSought(string(word))
		switch {
		case len(words)+len(short) >= maxWords:
		case len(w.runes) < 3 && !w.joined && !strings.ContainsAny(w.text, "0123456789"):
			short = append(short, w)
		default:
			words = append(words, w)
		}
	})
	if len(words) == 0 {
		return short
	}
	return words
}

func newSought(word string) soughtWord {
	w := soughtWord{text: word, runes: []rune(word)}
	switch n := len(w.runes); {
	case n >= 8:
		w.slips = 2
	case n >= 4:
		w.slips = 1
	}
	for _, r := range w.runes {
		w.letters |= letterBit(r)
		w.joined = w.joined || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
		w.cyrillic = r >= 0x0400 && r <= 0x04FF
	}
	if w.joined || strings.ContainsAny(word, "0123456789") {
		w.slips = 0
	}
	return w
}

func letterBit(r rune) uint64 { return 1 << (uint32(r) % 64) }

// maxWord is how much of a word is compared, in bytes.
const maxWord = 96

// split calls for each word of a text, in small letters, with е for ё. The bytes are used again.
func (s *searcher) split(text []byte, each func(word []byte)) {
	s.word = s.word[:0]
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b >= 'a' && b <= 'z' || b >= '0' && b <= '9':
			s.word = append(s.word, b)
			i++
			continue
		case b >= 'A' && b <= 'Z':
			s.word = append(s.word, b+'a'-'A')
			i++
			continue
		case b >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[i:])
			i += size
			if s.letter(r) {
				continue
			}
		default:
			i++
		}
		s.flush(each)
	}
	s.flush(each)
}

func (s *searcher) flush(each func([]byte)) {
	if len(s.word) > 0 {
		each(s.word[:min(len(s.word), maxWord)])
		s.word = s.word[:0]
	}
}

// letter appends a letter beyond ASCII, and reports false for what is none.
func (s *searcher) letter(r rune) bool {
	switch {
	case r >= 'А' && r <= 'Я':
		r += 'а' - 'А'
	case r >= 'а' && r <= 'я':
	case r == 'ё' || r == 'Ё':
		r = 'е'
	case r == 0x0306 && strings.HasSuffix(string(s.word), "и"): // й in two characters, as file systems write it
		s.word, r = s.word[:len(s.word)-2], 'й'
	case unicode.Is(unicode.Mn, r):
		return true
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		r = unicode.ToLower(r)
	default:
		return false
	}
	s.word = utf8.AppendRune(s.word, r)
	return true
}

// line says for each word that was searched for how near a line comes to it, and reports whether it comes near any.
func (s *searcher) line(line []byte) bool {
	any := false
	s.split(line, func(word []byte) {
		row, known := s.known[string(word)]
		if !known {
			row = s.compare(string(word))
			s.known[string(word)] = row
		}
		if row < 0 {
			return
		}
		if !any {
			clear(s.near)
			any = true
		}
		for i, near := range s.rows[row] {
			s.near[i] = max(s.near[i], int(near))
		}
	})
	return any
}

// compare makes the row of a word that was not met before.
func (s *searcher) compare(word string) int32 {
	row, any := make([]int8, len(s.words)), false
	var letters uint64
	runes := []rune(word)
	for _, r := range runes {
		letters |= letterBit(r)
	}
	for i := range s.words {
		row[i] = s.words[i].nearness(word, runes, letters)
		any = any || row[i] > farAway
	}
	if !any {
		return -1
	}
	s.rows = append(s.rows, row)
	return int32(len(s.rows) - 1)
}

func (w *soughtWord) nearness(word string, runes []rune, letters uint64) int8 {
	switch {
	case word == w.text:
		return sameWord
	case w.joined:
		if strings.Contains(word, w.text) {
			return sameWord
		}
		return farAway
	case len(w.runes) >= 3 && strings.HasPrefix(word, w.text), w.cyrillic && sameButEnding(w.runes, runes):
		return sameStem
	}
	if w.slips == 0 || len(runes) < 3 || bits.OnesCount64(w.letters&^letters) > w.slips+maxDropped {
		return farAway
	}
	switch slips := w.distance(runes); {
	case slips == 1:
		return oneSlip
	case slips <= w.slips:
		return twoSlips
	}
	return farAway
}

// Russian words change their ends: звонок, звонка; связь, связи.
const (
	maxEnding  = 3
	maxDropped = 2 // letters of an ending beside a slip
)

// sameButEnding reports two words that differ by at most three letters at their ends, and have at least three letters and
// three fifths of the longer one in common before.
func sameButEnding(a, b []rune) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	longer := max(len(a), len(b))
	return n >= 3 && 5*n >= 3*longer && longer-n <= maxEnding
}

// distance counts the slips between the word and another: a letter left out, added or wrong, or two neighbours exchanged
// (optimal string alignment). In Russian words of six letters and more two letters at the ends are not looked at.
func (w *soughtWord) distance(other []rune) int {
	far := w.slips + 1
	drop := 0
	if w.cyrillic && len(w.runes) >= 6 && len(other) >= 6 {
		drop = maxDropped
	}
	if diff := len(w.runes) - len(other); diff > w.slips+drop || -diff > w.slips+drop {
		return far
	}
	const side = maxWord + 1
	var rows [3][side]int
	older, old, row := &rows[0], &rows[1], &rows[2]
	for j := range other {
		old[j+1] = j + 1
	}
	best := far
	for i, r := range w.runes {
		row[0] = i + 1
		for j, o := range other {
			cost := 1
			if r == o {
				cost = 0
			}
			row[j+1] = min(old[j+1]+1, row[j]+1, old[j]+cost)
			if i > 0 && j > 0 && r == other[j-1] && w.runes[i-1] == o {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
		if i+1 >= len(w.runes)-drop {
			for j := len(other) - drop; j <= len(other); j++ {
				best = min(best, row[j])
			}
		}
		older, old, row = old, row, older
	}
	return best
}
