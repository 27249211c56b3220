package vault_test

import (
	"errors"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// joinings say what each attack on a joining must come to: how far Ivan gets,
// and what stops him or those who help him.
var joinings = map[string]string{
	"invitation-altered":       "join: integrity",
	"invitation-cut":           "join: no invitation",
	"invitation-expired":       "join: expired",
	"invitation-older-copy":    "join: behind",
	"invitation-other-chain":   "join: integrity",
	"invitation-other-vault":   "join: other vault",
	"invitation-by-agent":      "join: denied",
	"invitation-by-stranger":   "join: integrity",
	"invitation-unannounced":   "join: behind",
	"invitation-after-removal": "join: denied",
	"joining-vault-swapped":    "admit: digits",
	"joining-device-swapped":   "admit: digits",
	"joining-file-swapped":     "admit: digits",
	"joining-device-of-other":  "admit: integrity",
	"joining-device-of-member": "admit: integrity",
	"joining-device-replayed":  "admit: gone",
	"joining-devices-thousand": "joins",
	"joining-name-taken":       "joins",
}

func TestHostileJoinings(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.JoinAttacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			j, err := vaulttest.NewJoining(t.TempDir())
			must(t, err)
			must(t, a.Do(j))
			got := joining(t, j)
			if want := joinings[a.Name]; got != want {
				t.Errorf("it comes to %q, not to %q", got, want)
			}
			if got != "joins" {
				staysOut(t, j)
			}
		})
	}
	if got := joining(t, honest(t)); got != "joins" {
		t.Errorf("without an attack it comes to %q", got)
	}
}

func honest(t *testing.T) *vaulttest.Joining {
	t.Helper()
	j, err := vaulttest.NewJoining(t.TempDir())
	must(t, err)
	return j
}

// joining goes on to the first secret, and says how far it comes.
func joining(t *testing.T, j *vaulttest.Joining) string {
	t.Helper()
	if err := j.Apply(); err != nil {
		return "join: " + joinKind(err)
	}
	a, err := j.Admit()
	if err != nil {
		return "admit: " + joinKind(err)
	}
	if err := vault.Receive(j.Options(j.Ivan), ""); err != nil {
		return "receive: " + joinKind(err)
	}
	if err := vault.Confirm(j.Options(j.Ivan), a.ReadBack); err != nil {
		return "confirm: " + joinKind(err)
	}
	getsPassword(t, teamOpen(t, j.Team, j.Ivan), trunk, "trunk-old")
	return "joins"
}

// staysOut demands that nobody came in, that Ivan's machine writes nowhere, and
// that Maria and her vault are as well as before.
func staysOut(t *testing.T, j *vaulttest.Joining) {
	t.Helper()
	if v, err := j.Open(j.Ivan); err == nil {
		t.Errorf("ivan opens it as %+v, confirmed: %v", v.Me(), !v.Unconfirmed())
	}
	v, err := j.Open(j.Maria)
	if err != nil {
		return // her copy was taken away
	}
	if m := v.Policy().Members["ivan"]; m != nil && len(m.Devices) > 0 {
		t.Errorf("ivan has the devices %v", m.Devices)
	}
	getsPassword(t, v, trunk, "trunk-old")
}

func joinKind(err error) string {
	switch {
	case isErr[*vault.ExpiredError](err):
		return "expired"
	case isErr[*vault.BehindError](err):
		return "behind"
	case errors.Is(err, vault.ErrNotInvitation):
		return "no invitation"
	case errors.Is(err, vault.ErrOtherVault):
		return "other vault"
	case errors.Is(err, vault.ErrDigits):
		return "digits"
	case errors.Is(err, vault.ErrDeviceGone):
		return "gone"
	case errors.Is(err, vault.ErrNoCopy):
		return "no copy"
	}
	return kindOf(err)
}

func isErr[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// A folder full of strange devices: a few are shown, with a word about it, and
// the list stays short.
func TestManyApplicants(t *testing.T) {
	t.Parallel()
	j := honest(t)
	must(t, vaulttest.JoiningDevicesThousand(j))
	v := teamOpen(t, j.Team, j.Maria)
	list, err := v.Applicants()
	if err != nil || len(list) != 16 {
		t.Errorf("%d applicants, %v", len(list), err)
	}
	if w := v.Warnings(); len(w) != 1 || w[0].Code != "many-applicants" {
		t.Errorf("%v", w)
	}
}
