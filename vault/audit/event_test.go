package audit_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

func TestFromLine(t *testing.T) {
	l := reveal()
	base := audit.Event{
		Seq: 7, Time: noon, Member: "ivan", For: "anna", Device: "desk", Op: "secret.reveal", Object: "id@3", Policy: 4,
		Result: chain.OK, Grant: "g", Run: "r",
	}
	tests := []struct {
		name    string
		details map[string]any
		want    func(e *audit.Event)
	}{
		{"closed details", nil, func(*audit.Event) {}},
		{"no details", map[string]any{}, func(*audit.Event) {}},
		{"all that a reveal has", map[string]any{"path": "a/b", "fields": []any{"x", "y"}, "reason": "why", "ticket": "T-1"}, func(e *audit.Event) {
			e.Path, e.Fields, e.Reason, e.Ticket = "a/b", []string{"x", "y"}, "why", "T-1"
		}},
		{"something else", map[string]any{"path": "a/b", "step": "3"}, func(e *audit.Event) {
			e.Path, e.Details = "a/b", map[string]any{"step": "3"}
		}},
		{"things of another form", map[string]any{"path": 1, "fields": []any{"x", 2}, "reason": []any{}}, func(e *audit.Event) {
			e.Details = map[string]any{"path": 1, "fields": []any{"x", 2}, "reason": []any{}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := base
			tt.want(&want)
			if diff := cmp.Diff(want, audit.FromLine(&l, tt.details)); diff != "" {
				t.Error(diff)
			}
		})
	}
	l.Object = "-"
	if e := audit.FromLine(&l, nil); e.Object != "" {
		t.Errorf("the object of nothing is %q", e.Object)
	}
}

func TestActivity(t *testing.T) {
	line := func(actor, op, object string, r chain.Result) *chain.Line {
		return &chain.Line{Actor: actor, Op: op, Object: object, Result: r}
	}
	var a audit.Activity
	for _, l := range []*chain.Line{
		line("maria", "secret.reveal", "x@1", chain.OK), line("ivan", "secret.reveal", "x@1", chain.OK),
		line("ivan", "secret.reveal", "y@1", chain.OK), line("oleg", "secret.reveal", "y@1", chain.Denied),
		line("maria", "entry.put", "x@2", chain.Intent), line("maria", "entry.put", "x@2", chain.Done),
		line("maria", "secret.reseal", "x@2", chain.OK), line("maria", "runbook.publish", "b@1", chain.Done),
	} {
		a.Add(l)
	}
	if a.Opened != 3 || a.Refused != 1 || a.Written != 1 || fmt.Sprint(a.Members) != "[ivan maria]" {
		t.Errorf("%+v", a)
	}
}

func TestReportIsBoundedAndSorted(t *testing.T) {
	var r audit.Report
	for i := range audit.MaxFindings + 5 {
		r.Find(audit.Finding{Code: chain.Edit, File: fmt.Sprintf("%04d", audit.MaxFindings-i)})
	}
	r.Note(audit.Finding{Code: chain.Torn, File: "b"})
	r.Note(audit.Finding{Code: chain.Torn, File: "a", Line: 2})
	r.Note(audit.Finding{Code: chain.InTransit, File: "a", Line: 2})
	r.Note(audit.Finding{Code: chain.Torn, File: "a", Line: 1})
	r.Sort()
	if len(r.Findings) != audit.MaxFindings || r.Dropped != 5 || r.OK() {
		t.Errorf("%d findings, %d dropped", len(r.Findings), r.Dropped)
	}
	byFile := func(a, b audit.Finding) int {
		if a.File < b.File {
			return -1
		}
		return 1
	}
	if !slices.IsSortedFunc(r.Findings, byFile) {
		t.Error("the findings are not sorted")
	}
	want := []audit.Finding{
		{Code: chain.Torn, File: "a", Line: 1}, {Code: chain.InTransit, File: "a", Line: 2}, {Code: chain.Torn, File: "a", Line: 2},
		{Code: chain.Torn, File: "b"},
	}
	if diff := cmp.Diff(want, r.Notes); diff != "" {
		t.Error(diff)
	}
	if quiet := (&audit.Report{Notes: want}); !quiet.OK() {
		t.Error("notes are no findings")
	}
}
