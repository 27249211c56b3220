package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// A doctorState is a team in which one thing is wrong for one person.
type doctorState struct {
	name  string
	who   string // maria if empty
	do    func(t *testing.T, tm *vaulttest.Team)
	opts  func(*vault.Options)
	want  string // findings; notes. A star at the end: and what comes with it
	fixed string // after a run with fix; the same if empty, "-" for nothing
}

// state is a person's local state of the vault.
func state(t *testing.T, tm *vaulttest.Team, member string, more ...string) string {
	t.Helper()
	return filepath.Join(append([]string{openMate(t, tm, member).LocalDir()}, more...)...)
}

func writeOld(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(name), 0o700))
	must(t, os.WriteFile(name, []byte(text), 0o600))
	old := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(name, old, old))
}

const tempName = "abcdefghijklmnopqrstuvwxyz"

func doctorStates() []doctorState {
	return slices.Concat(keyStates(), entryStates(), leftoverStates(), machineStates())
}

func keyStates() []doctorState {
	return []doctorState{
		{name: "keyring damaged", do: func(t *testing.T, tm *vaulttest.Team) {
			device := openMate(t, tm, "maria").Me().Device
			must(t, os.WriteFile(state(t, tm, "maria", device, "keyring"), []byte("no blob"), 0o600))
		}, want: "keyring-damaged", fixed: "-"},
		{name: "a key in the ring is another's", do: func(t *testing.T, tm *vaulttest.Team) {
			must(t, openMate(t, tm, "maria").SpoilKeys("office", "billing"))
		}, want: "key-wrong secret-wrong"},
		{name: "a bundle has not come", who: "ivan", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.Safes["office"].Access["agent"] = policy.Use })
			ivan := tm.Person("ivan")
			device := openMate(t, tm, "ivan").Me().Device
			must(t, tm.CopyFiles(tm.Person("maria"), ivan))
			newest := ""
			files, err := filepath.Glob(filepath.Join(ivan.Dir, "keys", device, "*.keys"))
			must(t, err)
			for _, f := range files {
				newest = max(newest, f)
			}
			must(t, os.Remove(newest))
		}, want: "key-missing; INCOMPLETE"},
		{name: "a governor without the key gave access", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.Govern.Roles = append(d.Govern.Roles, "auditor") })
			meet(t, tm, "maria", "vera")
			_, err := openMate(t, tm, "vera").ChangePolicy(func(d *policy.Document) error {
				d.Safes["office"].Access["agent"] = policy.Use
				return nil
			})
			must(t, err)
			meet(t, tm, "maria", "vera")
		}, want: "key-undelivered"},
		{name: "a packet with forged content", who: "ivan", do: func(t *testing.T, tm *vaulttest.Team) {
			must(t, vaulttest.PacketContentForged(tm))
		}, want: "packet-wrong; INCOMPLETE"},
		{name: "two governors changed the policy at a time", do: func(t *testing.T, tm *vaulttest.Team) {
			for _, member := range []string{"maria", "anna"} {
				_, err := openMate(t, tm, member).ChangePolicy(func(d *policy.Document) error {
					d.Roles["role-of-"+member] = &policy.Role{}
					return nil
				})
				must(t, err)
			}
			meet(t, tm, "maria", "anna")
		}, want: "policy-fork"},
		{name: "a safe without a reader", who: "ivan", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.Safes["office"].Access = nil })
			meet(t, tm, "maria", "ivan")
		}, want: "safe-renew safe-without-reader secrets-unreadable"},
	}
}

