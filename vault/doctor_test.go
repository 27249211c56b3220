package vault_test

import (
	"slices"
	"strings"
	"testing"

	"opsvault/vault"
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
