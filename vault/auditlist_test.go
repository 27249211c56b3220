package vault_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/vaulttest"
)

func events(t *testing.T, v *vault.Vault, f audit.Filter) (list []audit.Event) {
	t.Helper()
	must(t, v.Events(f, func(e audit.Event) error { list = append(list, e); return nil }))
	return list
}

func TestEventsByFilter(t *testing.T) {
	t.Parallel()
	w := world(t)
	_, err := openAs(t, w, w.Maria).Reveal(vaulttest.ParsePath(vaulttest.Wifi), vault.Purpose{Reason: "guest", Ticket: "T-1"})
	must(t, err)
	all := events(t, openAs(t, w, w.Maria), audit.Filter{})
	if !slices.IsSortedFunc(all, func(a, b audit.Event) int { return a.Time.Compare(b.Time) }) || all[0].Op != "vault.init" {
		t.Errorf("not in order: %+v", all)
	}
	middle := all[len(all)/2].Time
	after := 0
	for _, e := range all {
		if !e.Time.Before(middle) {
			after++
		}
	}
	tests := []struct {
		name   string
		filter audit.Filter
		want   int
	}{
		{"one member", audit.Filter{Member: "ivan"}, 1},
		{"one device", audit.Filter{Device: deviceOf(t, w, w.Ivan)}, 1},
		{"openings", audit.Filter{Op: "secret.reveal"}, 5},
		{"openings of one path", audit.Filter{Op: "secret.reveal", Path: vaulttest.PBX}, 2},
		{"the same in capitals", audit.Filter{Op: "secret.reveal", Path: "TELEPHONY/PBX"}, 2},
		{"what a path and all below it have", audit.Filter{Op: "secret.reveal", Path: "office/"}, 2},
		{"a safe", audit.Filter{Op: "secret.reveal", Safe: "telephony"}, 3},
		{"a path that nothing can have", audit.Filter{Path: "a//b"}, 0},
		{"a path that nothing has", audit.Filter{Path: "telephony/none"}, 0},
		{"before it all", audit.Filter{Until: all[0].Time}, 0},
		{"from the middle on", audit.Filter{Since: middle, Until: all[len(all)-1].Time.Add(1)}, after},
		{"after it all", audit.Filter{Since: w.Now().Add(time.Hour)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := events(t, openAs(t, w, w.Maria), tt.filter); len(got) != tt.want {
				t.Errorf("%d events: %+v", len(got), got)
			}
		})
	}
	if e := events(t, openAs(t, w, w.Maria), audit.Filter{Path: vaulttest.Wifi, Since: middle}); len(e) == 0 || e[len(e)-1].Reason != "guest" || e[len(e)-1].Ticket != "T-1" {
		t.Errorf("%+v", e)
	}
}

// TestEventsOfOthers: auditors see everybody's details, and that they looked
// is in the log; others see their own.
func TestEventsOfOthers(t *testing.T) {
	t.Parallel()
	w := world(t)
	_, err := openAs(t, w, w.Ivan).Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: "no dial tone"})
	must(t, err)
	_, err = openAs(t, w, w.Maria).Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: "to see"})
	must(t, err)
	reasons := func(v *vault.Vault) (list []string) {
		for _, e := range events(t, v, audit.Filter{Op: "secret.reveal", Path: vaulttest.PBX}) {
			if e.Path != vaulttest.PBX {
				t.Errorf("no path: %+v", e)
			}
			if e.Reason != "" {
				list = append(list, e.Reason)
			}
		}
		return list
	}
	maria, ivan := openAs(t, w, w.Maria), openAs(t, w, w.Ivan)
	if got := reasons(maria); !maria.Auditor() || !slices.Equal(got, []string{"no dial tone", "to see"}) {
		t.Errorf("Maria sees %q", got)
	}
	if got := reasons(ivan); ivan.Auditor() || !slices.Equal(got, []string{"no dial tone"}) {
		t.Errorf("Ivan sees %q", got)
	}
	looked := events(t, openAs(t, w, w.Maria), audit.Filter{Op: "audit.read"})
	if len(looked) != 2 || looked[0].Member != "maria" || looked[1].Member != "maria" {
		t.Errorf("%+v", looked)
	}
}

// TestEventsOfADamagedLog: what is proven is shown, of the others everything,
// and the error says that something is wrong.
func TestEventsOfADamagedLog(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*vaulttest.World) error{
		"a line": vaulttest.LogLineEdited, "the head": vaulttest.HeadSignedByOther, "all of it": vaulttest.LogEmptied,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			must(t, do(w))
			members := map[string]int{}
			err := openAs(t, w, w.Ivan).Events(audit.Filter{}, func(e audit.Event) error { members[e.Member]++; return nil })
			var integrity *vault.IntegrityError
			if !errors.As(err, &integrity) || members["ivan"] != 1 {
				t.Errorf("%v, %v", members, err)
			}
		})
	}
}

func TestEventsEndWithTheError(t *testing.T) {
	t.Parallel()
	w := world(t)
	calls := 0
	err := openAs(t, w, w.Ivan).Events(audit.Filter{}, func(audit.Event) error { calls++; return os.ErrClosed })
	if !errors.Is(err, os.ErrClosed) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestActivityOfAVault(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Ivan)
	_, err := v.Reveal(vaulttest.ParsePath(vaulttest.Wifi), vault.Purpose{})
	var denied *vault.DeniedError
	if !errors.As(err, &denied) {
		t.Fatal(err)
	}
	before := len(events(t, v, audit.Filter{}))
	all, err := v.Activity(time.Time{})
	must(t, err)
	if all.Opened != 4 || all.Refused != 1 || all.Written != 4 || !slices.Equal(all.Members, []string{"ivan", "maria"}) {
		t.Errorf("%+v", all)
	}
	recent, err := v.Activity(w.Now().Add(-time.Minute))
	must(t, err)
	if recent.Opened != 0 || recent.Refused != 1 {
		t.Errorf("%+v", recent)
	}
	if after := len(events(t, v, audit.Filter{})); after != before {
		t.Errorf("counting wrote %d events", after-before)
	}
}
