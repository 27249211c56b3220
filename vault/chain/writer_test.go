package chain

import "testing"

func TestAppendVerifyPublish(t *testing.T) {
	d := newDevice(t, 1)
	local, vault := newMemory(), newMemory()
	d.grow(t, local, 2500, 7)
	r := d.sound(t, local, 2500)
	if len(r.State.Segments) != 5 {
		t.Log(len(r.State.Segments))
	}
	p, err := Publish(local, "log", vault, "log", d.spec)
	if err != nil || p.Lines != 2500 || p.Replaced != nil {
		t.Fatal(p, err)
	}
	d.sound(t, vault, 2500)
	d.grow(t, local, 3, 1)
	p, err = Publish(local, "log", vault, "log", d.spec)
	if err != nil || p.Lines != 3 || p.Replaced != nil {
		t.Fatal(p, err)
	}
	d.sound(t, vault, 2503)
	r2 := d.verify(t, vault, VerifyOptions{State: r.State})
	if !r2.Proven || r2.Lines != 3 {
		t.Fatal(r2)
	}
	text := r2.State.Marshal()
	s, err := ParseState(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, 2, 700, 2503} {
		l, err := LineAt(vault, "log", s, seq)
		if err != nil || l.Seq != seq {
			t.Fatal(l, err)
		}
		key, err := OpenKey(local.files[KeyName("log", l.Segment)], d.auditors)
		if err != nil {
			t.Fatal(err)
		}
		details, err := OpenDetails(key, &l)
		if err != nil || details["path"] != "telephony/sip-trunk" {
			t.Fatal(details, err)
		}
	}
}
