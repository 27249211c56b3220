package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type inviteOptions struct {
	name, at, valid, output string
	roles                   cli.StringSlice
}

func newInviteCommand(e *env, run runFunc[inviteOptions]) *cli.Command {
	o := &inviteOptions{}
	return e.command(&cli.Command{Name: "invite", ArgsUsage: "MEMBER", Flags: []cli.Flag{
		&cli.StringFlag{Name: "name", Destination: &o.name},
		&cli.StringSliceFlag{Name: "role", Destination: &o.roles},
		&cli.StringFlag{Name: "at", Destination: &o.at},
		&cli.StringFlag{Name: "valid", Destination: &o.valid},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// How long an invitation may be valid: a forgotten one shall not let somebody in next year.
const (
	usualValid = 7 * 24 * time.Hour
	mostValid  = 90 * 24 * time.Hour
)

type inviteInfo struct {
	Member  string `json:"member"`
	Until   string `json:"until"`
	File    string `json:"file"`
	Place   string `json:"place"`
	Version uint64 `json:"version"` // of the policy
}

// runInvite writes an invitation: for somebody new, who comes into the policy first, or for another device of a member.
func runInvite(ctx context.Context, c *call, o *inviteOptions) error {
	n := vault.NewInvitation{Member: c.args[0], Name: o.name, Roles: o.roles.Value(), Place: wholePlace(o.at), Valid: usualValid}
	if !policy.IsID(n.Member) {
		return usage("usage.member-id", "member", n.Member).withHint("hint.id")
	}
	if o.valid != "" {
		span, err := policy.ParseSpan(o.valid)
		n.Valid = time.Duration(span)
		if err != nil || n.Valid < time.Minute || n.Valid > mostValid {
			return usage("invite.valid", "value", o.valid).withHint("invite.valid-hint").because(err)
		}
	}
	dir, err := c.findVault()
	if err != nil {
		return err
	}
	file := orDefault(o.output, c.besideVault(dir, n.Member+".invite"))
	if err := mayWriteOver(file, isInvitation); err != nil {
		return err
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		if v.Policy().Members[n.Member] == nil {
			for _, role := range n.Roles {
				if err := knownRole(v.Policy(), role); err != nil {
					return err
				}
			}
		}
		i, err := v.Invite(n)
		if err != nil {
			return err
		}
		if err := writeOver(file, i.File, isInvitation); err != nil {
			return err
		}
		info := inviteInfo{i.Member, i.Until.UTC().Format(time.RFC3339), file, i.Place, v.PolicyRef().Number}
		return c.result(info, func() { c.tellInvitation(v, i, file, len(n.Roles) == 0) })
	})
}

func (c *call) tellInvitation(v *vault.Vault, i *vault.Invited, file string, noRoles bool) {
	member := v.Policy().Members[i.Member]
	if i.Change != nil {
		fmt.Fprintln(c.out, c.wrapped(c.text("invite.new", "name", member.Name, "member", i.Member, "file", file, "until", i.Until)))
		if noRoles {
			c.warn("invite.no-role", "member", i.Member, "roles", slices.Sorted(maps.Keys(v.Policy().Roles)))
		}
	} else {
		fmt.Fprintln(c.out, c.wrapped(c.text("invite.known", "name", member.Name, "member", i.Member, "file", file, "until", i.Until)))
	}
	how := c.text("invite.place", "file", file, "place", i.Place)
	if i.Place == "" {
		how = c.text("invite.no-place", "file", file)
	}
	fmt.Fprintln(c.out, c.wrapped(how))
	fmt.Fprintf(c.out, "  opsvault join %s\n", shellWord(filepath.Base(file)))
	fmt.Fprintln(c.out, c.wrapped(c.text("invite.then", "member", i.Member)))
}

// besideVault is where a file for somebody else is put unless the command line says: here, and not among the files of a
// vault, where it would be carried into every copy's list of strangers.
func (c *call) besideVault(dir, name string) string {
	up, err := filepath.Rel(c.WorkDir, filepath.Dir(dir))
	inside, insideErr := filepath.Rel(dir, c.WorkDir)
	if err != nil || insideErr != nil || inside == ".." || strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return name
	}
	return filepath.Join(up, name)
}

// wholePlace is a place as somebody at another desk can use it: what is a directory here is named by its whole path.
func wholePlace(at string) string {
	if info, err := os.Stat(at); at != "" && err == nil && info.IsDir() {
		if whole, err := filepath.Abs(at); err == nil {
			return whole
		}
	}
	return at
}

func isInvitation(data []byte) bool {
	_, err := vault.ReadInvitation(data)
	return err == nil
}

func isJoinFile(data []byte) bool {
	_, err := vault.ReadApplicant(data)
	return err == nil
}

// mayWriteOver refuses to write over a file that is not of the same sort.
func mayWriteOver(name string, same func([]byte) bool) error {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if same(data) {
		return nil
	}
	return usage("usage.file-exists", "name", name).withHint("usage.file-exists-hint")
}

// writeOver writes a file; an older one of the same sort it replaces.
func writeOver(name string, data []byte, same func([]byte) bool) error {
	if err := mayWriteOver(name, same); err != nil {
		return err
	}
	if there, err := os.ReadFile(name); err == nil && !bytes.Equal(there, data) {
		if err := os.Remove(name); err != nil {
			return err
		}
	} else if err == nil {
		return nil
	}
	return writeNew(name, data)
}
