package vaulttest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A WitnessAttack is something done to logs by who has a key of them, in a Team
// with Anna, Ivan and Oleg. Others have seen those logs; Maria is who verifies.
type WitnessAttack struct {
	Name string // as an Attack's
	Do   func(*Team) error
}

// WitnessAttacks are all attacks on logs by their owners, and on witnesses.
func WitnessAttacks() []WitnessAttack {
	return []WitnessAttack{
		{"log-cut-and-resigned", LogCutAndResigned},
		{"log-cut-and-backdated", LogCutAndBackdated},
		{"log-rewritten", LogRewritten},
		{"machine-cloned", MachineCloned},
		{"witness-forged", WitnessForged},
		{"witness-of-itself", WitnessOfItself},
		{"clock-turned-back", ClockTurnedBack},
		{"clock-turned-ahead", ClockTurnedAhead},
	}
}

// LogOf is a person's log with all that it takes to write it.
type LogOf struct {
	v   *vault.Vault
	key *identity.Identity
	dir *store.Dir // the copy
	own *store.Dir // the local state
}

func (t *Team) logOf(p *Mate) (*LogOf, error) {
	w := t.World(p)
	v, err := t.Open(p)
	if err != nil {
		return nil, err
	}
	key, err := w.Key(w.Maria)
	if err != nil {
		return nil, err
	}
	dir, err := store.OpenDir(p.Dir)
	if err != nil {
		return nil, err
	}
	own, err := store.OpenDir(v.LocalDir())
	return &LogOf{v, key, dir, own}, err
}

func (l *LogOf) base() string { return l.v.Me().Device + "/log" }
func (l *LogOf) spec() chain.Spec {
	return chain.Spec{Vault: l.v.ID(), Device: l.v.Me().Device, Key: l.key.PublicKey()}
}

// lines are those of the only segment.
func (l *LogOf) lines() ([]string, error) {
	data, err := l.own.Read(chain.SegmentName(l.base(), 1), chain.MaxSegment)
	lines := strings.SplitAfter(string(data), "\n")
	return lines[:len(lines)-1], err
}

// put makes these lines the log, signs a head of them, and publishes all.
func (l *LogOf) put(lines []string) error {
	data := []byte(strings.Join(lines, ""))
	last, err := chain.ParseLine([]byte(lines[len(lines)-1]))
	at := last.Time
	if err != nil { // a line that no reader takes
		at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	}
	head := chain.Head{Vault: l.v.ID(), Device: l.v.Me().Device, Size: uint64(len(lines)), Segment: 1, Length: uint64(len(data)), Time: at}
	head.Last = statement.Sum([]byte(lines[len(lines)-1]))
	header, err := head.Header()
	if err != nil {
		return err
	}
	file, _, err := statement.Sign(header, nil, l.key.Signer(), rand.Reader)
	if err != nil {
		return err
	}
	for dir, base := range map[*store.Dir]string{l.own: l.base(), l.dir: store.LogBase(l.v.Me().Device)} {
		if err := dir.Replace(chain.SegmentName(base, 1), data); err != nil {
			return err
		}
		if err := dir.Replace(chain.HeadName(base), file); err != nil {
			return err
		}
	}
	return nil
}

// add writes lines with a clock of the owner's choice, and publishes.
func (l *LogOf) add(t *Team, p *Mate, clock func() time.Time, drafts ...chain.Draft) error {
	recipient, err := t.World(p).Recipient(l.v, policy.Audit)
	if err != nil {
		return err
	}
	w, err := chain.OpenWriter(chain.Over(l.own), l.base(), l.spec(), l.key.Signer(), chain.Options{
		Clock: clock, Rand: rand.Reader, Derive: l.key.Derive, Recipient: recipient, Actor: p.Member, Policy: l.v.PolicyRef().Number})
	if err != nil {
		return err
	}
	for i := range drafts {
		drafts[i].Actor, drafts[i].Policy, drafts[i].Result = p.Member, l.v.PolicyRef().Number, chain.OK
	}
	if _, err := w.Append(drafts...); err != nil {
		return err
	}
	_, err = w.Publish(chain.Over(l.dir), store.LogBase(l.v.Me().Device))
	return err
}

func opened(times int) []chain.Draft {
	drafts := make([]chain.Draft, times)
	for i := range drafts {
		drafts[i] = chain.Draft{Op: "secret.reveal", Object: fmt.Sprintf("harmless@%d", i+1)}
	}
	return drafts
}

// Work has a person open something.
func (t *Team) Work(p *Mate, times int) error {
	for range times {
		v, err := t.Open(p)
		if err != nil {
			return err
		}
		if _, err := v.Reveal(ParsePath(PBX), vault.Purpose{Reason: "work"}); err != nil {
			return err
		}
	}
	return nil
}

