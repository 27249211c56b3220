package report

import (
	"testing"
	"time"

	"opsvault/runbooks"
)

// What a line speaks of was noted down before it, and can change in a loop.
func TestLinesHaveTheValuesOfTheirTime(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	c := &composer{Report: Report{Inputs: []Input{{Name: "ticket", Value: "T-1", Time: &Time{at(1)}}, {Name: "ticket", Value: "T-2", Time: &Time{at(5)}}}}}
	for minute, want := range map[int]string{0: "", 1: "T-1", 4: "T-1", 9: "T-2"} {
		if got := c.knownAt(Entry{Event: runbooks.Event{Time: at(minute)}})["ticket"]; got != want {
			t.Errorf("after %d minutes %q, want %q", minute, got, want)
		}
	}
}
