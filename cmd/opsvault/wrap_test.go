package main

import (
	"strings"
	"testing"

	"opsvault/cmd/opsvault/term"
)

func TestWrapKeepsCommandsWhole(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"after a colon", "у ivan нет роли, поэтому открыть ничего нельзя: opsvault role give ivan agent", "opsvault role give ivan agent"},
		{"in quotation marks", "чтобы всё стало как было, наберите «opsvault policy adopt», и ждите", "«opsvault policy adopt»,"},
		{"in brackets", "ask for it before the evening comes (opsvault request a/b), please", "(opsvault request a/b),"},
		{"with a quoted argument", "it can be brought back all the same: opsvault rm 'my safe/x, y'.", "opsvault rm 'my safe/x, y'."},
		{"before an explanation", "у ivan нет роли, и потому: opsvault role give ivan РОЛЬ (роли: agent, lead)", "opsvault role give ivan РОЛЬ"},
		{"two of them", "first this, and in this order: opsvault sync /media/stick; then opsvault admit ivan", "opsvault admit ivan"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wrapText(tt.in, 40)
			if !strings.Contains(got, tt.want) {
				t.Errorf("%q is broken:\n%s", tt.want, got)
			}
			for line := range strings.SplitSeq(got, "\n") {
				if term.Width(line) > 40 {
					t.Errorf("%q has %d columns", line, term.Width(line))
				}
			}
		})
	}
	long := "opsvault grant ivan billing/hosting --for 4h --reason INC-7"
	if got := wrapText(long, 30); strings.ReplaceAll(got, "\n", " ") != long {
		t.Errorf("a command wider than the line became %q", got)
	}
}
