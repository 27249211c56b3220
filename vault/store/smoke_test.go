package store

import ("testing";"os";"path/filepath")

func TestSmoke(t *testing.T) {
	d, err := CreateDir(filepath.Join(t.TempDir(),"v"), 0o700)
	if err != nil { t.Fatal(err) }
	for i:=0;i<2;i++ { if err := d.WriteOnce("entries/ab/x", []byte("hi")); err != nil { t.Fatal(err) } }
	t.Log(d.WriteOnce("entries/ab/x", []byte("ho")))
	t.Log(d.WriteGroup([]Blob{{"a/b",[]byte("x")},{"a/c",[]byte("y")},{"entries/ab/x",[]byte("z")}}))
	if err := d.Replace("logs/h", []byte("1")); err != nil { t.Fatal(err) }
	if err := d.AppendAt("logs/l", 0, []byte("12"), true); err != nil { t.Fatal(err) }
	if err := d.AppendAt("logs/l", 1, []byte("3"), true); err != nil { t.Fatal(err) }
	b, err := d.Read("logs/l", 10); t.Log(string(b), err)
	_, err = d.Read("logs/l", 1); t.Log(err)
	_, err = d.Read("logs", 1); t.Log(err)
	_, err = d.Read("nope/x", 1); t.Log(err)
	it, err := d.List("."); t.Log(it, err)
	it, err = d.List("tmp"); t.Log(it, err)
	p := NewPins(d, "")
	if err := p.Set("abcdefghijklmnopqrstuvwxyz", Pin{Version: 2, Hashes: [][32]byte{{1}}}); err != nil { t.Fatal(err)}
	t.Log(p.Get("abcdefghijklmnopqrstuvwxyz"))
	t.Log(p.Set("abcdefghijklmnopqrstuvwxyz", Pin{Version: 1, Hashes: [][32]byte{{1}}}))
	_ = os.Stderr
}
