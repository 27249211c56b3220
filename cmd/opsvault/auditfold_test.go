package main

import (
	"fmt"
	"slices"
	"testing"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

func TestFold(t *testing.T) {
	event := func(seq, ref uint64, result chain.Result) audit.Event {
		return audit.Event{Device: "a", Seq: seq, Ref: ref, Result: result}
	}
	elsewhere := event(2, 1, chain.Done)
	elsewhere.Device = "b"
	var many, manyShown = []audit.Event{event(1, 0, chain.Intent)}, []string{"1 intent"}
	for i := uint64(2); i < 100; i++ {
		many, manyShown = append(many, event(i, 0, chain.OK)), append(manyShown, fmt.Sprint(i, " ok"))
	}
	for _, tt := range []struct {
		name string
		in   []audit.Event
		want []string
	}{
		{"done", []audit.Event{event(1, 0, chain.Intent), event(2, 1, chain.Done)}, []string{"1 ok"}},
		{"failed", []audit.Event{event(1, 0, chain.Intent), event(2, 1, chain.Failed)}, []string{"1 failed"}},
		{"left open", []audit.Event{event(1, 0, chain.Intent), event(2, 0, chain.OK)}, []string{"1 intent", "2 ok"}},
		{"others between", []audit.Event{event(1, 0, chain.Intent), event(2, 0, chain.Denied), event(3, 1, chain.Done)}, []string{"1 ok", "2 denied"}},
		{"an outcome alone", []audit.Event{event(2, 1, chain.Done)}, []string{"2 done"}},
		{"of another device", []audit.Event{event(1, 0, chain.Intent), elsewhere}, []string{"1 intent", "2 done"}},
		{"a second outcome", []audit.Event{event(1, 0, chain.Intent), event(2, 0, chain.Intent), event(3, 1, chain.Done), event(4, 1, chain.Failed), event(5, 2, chain.Done)},
			[]string{"1 ok", "2 ok", "4 failed"}},
		{"a long wait", many, manyShown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			f := fold{show: func(e *audit.Event) { got = append(got, fmt.Sprint(e.Seq, " ", e.Result)) }}
			for _, e := range tt.in {
				f.take(e)
			}
			f.end()
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
