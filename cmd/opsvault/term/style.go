package term

// A Style sets words off on a terminal. The zero value leaves them as they are. There are no colours: bold and dim are
// readable on every background and by everybody.
type Style struct{ On bool }

// Bold makes a text stand out.
func (s Style) Bold(text string) string { return s.wrap("\x1b[1m", text) }

// Dim makes a text step back.
func (s Style) Dim(text string) string { return s.wrap("\x1b[2m", text) }

func (s Style) wrap(code, text string) string {
	if !s.On || text == "" {
		return text
	}
	return code + text + "\x1b[0m"
}
