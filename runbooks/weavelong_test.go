package runbooks

import (
	"fmt"
	"testing"
	"time"
)

// Two devices take a run from each other as often as their journals have lines. Reading it takes a moment: where each take looks
// through both journals it takes hours, for everybody who has the vault.
func TestWeaveBackAndForth(t *testing.T) {
	const n = 40_000
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	maria, oleg := Strand{Device: "m", Member: "maria", Began: true}, Strand{Device: "o", Member: "oleg"}
	maria.Lines = append(maria.Lines, Line{Event: Event{Kind: EventStarted, Actor: "maria", Time: at}, Seq: 1})
	for i := uint64(1); i < n; i++ {
		taken := Event{Kind: EventTaken, Reason: "x", Time: at}
		taken.Actor, taken.Signed = "oleg", fmt.Sprintf("m:%d", i)
		oleg.Lines = append(oleg.Lines, Line{Event: taken, Seq: i})
		taken.Actor, taken.Signed = "maria", fmt.Sprintf("o:%d", i)
		maria.Lines = append(maria.Lines, Line{Event: taken, Seq: i + 1})
	}
	w, err := Weave(nil, []Strand{oleg, maria})
	if err != nil || w.Owner != "maria" || len(w.Lines) != 2*n-1 || len(w.Asides) > 0 {
		t.Errorf("%s owns, %d lines, %d aside, %v", w.Owner, len(w.Lines), len(w.Asides), err)
	}
}
