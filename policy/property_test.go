package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// roundTrip demands that a document survives being written and read.
func roundTrip(t tester, d *Document) {
	t.Helper()
	text, err := d.Encode()
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("parse what was encoded: %v\n%s", err, text)
	}
	if diff := cmp.Diff(d, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-before +after)\n%s\n%s", diff, text)
	}
	if twice, err := again.Encode(); err != nil || string(twice) != string(text) {
		t.Fatalf("encodes differently the second time (%v)\n%s\n%s", err, text, twice)
	}
}

const idForm = `[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?`

var (
	drawID   = rapid.StringMatching(idForm).Filter(IsID)
	drawHash = rapid.StringMatching(`[0-9a-f]{64}`)
	drawText = rapid.OneOf(rapid.SampledFrom([]string{"Ёж", "A: B", "yes", "017", "#1", "a, b", "@x", "2026-12-20", "'", "~", "- a"}),
		rapid.StringMatching(`[\pL\d ,:#{}"'&*!|>%-]{1,20}`)).Filter(func(s string) bool {
		return s != "" && strings.TrimSpace(s) == s && len(s) <= 64 && showable(s, false)
	})
	drawSpan = rapid.Custom(func(t *rapid.T) Span {
		return Span(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "minutes")) * time.Minute)
	})
	drawTime = rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "time"), 0).UTC()
	})
)

func drawTitle(t *rapid.T) Title {
	switch rapid.IntRange(0, 2).Draw(t, "title") {
	case 0:
		return nil
	case 1:
		return Plain(drawText.Draw(t, "title"))
	}
	return rapid.MapOfN(rapid.StringMatching(`[a-z]{2}`), drawText, 1, 3).Draw(t, "titles")
}

func some(t *rapid.T, label string, from []string, least, most int) []string {
	if len(from) == 0 {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), min(least, len(from)), min(most, len(from)), rapid.ID[string]).Draw(t, label)
}

func drawGenerations(t *rapid.T, first bool) []Generation {
	numbers := rapid.SliceOfNDistinct(rapid.Uint64Range(2, MaxGeneration), 0, 4, rapid.ID[uint64]).Draw(t, "generations")
	if first {
		numbers = append(numbers, 1)
	}
	slices.Sort(numbers)
	var list []Generation
	for _, n := range numbers {
		list = append(list, Generation{n, drawHash.Draw(t, "recipient")})
	}
	return list
}

// drawDocument makes a document that passes Check.
func drawDocument(t *rapid.T) *Document {
	d := &Document{Format: Format, Version: rapid.Uint64Range(2, MaxVersion).Draw(t, "version"), Issued: drawTime.Draw(t, "issued"),
		Prev: rapid.SliceOfNDistinct(drawHash, 1, 3, rapid.ID[string]).Draw(t, "prev"), Name: drawText.Draw(t, "name"),
		Members: map[string]*Member{}, Roles: map[string]*Role{}, Safes: map[string]*Safe{}, Duties: map[string]*Duty{}}
	roles := rapid.SliceOfNDistinct(drawID, 1, 4, rapid.ID[string]).Draw(t, "roles")
	members := rapid.SliceOfNDistinct(drawID, 1, 6, rapid.ID[string]).Draw(t, "members")
	for _, id := range roles {
		d.Roles[id] = &Role{Title: drawTitle(t), Note: rapid.SampledFrom([]string{"", "a note\nof lines\n", " x "}).Draw(t, "note")}
	}
	for i, id := range members {
		m := &Member{Name: drawText.Draw(t, "name"), Roles: some(t, "roles", roles, 0, 3), Devices: map[string]Device{}}
		for n := range rapid.IntRange(0, 2).Draw(t, "devices") {
			m.Devices[deviceID(i, n)] = Device{drawText.Draw(t, "label"), drawHash.Draw(t, "file")}
		}
		d.Members[id] = m
	}
	d.Members[members[0]].Roles = roles
	d.Members[members[0]].Devices[deviceID(0, 9)] = Device{"laptop", drawHash.Draw(t, "file")}
	d.Govern = Govern{Roles: some(t, "govern", roles, 1, 2), Threshold: 1}
	d.Govern.Threshold = rapid.IntRange(1, len(d.Governors())).Draw(t, "threshold")
	if rapid.Bool().Draw(t, "succession") {
		of := some(t, "of", members, 1, 4)
		d.Govern.Succession = &Succession{rapid.IntRange(1, len(of)).Draw(t, "need"), of, drawSpan.Draw(t, "wait"), drawSpan.Draw(t, "for")}
	}
	d.Audit = AuditRules{some(t, "audit", roles, 0, 2), append([]Generation{{1, drawHash.Draw(t, "recipient")}}, drawGenerations(t, false)...), rapid.Bool().Draw(t, "renew")}
	d.Catalogue = CatalogueRules{drawGenerations(t, true), rapid.Bool().Draw(t, "renew")}
	d.Runbooks = RunbookRules{some(t, "publish", roles, 0, 2), some(t, "approve", roles, 1, 2), rapid.IntRange(0, 2).Draw(t, "approvals")}
	drawSafes(t, d, roles, members)
	drawDuties(t, d, members)
	return d
}

