package strictyaml

import (
	"reflect"
	"strings"
	"unicode/utf8"
)

// A field is one key of a struct: `yaml:"key,omitempty,flow,flowitems"`.
type field struct {
	name      string
	index     []int
	omitEmpty bool
	flow      flow
}

type fields []field

// flow says what is written on one line: a block's lines, each of its items, or all of it.
type flow int

const (
	flowNone flow = iota
	flowItems
	flowAll
)

func flowOf(options string) flow {
	switch {
	case strings.Contains(options, ",flow,"):
		return flowAll
	case strings.Contains(options, ",flowitems,"):
		return flowItems
	}
	return flowNone
}

// fieldsOf lists the keys of a struct in their order. Fields without a tag, or with the key "-", have none.
func fieldsOf(t reflect.Type) fields {
	var list fields
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		options = "," + options + ","
		switch {
		case strings.Contains(options, ",inline,"):
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				list = append(list, inner)
			}
		case name != "" && name != "-":
			list = append(list, field{name, []int{i}, strings.Contains(options, ",omitempty,"), flowOf(options)})
		}
	}
	return list
}

func (l fields) byName(name string) (field, bool) {
	for _, f := range l {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func (l fields) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.name
	}
	return names
}

// Nearest returns the known word that a mistyped one most likely means, or "": at most a third of its letters, rounded
// up, may be missing, added, wrong or swapped with a neighbour.
func Nearest(word string, known []string) string {
	if utf8.RuneCountInString(word) > 64 {
		return ""
	}
	best, least := "", (utf8.RuneCountInString(word)+2)/3+1
	for _, candidate := range known {
		if d := distance([]rune(strings.ToLower(word)), []rune(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the optimal string alignment distance (Levenshtein's with swaps of neighbours).
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}
