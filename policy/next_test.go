package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var hashA, hashB = strings.Repeat("a", 64), strings.Repeat("b", 64)

// successor is a version that follows the example, before an edit.
func successor(t testing.TB) (parent, child *Document) { return follow(parse(t, example(t))) }

// alone is the same where nobody acts for anybody.
func alone(t testing.TB) (parent, child *Document) {
	parent = parse(t, example(t))
	parent.Acting = nil
	return follow(parent)
}

func follow(parent *Document) (*Document, *Document) {
	return parent, parent.Next(hashA, parent.Issued.Add(time.Hour))
}

func TestCheckNext(t *testing.T) {
	tests := []struct {
		name string
		edit func(c *Document)
		want []Code
		says string
	}{
		{"nothing new", func(*Document) {}, nil, ""},
		{"a new name", func(c *Document) { c.Name = "Support" }, nil, ""},
		{"a number left out", func(c *Document) { c.Version = 6 }, []Code{CodeVersion}, "must be 5"},
		{"the same number", func(c *Document) { c.Version = 4 }, []Code{CodeVersion}, ""},
		{"another parent", func(c *Document) { c.Prev = []string{hashB} }, []Code{CodeParent}, ""},
		{"a merge", func(c *Document) { c.Prev = []string{hashA, hashB} }, []Code{CodeMerge}, ""},
		{"a nonce", func(c *Document) { c.Nonce = hashB }, []Code{CodeForbidden}, ""},
		{"a new device", func(c *Document) { c.Members["anna"].Devices = map[string]Device{"bbbbbbbbbbbbbbbb": {"pc", hashB}} }, nil, ""},
		{"a new label", func(c *Document) { c.Members["ivan"].Devices["a2b3c4d5e6f7g2h3"] = Device{"desk-4", file(c, "ivan")} }, nil, ""},
		{"a device's file", func(c *Document) { c.Members["ivan"].Devices["a2b3c4d5e6f7g2h3"] = Device{"desk-3", hashB} }, []Code{CodeDevice}, "new keys are a new device"},
		{"a device changes hands", func(c *Document) {
			c.Members["anna"].Devices = c.Members["ivan"].Devices
			c.Members["ivan"].Devices = nil
		}, []Code{CodeDevice}, "was ivan's"},
		{"a new generation", func(c *Document) { must(t, c.AddGeneration("telephony", Generation{3, hashB})) }, nil, ""},
		{"a generation after a gap", func(c *Document) { must(t, c.AddGeneration("telephony", Generation{5, hashB})) }, nil, ""},
		{"a recipient changed", func(c *Document) { c.Safes["telephony"].Generations[0].Recipient = hashB }, []Code{CodeGeneration}, "never changes"},
		{"a recipient of the catalogue changed", func(c *Document) { c.Catalogue.Generations[0].Recipient = hashB }, []Code{CodeGeneration}, "never changes"},
		{"a generation put before", func(c *Document) {
			c.Safes["telephony"].Generations = append([]Generation{{1, hashB}}, c.Safes["telephony"].Generations...)
		}, []Code{CodeGeneration}, "not new"},
		{"the newest generation gone", func(c *Document) { c.Safes["telephony"].Generations = nil }, []Code{CodeGeneration}, "without a newer one"},
		{"an old generation retired", func(c *Document) { c.Safes["telephony"].Generations = []Generation{{3, hashB}} }, nil, ""},
		{"a safe removed", func(c *Document) { c.RemoveSafe("telephony") }, nil, ""},
		{"a safe added", func(c *Document) { c.Safes["office"] = &Safe{Generations: []Generation{{1, hashB}}} }, nil, ""},
		{"access taken, key kept", func(c *Document) { delete(c.Safes["telephony"].Access, "agent") }, []Code{CodeRenew}, "a2b3c4d5e6f7g2h3 of ivan"},
		{"access lowered, key kept", func(c *Document) { c.Safes["telephony"].Access["agent"] = AccessOf(Request) }, []Code{CodeRenew}, ""},
		{"access taken, new generation", func(c *Document) {
			delete(c.Safes["telephony"].Access, "agent")
			must(t, c.AddGeneration("telephony", Generation{3, hashB}))
		}, nil, ""},
		{"access taken, marked", func(c *Document) { delete(c.Safes["telephony"].Access, "agent"); c.Safes["telephony"].Renew = true }, nil, ""},
		{"access given", func(c *Document) { c.Safes["billing"].Access["agent"] = Use }, nil, ""},
		{"a device removed, keys kept", func(c *Document) { c.RemoveDevice("a2b3c4d5e6f7g2h3") }, []Code{CodeRenew, CodeRenew}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent, child := alone(t)
			tt.edit(child)
			problems := Problems(CheckNext(parent, child, hashA))
			var got []Code
			for _, p := range problems {
				got = append(got, p.Code)
			}
			if !slices.Equal(got, tt.want) || !strings.Contains(problems.Error(), tt.says) {
				t.Errorf("got %v", problems)
			}
			if tt.want == nil {
				if problems := child.Check(); len(problems) > 0 {
					t.Errorf("the version is no good by itself: %v", problems)
				}
			}
		})
	}
}