func entryStates() []doctorState {
	return []doctorState{
		{name: "two versions side by side", do: func(t *testing.T, tm *vaulttest.Team) {
			editAs(t, tm, "maria", vaulttest.Trunk, 1)
			editAs(t, tm, "anna", vaulttest.Trunk, 2)
			meet(t, tm, "maria", "anna")
		}, want: "conflict"},
		{name: "a write after the right was lost", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.SetRoles("anna", []string{"agent"}) })
			editAs(t, tm, "anna", vaulttest.Trunk, 2)
			meet(t, tm, "maria", "anna")
		}, want: "waiting"},
		{name: "an announced version is not here", do: func(t *testing.T, tm *vaulttest.Team) {
			before, err := vaulttest.Look(filepath.Join(tm.Person("anna").Dir, "entries"))
			must(t, err)
			editAs(t, tm, "anna", vaulttest.Trunk, 2)
			meet(t, tm, "maria", "anna")
			after, err := vaulttest.Look(filepath.Join(tm.Person("maria").Dir, "entries"))
			must(t, err)
			for name := range after {
				if _, old := before[name]; !old && strings.HasSuffix(name, ".entry") {
					must(t, os.Remove(filepath.Join(tm.Person("maria").Dir, "entries", name)))
				}
			}
		}, want: "; INCOMPLETE announced-missing"},
		{name: "the cache shows something else", do: func(t *testing.T, tm *vaulttest.Team) {
			old := time.Now().Add(-time.Hour)
			shards, err := filepath.Glob(filepath.Join(tm.Person("maria").Dir, "entries", "*"))
			must(t, err)
			for _, dir := range shards {
				must(t, os.Chtimes(dir, old, old))
			}
			v := openMate(t, tm, "maria")
			_, err = v.List("")
			must(t, err)
			must(t, v.SpoilIndex())
		}, want: "index-stale", fixed: "-"},
	}
}

func leftoverStates() []doctorState {
	plant := func(name, text string) func(t *testing.T, tm *vaulttest.Team) {
		return func(t *testing.T, tm *vaulttest.Team) { writeOld(t, filepath.Join(tm.Person("maria").Dir, name), text) }
	}
	return []doctorState{
		{name: "a write was cut short", do: func(t *testing.T, tm *vaulttest.Team) {
			killed(t, tm, func(v *vault.Vault) error {
				_, err := v.Edit(vaulttest.ParsePath(vaulttest.Trunk), replacePassword(1))
				return err
			}, func(dir string) bool {
				pending, err := filepath.Glob(filepath.Join(dir, "*", "pending-*"))
				return err == nil && len(pending) > 0
			})
		}, want: "intents-open*", fixed: "-"},
		{name: "own files in tmp", do: func(t *testing.T, tm *vaulttest.Team) {
			device := openMate(t, tm, "maria").Me().Device
			writeOld(t, filepath.Join(tm.Person("maria").Dir, "tmp", tempName), "opsvault/v1 entry\nvault x\ndevice "+device+"\nauthor maria\n")
			writeOld(t, state(t, tm, "maria", "tmp", tempName), "anything")
		}, want: "temp-left", fixed: "-"},
		{name: "a file of somebody else in tmp", do: plant("tmp/"+tempName, "opsvault/v1 entry\nvault x\ndevice aaaaaaaaaaaaaaaa\n"), want: "; temp-other"},
		{name: "an abandoned draft", do: func(t *testing.T, tm *vaulttest.Team) {
			killed(t, tm, func(v *vault.Vault) error {
				_, err := v.ChangePolicy(func(d *policy.Document) error {
					d.Safes["other"] = &policy.Safe{Access: map[string]policy.Access{"lead": policy.Manage}}
					return nil
				})
				return err
			}, func(string) bool {
				drafts, err := filepath.Glob(filepath.Join(tm.Person("maria").Dir, "policy", "000003-*.yaml"))
				return err == nil && len(drafts) > 0
			})
			setPolicy(t, tm, func(d *policy.Document) { d.SetRoles("ivan", nil) })
		}, want: "draft-left", fixed: "; quarantined"},
		{name: "a version waits for signatures", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.Govern.Threshold = 2 })
		}, want: "; policy-pending"},
		{name: "a version that others have passed", do: func(t *testing.T, tm *vaulttest.Team) {
			setPolicy(t, tm, func(d *policy.Document) { d.Govern.Threshold = 2 })
			setPolicy(t, tm, func(d *policy.Document) { d.SetRoles("ivan", nil) })
		}, want: "; draft-other"},
		{name: "an unknown file", do: plant("entries/notes.txt", "hello"), want: "; UNKNOWN"},
		{name: "files in quarantine", do: func(t *testing.T, tm *vaulttest.Team) {
			writeOld(t, state(t, tm, "maria", "quarantine", "something"), "text")
		}, want: "; quarantined"},
		{name: "evidence", do: func(t *testing.T, tm *vaulttest.Team) {
			writeOld(t, state(t, tm, "maria", "evidence", "something"), "text")
		}, want: "; evidence-kept"},
	}
}

