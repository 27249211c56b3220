package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/statement"
	"opsvault/vault/vaulttest"
)

// outcome is what an attack must come to. Who sees what of Trunk: "newest" is
// the password that Maria wrote last; "older" is one that she wrote before, and
// a warning; else the kind of the error, see kindOf. Then what a verification
// says: the codes of its findings, and after a semicolon those of its notes.
type outcome struct {
	maria, ivan             string
	mariaVerify, ivanVerify string
}

func TestHostileVaults(t *testing.T) {
	t.Parallel()
	for _, a := range sample(vaulttest.Attacks()) {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			if err := a.Do(w); err != nil {
				t.Fatal(err)
			}
			want, ok := outcomes[a.Name]
			if !ok {
				t.Errorf("nothing is said about what must come of it")
			}
			got := outcome{mariaVerify: verified(t, w, w.Maria), ivanVerify: verified(t, w, w.Ivan)}
			got.maria, got.ivan = looksOnly(t, w, w.Maria), looksOnly(t, w, w.Ivan)
			if got != want {
				t.Errorf("it comes to\n%#v, not to\n%#v", got, want)
			}
			writes(t, w, strings.Contains(a.Name, "linked"))
		})
	}
}

// looksOnly looks at everything as a person, and returns what they see of
// Trunk. Nothing in the vault changes but the person's own log, and that only
// when a secret is opened.
func looksOnly(t *testing.T, w *vaulttest.World, p *vaulttest.Person) string {
	t.Helper()
	before := look(t, w.Root)
	v, err := w.Open(p)
	if err != nil {
		unchanged(t, w, before, nil)
		return kindOf(err)
	}
	for _, path := range []string{vaulttest.Trunk, vaulttest.PBX, vaulttest.Wifi} {
		_, _, _ = v.Show(vaulttest.ParsePath(path), false)
		_, _ = v.History(vaulttest.ParsePath(path))
	}
	_, _ = v.Runs()
	if b, err := v.Book(vaulttest.Book); err == nil && string(b.Text) != vaulttest.BookText {
		t.Errorf("%s reads the runbook %q", p.Member, b.Text)
	}
	listed(t, w, p)
	unchanged(t, w, before, nil)
	for _, path := range []string{vaulttest.PBX, vaulttest.Wifi} {
		if seen := seenOf(t, w, p, path); seen == "older" {
			t.Errorf("%s sees an older %s", p.Member, path)
		}
	}
	seen := seenOf(t, w, p, vaulttest.Trunk)
	unchanged(t, w, before, v)
	return seen
}

// seenOf opens an entry and says which of its versions came out.
func seenOf(t *testing.T, w *vaulttest.World, p *vaulttest.Person, path string) string {
	t.Helper()
	v, err := w.Open(p)
	if err != nil {
		return kindOf(err)
	}
	r, err := v.Reveal(vaulttest.ParsePath(path), vault.Purpose{Reason: "test"})
	if err != nil {
		return kindOf(err)
	}
	all := vaulttest.Passwords(path)
	switch at := slices.Index(all, password(r)); {
	case at < 0:
		t.Errorf("%s gets %q for %s, which nobody honest wrote", p.Member, password(r), path)
		return "WRONG"
	case at == len(all)-1:
		return "newest"
	case len(v.Warnings()) == 0:
		return "older, without a word"
	}
	return "older"
}

// listed lists twice, the second time from the index. What the person could
// see is in the list, or there is a warning; and both lists are one.
func listed(t *testing.T, w *vaulttest.World, p *vaulttest.Person) {
	t.Helper()
	var first []vault.Row
	for i := range 2 {
		v := openAs(t, w, p)
		rows, err := v.List("")
		for _, path := range []string{vaulttest.Trunk, vaulttest.PBX, vaulttest.Wifi} {
			there := slices.ContainsFunc(rows, func(r vault.Row) bool { return r.Path == path })
			if !there && err == nil && len(v.Warnings()) == 0 && v.ID() == known(t, w) && misses(w, p, path) {
				t.Errorf("%s is missing from list %d of %s without a word", path, i+1, p.Member)
			}
		}
		for _, r := range rows {
			if strings.ContainsAny(r.Title+r.Path, "\x1b\u202e") {
				t.Errorf("the list has %q, %q", r.Path, r.Title)
			}
		}
		if i > 0 && !reflect.DeepEqual(rows, first) {
			t.Errorf("list of %s: at first %+v, then %+v", p.Member, first, rows)
		}
		first = rows
	}
}

// misses reports whether a person can miss an entry: Ivan never looked at more
// than one, and knows of no other that is gone.
func misses(w *vaulttest.World, p *vaulttest.Person, path string) bool {
	files, err := filepath.Glob(w.Path("entries/*/*"))
	return p == w.Maria || path == vaulttest.PBX || err == nil && len(files) >= 4
}