func file(d *Document, member string) string {
	for _, device := range d.Members[member].Devices {
		return device.File
	}
	return ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheEndOfActingIsALoss(t *testing.T) {
	parent, child := successor(t)
	child.Acting = nil
	problems := CheckNext(parent, child, hashA)
	if len(problems) != 1 || problems[0].Code != CodeRenew || problems[0].Subject != "billing" {
		t.Fatalf("got %v", problems)
	}
	if marked := child.MarkRenew(parent); !slices.Equal(marked, []string{"billing"}) || len(CheckNext(parent, child, hashA)) > 0 {
		t.Errorf("marked %v", marked)
	}
}

func TestTheMarkStaysUntilANewGeneration(t *testing.T) {
	parent, child := alone(t)
	delete(child.Safes["telephony"].Access, "agent")
	if marked := child.MarkRenew(parent); !slices.Equal(marked, []string{"telephony"}) || !child.Renewing("telephony") {
		t.Fatalf("marked %v", marked)
	}
	wiped := child.Next(hashB, child.Issued)
	wiped.Safes["telephony"].Renew = false
	if problems := Problems(CheckNext(child, wiped, hashB)); !problems.Has(CodeRenew) {
		t.Errorf("got %v", problems)
	}
	renewed := child.Next(hashB, child.Issued)
	must(t, renewed.AddGeneration("telephony", Generation{3, hashB}))
	if problems := CheckNext(child, renewed, hashB); len(problems) > 0 || renewed.Renewing("telephony") {
		t.Errorf("got %v", problems)
	}
}

func TestAddGenerationRefuses(t *testing.T) {
	_, d := successor(t)
	for name, safe := range map[string]string{"an old number": "telephony", "no such safe": "nowhere"} {
		t.Run(name, func(t *testing.T) {
			if err := d.AddGeneration(safe, Generation{2, hashB}); err == nil {
				t.Error("taken")
			}
		})
	}
	must(t, d.AddGeneration(Audit, Generation{2, hashB}))
	must(t, d.AddGeneration(Catalogue, Generation{2, hashB}))
	if d.Current(Audit).Gen != 2 || d.Current(Catalogue).Gen != 2 {
		t.Error("not added")
	}
}

func TestHistory(t *testing.T) {
	parent, child := successor(t)
	child.RemoveMember("ivan")
	child.RemoveSafe("telephony")
	var h History
	h.Add(parent)
	h.Add(child)
	tests := []struct {
		name string
		edit func(c *Document)
		want Code // "" for none
	}{
		{"nothing new", func(*Document) {}, ""},
		{"a member comes back", func(c *Document) {
			c.Members["ivan"] = &Member{Name: "Иван", Devices: parent.Members["ivan"].Devices}
		}, ""},
		{"a device comes back as another's", func(c *Document) { c.Members["anna"].Devices = parent.Members["ivan"].Devices }, CodeDevice},
		{"a device comes back with another file", func(c *Document) {
			c.Members["ivan"] = &Member{Devices: map[string]Device{"a2b3c4d5e6f7g2h3": {"x", hashB}}}
		}, CodeDevice},
		{"a safe comes back as it was", func(c *Document) { c.Safes["telephony"] = parent.Safes["telephony"] }, ""},
		{"a safe comes back and goes on", func(c *Document) { c.Safes["telephony"] = &Safe{Generations: []Generation{{3, hashB}}} }, ""},
		{"a safe comes back and begins again", func(c *Document) { c.Safes["telephony"] = &Safe{Generations: []Generation{{1, hashB}}} }, CodeGeneration},
		{"a safe comes back with another key", func(c *Document) { c.Safes["telephony"] = &Safe{Generations: []Generation{{2, hashB}}} }, CodeGeneration},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := child.Next(hashB, child.Issued)
			tt.edit(c)
			problems := Problems(h.Check(c))
			if len(problems) > 0 != (tt.want != "") || tt.want != "" && !problems.Has(tt.want) {
				t.Errorf("got %v", problems)
			}
		})
	}
	if member, f, ok := h.Device("a2b3c4d5e6f7g2h3"); !ok || member != "ivan" || f != file(parent, "ivan") || len(h.Devices()) != 2 {
		t.Errorf("got %v, %v, %v of %v", member, f, ok, h.Devices())
	}
	if h.NextGeneration("telephony") != 3 || h.NextGeneration("new") != 1 {
		t.Errorf("next generation %d", h.NextGeneration("telephony"))
	}
}