func deviceID(member, n int) string {
	return fmt.Sprintf("aaaaaaaaaaaaaa%c%c", 'a'+rune(member), 'a'+rune(n))
}

func drawSafes(t *rapid.T, d *Document, roles, members []string) {
	for i, id := range rapid.SliceOfNDistinct(drawID, 0, 3, rapid.ID[string]).Draw(t, "safes") {
		s := &Safe{Access: map[string]Access{}, Generations: drawGenerations(t, false), Renew: rapid.Bool().Draw(t, "renew"),
			Reason:    rapid.SampledFrom([]Reason{"", ReasonOptional, ReasonRequired, ReasonTicket}).Draw(t, "reason"),
			Approvals: rapid.IntRange(0, 3).Draw(t, "approvals"), Grants: GrantRules{drawSpan.Draw(t, "max")}}
		if rapid.Bool().Draw(t, "titled") {
			s.Title = Plain(fmt.Sprintf("%s № %d", drawText.Draw(t, "title"), i))
		}
		for _, role := range some(t, "access", roles, 0, 4) {
			s.Access[role] = AccessOf(rapid.SliceOfN(rapid.SampledFrom(onSafe()), 1, 4).Draw(t, "caps")...)
		}
		if of := some(t, "of", members, 2, 5); len(of) >= 2 {
			s.Quorum = &Quorum{rapid.IntRange(2, len(of)).Draw(t, "need"), of}
		}
		d.Safes[id] = s
	}
}

func drawDuties(t *rapid.T, d *Document, members []string) {
	for _, id := range rapid.SliceOfNDistinct(drawID, 0, 2, rapid.ID[string]).Draw(t, "duties") {
		day := rapid.IntRange(1, 7).Draw(t, "day")
		d.Duties[id] = &Duty{Title: drawTitle(t), Holder: rapid.SampledFrom(append(members, "")).Draw(t, "holder"),
			Deputies: some(t, "deputies", members, 0, 3), Safes: some(t, "safes", sorted(d.Safes), 0, 2),
			Due: &Due{Every: rapid.SampledFrom([]Period{EveryWeek, EveryMonth, EveryQuarter}).Draw(t, "every"), Day: day, Cutoff: 7,
				Remind: rapid.SliceOfN(drawSpan, 0, 3).Draw(t, "remind")}}
	}
	if len(members) < 2 {
		return
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "acting") {
		who := some(t, "who", members, 2, 2)
		from := drawTime.Draw(t, "from")
		d.Acting = append(d.Acting, Acting{ID: fmt.Sprintf("a%d", i), Member: who[0], For: who[1], Roles: some(t, "roles", d.Members[who[1]].Roles, 0, 2),
			Duties: some(t, "duties", sorted(d.Duties), 0, 2), From: from, Until: from.Add(time.Hour), Basis: BasisPlanned})
	}
}

// TestClonesShareNothing overwrites every list of a copy.
func TestClonesShareNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		before, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		overwrite(reflect.ValueOf(d.Clone()))
		if now, err := d.Encode(); err != nil || string(now) != string(before) {
			t.Fatalf("the original changed with its copy (%v)\n%s\n%s", err, before, now)
		}
	})
}

// overwrite sets everything that can be reached to zero, leaves first.
func overwrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			overwrite(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				overwrite(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			overwrite(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			overwrite(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Value{})
		}
	}
	if v.CanSet() {
		v.SetZero()
	}
}

func TestDocumentsSurviveBeingWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, drawDocument(t)) })
}

func TestNoChangeHasNoEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		c := d.Clone()
		if diff := cmp.Diff(d, c, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("a clone differs: %s", diff)
		}
		if e := Diff(d, c); !e.Empty() || e.String() != "" {
			t.Fatalf("%v", e)
		}
		if e := Diff(d, d.Next(strings.Repeat("a", 64), d.Issued.Add(time.Hour))); !e.Empty() || e.String() != "" {
			t.Fatalf("%v", e)
		}
	})
}

// TestEveryChangeHasAnEffect: two documents that are written differently differ in effect, and back again is the opposite.
func TestEveryChangeHasAnEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDocument(t), drawDocument(t)
		there, back := Diff(a, b), Diff(b, a)
		if there.Empty() {
			t.Fatalf("no effect")
		}
		if !slices.Equal(there.MembersAdded, back.MembersRemoved) || !slices.Equal(there.GovernorsAdded, back.GovernorsRemoved) || len(there.Access) != len(back.Access) {
			t.Fatalf("there:\n%vback:\n%v", there, back)
		}
		for i, x := range there.Access {
			y := back.Access[i]
			if x.Member != y.Member || x.Safe != y.Safe || !slices.Equal(x.Gains, y.Loses) || !slices.Equal(x.Loses, y.Gains) {
				t.Fatalf("there %v, back %v", x, y)
			}
		}
	})
}

func TestDecideAgreesWithCaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		now := drawTime.Draw(t, "now")
		if len(d.Acting) > 0 && rapid.Bool().Draw(t, "in the window") {
			now = d.Acting[0].From
		}
		for _, safe := range append(d.SafeIDs(), "nowhere") {
			var readers []string
			for member, m := range d.Members {
				caps, via := d.CapsAt(member, safe, now)
				own, _ := d.Caps(member, safe)
				for _, c := range onSafe() {
					decision := d.DecideAt(member, c, safe, now)
					if decision.Allowed != slices.Contains(caps, c) || d.Decide(member, c, safe).Allowed != slices.Contains(own, c) {
						t.Fatalf("%s %s %s: %+v, but caps %v", member, c, safe, decision, caps)
					}
					if decision.Allowed && !strings.Contains(via, decision.Why) || decision.Allowed != (decision.Cause == CauseNone) || decision.Why == "" {
						t.Fatalf("%s %s %s: %+v via %q", member, c, safe, decision, via)
					}
					if slices.Contains(decision.Ask, member) || decision.Allowed && len(decision.Ask) > 0 {
						t.Fatalf("%s is told to ask %v", member, decision.Ask)
					}
				}
				if slices.Contains(own, Read) && len(m.Devices) > 0 {
					readers = append(readers, member)
				}
			}
			slices.Sort(readers)
			if !slices.Equal(readers, d.Readers(safe)) {
				t.Fatalf("%s: readers %v, not %v", safe, d.Readers(safe), readers)
			}
		}
	})
}

// TestRemovingLeavesAWholeDocument: whoever goes, only the lack of governors can be wrong afterwards, and with the marks the version may follow.
func TestRemovingLeavesAWholeDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		before, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		next := d.Next(strings.Repeat("a", 64), d.Issued)
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0:
			next.RemoveMember(rapid.SampledFrom(sorted(d.Members)).Draw(t, "member"))
		case 1:
			next.RemoveRole(rapid.SampledFrom(sorted(d.Roles)).Draw(t, "role"))
		case 2:
			if safes := sorted(d.Safes); len(safes) > 0 {
				next.RemoveSafe(rapid.SampledFrom(safes).Draw(t, "safe"))
			}
		case 3:
			next.SetRoles(rapid.SampledFrom(sorted(d.Members)).Draw(t, "member"), some(t, "roles", sorted(d.Roles), 0, 2))
		case 4:
			next.RemoveDevice(rapid.SampledFrom(d.allDevices()).Draw(t, "device").Device)
		}
		for _, p := range next.Check() {
			approvers := p.Code == CodeMissing && p.Path[0] == "runbooks"
			if p.Code != CodeGovern && !approvers && d.Version < MaxVersion {
				t.Fatalf("%v", p)
			}
		}
		next.MarkRenew(d)
		if now, err := d.Encode(); err != nil || string(now) != string(before) {
			t.Fatalf("the parent changed with its copy (%v)\n%s\n%s", err, before, now)
		}
		if problems := CheckNext(d, next, strings.Repeat("a", 64)); len(problems) > 0 {
			t.Fatalf("%v", problems)
		}
	})
}
