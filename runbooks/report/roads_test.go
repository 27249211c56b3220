package report_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
	"opsvault/runbooks/report"
)

// A notebook keeps what a run does, and ticks a second for each line.
type notebook struct {
	strand runbooks.Strand
	now    time.Time
}

func (n *notebook) Append(e runbooks.Event) error {
	n.strand.Lines = append(n.strand.Lines, runbooks.Line{Event: e, Seq: uint64(len(n.strand.Lines) + 1)})
	return nil
}

func (n *notebook) Now() time.Time {
	n.now = n.now.Add(time.Second)
	return n.now
}

// TestReportsOfEveryRoad runs the shipped runbooks along every road and holds their reports against what the engine knows.
func TestReportsOfEveryRoad(t *testing.T) {
	shipped, err := library.Library()
	if err != nil {
		t.Fatal(err)
	}
	roads, kinds := 0, map[runbooks.EventKind]bool{}
	for _, one := range shipped {
		if one.Lang != "en" {
			continue
		}
		b, _ := runbooks.Parse(one.Text)
		for _, answers := range runbooks.Cover(b) {
			n := &notebook{strand: runbooks.Strand{Device: "d", Member: "maria", Began: true}, now: began()}
			r, err := runbooks.Start(b, runbooks.Deps{Journal: n, Clock: n, Actor: "maria"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := runbooks.NewScript(answers).Run(r); err != nil {
				t.Fatalf("%s: %v", one.Slug, err)
			}
			for _, l := range n.strand.Lines {
				kinds[l.Kind] = true
			}
			agree(t, one.Slug, b, r.State(), n)
			roads++
		}
	}
	t.Log(roads, "roads", len(kinds), "kinds of events")
	if roads < 20 {
		t.Errorf("only %d roads", roads)
	}
}

// agree compares a report with the state of its run.
func agree(t *testing.T, slug string, b *runbooks.Runbook, state runbooks.State, n *notebook) {
	t.Helper()
	woven, err := runbooks.Weave(b, []runbooks.Strand{n.strand})
	if err != nil || len(woven.Asides) > 0 {
		t.Fatalf("%s: %v, %v", slug, err, woven.Asides)
	}
	r := report.Build(report.Source{Run: "r", Slug: slug, Book: b, Woven: woven, Now: n.now})
	if r.State != string(state.Status) || len(r.Timeline) != len(n.strand.Lines) || r.Seconds != int(state.Elapsed(n.now)/time.Second) {
		t.Errorf("%s: %s, %d lines, %d s", slug, r.State, len(r.Timeline), r.Seconds)
	}
	spent := 0
	for _, s := range r.Steps {
		if st, known := state.Steps[s.Step]; known && (s.State != string(st.Status) || s.Visits != st.Visits) || !known && s.State != "not-taken" {
			t.Errorf("%s: step %s is %s, visited %d times; the run says %+v", slug, s.Step, s.State, s.Visits, st)
		}
		spent += s.Seconds
	}
	if spent > r.Seconds {
		t.Errorf("%s: %d s in steps, %d s in all", slug, spent, r.Seconds)
	}
	for _, f := range r.Attention {
		if f.Code == report.FlagDamage || f.Code == report.FlagTaken || f.Code == "" {
			t.Errorf("%s: %+v", slug, f)
		}
	}
	var page bytes.Buffer
	if err := report.HTML(&page, r, b, plainWords{}, "en"); err != nil {
		t.Error(err)
	}
	if data, err := json.Marshal(r); err != nil || bytes.Contains(data, []byte(":null")) || bytes.Contains(page.Bytes(), []byte("%!")) {
		t.Errorf("%s: %v %.300s", slug, err, data)
	}
}
