package shell

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// What is kept of a block's output, in bytes: its beginning and its end.
const (
	keptHead = 48 << 10
	keptTail = 16 << 10
)

// A recorder keeps the beginning and the end of what is written to it, and looks for a text in all of it. Around what is
// kept it holds as much more as the longest form of a credential, so that none is cut in two. Between it and the screen stand
// clean and mask.
type recorder struct {
	masks  masker
	spare  int
	expect []byte
	seen   bool   // the expected text was there
	last   []byte // the end of what was searched
	head   []byte
	tail   []byte
	length int64
}

func newRecorder(secrets [][]byte, expect string) *recorder {
	masks := newMasker(secrets)
	return &recorder{masks: masks, spare: 2 * masks.longest(), expect: []byte(expect), seen: expect == ""}
}

// Write never fails: a block is not to end because it says too much.
func (r *recorder) Write(p []byte) (int, error) {
	n := len(p)
	r.search(p)
	r.length += int64(n)
	if room := keptHead + r.spare - len(r.head); room > 0 {
		take := min(room, len(p))
		r.head = append(r.head, p[:take]...)
	}
	keep := keptTail + r.spare
	r.tail = append(r.tail, p[max(0, len(p)-keep):]...)
	if len(r.tail) > 2*keep {
		r.tail = append(r.tail[:0], r.tail[len(r.tail)-keep:]...)
	}
	return n, nil
}

func (r *recorder) search(p []byte) {
	if r.seen {
		return
	}
	around := append(r.last, p[:min(len(p), len(r.expect))]...)
	r.seen = bytes.Contains(around, r.expect) || bytes.Contains(p, r.expect)
	if len(p) >= len(r.expect) {
		around = p
	}
	r.last = append([]byte(nil), around[max(0, len(around)-len(r.expect)+1):]...)
}

// result is what may be shown: all of it, or its beginning and its end with a line of dots between.
func (r *recorder) result() []byte {
	keep := keptTail + r.spare
	r.tail = r.tail[max(0, len(r.tail)-keep):]
	if r.length <= int64(len(r.head)) {
		text := clean(r.head)
		return atMost(r.masks.mask(text, 0, len(text)))
	}
	head, tail := clean(r.head), clean(r.tail)
	out := r.masks.mask(head, 0, max(0, min(len(head)-r.spare, keptHead)))
	out = append(bytes.TrimRight(whole(out), "\n"), "\n…\n"...)
	return atMost(append(out, whole(r.masks.mask(tail, min(len(tail), max(r.spare, len(tail)-keptTail)), len(tail)))...))
}

// atMost keeps the promise of the size also where masks are longer than what they hide.
func atMost(out []byte) []byte {
	const most = keptHead + keptTail
	if len(out) > most {
		out = append(whole(out[:keptHead-8]), append([]byte("\n…\n"), whole(out[len(out)-keptTail:])...)...)
	}
	return out
}

// whole drops the halves of characters at both ends.
func whole(out []byte) []byte {
	for len(out) > 0 && !utf8.RuneStart(out[0]) {
		out = out[1:]
	}
	for i := len(out) - 1; i >= 0 && i >= len(out)-utf8.UTFMax; i-- {
		if utf8.RuneStart(out[i]) {
			if !utf8.FullRune(out[i:]) {
				out = out[:i]
			}
			break
		}
	}
	return out
}

// clean leaves nothing that a terminal would obey: no escape sequences, no controls but line ends and tabs, no characters
// without a picture. It runs before the mask, so that what is hidden in a credential's middle doesn't hide the credential.
func clean(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		if n := escape(text); n > 0 {
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\r':
			if len(text) < 2 || text[1] != '\n' {
				out = append(out, '\n')
			}
		case r == utf8.RuneError && size <= 1:
			out = utf8.AppendRune(out, utf8.RuneError)
		case r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// escape is the length of the escape sequence at the beginning, or 0. A string sequence without an end is taken to the end of
// its line.
func escape(s []byte) int {
	if s[0] != 0x1b || len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
			if s[i] < 0x20 || s[i] > 0x7e {
				return i
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == 0x07:
				return i + 1
			case s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\':
				return i + 2
			case s[i] == '\n':
				return i
			}
		}
		return len(s)
	}
	return 2
}
