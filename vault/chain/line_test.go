package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault/statement"
)

// sample is a line with everything in it.
func sample() []byte {
	d := Draft{
		Actor: "ivan", For: "anna", Op: "entry.put", Object: "m4x5@3", Policy: 4, Result: Done,
		Grant: "g1", Statement: statement.Sum([]byte("s")), Ref: 16, Run: "r2x3",
	}
	e := encoder{device: "k7q2m4x5c6v7b3n4", seq: 17, prev: statement.Sum(nil), time: time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC)}
	return finish(e.appendBound(nil, &d), bytes.Repeat([]byte{0xfb}, 50))
}

func TestParseLine(t *testing.T) {
	l, err := ParseLine(sample())
	if err != nil {
		t.Fatal(err)
	}
	want := Line{
		Device: "k7q2m4x5c6v7b3n4", Seq: 17, Prev: statement.Sum(nil), Time: time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC),
		Actor: "ivan", For: "anna", Op: "entry.put", Object: "m4x5@3", Policy: 4, Result: Done,
		Grant: "g1", Statement: statement.Sum([]byte("s")), Ref: 16, Run: "r2x3", Sealed: l.Sealed,
		Raw: string(sample()), Hash: statement.Sum(sample()),
	}
	if l != want {
		t.Errorf("have %+v\nwant %+v", l, want)
	}
	if bound, rest, _ := strings.Cut(l.Raw, `,"sealed"`); l.Bound() != bound || rest != `:"`+l.Sealed+"\"}\n" {
		t.Errorf("bound part %q of %q", l.Bound(), l.Raw)
	}
}

func TestParseLineRefuses(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(string(sample()), old) {
			panic("nothing to swap: " + old)
		}
		return strings.Replace(string(sample()), old, new, 1)
	}
	long := strings.Repeat("a", MaxValue)
	for name, c := range map[string]struct {
		line string
		at   string // what the column must point to; empty: the end
	}{
		"nothing":                 {"", ""},
		"no LF":                   {strings.TrimSuffix(string(sample()), "\n"), "}"},
		"CRLF":                    {swap("}\n", "}\r\n"), "}\r\n"},
		"two lines":               {string(sample()) + string(sample()), `{"v":1,"dev":"k7q2m4x5c6v7b3n4","seq":17,` + "second"},
		"blank after":             {swap("}\n", "}\n\n"), "\n"},
		"a space":                 {swap(`,"seq"`, `, "seq"`), `", "seq"`},
		"another version":         {swap(`"v":1`, `"v":2`), `{"v":2`},
		"keys in another order":   {swap(`"actor":"ivan","for":"anna"`, `"for":"anna","actor":"ivan"`), `","for":"anna"`},
		"a key twice":             {swap(`"for":"anna"`, `"for":"anna","for":"anna"`), `,"for":"anna","op"`},
		"an unknown key":          {swap(`,"run"`, `,"ruin"`), `,"ruin"`},
		"an empty value":          {swap(`"actor":"ivan"`, `"actor":""`), `","for"`},
		"an escape":               {swap(`"ivan"`, `"iv\u0061n"`), `\u0061n`},
		"a letter beyond ASCII":   {swap(`"ivan"`, `"ivän"`), "än"},
		"a value over its limit":  {swap(`"ivan"`, `"`+long+`a"`), long},
		"seq zero":                {swap(`"seq":17`, `"seq":0`), `0,"prev"`},
		"seq with leading zero":   {swap(`"seq":17`, `"seq":017`), `017,`},
		"negative seq":            {swap(`"seq":17`, `"seq":-17`), `-17,`},
		"seq over its limit":      {swap(`"seq":17`, `"seq":1000000000000000`), `1000000000000000`},
		"seq that wraps":          {swap(`"seq":17`, `"seq":18446744073709551633`), `18446744073709551633`},
		"policy zero":             {swap(`"pol":4`, `"pol":0`), `0,"res"`},
		"policy over its limit":   {swap(`"pol":4`, `"pol":1000000`), `1000000`},
		"a fraction":              {swap(`"pol":4`, `"pol":4.0`), `.0,"res"`},
		"a hash in upper case":    {swap(`"prev":"e3b0`, `"prev":"E3B0`), "E3B0"},
		"a short hash":            {swap(`"prev":"e3b0`, `"prev":"3b0`), "3b0"},
		"a long hash":             {swap(`"prev":"e3b0`, `"prev":"ee3b0`), `5","ts"`},
		"a day that is not":       {swap("2026-11-21", "2026-11-31"), "2026-11-31"},
		"a leap day that is not":  {swap("2026-11-21", "2100-02-29"), "2100-02-29"},
		"month 13":                {swap("2026-11-21", "2026-13-21"), "2026-13-21"},
		"hour 24":                 {swap("T12:", "T24:"), "2026-11-21T24"},
		"a leap second":           {swap(":00.123", ":60.123"), "2026-11-21T12"},
		"microseconds":            {swap(".123Z", ".123456Z"), "2026"},
		"a zone":                  {swap(".123Z", ".123+00:00"), "2026"},
		"an unknown result":       {swap(`"res":"done"`, `"res":"okay"`), `okay`},
		"ref to itself":           {swap(`"ref":16`, `"ref":17`), `17,"run"`},
		"ref as text":             {swap(`"ref":16`, `"ref":"16"`), `"16"`},
		"base64 without padding":  {swap(`="}`, `"}`), "+/v7"},
		"base64 with dropped bit": {swap(`+/s="}`, `+/t="}`), "+/v7"},
		"base64 for URLs":         {swap(`"sealed":"+/v7`, `"sealed":"-_v7`), "-_v7"},
		"too little sealed":       {swap(`"sealed":"+/v7+/v7+/v7+/v7+/v7`, `"sealed":"`), "+/v7"},
		"padding alone":           {swap(`="}`, `====="}`), "+/v7"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseLine([]byte(c.line))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !errors.Is(err, ErrMalformed) {
				t.Fatalf("want a SyntaxError, have %v", err)
			}
			if name == "two lines" {
				if syntax.Column != len(sample())+1 {
					t.Errorf("column %d", syntax.Column)
				}
				return
			}
			if rest := c.line[min(syntax.Column-1, len(c.line)):]; !strings.HasPrefix(rest, c.at) {
				t.Errorf("column %d is at %.20q, want %.20q", syntax.Column, rest, c.at)
			}
		})
	}
}

