package vault_test

import (
	"fmt"
	"slices"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/vaulttest"
)

// Of several signatures each covers what its signer saw; liars can neither take away what an honest signer saw nor add what
// the log contradicts; a device that leaves sets no cut while one that stays has signed.
func TestCutOfSeveralSigners(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	for i := range 4 {
		c.edit("anna", vaulttest.Trunk, "password", fmt.Sprint(i))
	}
	c.carry("anna", "maria")
	v := c.open("maria")
	anna, maria, ivan := c.open("anna").Me().Device, v.Me().Device, c.open("ivan").Me().Device
	size, _, err := v.LogLine(anna, 0)
	c.must(err)
	line := func(seq uint64) statement.Hash {
		if seq > size {
			return statement.Sum([]byte("a lie"))
		}
		_, hash, err := v.LogLine(anna, seq)
		c.must(err)
		return hash
	}
	saw := func(seq uint64, less ...uint64) []statement.Closed {
		one := statement.Closed{Device: anna, Seq: seq, Line: line(seq)}
		for _, n := range less {
			one.Less = append(one.Less, statement.Range{First: n, Last: n})
		}
		return []statement.Closed{one}
	}
	lied := []statement.Closed{{Device: anna, Seq: 6, Line: statement.Sum([]byte("a lie"))}}
	by := func(device string, event uint64, closed []statement.Closed) statement.PolicySignature {
		return statement.PolicySignature{Common: statement.Common{Device: device, Event: event}, Closed: closed}
	}
	for _, test := range []struct {
		name       string
		leaving    []string
		signatures []statement.PolicySignature
		event      uint64
		now, later bool
	}{
		{"below the cut", nil, []statement.PolicySignature{by(maria, 9, saw(6))}, 6, true, false},
		{"above it", nil, []statement.PolicySignature{by(maria, 9, saw(6))}, 7, false, false},
		{"left out", nil, []statement.PolicySignature{by(maria, 9, saw(6, 3))}, 3, false, false},
		{"beside what is left out", nil, []statement.PolicySignature{by(maria, 9, saw(6, 3))}, 4, true, false},
		{"the highest counts", nil, []statement.PolicySignature{by(maria, 9, saw(2)), by(ivan, 9, saw(6))}, 5, true, false},
		{"a low line takes nothing away", nil, []statement.PolicySignature{by(maria, 9, saw(6)), by(ivan, 9, saw(0))}, 5, true, false},
		{"left out by one, held by another", nil, []statement.PolicySignature{by(maria, 9, saw(6, 3)), by(ivan, 9, saw(4))}, 3, true, false},
		{"left out by one, beyond the other", nil, []statement.PolicySignature{by(maria, 9, saw(6, 5)), by(ivan, 9, saw(4))}, 5, false, false},
		{"another line than the log's", nil, []statement.PolicySignature{by(maria, 9, lied)}, 1, false, false},
		{"a lie beside an honest line", nil, []statement.PolicySignature{by(maria, 9, lied), by(ivan, 9, saw(4))}, 5, false, false},
		{"a high line that no log proves", nil, []statement.PolicySignature{by(maria, 9, saw(size+50)), by(ivan, 9, saw(4))}, 5, false, true},
		{"what is proven stands meanwhile", nil, []statement.PolicySignature{by(maria, 9, saw(size+50)), by(ivan, 9, saw(4))}, 4, true, true},
		{"one signer saw more than is here", nil, []statement.PolicySignature{by(maria, 9, saw(size+50))}, 5, true, false},
		{"no line of it was seen", nil, []statement.PolicySignature{by(maria, 9, saw(0))}, 1, false, false},
		{"nobody closed it", nil, []statement.PolicySignature{by(maria, 9, nil)}, 1, false, false},
		{"a leaver sets no cut for another", []string{ivan}, []statement.PolicySignature{by(maria, 9, saw(2)), by(ivan, 9, saw(6))}, 5, false, false},
		{"a leaver sets no cut for itself", []string{anna}, []statement.PolicySignature{by(maria, 9, saw(2)), by(anna, 6, nil)}, 5, false, false},
		{"only the leaver signed", []string{anna}, []statement.PolicySignature{by(anna, 6, nil)}, 6, true, false},
		{"only the leaver signed, above", []string{anna}, []statement.PolicySignature{by(anna, 6, nil)}, 7, false, false},
		{"only leavers signed, of another", []string{anna, maria}, []statement.PolicySignature{by(maria, 9, saw(4))}, 4, true, false},
		{"only leavers signed, two of them", []string{anna, maria}, []statement.PolicySignature{by(maria, 9, saw(6)), by(anna, 4, nil)}, 5, false, false},
	} {
		for range 2 { // in either order
			now, later, err := v.Covered(anna, test.event, test.leaving, test.signatures)
			if err != nil || now != test.now || later != test.later {
				t.Errorf("%s: %t, %t, %v; want %t, %t", test.name, now, later, err, test.now, test.later)
			}
			slices.Reverse(test.signatures)
		}
	}
}

// What a signer does not hold, or holds damaged, is left out of its line, whatever kind of statement it is; what failed is not.
func TestClosedLeavesOutWhatIsNotHeld(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "anna", "ivan")
	var kept []*vault.Entry
	for i := range 4 {
		kept = append(kept, c.edit("anna", vaulttest.Trunk, "password", fmt.Sprint(i)))
	}
	_, err := c.open("anna").PublishBook("no-internet", []byte("text"))
	c.must(err)
	c.policy("anna", func(d *policy.Document) { d.Members["ivan"].Note = "x" })
	c.carry("anna", "maria")
	gone := func(d *policy.Document) { d.RemoveMember("anna") }
	less := func() string {
		t.Helper()
		closed, err := c.open("maria").ClosedBy(gone)
		c.must(err)
		if len(closed) != 1 {
			t.Fatalf("closed: %v", closed)
		}
		return fmt.Sprint(closed[0].Less)
	}
	if got := less(); got != "[]" {
		t.Errorf("all is held: %s", got)
	}
	release := c.take("maria", kept[1].File)
	if got := less(); got != fmt.Sprintf("[%d]", kept[1].Event()) {
		t.Errorf("one is missing: %s, want %d", got, kept[1].Event())
	}
	c.take("maria", kept[2].File)
	if got := less(); got != fmt.Sprintf("[%d %d]", kept[1].Event(), kept[2].Event()) {
		t.Errorf("two are missing: %s", got)
	}
	release()
	c.damage("maria", kept[3].File)
	if got := less(); got != fmt.Sprintf("[%d-%d]", kept[2].Event(), kept[3].Event()) && got != fmt.Sprintf("[%d %d]", kept[2].Event(), kept[3].Event()) {
		t.Errorf("one is missing, one is damaged: %s", got)
	}
}
