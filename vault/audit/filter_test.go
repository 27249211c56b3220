package audit_test

import (
	"testing"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// reveal is the line of an event that every test of the filters begins with.
func reveal() chain.Line {
	return chain.Line{
		Device: "desk", Seq: 7, Time: noon, Actor: "ivan", For: "anna", Op: "secret.reveal", Object: "id@3",
		Policy: 4, Result: chain.OK, Grant: "g", Run: "r",
	}
}

func TestFilterOfLines(t *testing.T) {
	tests := []struct {
		name   string
		filter audit.Filter
		want   bool
	}{
		{"nothing", audit.Filter{}, true},
		{"the member", audit.Filter{Member: "ivan"}, true},
		{"for whom", audit.Filter{Member: "anna"}, true},
		{"another member", audit.Filter{Member: "iva"}, false},
		{"the device", audit.Filter{Device: "desk"}, true},
		{"another device", audit.Filter{Device: "laptop"}, false},
		{"the op", audit.Filter{Op: "secret.reveal"}, true},
		{"its first part", audit.Filter{Op: "secret"}, true},
		{"half of its first part", audit.Filter{Op: "sec"}, false},
		{"more than it", audit.Filter{Op: "secret.reveal.all"}, false},
		{"the entry", audit.Filter{Entry: "id"}, true},
		{"an entry with its version", audit.Filter{Entry: "id@3"}, false},
		{"the run", audit.Filter{Run: "r"}, true},
		{"another run", audit.Filter{Run: "s"}, false},
		{"the grant", audit.Filter{Grant: "g"}, true},
		{"another grant", audit.Filter{Grant: "h"}, false},
		{"the result", audit.Filter{Result: "ok"}, true},
		{"another result", audit.Filter{Result: "denied"}, false},
		{"since then", audit.Filter{Since: noon}, true},
		{"since later", audit.Filter{Since: noon.Add(1)}, false},
		{"until later", audit.Filter{Until: noon.Add(1)}, true},
		{"until then", audit.Filter{Until: noon}, false},
		{"all of it", audit.Filter{Member: "ivan", Op: "secret", Entry: "id", Since: noon, Until: noon.Add(1)}, true},
		{"all but one", audit.Filter{Member: "ivan", Op: "secret", Entry: "other"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := reveal()
			if got := tt.filter.MatchLine(&l); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestFilterOfPaths(t *testing.T) {
	const path = "telephony/Ёлка/trunk"
	tests := []struct {
		name   string
		filter audit.Filter
		want   bool
	}{
		{"nothing", audit.Filter{}, true},
		{"the path", audit.Filter{Path: path}, true},
		{"the path in another case", audit.Filter{Path: "Telephony/ёлка/TRUNK"}, true},
		{"a part of it", audit.Filter{Path: "telephony/Ёлка"}, false},
		{"all below", audit.Filter{Path: "telephony/Ёлка/"}, true},
		{"all below in another case", audit.Filter{Path: "TELEPHONY/"}, true},
		{"below half a name", audit.Filter{Path: "telephony/Ёл/"}, false},
		{"below itself", audit.Filter{Path: path + "/"}, false},
		{"below something longer", audit.Filter{Path: path + "/and/more/"}, false},
		{"the safe", audit.Filter{Safe: "telephony"}, true},
		{"half a safe", audit.Filter{Safe: "tele"}, false},
		{"another safe", audit.Filter{Safe: "billing"}, false},
		{"safe and path", audit.Filter{Safe: "telephony", Path: path}, true},
		{"another safe, this path", audit.Filter{Safe: "billing", Path: path}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.filter.Match(&audit.Event{Path: path}); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
	for _, f := range []audit.Filter{{Path: "telephony/"}, {Safe: "telephony"}, {Path: "x"}} {
		if f.Match(&audit.Event{}) {
			t.Errorf("%+v chooses an event without a path", f)
		}
	}
}

func TestEntryOfAnEvent(t *testing.T) {
	tests := []struct{ op, object, want string }{
		{"secret.reveal", "id@3", "id"}, {"secret.reseal", "id@3", "id"}, {"entry.put", "id@1", "id"},
		{"entry.delete", "id@2", "id"}, {"runbook.publish", "no-internet@2", ""}, {"policy.sign", "3", ""}, {"audit.read", "-", ""},
		{"secret.reveal", "-", ""},
	}
	for _, tt := range tests {
		e := audit.Event{Op: tt.op, Object: tt.object}
		if got := e.Entry(); got != tt.want {
			t.Errorf("%s %s: got %q", tt.op, tt.object, got)
		}
	}
}
