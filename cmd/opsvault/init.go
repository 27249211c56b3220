package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/vault"
)

type initOptions struct {
	name, member, person, label, safes string
	noSafes, noPassphrase              bool
}

func newInitCommand(e *env, run runFunc[initOptions]) *cli.Command {
	o := &initOptions{}
	return e.command(&cli.Command{Name: "init", ArgsUsage: "[DIR]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "name", Destination: &o.name},
		&cli.StringFlag{Name: "member", Destination: &o.member},
		&cli.StringFlag{Name: "person", Destination: &o.person},
		&cli.StringFlag{Name: "label", Destination: &o.label},
		&cli.StringFlag{Name: "safes", Destination: &o.safes},
		&cli.BoolFlag{Name: "no-safes", Destination: &o.noSafes},
		&cli.BoolFlag{Name: "no-passphrase", Destination: &o.noPassphrase},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// usualSafes are what init offers.
const usualSafes = "telephony,cabinets,billing,office"

func runInit(ctx context.Context, c *call, o *initOptions) error {
	if o.noPassphrase && c.passphraseFile != "" || o.noSafes && o.safes != "" {
		return usage("init.contradiction").withHint("init.contradiction-hint")
	}
	opts, err := c.vaultOptions(ctx)
	if err != nil {
		return err
	}
	if opts.Dir, err = c.newVaultDir(); err != nil {
		return err
	}
	if err := freeDir(opts.Dir); err != nil {
		return err
	}
	n, err := c.describeVault(ctx, o, filepath.Base(opts.Dir))
	if err != nil {
		return err
	}
	if err := checkNewVault(n, c.Now()); err != nil {
		return err
	}
	known, err := c.knownMember(opts, n.Member)
	if err != nil {
		return err
	}
	if known {
		c.say("init.known-keys", "member", n.Member)
	} else if !o.noPassphrase {
		if n.Passphrase, err = c.newPassphrase(ctx, n.Member); err != nil {
			return err
		}
		defer clear(n.Passphrase)
	}
	v, err := vault.Create(opts, n)
	if err != nil {
		return err
	}
	defer v.Close()
	return c.tellNewVault(v, o.noPassphrase && !known)
}

// freeDir looks whether a vault can be made in a directory before a person answers questions about it.
func freeDir(dir string) error {
	items, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(items) == 0 || len(items) == 1 && items[0].Name() == ".git") {
		return nil
	}
	if err != nil {
		return err
	}
	return vault.ErrNotEmpty
}

// checkNewVault holds the names that a person gave against the rules of a policy, before keys are made.
func checkNewVault(n vault.NewVault, now time.Time) error {
	none := strings.Repeat("0", 64)
	first := policy.First{
		Name: n.Name, Nonce: none, Issued: now.UTC().Truncate(time.Second), Member: n.Member, MemberName: n.PersonName,
		Device: strings.Repeat("a", 16), DeviceFile: policy.Device{Label: n.Label, File: none},
		Roles: n.Roles, GovernRole: n.GovernRole, AuditRoles: n.AuditRoles, Approve: n.ApproveRoles, Safes: map[string]*policy.Safe{},
	}
	for _, s := range n.Safes {
		first.Safes[s.ID] = &policy.Safe{Title: s.Title, Access: s.Access}
	}
	problems := slices.DeleteFunc(policy.NewFirst(first).Check(), func(p policy.Problem) bool {
		return slices.Contains(p.Path, "generations") // they are made later
	})
	if len(problems) == 0 {
		return nil
	}
	return usage("init.bad-names", "problems", problemWords(problems)).withHint("hint.text")
}

func (c *call) newVaultDir() (string, error) {
	if len(c.args) > 0 {
		return filepath.Abs(c.args[0])
	}
	if c.vaultDir != "" {
		return filepath.Abs(c.vaultDir)
	}
	return c.WorkDir, nil
}

type newVaultInfo struct {
	VaultID string `json:"vault_id"`
	Device  string `json:"device"`
}

func (c *call) tellNewVault(v *vault.Vault, inClear bool) error {
	return c.result(newVaultInfo{v.ID().String(), v.Me().Device}, func() {
		fmt.Fprintln(c.out, c.wrapped(c.text("init.done", "name", v.Name(), "dir", v.Dir(), "member", v.Me().Member)))
		fmt.Fprintln(c.out, c.wrapped(c.text("init.roles")))
		if inClear {
			fmt.Fprintln(c.out, c.wrapped(c.text("init.no-passphrase")))
		}
		c.tellNext(v)
	})
}

// tellNext ends with the commands that come next.
func (c *call) tellNext(v *vault.Vault) {
	fmt.Fprintf(c.out, "\n%s\n", c.text("init.next"))
	if v.Dir() != c.WorkDir {
		fmt.Fprintf(c.out, "  cd %s\n", shellWord(c.shortest(v.Dir())))
	}
	ids := safeIDs(v)
	switch {
	case slices.Contains(ids, "telephony"):
		fmt.Fprintln(c.out, "  opsvault insert telephony/sip-trunk --kind sip")
	case len(ids) > 0:
		fmt.Fprintf(c.out, "  opsvault insert %s/%s\n", ids[0], c.text("init.example"))
	default:
		fmt.Fprintln(c.out, "  opsvault safe add telephony --access lead=manage,agent=use")
	}
	fmt.Fprintf(c.out, "  opsvault runbook new --from no-internet --lang %s -o no-internet.md\n", c.langID())
	fmt.Fprintf(c.out, "  opsvault invite %s --role agent\n", c.text("init.example-member"))
}

// shortest is a path as a person in the working directory would write it.
func (c *call) shortest(path string) string {
	if rel, err := filepath.Rel(c.WorkDir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// shellWord quotes a word for a shell where it must be.
func shellWord(s string) string {
	if strings.ContainsAny(s, " \t'\"\\$&;|<>()*?[]#~`!{}") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// describeVault asks for what the flags leave open; without a terminal the flags must say it.
func (c *call) describeVault(ctx context.Context, o *initOptions, dirName string) (vault.NewVault, error) {
	n := vault.NewVault{
		Name: o.name, Member: o.member, PersonName: o.person, Label: o.label, NoPassphrase: o.noPassphrase,
		Roles: c.usualRoles(), GovernRole: "lead", AuditRoles: []string{"auditor", "lead"}, ApproveRoles: []string{"lead", "agent"},
	}
	if err := c.askNames(ctx, &n, dirName); err != nil {
		return n, err
	}
	if n.PersonName == "" {
		n.PersonName = n.Member
	}
	if n.Label == "" {
		n.Label = deviceLabel()
	}
	if !policy.IsID(n.Member) {
		return n, usage("usage.member-id", "member", n.Member).withHint("hint.id")
	}
	list := o.safes
	if list == "" && !o.noSafes {
		list = usualSafes
		if o.name == "" {
			yes, err := c.askYes(ctx, true, "init.ask-safes")
			if err != nil {
				return n, err
			}
			if !yes {
				list = ""
			}
		}
	}
	var err error
	n.Safes, err = c.newSafes(list)
	return n, err
}

func (c *call) askNames(ctx context.Context, n *vault.NewVault, dirName string) (err error) {
	if (n.Name == "" || n.Member == "") && !c.Terminal.Present() {
		return usage("init.needs-names").withHint("init.needs-names-hint")
	}
	if n.Name == "" {
		if n.Name, err = c.askLine(ctx, dirName, "init.ask-name"); err != nil {
			return err
		}
	}
	if n.Member != "" {
		return nil
	}
	for n.PersonName == "" {
		if n.PersonName, err = c.askLine(ctx, "", "init.ask-person"); err != nil {
			return err
		}
	}
	for !policy.IsID(n.Member) {
		if n.Member, err = c.askLine(ctx, text.Latin(firstWord(n.PersonName)), "init.ask-member"); err != nil {
			return err
		}
	}
	return nil
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

// usualRoles have titles in the language of the person who makes the vault.
func (c *call) usualRoles() map[string]*policy.Role {
	return map[string]*policy.Role{
		"lead":    {Title: policy.Plain(c.text("role.lead"))},
		"agent":   {Title: policy.Plain(c.text("role.agent"))},
		"auditor": {Title: policy.Plain(c.text("role.auditor"))},
	}
}

func (c *call) newSafes(list string) ([]vault.NewSafe, error) {
	access := map[string]policy.Access{"lead": policy.Manage, "agent": policy.Use}
	titles := map[string]string{
		"telephony": c.text("safe.telephony"), "cabinets": c.text("safe.cabinets"),
		"billing": c.text("safe.billing"), "office": c.text("safe.office"),
	}
	var safes []vault.NewSafe
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id == "" || slices.ContainsFunc(safes, func(s vault.NewSafe) bool { return s.ID == id }) {
			continue
		}
		if !policy.IsID(id) {
			return nil, usage("usage.safe-id", "safe", id).withHint("hint.id")
		}
		title := titles[id]
		if title == "" {
			title = id
		}
		safes = append(safes, vault.NewSafe{ID: id, Title: policy.Plain(title), Access: access})
	}
	return safes, nil
}

// deviceLabel is what the machine calls itself.
func deviceLabel() string {
	name, err := os.Hostname()
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, name)
	if err != nil || name == "" {
		return "device"
	}
	return name[:min(len(name), 64)]
}
