package identity

import (
	"os"
	"strings"
	"testing"
)

// TestDigitsOfTheFormat reads the example out of docs/format.md, section 5.1.
func TestDigitsOfTheFormat(t *testing.T) {
	page, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	hash := func(digit string) string { return strings.Repeat(digit, 64) }
	for what, got := range map[string]string{
		"| of the newcomer | `": JoinDigits(hash("1"), hash("2"), hash("3")),
		"| read back | `":       ReadBackDigits(hash("1"), hash("2"), hash("3")),
	} {
		if !strings.Contains(string(page), what+got+"` |") {
			t.Errorf("the page does not say %s%s", what, got)
		}
	}
}

// The old keys and the new ones open, each for its device.
func TestRenewKeepsTheOld(t *testing.T) {
	for name, tt := range map[string]struct{ before, after string }{
		"both in clear":    {"", ""},
		"sealed, in clear": {"one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := openDir(t)
			old, fresh := newIdentity(t, "ivan"), newIdentity(t, "ivan")
			if tt.before == "" {
				if err := CreateInClear(dir, old); err != nil {
					t.Fatal(err)
				}
			} else if err := dir.WriteOnce("identities/ivan.age", quickly(t, old, tt.before)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := Renew(dir, fresh, old.DeviceID(), []byte(tt.after)); err != nil {
					t.Fatal(err)
				}
			}
			for device, want := range map[string]string{old.DeviceID(): tt.before, fresh.DeviceID(): tt.after} {
				file, err := ReadDevice(dir, "ivan", device)
				if err != nil {
					t.Fatal(err)
				}
				if i, err := file.Open([]byte(want)); err != nil || i.DeviceID() != device {
					t.Errorf("device %s: %v, %v", device, i, err)
				}
			}
			if found, err := Find(dir); err != nil || len(found) != 1 || found[0].Locked != (tt.after != "") {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
}