// Witness has one person see the other's copy, and record it.
func (t *Team) Witness(who, of *Mate) error {
	if err := t.CopyFiles(of, who); err != nil {
		return err
	}
	v, err := t.Open(who)
	if err != nil {
		return err
	}
	_, err = v.Sync(of.Dir)
	return err
}

// GiveLog puts one device's log, as it lies in one copy, into another, whatever
// is there: what a host can do.
func (t *Team) GiveLog(from, to *Mate, of *Mate) error {
	v, err := t.Open(of)
	if err != nil {
		return err
	}
	base := filepath.FromSlash(store.LogBase(v.Me().Device))
	if err := os.RemoveAll(filepath.Join(to.Dir, base)); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(to.Dir, base), os.DirFS(filepath.Join(from.Dir, base)))
}

// seenByAnna is a history in which Ivan has worked and Anna has seen it; cut
// then makes another of it, of which Maria gets Ivan's log and Anna's.
func (t *Team) seenByAnna(cut func(l *LogOf, ivan *Mate) error) error {
	ivan, anna, maria := t.Person("ivan"), t.Person("anna"), t.Person("maria")
	if err := t.Work(ivan, 2); err != nil {
		return err
	}
	if err := t.CopyFiles(ivan, maria); err != nil {
		return err
	}
	if err := t.Work(ivan, 3); err != nil {
		return err
	}
	if err := t.Witness(anna, ivan); err != nil {
		return err
	}
	l, err := t.logOf(ivan)
	if err != nil {
		return err
	}
	if err := cut(l, ivan); err != nil {
		return err
	}
	if err := t.GiveLog(ivan, maria, ivan); err != nil {
		return err
	}
	return t.GiveLog(anna, maria, anna)
}

// LogCutAndResigned: Ivan takes the end off his log, signs what is left, and
// goes on.
func LogCutAndResigned(t *Team) error {
	return t.seenByAnna(func(l *LogOf, ivan *Mate) error {
		lines, err := l.lines()
		if err != nil {
			return err
		}
		if err := l.put(lines[:2]); err != nil {
			return err
		}
		return l.add(t, ivan, t.Now, opened(1)...)
	})
}

// LogCutAndBackdated: the same, with as many lines as there were, and the
// times that they had.
func LogCutAndBackdated(t *Team) error {
	return t.seenByAnna(func(l *LogOf, ivan *Mate) error {
		lines, err := l.lines()
		if err != nil {
			return err
		}
		old, err := chain.ParseLine([]byte(lines[1]))
		if err != nil {
			return err
		}
		count := len(lines)
		if err := l.put(lines[:2]); err != nil {
			return err
		}
		return l.add(t, ivan, func() time.Time { return old.Time }, opened(count-2)...)
	})
}

// LogRewritten: Ivan says of one line that something else happened, and chains
// everything after it anew.
func LogRewritten(t *Team) error {
	return t.seenByAnna(func(l *LogOf, _ *Mate) error {
		lines, err := l.lines()
		if err != nil {
			return err
		}
		for i := 2; i < len(lines); i++ {
			before := statement.Sum([]byte(lines[i-1])).String()
			at := strings.Index(lines[i], `"prev":"`) + len(`"prev":"`)
			lines[i] = lines[i][:at] + before + lines[i][at+len(before):]
			if i == 2 {
				lines[i] = strings.Replace(lines[i], `"op":"secret.reveal"`, `"op":"secret.reseal"`, 1)
			}
		}
		return l.put(lines)
	})
}

// MachineCloned: a copy of Ivan's disk works on in a second machine; Anna has
// seen what the one wrote, and Maria gets the other's log.
func MachineCloned(t *Team) error {
	ivan := t.Person("ivan")
	twin := &Mate{Member: "ivan", Home: filepath.Join(t.Root, "twin", "home"), Dir: filepath.Join(t.Root, "twin", "vault")}
	if err := t.Work(ivan, 1); err != nil {
		return err
	}
	for from, to := range map[string]string{ivan.Home: twin.Home, ivan.Dir: twin.Dir} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return err
		}
	}
	for _, p := range []*Mate{ivan, twin} {
		if err := t.Work(p, 2); err != nil {
			return err
		}
	}
	anna, maria := t.Person("anna"), t.Person("maria")
	if err := t.Witness(anna, ivan); err != nil {
		return err
	}
	if err := t.GiveLog(twin, maria, ivan); err != nil {
		return err
	}
	return t.GiveLog(anna, maria, anna)
}