func TestSigners(t *testing.T) {
	const maria, maria2, ivan, anna = "k7q2m4x5c6v7b2n3", "cccccccccccccccc", "a2b3c4d5e6f7g2h3", "bbbbbbbbbbbbbbbb"
	parent, _ := successor(t)
	parent.Members["maria"].Devices[maria2] = Device{"phone", hashB}
	parent.Members["ivan"].Roles = []string{"lead"}
	parent.Members["anna"].Devices = map[string]Device{anna: {"pc", hashB}}
	same := func(*Document) {}
	tests := []struct {
		name      string
		threshold int
		edit      func(c *Document)
		devices   []string
		want      []bool
	}{
		{"one of one", 1, same, []string{maria}, []bool{true}},
		{"nobody", 1, same, nil, []bool{false}},
		{"one who doesn't govern", 1, same, []string{anna}, []bool{false}},
		{"a stranger", 1, same, []string{"dddddddddddddddd"}, []bool{false}},
		{"two devices of one person", 2, same, []string{maria, maria2}, []bool{false}},
		{"one device twice", 2, same, []string{maria, maria}, []bool{false}},
		{"two people", 2, same, []string{maria2, ivan}, []bool{true}},
		{"a lower threshold needs the old one", 2, func(c *Document) { c.Govern.Threshold = 1 }, []string{maria}, []bool{false, true}},
		{"a higher threshold needs itself", 1, func(c *Document) { c.Govern.Threshold = 2 }, []string{maria}, []bool{true, false}},
		{"a higher threshold, met", 1, func(c *Document) { c.Govern.Threshold = 2 }, []string{maria, ivan}, []bool{true, true}},
		{"a newcomer doesn't count for the old", 2, func(c *Document) { c.Members["anna"].Roles = []string{"lead"} }, []string{maria, anna}, []bool{false, true}},
		{"who is put in charge alone must sign too", 1, func(c *Document) {
			c.Members["anna"].Roles = []string{"lead"}
			c.Members["maria"].Roles, c.Members["ivan"].Roles = nil, nil
		}, []string{maria}, []bool{true, false}},
		{"one who goes still counts for the old", 1, func(c *Document) { c.RemoveMember("maria") }, []string{maria, ivan}, []bool{true, true}},
		{"one who goes doesn't count for the new", 1, func(c *Document) { c.RemoveMember("maria") }, []string{maria}, []bool{true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent := parent.Clone()
			parent.Govern.Threshold = tt.threshold
			child := parent.Next(hashA, parent.Issued)
			tt.edit(child)
			needs := Signers(parent, child, tt.devices)
			var met []bool
			for _, n := range needs {
				met = append(met, n.Met())
			}
			if !slices.Equal(met, tt.want) || Signed(parent, child, tt.devices) != !slices.Contains(tt.want, false) {
				t.Errorf("got %+v", needs)
			}
		})
	}
	needs := Signers(nil, parse(t, first(t)), []string{maria})
	want := []Need{{Threshold: 1, Of: []string{"maria"}, Signed: []string{"maria"}, New: true}}
	if diff := cmp.Diff(want, needs); diff != "" {
		t.Errorf("version 1 (-want +got)\n%s", diff)
	}
	if left, who := (Need{Threshold: 2, Of: []string{"a", "b", "c"}, Signed: []string{"b"}}).Missing(); left != 1 || !slices.Equal(who, []string{"a", "c"}) {
		t.Errorf("missing %d of %v", left, who)
	}
}
