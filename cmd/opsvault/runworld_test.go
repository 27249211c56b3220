package main

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
)

// A team is a world with a vault of one member, maria, in it.
type team struct {
	*world
	t *testing.T
}

// newTeam makes a vault with a credential.
func newTeam(t *testing.T) *team {
	t.Helper()
	w := newWorld(t, "OPSVAULT_LANG=en", "NO_COLOR=1")
	w.vars["OPSVAULT_HOME"] = t.TempDir()
	w.env.Rand, w.env.Now = rand.Reader, time.Now
	g := &team{w, t}
	g.must(codeDone, "init", w.WorkDir, "--name", "Team", "--member", "maria", "--no-passphrase")
	w.env.In = strings.NewReader("title: Printer\nusername: office\npassword: not-a-real-one\n")
	g.must(codeDone, "insert", "office/printer", "--kind", "service", "--from", "-")
	return g
}

// do runs a command and returns its exit code; what it printed is in out and err.
func (g *team) do(words ...string) int {
	g.t.Helper()
	g.out.Reset()
	g.err.Reset()
	return run(g.t.Context(), append([]string{"opsvault"}, words...), g.env)
}

// must runs a command that has to end with a code.
func (g *team) must(code int, words ...string) {
	g.t.Helper()
	if got := g.do(words...); got != code {
		g.t.Fatalf("opsvault %s: exit code %d, want %d\n%s%s", strings.Join(words, " "), got, code, &g.out, &g.err)
	}
}

// file writes a file outside the vault and returns its name.
func (g *team) file(name, text string) string {
	g.t.Helper()
	path := filepath.Join(g.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// open opens the vault anew, as another process would.
func (g *team) open() *vault.Vault {
	g.t.Helper()
	v, err := vault.Open(vault.Options{Dir: g.WorkDir, Home: g.vars["OPSVAULT_HOME"], Now: g.Now, Rand: g.Rand})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(v.Close)
	return v
}

// A keyboard is a terminal at which lines are typed; it keeps what it shows.
type keyboard struct {
	typed io.Reader
	shown strings.Builder
	wide  int
}

func (k *keyboard) Read(p []byte) (int, error)  { return k.typed.Read(p) }
func (k *keyboard) Write(p []byte) (int, error) { return k.shown.Write(p) }
func (k *keyboard) Close() error                { return nil }
func (k *keyboard) Hide() error                 { return nil }
func (k *keyboard) Restore() error              { return nil }
func (k *keyboard) Size() (columns, rows int)   { return k.wide, 24 }

// sit gives the world a terminal at which somebody types these lines and then Ctrl-D.
func (g *team) sit(wide int, lines ...string) *keyboard {
	k := &keyboard{typed: strings.NewReader(strings.Join(lines, "\n") + "\n"), wide: wide}
	g.Terminal = term.New(func() (term.Device, error) { return k, nil })
	return k
}

const printerRunbook = `---
opsvault: runbook/v1
id: printer-down
title: The ticket printer is down
lang: en
owner: member:maria
review_by: 2099-06-30
use_when: The printer at the counter prints no tickets
done_when: A test ticket comes out
roles: [lead]
est: 20 min
---

# The ticket printer is down

## Find out {#find-out}

### 1. Look at the printer {#look}

Who: lead · Time: 2 min

- [ ] Look at the display → **READY**
- [ ] Note what it says instead: ` + "`message=____`" + `

### 2. Restart it {#restart}

Who: lead · Time: 5 min

Its settings ask for a login: [printer](vault:office/printer). Wait [5 minutes](timer:5min).

> [!CAUTION]
> Waiting tickets are lost.

> **Undo:** there is no way back.

- [ ] Restart it, because of: {{message}}

Does it print?

- **No** → [Restart it](#restart)
- **Yes** → [Tell the others](#tell)

### 3. Tell the others {#tell}

- [ ] Everybody knows
`

const printerAnswers = `answers:
  look: {checks: all, inputs: {message: paper jam}, note: "the smell of smoke"}
  restart: {checks: all, decision: ["No", "Yes"]}
  tell: {skip: "nobody is here"}
`
