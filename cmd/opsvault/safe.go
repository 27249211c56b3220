package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

// safeOptions are the rules of a safe; those that weren't given stay as they are.
type safeOptions struct {
	title, access, reason, maxGrant, quorum string
	approvals                               int
}

func (o *safeOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "title", Destination: &o.title},
		&cli.StringFlag{Name: "access", Destination: &o.access},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.IntFlag{Name: "approvals", Destination: &o.approvals},
		&cli.StringFlag{Name: "max-grant", Destination: &o.maxGrant},
		&cli.StringFlag{Name: "quorum", Destination: &o.quorum},
	}
}

func newSafeAddCommand(e *env, run runFunc[safeOptions]) *cli.Command {
	o := &safeOptions{}
	return e.command(&cli.Command{Name: "add", ArgsUsage: "SAFE", Flags: o.flags()},
		func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runSafeAdd(ctx context.Context, c *call, o *safeOptions) error {
	return c.changePolicy(ctx, func(_ *vault.Vault, doc *policy.Document) error {
		id := c.args[0]
		if !policy.IsID(id) {
			return usage("usage.safe-id", "safe", id).withHint("hint.id")
		}
		if doc.Safes[id] != nil {
			return &vault.ExistsError{What: "safe", Name: id}
		}
		s := &policy.Safe{Title: policy.Plain(id)}
		if doc.Safes == nil {
			doc.Safes = map[string]*policy.Safe{}
		}
		doc.Safes[id] = s
		if !c.isSet("access") {
			return usage("safe.needs-access").withHint("safe.needs-access-hint")
		}
		return c.applySafe(doc, s, o)
	})
}

func newSafeSetCommand(e *env, run runFunc[safeOptions]) *cli.Command {
	o := &safeOptions{}
	return e.command(&cli.Command{Name: "set", ArgsUsage: "SAFE", Flags: o.flags()},
		func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runSafeSet(ctx context.Context, c *call, o *safeOptions) error {
	return c.changePolicy(ctx, func(v *vault.Vault, doc *policy.Document) error {
		id, err := c.safe(v, c.args[0])
		if err != nil {
			return err
		}
		if doc.Safes[id] == nil {
			return usage("safe.builtin", "safe", id).withHint("safe.builtin-hint")
		}
		if !slices.ContainsFunc(o.flags(), func(f cli.Flag) bool { return c.isSet(f.Names()[0]) }) {
			return usage("safe.nothing").withHint("hint.help", "command", "opsvault safe set")
		}
		return c.applySafe(doc, doc.Safes[id], o)
	})
}

// applySafe sets the rules that were given.
func (c *call) applySafe(doc *policy.Document, s *policy.Safe, o *safeOptions) (err error) {
	if c.isSet("title") {
		s.Title = policy.Plain(o.title)
	}
	if c.isSet("access") {
		if s.Access, err = c.parseAccess(doc, o.access); err != nil {
			return err
		}
	}
	if c.isSet("reason") {
		s.Reason = policy.Reason(o.reason)
	}
	if c.isSet("approvals") {
		s.Approvals = o.approvals
	}
	if c.isSet("max-grant") {
		if s.Grants.Max, err = policy.ParseSpan(o.maxGrant); err != nil {
			return usage("safe.max-grant", "value", o.maxGrant).withHint("safe.max-grant-hint").because(err)
		}
	}
	if c.isSet("quorum") {
		s.Quorum, err = parseQuorum(o.quorum)
	}
	return err
}

// parseAccess reads "lead=manage,agent=use".
func (c *call) parseAccess(doc *policy.Document, s string) (map[string]policy.Access, error) {
	access := map[string]policy.Access{}
	for pair := range strings.SplitSeq(s, ",") {
		role, words, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return nil, usage("safe.access", "value", pair).withHint("safe.needs-access-hint")
		}
		if err := knownRole(doc, role); err != nil {
			return nil, err
		}
		a, err := policy.ParseAccess(words)
		if err != nil {
			return nil, usage("safe.access", "value", words).withHint("safe.access-hint").because(err)
		}
		access[role] = a
	}
	return access, nil
}

// parseQuorum reads "2/ivan,anna,oleg"; "none" takes a quorum away.
func parseQuorum(s string) (*policy.Quorum, error) {
	if s == "none" {
		return nil, nil
	}
	number, list, ok := strings.Cut(s, "/")
	need, err := strconv.Atoi(number)
	if !ok || err != nil {
		return nil, usage("safe.quorum", "value", s).withHint("safe.quorum-hint")
	}
	return &policy.Quorum{Need: need, Of: strings.Split(list, ",")}, nil
}

type safeRmOptions struct{}

func newSafeRmCommand(e *env, run runFunc[safeRmOptions]) *cli.Command {
	o := &safeRmOptions{}
	return e.command(&cli.Command{Name: "rm", ArgsUsage: "SAFE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runSafeRm takes an empty safe out of the policy. One with entries stays: nothing is lost by a slip.
func runSafeRm(ctx context.Context, c *call, _ *safeRmOptions) error {
	return c.changePolicy(ctx, func(v *vault.Vault, doc *policy.Document) error {
		id, err := c.safe(v, c.args[0])
		if err != nil {
			return err
		}
		if doc.Safes[id] == nil {
			return usage("safe.builtin", "safe", id).withHint("safe.builtin-hint")
		}
		rows, err := v.List(id)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			return usage("safe.not-empty", "safe", id, "n", len(rows)).withHint("safe.not-empty-hint", "safe", id)
		}
		doc.RemoveSafe(id)
		return nil
	})
}

type safeLsOptions struct{}

func newSafeLsCommand(e *env, run runFunc[safeLsOptions]) *cli.Command {
	o := &safeLsOptions{}
	return e.command(&cli.Command{Name: "ls"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type safeInfo struct {
	Safe    string            `json:"safe"`
	Title   string            `json:"title"`
	Access  map[string]string `json:"access"`
	Reason  string            `json:"reason"`
	Entries int               `json:"entries"`
}

func runSafeLs(ctx context.Context, c *call, _ *safeLsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		rows, err := v.List("")
		if err != nil {
			return err
		}
		count := map[string]int{}
		for _, r := range rows {
			count[safeOf(r.Path)]++
		}
		list := []safeInfo{}
		for _, id := range safeIDs(v) {
			s := v.Policy().Safes[id]
			info := safeInfo{id, orDefault(s.Title.In(c.langID()), id), map[string]string{}, string(s.NeedReason()), count[id]}
			for role, a := range s.Access {
				info.Access[role] = a.String()
			}
			list = append(list, info)
		}
		if c.json {
			return c.document(list)
		}
		table := make([][]string, len(list))
		for i, s := range list {
			var access []string
			for _, role := range sortedIDs(s.Access) {
				access = append(access, role+"="+s.Access[role])
			}
			table[i] = []string{s.Safe, s.Title, strings.Join(access, " "), fmt.Sprint(s.Entries)}
		}
		return c.table([]string{c.text("safe.column"), c.text("ls.title"), c.text("who.caps"), c.text("safe.entries")}, table)
	})
}
