package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// mended gives a merge what its caller would: number, parents, time, and marks for every key.
func mended(d *Document, hashes []string, heads ...*Document) *Document {
	for _, h := range heads {
		d.Version = max(d.Version, h.Version)
	}
	d.Version++
	d.Prev = slices.Sorted(slices.Values(hashes))
	for _, safe := range d.SafeIDs() {
		d.setRenew(safe, true)
	}
	return d
}

var twoHashes = []string{strings.Repeat("b", 64), strings.Repeat("a", 64)}

// TestMergeTakesNothingBack: what a side took is gone, whatever the other did; neither side is changed; and what comes
// out may follow both, but for a threshold that nobody can reach any more.
func TestMergeTakesNothingBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, a, b := drawHeads(t)
		a.Version, b.Version = min(a.Version, MaxVersion-1), min(b.Version, MaxVersion-1)
		if sharesDevices(a, b) {
			return
		}
		was := []*Document{base.Clone(), a.Clone(), b.Clone()}
		d, _ := Merge(base, a, b)
		d = mended(d, twoHashes, a, b)
		for _, p := range d.Check() {
			lacks := p.Code == CodeGovern || p.Code == CodeMissing && p.Path[0] == "runbooks"
			if !lacks {
				t.Fatalf("%v", p)
			}
		}
		for _, p := range CheckMerge(base, []*Document{a, b}, d, twoHashes) {
			t.Fatalf("%v", p)
		}
		for i, now := range []*Document{base, a, b} {
			if diff := cmp.Diff(was[i], now, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("merging changed document %d: %s", i, diff)
			}
		}
	})
}

// sharesDevices: documents that were drawn apart from one another have devices of the same ids with other files.
func sharesDevices(a, b *Document) bool {
	for id, m := range a.Members {
		for device, one := range m.Devices {
			if owner, ok := b.MemberOf(device); ok && (owner != id || b.Members[owner].Devices[device].File != one.File) {
				return true
			}
		}
	}
	return false
}

// TestMergeOfOneSide: where only one side changed something, that is what comes out, and nothing clashes.
func TestMergeOfOneSide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawDocument(t)
		b := drawBranch(t, base)
		if sharesDevices(base, b) {
			return
		}
		for _, pair := range [][2]*Document{{base, b}, {b, base}, {b, b}} {
			d, clashes := Merge(base, pair[0], pair[1])
			if len(clashes) > 0 {
				t.Fatalf("%+v", clashes)
			}
			if e := Diff(b, d); !slices.Equal(e.MembersAdded, nil) || len(e.MembersRemoved) > 0 || len(e.Access) > 0 || len(e.GovernorsAdded)+len(e.GovernorsRemoved) > 0 {
				t.Fatalf("differs from the side that changed: %v", e)
			}
		}
	})
}

// TestMergeHasNoSides: it does not matter who merges.
func TestMergeHasNoSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, a, b := drawHeads(t)
		if a.Issued.Equal(b.Issued) {
			b.Issued = b.Issued.Add(time.Second)
		}
		one, clashes := Merge(base, a, b)
		other, again := Merge(base, b, a)
		if diff := cmp.Diff(one, other, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the sides differ: %s", diff)
		}
		if diff := cmp.Diff(clashes, again); diff != "" {
			t.Fatalf("the clashes differ: %s", diff)
		}
	})
}

