package main

import (
	"bufio"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/store"
)

type syncOptions struct{ full, text, forget bool }

func newSyncCommand(e *env, run runFunc[syncOptions]) *cli.Command {
	o := &syncOptions{}
	return e.command(&cli.Command{Name: "sync", ArgsUsage: "[DIR]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "full", Destination: &o.full},
		&cli.BoolFlag{Name: "text", Destination: &o.text},
		&cli.BoolFlag{Name: "forget", Destination: &o.forget},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type syncInfo struct {
	Place       string        `json:"place"`
	Received    int           `json:"received"`
	Sent        int           `json:"sent"`
	Made        bool          `json:"made"`
	ReadOnly    bool          `json:"read_only"`
	Delivered   int           `json:"delivered"`
	Policy      uint64        `json:"policy"`
	Quarantined []refusedInfo `json:"quarantined"`
	Waiting     []refusedInfo `json:"waiting"`
	Unknown     []string      `json:"unknown"`
	More        int           `json:"more"` // what these lists had no room for
}

type refusedInfo struct {
	File string `json:"file"`
	Why  string `json:"why"`
	Side string `json:"side"`
}

func runSync(ctx context.Context, c *call, o *syncOptions) error {
	err := c.syncNow(ctx, o)
	if waits(err) && !o.text && !o.forget {
		return c.joinAgain(ctx, &joinOptions{at: strings.Join(c.args, "")}) // such a device only receives
	}
	return err
}

func (c *call) syncNow(ctx context.Context, o *syncOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		c.synced = true
		switch {
		case o.text:
			return c.takeIn(ctx, v)
		case o.forget && len(c.args) == 0:
			return c.forgetSync(v)
		}
		place, err := c.syncTarget(v)
		if err != nil {
			return err
		}
		known := v.SyncPlace()
		report, err := v.SyncWith(place, vault.SyncOptions{Full: o.full, Once: o.forget})
		if report != nil {
			if err := c.result(syncDocument(v, report), func() { c.tellSync(v, report, place, err == nil) }); err != nil {
				return err
			}
		}
		if err != nil {
			return syncFailure(err)
		}
		if now := v.SyncPlace(); now != known && now != "" {
			c.say("sync.remembered", "place", now)
		}
		return nil
	})
}

// syncTarget is the directory of the command line, or the one that is remembered.
func (c *call) syncTarget(v *vault.Vault) (string, error) {
	if len(c.args) == 0 {
		if place := v.SyncPlace(); place != "" {
			return place, nil
		}
		return "", usage("sync.no-place").withHint("sync.no-place-hint")
	}
	if place := c.args[0]; !strings.Contains(place, "://") && !strings.HasPrefix(place, "git@") {
		return place, nil
	}
	return "", usage("sync.no-url", "place", c.args[0]).withHint("sync.no-url-hint")
}

func (c *call) forgetSync(v *vault.Vault) error {
	if err := v.ForgetSync(); err != nil {
		return err
	}
	return c.result(map[string]bool{"forgotten": true}, func() { c.say("sync.forgotten") })
}

// takeIn reads a parcel from a file, from stdin, or as it is pasted.
func (c *call) takeIn(ctx context.Context, v *vault.Vault) error {
	data, err := c.pasted(ctx)
	if err != nil {
		return err
	}
	report, err := v.TakeIn(data)
	if report != nil {
		if err := c.result(syncDocument(v, report), func() { c.tellSync(v, report, c.text("sync.parcel"), err == nil) }); err != nil {
			return err
		}
	}
	return parcelFailure(err)
}

func (c *call) pasted(ctx context.Context) ([]byte, error) {
	if len(c.args) > 0 {
		return c.input(c.args[0], vault.MaxPasted)
	}
	if !c.InTerminal() {
		return c.input("-", vault.MaxPasted)
	}
	c.say("sync.paste")
	var b strings.Builder
	for lines := bufio.NewScanner(c.In); lines.Scan() && ctx.Err() == nil && b.Len() < vault.MaxPasted; {
		b.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "END OPSVAULT PARCEL") {
			break
		}
	}
	return []byte(b.String()), ctx.Err()
}

func syncDocument(v *vault.Vault, r *vault.SyncReport) syncInfo {
	info := syncInfo{
		Place: r.Place, Received: r.Received, Sent: r.Sent, Made: r.Made, ReadOnly: r.ReadOnly, Delivered: r.Delivered,
		Policy: v.PolicyRef().Number, More: r.More, Unknown: []string{},
		Quarantined: refusedInfos(r.Quarantined), Waiting: refusedInfos(r.Waiting),
	}
	for _, u := range r.Unknown {
		info.Unknown = append(info.Unknown, u.File)
	}
	return info
}

func refusedInfos(list []vault.Refused) []refusedInfo {
	english := text.New(text.English, nil)
	infos := []refusedInfo{}
	for _, r := range list {
		infos = append(infos, refusedInfo{r.File, english.Text(whyKey(r)), r.Side})
	}
	return infos
}

func whyKey(r vault.Refused) text.Key { return text.Key("sync.why." + string(r.Why)) }

// mostRefused is how many files are named to a person.
const mostRefused = 10

