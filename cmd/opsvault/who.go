package main

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/policy/strictyaml"
	"opsvault/vault"
)

type whoOptions struct{}

func newWhoCommand(e *env, run runFunc[whoOptions]) *cli.Command {
	o := &whoOptions{}
	return e.command(&cli.Command{Name: "who", ArgsUsage: "PATH"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type whoInfo struct {
	Member string              `json:"member"`
	Caps   []policy.Capability `json:"caps"`
	Via    string              `json:"via"`
	Until  string              `json:"until,omitempty"` // of a grant
}

// runWho lists who may do something with a credential, and by which lines of the policy.
func runWho(ctx context.Context, c *call, _ *whoOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		safe, err := c.safeOfArg(v, c.args[0])
		if err != nil {
			return err
		}
		list := []whoInfo{}
		for _, h := range v.Policy().Who(safe, c.Now()) {
			list = append(list, whoInfo{h.Member, h.Caps, h.Via, ""})
		}
		if strings.Contains(c.args[0], "/") {
			running, err := c.grantsOn(v, c.args[0], "")
			if err != nil {
				return err
			}
			for _, g := range running {
				list = append(list, whoInfo{g.Member, []policy.Capability{policy.Read}, c.viaGrant(g), g.Until.Format(time.RFC3339)})
			}
		}
		if c.json {
			return c.document(list)
		}
		rows := make([][]string, len(list))
		for i, w := range list {
			rows[i] = []string{memberName(v, w.Member), capWords(w.Caps), w.Via}
		}
		return c.table([]string{c.text("who.member"), c.text("who.caps"), c.text("who.via")}, rows)
	})
}

func memberName(v *vault.Vault, id string) string {
	if m := v.Policy().Members[id]; m != nil && m.Name != "" && m.Name != id {
		return id + " (" + m.Name + ")"
	}
	return id
}

func capWords(caps []policy.Capability) string {
	words := make([]string, len(caps))
	for i, one := range caps {
		words[i] = string(one)
	}
	return strings.Join(words, " ")
}

// near finds a key that was probably meant.
func near[V any](word string, among map[string]V) []string {
	keys := make([]string, 0, len(among))
	for key := range among {
		keys = append(keys, key)
	}
	if found := strictyaml.Nearest(word, keys); found != "" {
		return []string{found}
	}
	return nil
}