func TestMergeTakesTheStricter(t *testing.T) {
	base := parse(t, example(t))
	a, b := base.Clone(), base.Clone()
	b.Issued = a.Issued.Add(time.Hour)
	a.Safes["billing"].Access["agent"], b.Safes["billing"].Access["agent"] = Manage, AccessOf(Write)
	a.Safes["billing"].Grants.Max, b.Safes["billing"].Grants.Max = Span(time.Hour), Span(2*time.Hour)
	a.Safes["billing"].Approvals, b.Safes["billing"].Approvals = 2, 3
	a.Members["ivan"].Name, b.Members["ivan"].Name = "Иван А.", "Иван Б."
	a.RemoveMember("oleg")
	b.Members["oleg"].Note = "changed"
	d, clashes := Merge(base, a, b)
	s := d.Safes["billing"]
	if s.Access["agent"] != AccessOf(Write) || s.Grants.Max != Span(time.Hour) || s.Approvals != 3 {
		t.Errorf("%+v", s)
	}
	if d.Members["ivan"].Name != "Иван Б." || d.Members["oleg"] != nil {
		t.Errorf("%+v", d.Members)
	}
	if contains(d.Safes["telephony"].Quorum.Of, "oleg") {
		t.Errorf("%+v", d.Safes["telephony"].Quorum)
	}
	var paths []string
	for _, c := range clashes {
		paths = append(paths, c.Path)
	}
	want := []string{"members.ivan.name", "members.oleg", "safes.billing.access.agent", "safes.billing.approvals", "safes.billing.grants.max"}
	if !slices.Equal(paths, want) {
		t.Errorf("%v", paths)
	}
}

func TestCheckMergeRefuses(t *testing.T) {
	base := parse(t, example(t))
	a, b := base.Clone(), base.Clone()
	a.Version, b.Version = base.Version+1, base.Version+2
	a.RemoveMember("oleg")
	a.Safes["billing"].Access["agent"] = Use
	b.Safes["billing"].Access["agent"] = AccessOf(Read, Request)
	must(t, a.AddGeneration("telephony", Generation{3, hashA}))
	must(t, b.AddGeneration("telephony", Generation{3, hashB}))
	for _, test := range []struct {
		name string
		edit func(*Document)
		want []Code
	}{
		{"the merge itself", func(*Document) {}, nil},
		{"another number", func(d *Document) { d.Version++ }, []Code{CodeVersion}},
		{"other parents", func(d *Document) { d.Prev[0] = strings.Repeat("c", 64) }, []Code{CodeParent}},
		{"one parent", func(d *Document) { d.Prev = d.Prev[:1] }, []Code{CodeParent}},
		{"somebody removed is back", func(d *Document) { d.Members["oleg"] = base.Members["oleg"] }, []Code{CodeMerge}},
		{"access taken is back", func(d *Document) { d.Safes["billing"].Access["agent"] = AccessOf(Request) }, []Code{CodeMerge}},
		{"no new key where both made one", func(d *Document) { d.Safes["telephony"].Renew = false }, []Code{CodeRenew}},
		{"a key of one side is gone", func(d *Document) { d.Safes["telephony"].Generations = d.Safes["telephony"].Generations[:1] }, []Code{CodeGeneration}},
		{"a new key with a number in use", func(d *Document) {
			d.Safes["telephony"].Generations = append(d.Safes["telephony"].Generations, Generation{3, strings.Repeat("f", 64)})
		}, []Code{CodeGeneration}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := Merge(base, a, b)
			d.Version, d.Prev = base.Version+3, slices.Sorted(slices.Values(twoHashes))
			d.Safes["telephony"].Renew = true
			test.edit(d)
			var got []Code
			for _, p := range CheckMerge(base, []*Document{a, b}, d, twoHashes) {
				got = append(got, p.Code)
			}
			if !slices.Equal(slices.Compact(got), test.want) {
				t.Errorf("%v", CheckMerge(base, []*Document{a, b}, d, twoHashes))
			}
		})
	}
}

func TestSignersOfMerge(t *testing.T) {
	base := parse(t, example(t))
	a, b := base.Clone(), base.Clone()
	a.Members["anna"].Roles, a.Members["anna"].Devices = []string{"lead"}, map[string]Device{"aaaaaaaaaaaaaaaa": {"laptop", hashA}}
	a.Govern.Threshold = 2
	maria := sorted(base.Members["maria"].Devices)[0]
	d, _ := Merge(base, a, b)
	needs := SignersOf([]*Document{a, b}, d, []string{maria, "aaaaaaaaaaaaaaaa"})
	if len(needs) != 2 || Met(needs[:1]) || !Met(needs[1:]) {
		t.Errorf("%+v", needs)
	}
	if !Agreed(base, base, []string{maria}) || Agreed(a, b, []string{maria}) || Agreed(base, base, nil) {
		t.Error("who agrees")
	}
}