// tellSync says what came, what went, and what was not carried. place is what the person calls it; whole is whether the
// sync went to its end.
func (c *call) tellSync(v *vault.Vault, r *vault.SyncReport, place string, whole bool) {
	switch {
	case !whole && r.Received+r.Sent == 0:
	case r.Made && whole:
		c.say("sync.made", "place", place, "files", c.text("sync.files", "n", r.Sent))
	case r.Received+r.Sent == 0 && r.ReadOnly:
	case r.Received+r.Sent == 0:
		c.say("sync.nothing", "place", place)
	case r.Place == "":
		c.say("sync.taken-in", "files", c.text("sync.files", "n", r.Received))
	default:
		c.say("sync.done", "place", place, "received", c.text("sync.files", "n", r.Received), "sent", c.text("sync.files", "n", r.Sent))
	}
	if r.ReadOnly {
		c.say("sync.read-only", "place", place)
	}
	if r.NewPolicy {
		c.say("sync.policy", "version", v.PolicyRef().Number)
	}
	if r.Delivered > 0 {
		c.say("sync.delivered", "n", r.Delivered)
	}
	if r.Locked {
		c.warn("sync.locked")
	}
	c.tellRefused(v, r)
	c.tellWaiting(r)
	if r.Received > 0 {
		c.tellUndecided(v)
		if !r.Locked {
			c.tellLive(v)
		}
	}
	if n := len(r.Unknown); n > 0 {
		c.say("sync.unknown", "n", n, "file", r.Unknown[0].File)
	}
}

// tellUndecided says at once that what came stands beside what was here: whoever hears of it while the other person is at
// hand has an easier evening.
func (c *call) tellUndecided(v *vault.Vault) {
	list, err := v.Conflicts()
	list = slices.DeleteFunc(list, func(f *vault.Conflict) bool { return len(f.Standing) < 2 })
	switch {
	case err != nil || len(list) == 0:
	case len(list) == 1:
		c.warn("sync.conflict", "path", list[0].Path.String(), "word", shellWord(list[0].Path.String()))
	default:
		c.warn("sync.conflicts", "n", len(list))
	}
}

func (c *call) tellRefused(v *vault.Vault, r *vault.SyncReport) {
	for i, q := range r.Quarantined {
		if i == mostRefused {
			c.warn("sync.more", "n", len(r.Quarantined)+r.More-i)
			return
		}
		c.warn("sync.refused", "file", q.File, "side", c.text(sideKey(q)), "why", c.text(whyKey(q)), "ask", c.askAbout(v, q))
	}
}

func sideKey(q vault.Refused) text.Key {
	if q.Side == "here" {
		return "sync.here"
	}
	return "sync.there"
}

// askAbout names the member whose device a file claims to be from, else those who govern.
func (c *call) askAbout(v *vault.Vault, q vault.Refused) []string {
	n, _ := store.ParseName(q.File)
	device := n.Device
	if n.Signer != "" {
		device = n.Signer
	}
	if member, ok := v.Policy().MemberOf(device); ok {
		return []string{memberName(v, member)}
	}
	return v.Policy().Governors()
}

// tellWaiting sums up what waits, by reason.
func (c *call) tellWaiting(r *vault.SyncReport) {
	count := map[string]int{}
	for _, w := range r.Waiting {
		count[string(whyKey(w))]++
	}
	for _, key := range sortedIDs(count) {
		c.say("sync.waiting", "n", count[key], "why", c.text(text.Key(key)))
	}
}

// syncFailure gives the errors of a meeting their hints.
func syncFailure(err error) error {
	var other *vault.OtherVaultError
	switch {
	case errors.As(err, &other):
		return fail(codeIntegrity, "sync.other-vault", "place", other.Place).withHint("sync.other-vault-hint").because(err)
	case errors.Is(err, vault.ErrNotEmpty):
		return hinted(err, "sync.not-empty-hint")
	}
	return err
}

// parcelFailure says what was wrong with a pasted text, and what helps.
func parcelFailure(err error) error {
	var e *vault.ParcelError
	if !errors.As(err, &e) {
		return err
	}
	code := codeUsage
	switch e.Why {
	case "other-vault":
		code = codeIntegrity
	case "disconnected", "newer-policy":
		code = codeNotFound
	}
	return fail(code, text.Key("sync.parcel-"+e.Why), "device", e.Device).withHint(text.Key("sync.parcel-" + e.Why + "-hint")).because(err)
}

// syncWait is how long a command that wrote something waits for the remembered place.
const syncWait = 3 * time.Second

// syncAfter carries what a command wrote to the remembered place, if that is there. It never makes the command fail, and
// waits no longer than syncWait.
func (c *call) syncAfter(v *vault.Vault) {
	if c.synced || !v.Wrote() {
		return
	}
	r, err := v.SyncRemembered(syncWait)
	switch {
	case errors.Is(err, vault.ErrSlow):
		c.warn("sync.after-slow", "place", v.SyncPlace())
	case err != nil:
		c.warn("sync.after-failed", "place", v.SyncPlace(), "why", err)
	case r != nil && len(r.Quarantined) > 0:
		c.warn("sync.after-refused", "place", r.Place, "n", len(r.Quarantined))
	case r != nil && r.Received+r.Sent > 0:
		c.say("sync.after", "place", r.Place)
	}
}
