package audit_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// source gives lines one after the other.
func source(lines []chain.Line) audit.Source {
	return func() (chain.Line, bool, error) {
		if len(lines) == 0 {
			return chain.Line{}, false, nil
		}
		first := lines[0]
		lines = lines[1:]
		return first, true, nil
	}
}

func merged(t interface{ Fatal(...any) }, logs [][]chain.Line) []chain.Line {
	sources := make([]audit.Source, len(logs))
	for i, lines := range logs {
		sources[i] = source(lines)
	}
	var out []chain.Line
	if err := audit.Merge(sources, func(l *chain.Line) error { out = append(out, *l); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMergeIsAStableSort: the merge of sorted logs is what a stable sort by
// time makes of one behind the other.
func TestMergeIsAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logs := make([][]chain.Line, rapid.IntRange(0, 6).Draw(t, "logs"))
		var all []chain.Line
		for i := range logs {
			at := noon
			for seq := range rapid.IntRange(0, 8).Draw(t, "lines") {
				at = at.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "later")) * time.Millisecond)
				logs[i] = append(logs[i], chain.Line{Device: string(rune('a' + i)), Seq: uint64(seq + 1), Time: at})
			}
			all = append(all, logs[i]...)
		}
		slices.SortStableFunc(all, func(a, b chain.Line) int { return a.Time.Compare(b.Time) })
		got := merged(t, logs)
		if !slices.Equal(got, all) {
			t.Fatalf("got  %v\nwant %v", got, all)
		}
	})
}

// TestMergeKeepsTheOrderOfALog: a device whose clock was put back has written
// times that go backwards; what it did is shown in the order in which it did it.
func TestMergeKeepsTheOrderOfALog(t *testing.T) {
	logs := [][]chain.Line{
		{{Device: "a", Seq: 1, Time: noon.Add(5)}, {Device: "a", Seq: 2, Time: noon}, {Device: "a", Seq: 3, Time: noon.Add(9)}},
		{{Device: "b", Seq: 1, Time: noon.Add(6)}},
	}
	var order string
	for _, l := range merged(t, logs) {
		order += l.Device + string(rune('0'+l.Seq))
	}
	if order != "a1a2b1a3" {
		t.Errorf("got %s", order)
	}
}

func TestMergeEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	bad := func() (chain.Line, bool, error) { return chain.Line{}, false, broken }
	good := []chain.Line{{Seq: 1, Time: noon}, {Seq: 2, Time: noon.Add(1)}}
	if err := audit.Merge([]audit.Source{source(good), bad}, func(*chain.Line) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("a source: %v", err)
	}
	calls := 0
	err := audit.Merge([]audit.Source{source(good)}, func(*chain.Line) error { calls++; return broken })
	if !errors.Is(err, broken) || calls != 1 {
		t.Errorf("each: %v after %d calls", err, calls)
	}
}
