package identity

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"opsvault/vault/statement"
)

func newIdentity(t testing.TB, member string) *Identity {
	t.Helper()
	i, err := New(member, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestRoundTrip(t *testing.T) {
	i := newIdentity(t, "ivan")
	j, err := Parse(i.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if j.Member() != "ivan" || j.DeviceID() != i.DeviceID() || j.Recipient() != i.Recipient() || !bytes.Equal(j.Marshal(), i.Marshal()) ||
		!bytes.Equal(j.PublicKey().Marshal(), i.PublicKey().Marshal()) {
		t.Errorf("another identity came back: %v, %v", i, j)
	}
	if j.DeviceID() != statement.DeviceID(j.Signer().PublicKey()) || len(j.DeviceID()) != 16 {
		t.Errorf("device %q", j.DeviceID())
	}
	sealed, err := statement.Seal([]byte("hello"), i.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	key, err := j.Age()
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := statement.Unseal(sealed, key); err != nil || string(plain) != "hello" {
		t.Errorf("got %q, %v", plain, err)
	}
	if again, err := j.Age(); err != nil || again != key {
		t.Error("the age key is parsed twice")
	}
}

// A stock age reads the file: that is the way back when opsvault is broken.
func TestStockAgeParses(t *testing.T) {
	i := newIdentity(t, "ivan")
	ids, err := age.ParseIdentities(bytes.NewReader(i.Marshal()))
	if err != nil || len(ids) != 1 {
		t.Fatalf("got %d identities, %v", len(ids), err)
	}
	if key, ok := ids[0].(*age.HybridIdentity); !ok || key.Recipient().String() != i.Recipient() {
		t.Errorf("got %T", ids[0])
	}
}

func TestNewRefuses(t *testing.T) {
	for _, member := range []string{"", "Ivan", "иван", "-a", "a-", "a b", "../x", strings.Repeat("a", 33)} {
		if _, err := New(member, rand.Reader); !errors.Is(err, ErrMember) {
			t.Errorf("%q: %v", member, err)
		}
	}
	broken := errors.New("no entropy")
	if _, err := New("ivan", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(newIdentity(t, "ivan").Marshal())
	other := newIdentity(t, "ivan")
	line := func(n int, with string) string {
		lines := strings.SplitAfter(good, "\n")
		lines[n-1] = with
		return strings.Join(lines, "")
	}
	for _, tt := range []struct{ name, text string }{
		{"nothing", ""},
		{"half of it", good[:len(good)/2]},
		{"no last line feed", strings.TrimSuffix(good, "\n")},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n")},
		{"something behind", good + "# more\n"},
		{"something before", "# more\n" + good},
		{"a blank line", line(2, "\n# member ivan\n")},
		{"another version", line(1, "# opsvault/v2 identity\n")},
		{"another member form", line(2, "# member Ivan\n")},
		{"another device", line(3, "# device "+other.DeviceID()+"\n")},
		{"a short seed", line(4, "# signing-seed AAAA\n")},
		{"a seed in another alphabet", line(4, "# signing-seed "+strings.Repeat("_", 43)+"=\n")},
		{"a carriage return inside the seed", line(4, strings.Replace(strings.SplitAfter(good, "\n")[3], "=", "\r=", 1))},
		{"another device by its seed", line(4, "# signing-seed "+strings.Repeat("A", 43)+"=\n")},
		{"a classic recipient", line(5, "# public key: age1abc\n")},
		{"another kind of key", line(6, "AGE-SECRET-KEY-1ABC\n")},
		{"far too long", good + strings.Repeat("#", MaxFile)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("got %v", err)
			}
			if strings.HasPrefix(tt.name, "another device") != strings.Contains(err.Error(), "line 3") {
				t.Errorf("another line is blamed: %v", err)
			}
			if strings.Contains(err.Error(), good[len(good)-40:len(good)-10]) {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

// What is wrong with the age key shows when it is used: parsing it costs.
func TestAgeKeyIsCheckedWhenUsed(t *testing.T) {
	good, other := newIdentity(t, "ivan"), newIdentity(t, "ivan")
	swapped := strings.Replace(string(good.Marshal()), good.Recipient(), other.Recipient(), 1)
	torn := strings.Replace(string(good.Marshal()), "AGE-SECRET-KEY-PQ-1", "AGE-SECRET-KEY-PQ-1Q", 1)
	for name, text := range map[string]string{"a recipient of another key": swapped, "a mistyped key": torn} {
		i, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := i.Age(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := i.DeviceStatement("desk", time.Now()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s is published: %v", name, err)
		}
	}
}

func TestDeviceStatement(t *testing.T) {
	i := newIdentity(t, "ivan")
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	file, err := i.DeviceStatement("desk-3 у окна", now.In(time.FixedZone("MSK", 3*3600)))
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := statement.OpenDevice(file)
	if err != nil {
		t.Fatal(err)
	}
	if d.Device != i.DeviceID() || d.Member != "ivan" || d.Label != "desk-3 у окна" || d.Recipient != i.Recipient() || !d.Time.Equal(now) {
		t.Errorf("got %+v", d)
	}
	for _, label := range []string{"", strings.Repeat("x", 65), "a\nb", " a"} {
		if _, err := i.DeviceStatement(label, now); !errors.Is(err, statement.ErrMalformed) {
			t.Errorf("label %q: %v", label, err)
		}
	}
}

func TestDerive(t *testing.T) {
	i, j := newIdentity(t, "ivan"), newIdentity(t, "ivan")
	if i.Derive("a") == i.Derive("b") || i.Derive("a") == j.Derive("a") {
		t.Error("derived keys are not bound to device and purpose")
	}
	// RFC 5869 with the seed 00…00 and info "opsvault/v1 test", computed apart from this code.
	zero, err := assemble("ivan", [32]byte{}, "age1pq1", "AGE-SECRET-KEY-PQ-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", zero.Derive("opsvault/v1 test")); got != "fa1325432186095133ed4b0570841da91c6e430f6f519f76a69b5e23ac7ac57b" {
		t.Errorf("got %s", got)
	}
}

func TestIdentityHides(t *testing.T) {
	i := newIdentity(t, "ivan")
	lines := strings.Split(string(i.Marshal()), "\n")
	secrets := []string{strings.TrimPrefix(lines[3], "# signing-seed "), lines[5][30:60], fmt.Sprint(i.seed[:])[1:40], fmt.Sprintf("%x", i.seed[:])}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "it", i)
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, i)
	}
	for _, secret := range secrets {
		if strings.Contains(shown, secret) {
			t.Errorf("shown: %s", shown)
		}
	}
	if !strings.Contains(shown, i.DeviceID()) {
		t.Errorf("not even the device is shown: %s", shown)
	}
}

func FuzzParse(f *testing.F) {
	seeds := [][]byte{newIdentity(f, "ivan").Marshal(), []byte("# opsvault/v1 identity\n# member a\n"), []byte("AGE-SECRET-KEY-PQ-1\n")}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		i, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("an error without a name: %v", err)
			}
			return
		}
		if !bytes.Equal(i.Marshal(), data) {
			t.Fatalf("%q reads as\n%q", data, i.Marshal())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text := newIdentity(b, "ivan").Marshal()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAge(b *testing.B) {
	i := newIdentity(b, "ivan")
	for b.Loop() {
		if _, err := i.parseAge(); err != nil {
			b.Fatal(err)
		}
	}
}
