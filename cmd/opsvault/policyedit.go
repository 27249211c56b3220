package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type policyEditOptions struct {
	from string
	yes  bool
}

func newPolicyEditCommand(e *env, run runFunc[policyEditOptions]) *cli.Command {
	o := &policyEditOptions{}
	return e.command(&cli.Command{Name: "edit", Flags: []cli.Flag{
		&cli.StringFlag{Name: "from", Destination: &o.from},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyEdit opens the policy in an editor (or takes a file), checks it, shows what it means for people, and signs it.
func runPolicyEdit(ctx context.Context, c *call, o *policyEditOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		doc, err := c.editedPolicy(ctx, v, o)
		if err != nil {
			return err
		}
		change, err := v.ReplacePolicy(doc, func(effect policy.Effect) error {
			if effect.Empty() {
				return vault.ErrUnchanged
			}
			return c.confirmEffect(ctx, effect, o.yes)
		})
		if err != nil {
			return err
		}
		return c.tellChange(change, false)
	})
}

// editedPolicy is the text of --from, or what an editor makes of the newest one. A policy is no secret, so the editor works on
// an ordinary file; one that can't be used is offered again.
func (c *call) editedPolicy(ctx context.Context, v *vault.Vault, o *policyEditOptions) (*policy.Document, error) {
	if o.from != "" {
		data, err := c.input(o.from, policy.MaxSize)
		if err != nil {
			return nil, err
		}
		return parsePolicy(o.from, data)
	}
	if !c.Terminal.Present() {
		return nil, usage("policy.edit-terminal").withHint("policy.edit-from")
	}
	text, err := v.DraftPolicy()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "opsvault-policy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	for {
		if err := c.openEditor(file); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := parsePolicy("policy.yaml", data)
		if err == nil {
			return doc, nil
		}
		c.warn("policy.edit-bad", "why", err)
		again, askErr := c.askYes(ctx, true, "policy.edit-again")
		if askErr != nil {
			return nil, askErr
		}
		if !again {
			return nil, err
		}
	}
}

func parsePolicy(name string, data []byte) (*policy.Document, error) {
	doc, err := policy.Parse(data)
	var problems policy.Problems
	if errors.As(err, &problems) {
		return nil, &vault.PolicyError{Problems: problems}
	}
	if err != nil {
		return nil, usage("policy.unreadable", "file", name).because(err)
	}
	return doc, nil
}

// openEditor runs $VISUAL or $EDITOR, or the system's usual editor.
func (c *call) openEditor(file string) error {
	command := orDefault(c.Getenv("VISUAL"), c.Getenv("EDITOR"))
	words := strings.Fields(command)
	if len(words) == 0 {
		words = []string{"vi"}
		if c.GOOS == "windows" {
			words = []string{"notepad"}
		}
	}
	child := exec.Command(words[0], append(words[1:], file)...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(child); err != nil {
		return fail(codeUnexpected, "policy.editor", "editor", words[0]).withHint("policy.editor-hint").because(err)
	}
	return nil
}

func (c *call) confirmEffect(ctx context.Context, effect policy.Effect, yes bool) error {
	if !c.json {
		c.printEffectTo(c.Err, effect)
	}
	if yes || !c.Terminal.Present() {
		return nil
	}
	ok, err := c.askYes(ctx, false, "policy.sign")
	if err == nil && !ok {
		return fail(codeCancelled, "error.cancelled")
	}
	return err
}

// changePolicy is what every command that changes the policy does: change, sign, say what it means.
func (c *call) changePolicy(ctx context.Context, edit func(*vault.Vault, *policy.Document) error) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		change, err := v.ChangePolicy(func(doc *policy.Document) error { return edit(v, doc) })
		if err != nil {
			return err
		}
		return c.tellChange(change, true)
	})
}

type changeInfo struct {
	Version uint64        `json:"version"`
	Hash    string        `json:"hash"`
	Effect  policy.Effect `json:"effect"`
}

func (c *call) tellChange(change *vault.Change, effect bool) error {
	return c.result(changeInfo{change.Number, change.Hash.String(), change.Effect}, func() {
		if effect && !c.quiet {
			c.printEffectTo(c.Err, change.Effect)
		}
		c.say("policy.changed", "version", change.Number)
	})
}
