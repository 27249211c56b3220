package vault_test

import (
	"slices"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// governOutcome is what an attack on the policy must come to: for Ivan, what
// he sees of Wifi, which the agents must not have, and of PBX, which they have;
// his policy's number, its heads, and the warnings; then the codes of Maria's verification.
type governOutcome struct {
	wifi, pbx string
	number    uint64
	heads     int
	warnings  string
	verify    string
}

var governOutcomes = map[string]governOutcome{
	"policy-forked-by-old-key":            {"integrity", "pbx-only", 3, 1, "signature-refused", ""},
	"policy-forked-by-removed":            {"denied", "pbx-only", 3, 1, "bundle-refused policy-sibling", "AFTER_REMOVAL"},
	"policy-governors-removed-each-other": {"denied", "pbx-only", 2, 1, "bundle-refused policy-split", "AFTER_REMOVAL"},
	"policy-draft-signed-by-agent":        {"denied", "pbx-only", 3, 1, "policy-pending", ""},
	"policy-draft-signed-by-two-devices":  {"denied", "pbx-only", 4, 1, "policy-pending", ""},
	"policy-draft-tampered":               {"denied", "pbx-only", 3, 1, "policy-refused signature-refused", "EDIT"},
	"policy-draft-stale-signed":           {"denied", "pbx-only", 4, 2, "policy-fork", ""},
	"policy-merge-by-too-few":             {"denied", "pbx-only", 4, 2, "policy-fork policy-pending", ""},
	"policy-merge-brings-back":            {"denied", "denied", 3, 2, "policy-fork policy-refused", ""},
	"policy-flood":                        {"denied", "pbx-only", 3, 1, "policy-flood policy-pending", ""},
	"bundle-says-more":                    {"denied", "pbx-only", 2, 1, "bundle-refused", "MISSING_WRITE"},
	"bundle-says-more-by-lead":            {"denied", "pbx-only", 2, 1, "bundle-refused", "MISSING_WRITE"},
}

func TestHostilePolicies(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.GovernAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			tm := team(t, a.Members...)
			if err := a.Do(tm); err != nil {
				t.Fatal(err)
			}
			want, ok := governOutcomes[a.Name]
			if !ok {
				t.Errorf("nothing is said about what must come of it")
			}
			got := governOutcome{verify: teamVerified(t, tm)}
			v, err := tm.Open(tm.Person("ivan"))
			if err != nil {
				got.wifi = kindOf(err)
			} else {
				got.number, got.heads = v.PolicyRef().Number, len(v.Heads())
				got.wifi, got.pbx = seesOf(v, vaulttest.Wifi), seesOf(v, vaulttest.PBX)
				got.warnings = warningCodes(v)
			}
			if got != want {
				t.Errorf("it comes to\n%#v, not to\n%#v", got, want)
			}
		})
	}
}

// seesOf is the password that somebody gets, or the kind of the error.
func seesOf(v *vault.Vault, path string) string {
	r, err := v.Reveal(vaulttest.ParsePath(path), vault.Purpose{Reason: "test"})
	if err != nil {
		return kindOf(err)
	}
	return password(r)
}

func warningCodes(v *vault.Vault) string {
	var list []string
	for _, w := range v.Warnings() {
		if strings.HasPrefix(w.Code, "policy-") || w.Code == "signature-refused" || strings.HasPrefix(w.Code, "bundle-") {
			list = append(list, w.Code)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}
