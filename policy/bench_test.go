package policy

import (
	"fmt"
	"strings"
	"testing"
)

// large is a policy of 100 members and 30 safes, the size that the budgets speak of.
func large(tb testing.TB) []byte {
	d := parse(tb, first(tb))
	for i := range 100 {
		device := fmt.Sprintf("dddddddddddddd%c%c", 'a'+rune(i/10), 'a'+rune(i%10))
		d.Members[fmt.Sprintf("member-%d", i)] = &Member{Name: fmt.Sprintf("Участник %d", i), Roles: []string{"agent"},
			Devices: map[string]Device{device: {"laptop", strings.Repeat("c", 64)}}}
	}
	for i := range 30 {
		d.Safes[fmt.Sprintf("safe-%d", i)] = &Safe{Title: Plain(fmt.Sprintf("Safe № %d", i)), Access: map[string]Access{"lead": Manage, "agent": Use},
			Generations: []Generation{{1, hashA}, {2, hashB}}, Reason: ReasonRequired}
	}
	text, err := d.Encode()
	must(tb, err)
	return text
}

func BenchmarkParse(b *testing.B) {
	text := large(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	d := parse(b, string(large(b)))
	for b.Loop() {
		if !d.Decide("member-50", Read, "safe-20").Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	d := parse(b, string(large(b)))
	next := d.Clone()
	next.RemoveMember("member-50")
	for b.Loop() {
		if Diff(d, next).Empty() {
			b.Fatal("no effect")
		}
	}
}
