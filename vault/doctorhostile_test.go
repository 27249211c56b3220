package vault_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// TestDoctorOfHostileVaults runs the doctor on every hostile vault: it ends,
// follows no link, tells no secret, and takes nothing away but what is this
// device's own.
func TestDoctorOfHostileVaults(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.Attacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			must(t, a.Do(w))
			examineHostile(t, w, w.Maria, false)
			examineHostile(t, w, w.Ivan, false)
			examineHostile(t, w, w.Maria, true)
		})
	}
}

// TestDoctorOfHostileTeams does the same with attacks among several people.
func TestDoctorOfHostileTeams(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.TeamAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			tm := team(t, a.Members...)
			must(t, a.Do(tm))
			for _, p := range tm.People {
				before := look(t, p.Dir)
				v, err := vault.OpenToVerify(tm.Options(p))
				must(t, err)
				list, err := v.Doctor(true)
				must(t, err)
				if told := fmt.Sprintf("%+v %v", list, v.Warnings()); strings.Contains(told, "-only") || strings.Contains(told, vaulttest.Forged) {
					t.Errorf("%s: the doctor tells a password", p.Member)
				}
				for _, change := range before.Changes(look(t, p.Dir)) {
					if strings.HasPrefix(change, "-") {
						t.Errorf("%s: the doctor removed %s", p.Member, change)
					}
				}
			}
		})
	}
}

func examineHostile(t *testing.T, w *vaulttest.World, p *vaulttest.Person, fix bool) {
	t.Helper()
	v, err := vault.OpenToVerify(w.Options(p))
	if err != nil {
		return // nothing is examined
	}
	before := look(t, w.Root)
	report, verifyErr := v.Verify(true)
	list, err := v.Doctor(fix)
	if (err == nil) != (verifyErr == nil) {
		t.Errorf("%s: the verifier ends with %v, the doctor with %v", p.Member, verifyErr, err)
	}
	unchanged(t, w, before, v)
	if err == nil && !report.OK() && !slices.ContainsFunc(list, func(a vault.Ailment) bool { return !a.Note && !a.Fixed }) {
		t.Errorf("%s: the verifier finds %v, the doctor nothing", p.Member, codes(report.Findings))
	}
	text, err := json.Marshal(list)
	must(t, err)
	told := string(text)
	for _, warning := range v.Warnings() {
		told += strings.Join(append([]string{warning.Code}, values(warning.Args)...), " ")
	}
	for _, path := range []string{vaulttest.Trunk, vaulttest.PBX, vaulttest.Wifi} {
		for _, secret := range vaulttest.Passwords(path) {
			if strings.Contains(told, secret) {
				t.Errorf("the doctor tells the password of %s", path)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(w.Elsewhere, "*"))
	must(t, err)
	if data, err := os.ReadFile(filepath.Join(w.Elsewhere, "precious")); err != nil || string(data) != "precious\n" || len(files) != 1 {
		t.Errorf("outside of the vault: %q, %v, %v", data, err, files)
	}
}

func values(m map[string]string) []string {
	var list []string
	for _, value := range m {
		list = append(list, value)
	}
	return list
}