// WitnessForged: Anna records a head of Ivan's log that he never signed.
func WitnessForged(t *Team) error {
	anna, ivan, maria := t.Person("anna"), t.Person("ivan"), t.Person("maria")
	v, err := t.Open(ivan)
	if err != nil {
		return err
	}
	head := chain.SignedHead{Head: chain.Head{Vault: v.ID(), Device: v.Me().Device, Size: 99, Last: statement.Sum([]byte("never was")),
		Segment: 1, Length: 40_000, Time: t.Now()}}
	l, err := t.logOf(anna)
	if err != nil {
		return err
	}
	if err := l.add(t, anna, t.Now, chain.Draft{Op: chain.OpWitness, Heads: []chain.SignedHead{head}}); err != nil {
		return err
	}
	return t.GiveLog(anna, maria, anna)
}

// WitnessOfItself: Ivan's log records a head of itself.
func WitnessOfItself(t *Team) error {
	ivan := t.Person("ivan")
	if err := t.Work(ivan, 1); err != nil {
		return err
	}
	l, err := t.logOf(ivan)
	if err != nil {
		return err
	}
	lines, err := l.lines()
	if err != nil {
		return err
	}
	last := statement.Sum([]byte(lines[len(lines)-1]))
	signature := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0}, 64))
	own := fmt.Sprintf("%s.%d.%s.1.900.%d.%s", l.v.Me().Device, len(lines), last, t.Now().Unix(), signature)
	line := fmt.Sprintf(`{"v":1,"dev":"%s","seq":%d,"prev":"%s","ts":"2026-11-21T13:00:00.000Z","actor":"ivan","op":"log.witness","obj":"-","pol":2,"res":"ok","heads":"%s"}`+"\n",
		l.v.Me().Device, len(lines)+1, last, own)
	if err := l.put(append(lines, line)); err != nil {
		return err
	}
	return t.GiveLog(ivan, t.Person("maria"), ivan)
}

// ClockTurnedBack: Oleg has seen what Maria and Anna did today, and writes
// lines of last year.
func ClockTurnedBack(t *Team) error {
	oleg, anna, maria := t.Person("oleg"), t.Person("anna"), t.Person("maria")
	if err := t.Work(anna, 1); err != nil {
		return err
	}
	var heads []chain.SignedHead
	for _, p := range []*Mate{anna, maria} {
		l, err := t.logOf(p)
		if err != nil {
			return err
		}
		file, err := l.own.Read(chain.HeadName(l.base()), 4<<10)
		if err != nil {
			return err
		}
		head, err := chain.ReadHead(file, l.spec())
		if err != nil {
			return err
		}
		heads = append(heads, head)
	}
	if heads[0].Device > heads[1].Device {
		heads[0], heads[1] = heads[1], heads[0]
	}
	if err := t.CopyFiles(anna, maria); err != nil {
		return err
	}
	l, err := t.logOf(oleg)
	if err != nil {
		return err
	}
	lastYear := func() time.Time { return t.Now().AddDate(-1, 0, 0) }
	if err := l.add(t, oleg, lastYear, append(opened(1), chain.Draft{Op: chain.OpWitness, Heads: heads})...); err != nil {
		return err
	}
	return t.GiveLog(oleg, maria, oleg)
}

// ClockTurnedAhead: Ivan writes lines of next year, which Anna and Oleg see
// today.
func ClockTurnedAhead(t *Team) error {
	ivan, maria := t.Person("ivan"), t.Person("maria")
	l, err := t.logOf(ivan)
	if err != nil {
		return err
	}
	if err := l.add(t, ivan, func() time.Time { return t.Now().AddDate(1, 0, 0) }, opened(2)...); err != nil {
		return err
	}
	for _, member := range []string{"anna", "oleg"} {
		if err := t.Witness(t.Person(member), ivan); err != nil {
			return err
		}
		if err := t.CopyFiles(t.Person(member), maria); err != nil {
			return err
		}
	}
	return nil
}

// Rewrite keeps some lines of a person's log and goes on with others, now or
// with the times of what was kept.
func (t *Team) Rewrite(p *Mate, keep, add int, backdate bool) error {
	l, err := t.logOf(p)
	if err != nil {
		return err
	}
	lines, err := l.lines()
	if err != nil {
		return err
	}
	last, err := chain.ParseLine([]byte(lines[keep-1]))
	if err != nil {
		return err
	}
	clock := t.Now
	if backdate {
		clock = func() time.Time { return last.Time }
	}
	if err := l.put(lines[:keep]); err != nil {
		return err
	}
	return l.add(t, p, clock, opened(add)...)
}
