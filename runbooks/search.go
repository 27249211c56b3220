package runbooks

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A Where says in which part of a text words were found. Its text is stable: scripts read it.
type Where string

// The parts of a text, the best first: what people see and say is what they search for.
const (
	InSymptoms Where = "symptom"
	InTitle    Where = "title"    // or in the id
	InUseWhen  Where = "use_when" //
	InText     Where = "text"
)

// weight is how much a part counts.
func (w Where) weight() int {
	switch w {
	case InSymptoms:
		return 4
	case InTitle:
		return 3
	case InUseWhen:
		return 2
	}
	return 1
}

// A Found is a text in which words were found.
type Found struct {
	Index  int    // of the text
	Where  Where  // the best of the parts
	Line   int    // the line that fits best, from 1
	Text   string // what it says, without the marks of Markdown
	Number int    // of the step that the line stands in; 0: before the first
	Step   string // the title of that step
	words  int    // how many of the words
	score  int    // how good the parts are, then how near the words
}

// Limits of what is searched for.
const (
	maxQuery = 200 // characters
	maxWords = 12
)

// Search looks for words in texts of runbooks, the best first: by symptom, title, use_when and text. A word fits another
// that begins with it, that differs by a slip (one in words of four letters and more, two from eight on; two exchanged
// neighbours are one), or that has another Russian ending; ё is е. What has all the words leaves out what has fewer;
// where nothing has them all, it is what has most, at least a third of them. The texts need not be sound: each is read line by
// line and not parsed.
//
// Others are ways in which the query may have been meant, such as the same keys in another keyboard layout. One of them
// is taken where it finds more.
func Search(texts [][]byte, query string, others ...string) []Found {
	s := newSearcher(append([]string{query}, others...))
	lists := make([][]Found, len(s.wishes))
	for i, text := range texts {
		for w, f := range s.one(text) {
			f.Index = i
			lists[w] = append(lists[w], f)
		}
	}
	best, most := []Found(nil), 0
	for w, wish := range s.wishes {
		if found := wish.best(lists[w]); len(found) > 0 && found[0].words*100/wish.words() > most {
			best, most = found, found[0].words*100/wish.words()
		}
	}
	return best
}

// best are those that have as many of the words as any has, and a third of them at least, in their order.
func (w wish) best(list []Found) []Found {
	most := max(1, (w.words()+2)/3)
	for _, f := range list {
		most = max(most, f.words)
	}
	list = slices.DeleteFunc(list, func(f Found) bool { return f.words < most })
	slices.SortStableFunc(list, func(a, b Found) int { return cmp.Compare(b.score, a.score) })
	return list
}

// one looks through one text, for each wish. The best line is the one that says most of what was searched for.
func (s *searcher) one(text []byte) []Found {
	found := make([]Found, len(s.wishes))
	tops := make([]int, len(s.wishes))
	best := make([]int, len(s.words)) // of each word, in the whole text
	r := &lineReader{}
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		where, part := r.read(line)
		if where == "" || !s.line(part) {
			continue
		}
		for w, wish := range s.wishes {
			sum := 0
			for i := wish.from; i < wish.to; i++ {
				if s.near[i] > 0 {
					value := 10*where.weight() + s.near[i]
					sum, best[i] = sum+value, max(best[i], value)
				}
			}
			if sum > tops[w] {
				tops[w] = sum
				found[w] = Found{Where: where, Line: number, Text: string(part), Number: r.number, Step: r.step}
			}
		}
	}
	for w, wish := range s.wishes {
		for _, value := range best[wish.from:wish.to] {
			if value > 0 {
				found[w].words++
				found[w].score += value
			}
		}
		found[w].Text = bare(found[w].Text)
	}
	return found
}

// A lineReader tells which part of a runbook a line belongs to, by the forms that lint allows.
type lineReader struct {
	lines  int
	front  bool
	key    string
	number int
	step   string
}

func (r *lineReader) read(line []byte) (Where, []byte) {
	r.lines++
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF")), " \r\t")
	if r.lines == 1 && string(line) == "---" {
		r.front = true
		return "", nil
	}
	if r.front {
		if string(line) == "---" {
			r.front = false
			return "", nil
		}
		return r.frontLine(line)
	}
	switch {
	case bytes.HasPrefix(line, []byte("### ")):
		r.heading(string(line[4:]))
		return InText, line
	case bytes.HasPrefix(line, []byte("# ")):
		return InTitle, line
	}
	return InText, line
}

// frontLine reads "key: value", and the lines that belong to the key before it.
func (r *lineReader) frontLine(line []byte) (Where, []byte) {
	if len(line) > 0 && line[0] >= 'a' && line[0] <= 'z' {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if ok {
			r.key, line = string(key), value
		}
	}
	switch r.key {
	case "symptoms":
		return InSymptoms, line
	case "title", "id":
		return InTitle, line
	case "use_when":
		return InUseWhen, line
	case "done_when":
		return InText, line
	}
	return "", nil
}

func (r *lineReader) heading(s string) {
	title := strings.TrimSpace(s)
	if i := strings.LastIndex(title, "{#"); i > 0 {
		title = strings.TrimSpace(title[:i])
	}
	number, rest, ok := strings.Cut(title, ". ")
	n := 0
	for _, digit := range number {
		if digit < '0' || digit > '9' || n > 9999 {
			ok = false
			break
		}
		n = 10*n + int(digit-'0')
	}
	if r.number, r.step = 0, title; ok {
		r.number, r.step = n, rest
	}
}

// maxShown is how much of a line is shown, in characters.
const maxShown = 160

// bare is a line without the marks of Markdown and YAML.
func bare(s string) string {
	s = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), "#>-*[] \t\"'"))
	s = strings.TrimRight(s, "\"'] ")
	if i := strings.LastIndex(s, "{#"); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	s = strings.NewReplacer("**", "", "`", "", "[", "").Replace(s)
	for {
		from := strings.Index(s, "](")
		if from < 0 {
			break
		}
		to := strings.IndexByte(s[from:], ')')
		if to < 0 {
			break
		}
		s = s[:from] + s[from+to+1:]
	}
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown-1]) + "…"
	}
	return s
}
