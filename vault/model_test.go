package vault_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// A model is a team of five whose copies go their own ways, and what each of
// them was told is done.
type model struct {
	t     *testing.T
	rand  *rand.Rand
	team  *vaulttest.Team
	count int
	acked map[string]string // content → path: writes that were acknowledged
	gone  map[string]bool   // members who were removed
}

// How often TestModel plays, and which game: with -model.seed the one that failed.
var (
	modelRuns = flag.Int("model.runs", 3, "games that TestModel plays")
	modelSeed = flag.Uint64("model.seed", 0, "play this game alone")
)

// TestModel: after any sequence of edits, removals, grants, changes of roles,
// syncs and kills on five copies, all copies that have met hold the same
// files, hold all that was acknowledged, verify without a finding, and let
// each device open what the policy's history says and nothing else.
func TestModel(t *testing.T) {
	t.Parallel()
	pattern := modelTeam(t)
	seeds := []uint64{*modelSeed}
	if *modelSeed == 0 {
		seeds = nil
		for range max(2, *modelRuns/fewer) {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("model.seed=%d", seed), func(t *testing.T) {
			m := newModel(t, pattern, seed)
			for range 5 + m.rand.IntN(30) {
				m.step()
			}
			m.meet()
			m.equal()
			m.opens()
			m.sound()
		})
	}
}

// modelTeam makes the team from which each run starts: a vault in which agents
// write, too.
func modelTeam(t *testing.T) *vaulttest.Team {
	t.Helper()
	team, err := vaulttest.NewTeam(t.TempDir(), "anna", "ivan", "oleg", "vera")
	must(t, err)
	v, err := team.Open(team.Person("maria"))
	must(t, err)
	_, err = v.ChangePolicy(func(d *policy.Document) error {
		d.Safes["telephony"].Access["agent"] = policy.AccessOf(policy.Write)
		return nil
	})
	must(t, err)
	for _, p := range team.People[1:] {
		must(t, team.CopyFiles(team.Person("maria"), p))
	}
	return team
}

func newModel(t *testing.T, pattern *vaulttest.Team, seed uint64) *model {
	root := t.TempDir()
	must(t, os.CopyFS(root, os.DirFS(pattern.Root)))
	return &model{t: t, rand: rand.New(rand.NewPCG(seed, 0)), team: pattern.At(root), acked: map[string]string{}, gone: map[string]bool{}}
}

// step does one thing that somebody may do.
func (m *model) step() {
	p := pick(m, m.team.People)
	opts := m.team.Options(p)
	if m.rand.IntN(10) == 0 {
		opts = m.team.KilledAfter(p, m.rand.IntN(60))
	}
	deeds := map[string]func(*vault.Vault, *vaulttest.Mate) error{
		"edit": m.edit, "insert": m.insert, "delete": m.remove, "resolve": m.resolve, "sync": m.sync, "meet": m.sync,
		"grant": m.grant, "reveal": m.reveal, "role": m.role, "leave": m.leave, "list": m.list, "merge": m.merge,
	}
	name := pick(m, slices.Sorted(maps.Keys(deeds)))
	v, err := vault.Open(opts)
	if err == nil {
		err = deeds[name](v, p)
	}
	m.t.Logf("%s: %s: %v", p.Member, name, err)
	m.allowed(name, err)
}

// allowed: nothing that says that a file, a log or the local state contradicts
// another. That would be invented here: nobody in the model lies.
func (m *model) allowed(what string, err error) {
	if errors.Is(err, vaulttest.ErrKilled) {
		return
	}
	for _, invented := range []error{chain.ErrAhead, chain.ErrDamaged, store.ErrDamaged, store.ErrUnsafe, statement.ErrSignature} {
		if errors.Is(err, invented) {
			m.t.Fatalf("%s: %v", what, err)
		}
	}
	for _, invented := range []any{new(*vault.IntegrityError), new(*vault.LogError), new(*vault.AnnouncementError), new(*store.EquivocationError)} {
		if errors.As(err, invented) {
			m.t.Fatalf("%s: %v", what, err)
		}
	}
}

func pick[T any](m *model, list []T) T { return list[m.rand.IntN(len(list))] }

func (m *model) content() string {
	m.count++
	return fmt.Sprintf("content-%d", m.count)
}

func (m *model) path() entry.Path {
	return vaulttest.ParsePath(pick(m, []string{vaulttest.Trunk, vaulttest.PBX, vaulttest.Hosting, vaulttest.Wifi}))
}

func (m *model) edit(v *vault.Vault, _ *vaulttest.Mate) error {
	path, content := m.path(), m.content()
	_, err := v.Edit(path, func(entry.Draft) (entry.Draft, error) { return vaulttest.Draft(content), nil })
	if err == nil {
		m.acked[content] = path.String()
	}
	return err
}

func (m *model) insert(v *vault.Vault, p *vaulttest.Mate) error {
	content := m.content()
	path := vaulttest.ParsePath("telephony/" + pick(m, []string{"a", "b", p.Member}))
	_, err := v.Insert(path, vaulttest.Draft(content))
	if err == nil {
		m.acked[content] = path.String()
	}
	return err
}

