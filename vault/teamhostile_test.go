package vault_test

import (
	"errors"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// teamOutcome is what an attack in a Team must come to: what Ivan and Oleg see
// of Hosting ("opened", or the kind of the error), whether Ivan is warned, and the codes of the
// findings of Maria's verification.
type teamOutcome struct {
	ivan, oleg string
	warned     bool
	verify     string
}

var teamOutcomes = map[string]teamOutcome{
	"request-approved-by-requester":   {"waiting", "denied", true, "REFUSED"},
	"request-approved-by-agent":       {"waiting", "denied", true, "REFUSED"},
	"request-approved-twice-by-one":   {"waiting", "denied", false, ""},
	"request-approved-by-removed":     {"waiting", "denied", true, ""},
	"request-replaced-after-approval": {"denied", "denied", true, "EDIT"},
	"request-over-limit":              {"ended", "denied", false, ""},
	"grant-by-agent":                  {"denied", "denied", true, "REFUSED"},
	"packet-content-forged":           {"integrity", "denied", false, "MISSING_WRITE"},
	"packet-content-forged-first":     {"opened", "denied", true, ""},
	"packet-after-end":                {"ended", "denied", false, "MISSING_WRITE"},
	"packet-without-end":              {"ended", "denied", false, "MISSING_WRITE"},
	"packet-without-grant":            {"waiting", "denied", false, "MISSING_WRITE"},
	"packet-for-other-member":         {"opened", "denied", true, "REFUSED"},
	"packet-for-other-device":         {"approved", "denied", true, "MISSING_WRITE REFUSED"},
	"packet-by-agent":                 {"approved", "denied", true, "MISSING_WRITE REFUSED"},
	"packet-of-other-entry":           {"approved", "denied", true, "MISSING_WRITE REFUSED"},
	"act-note-of-no-key":              {"opened", "denied", true, "REFUSED"},
	"grant-from-the-future":           {"waiting", "denied", false, ""},
}

func TestHostileTeams(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.TeamAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			tm := team(t, a.Members...)
			if err := a.Do(tm); err != nil {
				t.Fatal(err)
			}
			want, ok := teamOutcomes[a.Name]
			if !ok {
				t.Errorf("nothing is said about what must come of it")
			}
			var got teamOutcome
			got.ivan, got.warned = seesHosting(t, tm, "ivan")
			got.oleg, _ = seesHosting(t, tm, "oleg")
			got.verify = teamVerified(t, tm)
			if got != want {
				t.Errorf("it comes to\n%#v, not to\n%#v", got, want)
			}
		})
	}
}

func seesHosting(t *testing.T, tm *vaulttest.Team, member string) (kind string, warned bool) {
	t.Helper()
	v := openMate(t, tm, member)
	r, err := hosting(v)
	for _, w := range v.Warnings() {
		warned = warned || strings.HasPrefix(w.Code, "act-") || strings.HasPrefix(w.Code, "packet-")
	}
	if err != nil {
		return kindOfGrant(err), warned
	}
	if got := password(r); got != "hosting-only" {
		t.Errorf("%s gets %q, which nobody honest wrote", member, got)
		return "WRONG", warned
	}
	return "opened", warned
}

func kindOfGrant(err error) string {
	var waiting *vault.WaitingError
	var ended *vault.GrantEndedError
	switch {
	case errors.As(err, &waiting):
		return string(waiting.Grant.Phase)
	case errors.As(err, &ended):
		return "ended"
	}
	return kindOf(err)
}

func teamVerified(t *testing.T, tm *vaulttest.Team) string {
	t.Helper()
	v, err := vault.OpenToVerify(tm.Options(tm.Person("maria")))
	if err != nil {
		return kindOf(err)
	}
	r, err := v.Verify(true)
	if err != nil {
		return kindOf(err)
	}
	return codes(r.Findings)
}
