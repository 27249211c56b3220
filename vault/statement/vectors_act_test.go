package statement

import "github.com/hiddeco/sshsig"

// acts are about acts and packets. Their signatures are good, so that only
// their content is to blame.
func (w *workshop) acts() []vector {
	act, _, _ := cutFile(w.T, []byte(w.act))
	sign := func(header, namespace string, parts ...string) string {
		return w.signed(header, w.signer, sshsig.HashSHA512, namespace, parts...)
	}
	change := func(old, new string) string { return sign(edit(w.T, act, old, new), "act@opsvault.v1") }
	packet := w.packet()
	var list []vector
	add := func(name, expect, comment, file string) {
		list = append(list, vector{name, expect, comment, []byte(file)})
	}
	add("ok-act", "ok", "the act of docs/format.md", w.act)
	add("ok-act-approve", "ok", "an approval", sign(w.approval(), "act@opsvault.v1"))
	add("ok-packet", "ok", "a packet of one part", sign(packet, "packet@opsvault.v1", w.parts[1]))
	add("act-without-entry", "malformed", "a grant of nothing", change(linesOf(w.T, act, "entry"), ""))
	add("act-entry-version", "malformed", "a grant that names a version", change("\nspan", " 3\nspan"))
	add("act-span-zero", "malformed", "a grant of no seconds", change("span 14400", "span 0"))
	add("act-span-year", "malformed", "a grant of more than 366 days", change("span 14400", "span 31622401"))
	add("act-about", "malformed", "a grant that is about another act", change("\nmember", "\nabout "+Sum(nil).String()+"\nmember"))
	add("act-part-extra", "malformed", "a sealed part that no line names", sign(act, "act@opsvault.v1", w.parts[0]))
	add("packet-generation", "malformed", "a part that is sealed to a generation, as if to a safe",
		sign(edit(w.T, packet, " 0 ", " 1 "), "packet@opsvault.v1", w.parts[1]))
	add("packet-part-other", "sealed", "a part that is not the one that the header names", sign(packet, "packet@opsvault.v1", w.parts[0]))
	add("packet-as-act", "signature", "the namespace of another type", sign(packet, "act@opsvault.v1", w.parts[1]))
	return list
}

// common is the common lines of the example act.
func (w *workshop) common() Common {
	w.Helper()
	act, _, _ := cutFile(w.T, []byte(w.act))
	h, err := ParseHeader([]byte(act))
	if err != nil {
		w.Fatal(err)
	}
	c, err := ParseCommon(h)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *workshop) approval() string {
	return w.written(Act{Common: w.common(), Op: OpApprove, About: Sum([]byte("request"))})
}

func (w *workshop) packet() string {
	w.Helper()
	part, err := Dearmor([]byte(w.parts[1]))
	if err != nil {
		w.Fatal(err)
	}
	c := w.common()
	return w.written(Packet{Common: c, About: Sum([]byte("request")), To: "ivan", Safe: "telephony", ID: testID, Version: 3,
		Secret: Sum([]byte("secret")), Statement: Sum([]byte("entry")), NotAfter: c.Time, Parts: []PacketPart{{"aaaaaaaaaaaaaaaa", Sum(part)}}})
}

func (w *workshop) written(b body) string {
	w.Helper()
	h, err := b.Header()
	if err != nil {
		w.Fatal(err)
	}
	return string(h.bytes())
}
