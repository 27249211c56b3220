package vault_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// doctored is what a person's doctor says: the codes of what is not mended,
// and after a semicolon those of its notes. That nobody in a test has a
// passphrase is left out.
func doctored(t *testing.T, v *vault.Vault, fix bool) (string, []vault.Ailment) {
	t.Helper()
	list, err := v.Doctor(fix)
	must(t, err)
	list = slices.DeleteFunc(list, func(a vault.Ailment) bool { return a.Code == vault.IdentityInClear })
	var findings, notes []string
	for _, a := range list {
		switch {
		case a.Fixed:
		case a.Note:
			notes = append(notes, a.Code)
		default:
			findings = append(findings, a.Code)
		}
	}
	return strings.TrimSuffix(strings.Join(slices.Compact(findings), " ")+"; "+strings.Join(slices.Compact(notes), " "), "; "), list
}

func TestDoctorFindsNothingInASoundVault(t *testing.T) {
	t.Parallel()
	tm := team(t, "anna", "ivan", "vera")
	for _, p := range tm.People {
		v, err := tm.Open(p)
		must(t, err)
		if got, list := doctored(t, v, false); got != "" {
			t.Errorf("%s: %s: %+v", p.Member, got, list)
		}
		if len(v.Warnings()) > 0 {
			t.Errorf("%s is warned: %v", p.Member, v.Warnings())
		}
	}
}

// What attacks leave behind, by the ailment that the doctor must find, among others.
func ailmentsOfAttacks() map[string]string {
	return map[string]string{
		vault.CardWrong: "card-of-other-entry", vault.BundleRefused: "bundle-wrong-key", vault.SecretWrong: "secret-of-other-version",
	}
}

func TestDoctorFindsWhatAttacksLeft(t *testing.T) {
	t.Parallel()
	for code, name := range ailmentsOfAttacks() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			at := slices.IndexFunc(vaulttest.Attacks(), func(a vaulttest.Attack) bool { return a.Name == name })
			must(t, vaulttest.Attacks()[at].Do(w))
			found := false
			for _, p := range []*vaulttest.Person{w.Maria, w.Ivan} {
				_, list := doctored(t, openAs(t, w, p), false)
				found = found || slices.ContainsFunc(list, func(a vault.Ailment) bool { return a.Code == code })
			}
			if !found {
				t.Errorf("nobody finds it")
			}
		})
	}
}

// Where the log can't be written, no secret is looked into, and all else is.
func TestDoctorWithoutALog(t *testing.T) {
	t.Parallel()
	tm := team(t)
	must(t, openMate(t, tm, "maria").SpoilKeys("office", "billing"))
	device := openMate(t, tm, "maria").Me().Device
	must(t, os.WriteFile(state(t, tm, "maria", device, "log", "head"), []byte("no head"), 0o600))
	got, list := doctored(t, openMate(t, tm, "maria"), false)
	if codes := strings.Fields(strings.ReplaceAll(got, ";", " ")); !slices.Contains(codes, vault.SecretsUnopened) || !slices.Contains(codes, vault.KeyWrong) || slices.Contains(codes, vault.SecretWrong) {
		t.Errorf("%s: %+v", got, list)
	}
}

// TestEveryAilmentIsMade demands a test for each code.
func TestEveryAilmentIsMade(t *testing.T) {
	findings, notes := vault.Ailments()
	made := []string{vault.SecretsUnopened, vault.IdentityInClear} // in TestDoctorWithoutALog, and in each test
	for code := range ailmentsOfAttacks() {
		made = append(made, code)
	}
	for _, s := range doctorStates() {
		made = append(made, strings.Fields(strings.NewReplacer(";", " ", "*", " ").Replace(s.want))...)
	}
	for _, code := range slices.Concat(findings, notes) {
		if !slices.Contains(made, code) {
			t.Errorf("no test makes %s", code)
		}
	}
}