func machineStates() []doctorState {
	list := []doctorState{
		{name: "a git work tree without attributes", do: func(t *testing.T, tm *vaulttest.Team) {
			must(t, os.Mkdir(filepath.Join(tm.Root, ".git"), 0o700))
			must(t, os.Remove(filepath.Join(tm.Person("maria").Dir, ".gitattributes")))
		}, want: "git-attributes"},
		{name: "a clock far behind", do: func(t *testing.T, tm *vaulttest.Team) {
			tm.Pass(48 * time.Hour)
			editAs(t, tm, "anna", vaulttest.Trunk, 2)
			meet(t, tm, "anna", "maria")
			tm.Person("maria").Skew = -24 * time.Hour
		}, want: "clock-behind"},
		{name: "nothing from others for long", do: func(t *testing.T, tm *vaulttest.Team) {
			editAs(t, tm, "anna", vaulttest.Trunk, 2)
			meet(t, tm, "anna", "maria")
			tm.Pass(20 * 24 * time.Hour)
		}, want: "; copy-stale"},
		{name: "the other copy not reached for long", do: func(t *testing.T, tm *vaulttest.Team) {
			_, err := openMate(t, tm, "maria").Sync(filepath.Join(tm.Root, "stick"))
			must(t, err)
			tm.Pass(20 * 24 * time.Hour)
		}, want: "; sync-long-ago"},
		{name: "a full disk", do: func(*testing.T, *vaulttest.Team) {},
			opts: func(o *vault.Options) { o.Free = func(string) (uint64, error) { return 1 << 20, nil } }, want: "disk-low"},
	}
	if runtime.GOOS != "windows" {
		list = append(list, doctorState{name: "others can read the state", do: func(t *testing.T, tm *vaulttest.Team) {
			for _, name := range []string{"", "identities"} {
				must(t, os.Chmod(filepath.Join(tm.Person("maria").Home, name), 0o755))
			}
			must(t, os.Chmod(filepath.Join(tm.Person("maria").Home, "identities", "maria.txt"), 0o644))
		}, want: "state-exposed"}, doctorState{name: "tmp is a link", do: func(t *testing.T, tm *vaulttest.Team) {
			tmp := filepath.Join(tm.Person("maria").Dir, "tmp")
			must(t, os.RemoveAll(tmp))
			must(t, os.Symlink(tm.Root, tmp))
		}, want: "temp-unsafe", fixed: "temp-unsafe*"})
	}
	return list
}

// killed kills Maria's process in the first place where what is there is as
// it should be.
func killed(t *testing.T, tm *vaulttest.Team, do func(*vault.Vault) error, enough func(stateDir string) bool) {
	t.Helper()
	dir := state(t, tm, "maria")
	for n := 1; n < 200; n++ {
		v, err := vault.Open(tm.KilledAfter(tm.Person("maria"), n))
		if err == nil && do(v) == nil {
			break
		}
		if enough(dir) {
			return
		}
	}
	t.Fatal("no place to kill it was the right one")
}

func like(got, want string) bool {
	start, open := strings.CutSuffix(want, "*")
	return got == want || open && strings.HasPrefix(got, start)
}

func TestDoctorFindsExactlyWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, s := range doctorStates() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tm := team(t, "anna", "ivan", "vera")
			s.do(t, tm)
			examine := func(fix bool) string {
				opts := tm.Options(tm.Person(max(s.who, map[bool]string{true: "maria"}[s.who == ""])))
				if s.opts != nil {
					s.opts(&opts)
				}
				v, err := vault.Open(opts)
				must(t, err)
				got, list := doctored(t, v, fix)
				for _, a := range list {
					if strings.Contains(fmt.Sprint(a), "-only") || strings.Contains(fmt.Sprint(a), vaulttest.Forged) {
						t.Errorf("it tells too much: %+v", a)
					}
				}
				return got
			}
			if got := examine(false); !like(got, s.want) {
				t.Errorf("it says %q, not %q", got, s.want)
			}
			want := s.fixed
			if want == "" {
				want = s.want
			}
			examine(true)
			if got := examine(false); !like(got, strings.TrimPrefix(want, "-")) {
				t.Errorf("after fix it says %q, not %q", got, want)
			}
		})
	}
}
