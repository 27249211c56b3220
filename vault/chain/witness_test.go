package chain

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault/statement"
)

// witnessed is a line that records heads of other devices' logs.
func witnessed(heads ...SignedHead) []byte {
	d := Draft{Actor: "maria", Op: OpWitness, Policy: 1, Result: OK, Heads: heads}
	e := encoder{device: "k7q2m4x5c6v7b3n4", seq: 5, prev: statement.Sum(nil), time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	return finish(e.appendBound(nil, &d), nil)
}

// someHead is a head that nobody signed.
func someHead(device string) SignedHead {
	h := SignedHead{Head: Head{Device: device, Size: 18, Last: statement.Sum([]byte(device)), Segment: 1, Length: 9120, Time: time.Unix(1795255200, 0).UTC()}}
	copy(h.Signature[:], bytes.Repeat([]byte{0xfb}, 64))
	return h
}

// TestHeadSurvivesALine: the head's file comes out of a line as it went in.
func TestHeadSurvivesALine(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	file := dir.files["log/head"]
	head, err := ReadHead(file, d.spec)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseLine(witnessed(head))
	if err != nil {
		t.Fatal(err)
	}
	back := l.Witnessed(d.spec.Vault)
	if len(back) != 1 || back[0] != head || FormatHeads(back) != l.Heads {
		t.Fatalf("have %+v, want %+v", back, head)
	}
	if again, err := back[0].File(d.spec); err != nil || !bytes.Equal(again, file) {
		t.Errorf("%v: %s", err, again)
	}
	back[0].Size++
	if _, err := back[0].File(d.spec); !errors.Is(err, statement.ErrSignature) {
		t.Errorf("a head that was never signed: %v", err)
	}
	if _, err := head.File(newDevice(t, 2).spec); err == nil {
		t.Error("a head of another device")
	}
}

func TestWriterRecordsHeads(t *testing.T) {
	other, dir := newDevice(t, 2), newMemory()
	three(t, other, dir)
	head, err := ReadHead(dir.files["log/head"], other.spec)
	if err != nil {
		t.Fatal(err)
	}
	d, own := newDevice(t, 1), newMemory()
	w := d.writer(t, own)
	lines, err := w.Append(Draft{Actor: "maria", Op: OpWitness, Policy: 1, Result: OK, Heads: []SignedHead{head}})
	if err != nil || lines[0].Witnessed(d.spec.Vault)[0] != head {
		t.Fatalf("%+v, %v", lines, err)
	}
	d.sound(t, own, 1)
	for name, draft := range map[string]Draft{
		"no heads":            {Op: OpWitness},
		"heads of another op": {Op: "secret.reveal", Heads: []SignedHead{head}},
		"its own head":        {Op: OpWitness, Heads: []SignedHead{someHead(d.spec.Device)}},
		"a head twice":        {Op: OpWitness, Heads: []SignedHead{head, head}},
	} {
		draft.Actor, draft.Policy, draft.Result = "maria", 1, OK
		if _, err := w.Append(draft); !errors.Is(err, ErrDraft) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHeadsRefused(t *testing.T) {
	a, b := someHead("aaaaaaaaaaaaaaaa"), someHead("bbbbbbbbbbbbbbbb")
	good := string(witnessed(a, b))
	if _, err := ParseLine([]byte(good)); err != nil {
		t.Fatal(err)
	}
	var many []SignedHead
	for c := range 17 {
		many = append(many, someHead(strings.Repeat("a", 15)+string(rune('a'+c))))
	}
	if line := witnessed(many[:16]...); len(line) > MaxLine {
		t.Errorf("16 heads take %d bytes", len(line))
	} else if _, err := ParseLine(line); err != nil {
		t.Errorf("16 heads: %v", err)
	}
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("nothing to swap: %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, line := range map[string]string{
		"17 heads":                 string(witnessed(many...)),
		"two in the wrong order":   string(witnessed(b, a)),
		"one device twice":         string(witnessed(a, a)),
		"the line's own device":    string(witnessed(someHead("k7q2m4x5c6v7b3n4"))),
		"no heads":                 string(witnessed()),
		"an empty value":           swap(`"heads":"`+FormatHeads([]SignedHead{a, b})+`"`, `"heads":""`),
		"heads of another op":      swap("log.witness", "log.witless"),
		"denied":                   swap(`"res":"ok"`, `"res":"denied"`),
		"an object":                swap(`"obj":"-"`, `"obj":"x"`),
		"a grant":                  swap(`"res":"ok"`, `"res":"ok","grant":"g"`),
		"a run":                    swap(`,"heads"`, `,"run":"r","heads"`),
		"a ref":                    swap(`,"heads"`, `,"ref":3,"heads"`),
		"run after heads":          swap("\"}\n", "\",\"run\":\"r\"}\n"),
		"upper case":               swap("aaaaaaaaaaaaaaaa.", "Aaaaaaaaaaaaaaaa."),
		"a short device":           swap("aaaaaaaaaaaaaaaa.", "aaaaaaaaaaaaaaa."),
		"no line":                  swap(".18.", ".0."),
		"a leading zero":           swap(".18.", ".018."),
		"a size below its place":   swap(".18.", ".1025."),
		"segment zero":             swap(".1.9120.", ".0.9120."),
		"more segments than lines": swap(".1.9120.", ".19.9120."),
		"a segment over its limit": swap(".1.9120.", ".1.262145."),
		"a time with a zero":       swap(".1795255200.", ".01795255200."),
		"a time after 9999":        swap(".1795255200.", ".253402300800."),
		"no time":                  swap(".1795255200.", "."),
		"a hash in upper case":     swap("."+a.Last.String()+".", "."+strings.ToUpper(a.Last.String())+"."),
		"ordinary base64":          swap("-_v7", "+/v7"),
		"padding":                  swap(":bbbb", "==:bbbb"),
		"a dropped bit":            swap("-w:", "-x:"),
		"a signature less":         swap("-_v7", ""),
		"nothing after a colon":    swap("\"}\n", ":\"}\n"),
		"another separator":        swap(":bbbb", ",bbbb"),
	} {
		if l, err := ParseLine([]byte(line)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %+v", name, err, l)
		}
	}
	if _, err := ParseLine([]byte(swap(".1795255200.", ".0."))); err != nil {
		t.Errorf("1970: %v", err)
	}
}

// TestHeadsRoundTrip: what a line says is what was put into it.
func TestHeadsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		devices := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z2-7]{16}`), 1, MaxHeads, rapid.ID[string]).Draw(t, "devices")
		var heads []SignedHead
		for _, device := range sortedStrings(devices) {
			h := SignedHead{Head: Head{Device: device, Segment: rapid.Uint64Range(1, maxSegments).Draw(t, "segment"),
				Length: rapid.Uint64Range(1, MaxSegment).Draw(t, "length"), Last: statement.Sum([]byte(device)),
				Time: time.Unix(rapid.Int64Range(0, maxHeadTime).Draw(t, "time"), 0).UTC()}}
			h.Size = rapid.Uint64Range(h.Segment, h.Segment*MaxSegmentLines).Draw(t, "size")
			copy(h.Signature[:], rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature"))
			heads = append(heads, h)
		}
		raw := witnessed(heads...)
		l, err := ParseLine(raw)
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		back := l.Witnessed(statement.Hash{})
		if len(back) != len(heads) || !bytes.Equal(witnessed(back...), raw) {
			t.Fatalf("%s", raw)
		}
	})
}

func sortedStrings(list []string) []string {
	for i := range list {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return list
}

// TestHeadsInTheText: the line in format.md holds the head of its section 11.
func TestHeadsInTheText(t *testing.T) {
	text, err := os.ReadFile(formatDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n```\n{\"v\":1,\"dev\":\"pxxtsjsceor4kt33\",\"seq\":5,")
	line, _, _ := strings.Cut(rest, "```")
	l, err := ParseLine([]byte(`{"v":1,"dev":"pxxtsjsceor4kt33","seq":5,` + line))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ = strings.Cut(string(text), "```statement-example\nopsvault/v1 head")
	file, _, _ := strings.Cut(rest, "```")
	file = "opsvault/v1 head" + file
	device, err := statement.DeviceLine([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	head := l.Witnessed(statement.Hash{})[0]
	_, vault, _ := strings.Cut(file, "\nvault ")
	if head.Vault, err = statement.ParseHash(vault[:64]); err != nil {
		t.Fatal(err)
	}
	spec := newDevice(t, 0).spec // whose seed is the one of the examples
	spec.Vault = head.Vault
	if again, err := head.File(spec); err != nil || string(again) != file || device != spec.Device {
		t.Errorf("%v\n%s\nwant\n%s", err, again, file)
	}
}