// known is the id of the vault that the World began with.
func known(t *testing.T, w *vaulttest.World) statement.Hash {
	t.Helper()
	states, err := filepath.Glob(filepath.Join(w.Ivan.Home, "vaults", "*")) // Ivan knows no other
	if err != nil || len(states) != 1 {
		t.Fatalf("%v, %v", states, err)
	}
	id, err := statement.ParseHash(filepath.Base(states[0]))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// verified is what a person's verification says.
func verified(t *testing.T, w *vaulttest.World, p *vaulttest.Person) string {
	t.Helper()
	before := look(t, w.Root)
	v, err := vault.OpenToVerify(w.Options(p))
	if err != nil {
		return kindOf(err)
	}
	r, err := v.Verify(true)
	unchanged(t, w, before, nil)
	if err != nil {
		return kindOf(err)
	}
	notes := slices.DeleteFunc(r.Notes, func(f audit.Finding) bool { return f.Code == audit.Unwitnessed })
	return strings.TrimSuffix(codes(r.Findings)+"; "+codes(notes), "; ")
}

func codes(list []audit.Finding) string {
	var words []string
	for _, f := range list {
		words = append(words, string(f.Code))
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// writes has Maria write into the attacked vault: it may work or not, but
// nothing outside changes, nothing comes out that nobody wrote, and what was
// acknowledged is there. Everywhere: where links may lead out.
func writes(t *testing.T, w *vaulttest.World, everywhere bool) {
	t.Helper()
	outside := look(t, w.Elsewhere)
	if v, err := w.Open(w.Maria); err == nil {
		_, edited := v.Edit(vaulttest.ParsePath(vaulttest.Trunk), replacePassword(1))
		if everywhere {
			_, _ = v.Insert(vaulttest.ParsePath("telephony/new"), vaulttest.Draft("new"))
			_, _ = v.PublishBook("new-book", []byte("# New\n"))
		}
		if edited == nil {
			if r, err := openAs(t, w, w.Maria).Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{}); err != nil || password(r) != "password-1" {
				t.Errorf("the next version was acknowledged, and opens as %v", err)
			}
		}
	}
	if changed := outside.Changes(look(t, w.Elsewhere)); len(changed) > 0 {
		t.Errorf("outside of the vault, %v", changed)
	}
}

func look(t *testing.T, dir string) vaulttest.Tree {
	t.Helper()
	tree, err := vaulttest.Look(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// unchanged demands that nothing changed but local state, and, where a person
// has opened a secret, the copy of that person's log.
func unchanged(t *testing.T, w *vaulttest.World, before vaulttest.Tree, opened *vault.Vault) {
	t.Helper()
	for _, change := range before.Changes(look(t, w.Root)) {
		name := change[1:]
		top, _, _ := strings.Cut(name, "/")
		own := opened != nil && strings.HasPrefix(name, "vault/logs/"+opened.Me().Device)
		if top == "maria" || top == "ivan" || own || opened != nil && name == "vault/tmp" || opened != nil && name == "vault/logs" {
			continue
		}
		t.Errorf("reading changed %s", change)
	}
}

// kindOf is the kind of an error in a word.
func kindOf(err error) string {
	var (
		integrity *vault.IntegrityError
		rollback  *vault.RollbackError
		denied    *vault.DeniedError
		none      *vault.NotFoundError
		log       *vault.LogError
	)
	switch {
	case errors.As(err, &log):
		return "log"
	case errors.As(err, &integrity):
		return "integrity"
	case errors.As(err, &rollback):
		return "rollback"
	case errors.As(err, &denied):
		return "denied"
	case errors.As(err, &none):
		return "not found"
	case errors.Is(err, vault.ErrSwapped):
		return "swapped"
	case errors.Is(err, vault.ErrNoVault):
		return "no vault"
	case errors.Is(err, vault.ErrNoKey):
		return "no key"
	}
	return kindOfStore(err)
}

// Each attack has its folder, each folder its attack, and both one name.
func TestHostileFolders(t *testing.T) {
	t.Parallel()
	var attacks []string
	add := func(name string, do any) {
		attacks = append(attacks, name)
		full := runtime.FuncForPC(reflect.ValueOf(do).Pointer()).Name()
		by := full[strings.LastIndex(full, ".")+1:]
		if !strings.EqualFold(by, strings.ReplaceAll(name, "-", "")) {
			t.Errorf("%s is made by %s", name, by)
		}
	}
	for _, a := range vaulttest.Attacks() {
		add(a.Name, a.Do)
	}
	for _, a := range vaulttest.JoinAttacks() {
		add(a.Name, a.Do)
	}
	for _, a := range append(vaulttest.TeamAttacks(), vaulttest.GovernAttacks()...) {
		add(a.Name, a.Do)
	}
	for _, a := range vaulttest.WriteAttacks() {
		add(a.Name, a.Do)
	}
	for _, a := range vaulttest.StickAttacks() {
		add(a.Name, a.Do)
	}
	for _, a := range vaulttest.WitnessAttacks() {
		add(a.Name, a.Do)
	}
	folders, err := filepath.Glob("../testdata/hostile/*/attack.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range folders {
		folders[i] = filepath.Base(filepath.Dir(f))
		text, err := os.ReadFile(f)
		if err != nil || !strings.HasPrefix(string(text), "# "+folders[i]+"\n") || !strings.Contains(string(text), "\nMust: ") {
			t.Errorf("%s: no text of the form `# name`, what is done, `Must: ` what must come of it (%v)", f, err)
		}
	}
	slices.Sort(attacks)
	slices.Sort(folders)
	if runtime.GOOS == "windows" { // which has no FIFOs
		folders = slices.DeleteFunc(folders, func(f string) bool { return strings.HasSuffix(f, "-fifo") })
	}
	if !slices.Equal(attacks, folders) {
		t.Errorf("attacks %v\nfolders %v", attacks, folders)
	}
}