func TestParseLineAccepts(t *testing.T) {
	for name, swap := range map[string][2]string{
		"leap day":       {"2026-11-21", "2028-02-29"},
		"century":        {"2026-11-21", "2000-02-29"},
		"longest value":  {"ivan", strings.Repeat("Z", MaxValue)},
		"all characters": {"ivan", "azAZ09@:._-"},
		"highest seq":    {`"seq":17`, `"seq":999999999999999`},
		"highest policy": {`"pol":4`, `"pol":999999`},
		"unknown op":     {"entry.put", "future.thing"},
	} {
		line := strings.Replace(string(sample()), swap[0], swap[1], 1)
		if line == string(sample()) {
			t.Errorf("%s: nothing to swap", name)
		}
		if _, err := ParseLine([]byte(line)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLineLimit(t *testing.T) {
	line := bytes.Repeat([]byte{'x'}, MaxLine+1)
	var syntax *SyntaxError
	if _, err := ParseLine(line); !errors.As(err, &syntax) || syntax.Column != MaxLine+1 {
		t.Errorf("want column %d, have %v", MaxLine+1, err)
	}
}

// TestClasses holds the table of characters against what its comment says.
func TestClasses(t *testing.T) {
	if len(classes) != 256 {
		t.Fatalf("%d classes", len(classes))
	}
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for class, set := range map[byte]string{plain: letters + "@:._-", base64Digit: letters + "+/", hexDigit: "0123456789abcdef"} {
		for c := range 256 {
			if have, want := classes[c]&class != 0, strings.IndexByte(set, byte(c)) >= 0; have != want {
				t.Errorf("class %d of %q: have %v", class, byte(c), have)
			}
		}
	}
}

func genDraft(t *rapid.T) Draft {
	value := rapid.StringMatching(`[A-Za-z0-9@:._-]{1,128}`)
	maybe := func(name string) string {
		if rapid.Bool().Draw(t, name+"?") {
			return value.Draw(t, name)
		}
		return ""
	}
	d := Draft{
		Actor: value.Draw(t, "actor"), For: maybe("for"), Op: value.Draw(t, "op"), Object: maybe("obj"),
		Policy: rapid.Uint64Range(1, maxPolicy).Draw(t, "pol"),
		Result: rapid.SampledFrom([]Result{OK, Intent, Done, Failed, Denied}).Draw(t, "res"),
		Grant:  maybe("grant"), Run: maybe("run"),
	}
	if rapid.Bool().Draw(t, "stmt?") {
		d.Statement = statement.Sum(rapid.SliceOf(rapid.Byte()).Draw(t, "stmt"))
	}
	return d
}

// TestLineRoundTrip: what is encoded parses to the same values, is JSON with
// the same values for everybody else, and is encoded as the same bytes again.
func TestLineRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDraft(t)
		e := encoder{
			device: "k7q2m4x5c6v7b3n4", seq: rapid.Uint64Range(1, MaxSeq).Draw(t, "seq"), prev: statement.Sum([]byte(d.Op)),
			time: time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "ts")).UTC(),
		}
		d.Ref = rapid.Uint64Range(0, e.seq-1).Draw(t, "ref")
		sealed := rapid.SliceOfN(rapid.Byte(), 42, 400).Draw(t, "sealed")
		if rapid.Bool().Draw(t, "no details") {
			sealed = nil
		}
		raw := finish(e.appendBound(nil, &d), sealed)
		l, err := ParseLine(raw)
		if err != nil {
			t.Fatal(err)
		}
		back := Draft{
			Actor: l.Actor, For: l.For, Op: l.Op, Object: l.Object, Policy: l.Policy, Result: l.Result,
			Grant: l.Grant, Statement: l.Statement, Ref: l.Ref, Run: l.Run,
		}
		again := encoder{device: l.Device, seq: l.Seq, prev: l.Prev, time: l.Time}.appendBound(nil, &back)
		if !bytes.HasPrefix(raw, again) || (sealed == nil) != (l.Sealed == "") {
			t.Fatalf("%s\nagain:\n%s", raw, again)
		}
		var asJSON struct {
			V                    int
			Seq, Pol, Ref        uint64
			Dev, Prev, Ts, Actor string
			For, Op, Obj, Res    string
			Grant, Stmt, Run     string
			Sealed               []byte
		}
		if err := json.Unmarshal(raw, &asJSON); err != nil {
			t.Fatal(err)
		}
		if asJSON.V != 1 || asJSON.Seq != l.Seq || asJSON.Dev != l.Device || asJSON.Actor != l.Actor || asJSON.For != l.For ||
			asJSON.Obj != l.Object || asJSON.Ref != l.Ref || asJSON.Run != l.Run || !bytes.Equal(asJSON.Sealed, sealed) ||
			asJSON.Prev != l.Prev.String() || asJSON.Ts != l.Time.Format(timeLayout) {
			t.Fatalf("other values for others: %+v", asJSON)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	seeds := 0
	for _, line := range [][]byte{sample(), bytes.Replace(sample(), []byte(`,"for":"anna"`), nil, 1), []byte("{}\n"), nil,
		witnessed(someHead("aaaaaaaaaaaaaaaa"), someHead("bbbbbbbbbbbbbbbb"))} {
		f.Add(line)
		seeds++
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLine(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatal("not JSON")
		}
		d := Draft{
			Actor: l.Actor, For: l.For, Op: l.Op, Object: l.Object, Policy: l.Policy, Result: l.Result,
			Grant: l.Grant, Statement: l.Statement, Ref: l.Ref, Run: l.Run, Heads: l.Witnessed(statement.Hash{}),
		}
		again := encoder{device: l.Device, seq: l.Seq, prev: l.Prev, time: l.Time}.appendBound(nil, &d)
		if l.Sealed != "" {
			again = append(append(again, `,"sealed":"`+l.Sealed...), '"')
		}
		if string(append(again, "}\n"...)) != string(data) {
			t.Fatalf("encodes otherwise: %q", again)
		}
	})
}