func (m *model) remove(v *vault.Vault, _ *vaulttest.Mate) error {
	_, err := v.Remove(m.path())
	return err
}

func (m *model) list(v *vault.Vault, _ *vaulttest.Mate) error {
	_, err := v.List("")
	return err
}

func (m *model) reveal(v *vault.Vault, _ *vaulttest.Mate) error {
	_, err := v.Reveal(m.path(), vault.Purpose{Reason: "model"})
	return err
}

func (m *model) sync(v *vault.Vault, p *vaulttest.Mate) error {
	other := pick(m, m.team.People)
	if other == p {
		return nil
	}
	_, err := v.Sync(other.Dir)
	return err
}

// role takes a role from somebody, or gives it back.
func (m *model) role(v *vault.Vault, _ *vaulttest.Mate) error {
	member := pick(m, []string{"ivan", "oleg"})
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		who := d.Members[member]
		if who == nil {
			return vault.ErrUnchanged
		}
		d.SetRoles(member, []string{map[string]string{"agent": "auditor", "auditor": "agent"}[who.Roles[0]]})
		return nil
	})
	return err
}

// merge joins the heads of a fork, where there is one.
func (m *model) merge(v *vault.Vault, _ *vaulttest.Mate) error {
	_, err := v.MergePolicies(nil, nil)
	return err
}

// leave removes somebody who doesn't govern.
func (m *model) leave(v *vault.Vault, _ *vaulttest.Mate) error {
	if m.rand.IntN(3) > 0 {
		return nil
	}
	member := pick(m, []string{"ivan", "oleg"})
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.RemoveMember(member)
		return nil
	})
	if err == nil {
		m.gone[member] = true
	}
	return err
}

func (m *model) grant(v *vault.Vault, _ *vaulttest.Mate) error {
	_, err := v.Grant(pick(m, []string{"ivan", "oleg", "vera"}),
		vault.Wish{Paths: []entry.Path{vaulttest.ParsePath(vaulttest.Hosting)}, Span: time.Hour, Reason: "model"})
	return err
}

// resolve takes the side of somebody, wherever sides differ.
func (m *model) resolve(v *vault.Vault, _ *vaulttest.Mate) error {
	path := m.path()
	c, err := v.Conflict(path)
	if err != nil {
		return err
	}
	if c.Empty() || len(c.Standing) == 0 {
		return nil
	}
	_, err = v.Resolve(path, vault.Resolution{Take: pick(m, c.Standing).Author,
		Late: m.rand.IntN(2) == 0})
	return err
}

// meet lets everybody meet everybody until nothing moves any more.
func (m *model) meet() {
	for range 6 {
		moved := 0
		for _, p := range m.team.People {
			for _, other := range m.team.People {
				if other == p {
					continue
				}
				v, err := m.team.Open(p)
				if err != nil {
					m.t.Fatalf("%s opens: %v", p.Member, err)
				}
				r, err := v.Sync(other.Dir)
				if err != nil {
					m.t.Fatalf("%s meets %s: %v", p.Member, other.Member, err)
				}
				if len(r.Quarantined) > 0 {
					m.t.Fatalf("%s meets %s: refused: %+v", p.Member, other.Member, r.Quarantined)
				}
				moved += r.Received + r.Sent
			}
		}
		if moved == 0 {
			return
		}
	}
	m.t.Fatal("meeting goes on for ever")
}

// equal: all copies hold the same files, but for the drafts of a policy that
// nobody has signed: those stay where they were begun.
func (m *model) equal() {
	var first vaulttest.Tree
	for _, p := range m.team.People {
		tree, err := vaulttest.Look(p.Dir)
		must(m.t, err)
		maps.DeleteFunc(tree, func(name, what string) bool {
			return what == "directory" || strings.HasPrefix(name, "tmp/") || isDraft(tree, name)
		})
		if first == nil {
			first = tree
		} else if changes := first.Changes(tree); len(changes) > 0 {
			m.t.Fatalf("%s's copy differs: %v", p.Member, changes)
		}
	}
}

// isDraft: a policy document without a signature, or a recipient that no
// signed document names.
func isDraft(tree vaulttest.Tree, name string) bool {
	signed := func(document string) bool {
		for other := range tree {
			if strings.HasPrefix(other, strings.TrimSuffix(document, ".yaml")+"-") {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasSuffix(name, ".yaml") && strings.HasPrefix(name, "policy/"):
		return !signed(name)
	case !strings.HasSuffix(name, ".recipient"):
		return false
	}
	hash := statement.Sum([]byte(strings.TrimPrefix(tree[name], "file "))).String()
	for document, text := range tree {
		if strings.HasPrefix(document, "policy/") && strings.Contains(text, hash) && signed(document) {
			return false
		}
	}
	return true
}

// sound: nobody finds anything.
func (m *model) sound() {
	for _, p := range m.team.People {
		v, err := vault.OpenToVerify(m.team.Options(p))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, full := range []bool{false, true} {
			r, err := v.Verify(full)
			if err != nil {
				m.t.Fatal(err)
			}
			if !r.OK() {
				m.t.Fatalf("%s (full %v): %+v", p.Member, full, r.Findings)
			}
		}
	}
}
