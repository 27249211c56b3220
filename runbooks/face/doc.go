// Package face is what the faces of a run have in common: which keys there are and which of them are offered now, what
// waits and until when, who is to be called, and what belongs to the one next thing. Package plain shows it line by line, a
// face that fills the screen shows it all at once.
//
// It looks at a run and changes nothing. It opens no terminal and holds no words: whoever shows something is given a
// [Words] with which the few sentences are made that both faces say alike.
package face

// Words gives the text under a key ("run.step"), with arguments in pairs of a name and a value: strings, ints, []string,
// time.Time and time.Duration.
type Words func(key string, args ...any) string
