package chain

import (
	"slices"
	"testing"

	"opsvault/vault/statement"
)

// TestPick: Each is called with the lines that Pick asks for, and the others
// are verified all the same.
func TestPick(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	announce, done := reveal(1), reveal(2)
	announce.Op, announce.Result, announce.Statement = "entry.put", Intent, statement.Sum([]byte("x"))
	done.Op, done.Result, done.Ref = "entry.put", Done, 2
	w := d.writer(t, dir)
	for _, draft := range []Draft{reveal(0), announce, done, reveal(3)} {
		if _, err := w.Append(draft); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		pick func(op []byte, announces bool) bool
		want []uint64
	}{
		{"all", nil, []uint64{1, 2, 3, 4}},
		{"announcements and outcomes", func(_ []byte, announces bool) bool { return announces }, []uint64{2, 3}},
		{"an op", func(op []byte, _ bool) bool { return string(op) == "secret.reveal" }, []uint64{1, 4}},
		{"none", func([]byte, bool) bool { return false }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []uint64
			r := d.verify(t, dir, VerifyOptions{Pick: tt.pick, Each: func(l Line) error { got = append(got, l.Seq); return nil }})
			if !slices.Equal(got, tt.want) || !r.Proven || r.Lines != 4 {
				t.Errorf("got %v, %+v", got, r)
			}
		})
	}
}
