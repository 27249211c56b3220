package main

import (
	"bufio"
	"testing"

	"opsvault/cmd/opsvault/text"
)

func TestCallKeepsTheStreamsApart(t *testing.T) {
	tests := []struct {
		name, out, err string
		common         common
	}{
		{"words", "a человек\n", "there is no command \"x�\"\nopsvault: warning: interrupted; what was done is saved\n", common{}},
		{"quiet", "a человек\n", "opsvault: warning: interrupted; what was done is saved\n", common{quiet: true}},
		{"JSON", "{\n  \"name\": \"<Ivan>\"\n}\n", "", common{json: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			c := newCall(w, tt.common)
			c.say("usage.unknown-command", "command", "x\u202e")
			c.warn("error.interrupted")
			document := struct {
				Name string `json:"name"`
			}{"<Ivan>"}
			err := c.result(document, func() { c.out.WriteString("a человек\n") })
			if err != nil || c.out.Flush() != nil {
				t.Fatal(err)
			}
			if w.out.String() != tt.out || w.err.String() != tt.err {
				t.Errorf("got %q and %q", w.out.String(), w.err.String())
			}
		})
	}
}

func TestCallTableFitsTheTerminal(t *testing.T) {
	w := newWorld(t)
	w.Columns = func() int { return 20 }
	w.OutEscapes = func() bool { return true }
	c := newCall(w, common{})
	if err := c.table([]string{"path", "title"}, [][]string{{"office/wifi", "Wi-Fi в офисе\x07"}}); err != nil {
		t.Fatal(err)
	}
	c.out.Flush()
	want := "\x1b[1mpath\x1b[0m       \x1b[1mtitle\x1b[0m\noffice/w…  Wi-Fi в …\n"
	if w.out.String() != want {
		t.Errorf("got %q", w.out.String())
	}
}

// newCall is a call of a command without arguments.
func newCall(w *world, options common) *call {
	return &call{env: w.env, common: options, tr: text.New(text.English, nil), out: bufio.NewWriter(w.Out)}
}
