package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/policy/strictyaml"
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
		if o.from != "" {
			data, err := c.input(o.from, policy.MaxSize)
			if err != nil {
				return err
			}
			doc, err := parsePolicy(o.from, data)
			if err != nil {
				return err
			}
			return c.replacePolicy(ctx, v, doc, v.PolicyRef().Number, o.yes)
		}
		if !c.Terminal.Present() {
			return usage("policy.edit-terminal").withHint("policy.edit-from")
		}
		return c.editPolicy(ctx, v, o.yes)
	})
}

// editPolicy opens the newest policy in an editor. A policy is no secret, so the editor works on an ordinary file. What was
// written is kept where it was not signed, so that nobody types it twice.
func (c *call) editPolicy(ctx context.Context, v *vault.Vault, yes bool) error {
	number := v.PolicyRef().Number
	draft, err := v.DraftPolicy()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "opsvault-policy-")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(file, draft, 0o600); err != nil {
		return err
	}
	doc, err := c.editedPolicy(ctx, file)
	if err == nil {
		err = c.replacePolicy(ctx, v, doc, number, yes)
	}
	if text, readErr := os.ReadFile(file); err != nil && readErr == nil && !bytes.Equal(text, draft) {
		c.say("policy.edit-kept", "file", file)
		return err
	}
	if rmErr := os.RemoveAll(dir); err == nil {
		err = rmErr
	}
	return err
}

// editedPolicy is what an editor makes of a file; what can't be used is offered again.
func (c *call) editedPolicy(ctx context.Context, file string) (*policy.Document, error) {
	for {
		if err := c.openEditor(file); err != nil {
			return nil, err
		}
		data, err := c.input(file, policy.MaxSize)
		if err != nil {
			return nil, err
		}
		doc, err := parsePolicy(filepath.Base(file), data)
		if err == nil {
			return doc, nil
		}
		c.warn("policy.edit-bad", "why", text.Lines(explain(err, c.tr, false).Error))
		again, askErr := c.askYes(ctx, true, "policy.edit-again")
		if askErr != nil {
			return nil, askErr
		}
		if !again {
			return nil, err
		}
	}
}

// replacePolicy signs a document as the version after number, after showing what it means.
func (c *call) replacePolicy(ctx context.Context, v *vault.Vault, doc *policy.Document, number uint64, yes bool) error {
	change, err := v.ReplacePolicy(doc, func(effect policy.Effect) error {
		switch {
		case v.PolicyRef().Number != number:
			return fail(codeConflict, "policy.moved", "version", v.PolicyRef().Number).withHint("policy.moved-hint")
		case effect.Empty():
			return vault.ErrUnchanged
		}
		return c.confirmEffect(ctx, effect, yes)
	})
	if err != nil {
		return err
	}
	return c.tellChange(v, change, false)
}

func parsePolicy(name string, data []byte) (*policy.Document, error) {
	doc, err := policy.Parse(data)
	var problems policy.Problems
	if errors.As(err, &problems) {
		return nil, &vault.PolicyError{Problems: problems}
	}
	if err != nil {
		var faults strictyaml.Errors
		errors.As(err, &faults)
		return nil, usage("policy.unreadable", "file", name, "faults", faultWords(faults)).withHint("hint.policy").because(err)
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
	err := c.Run(child)
	var quit *exec.ExitError
	if errors.As(err, &quit) {
		return fail(codeCancelled, "policy.editor-quit", "editor", words[0]).because(err)
	}
	if err != nil {
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
		return c.tellChange(v, change, true)
	})
}

type changeInfo struct {
	Version uint64     `json:"version"`
	Hash    string     `json:"hash"`
	Effect  effectInfo `json:"effect"`
	// Rotate is what those know who lost something: see "rotate list".
	Rotate []rotateInfo `json:"rotate"`
	// Pending is whose signatures the version waits for; none are left once it counts.
	Pending waitsInfo `json:"pending"`
}

type waitsInfo struct {
	Left    int      `json:"left"`
	Missing []string `json:"missing"`
}

func (c *call) infoOfChange(change *vault.Change) changeInfo {
	info := changeInfo{Version: change.Number, Hash: change.Hash.String(), Effect: infoOfEffect(change.Effect), Rotate: []rotateInfo{}, Pending: waitsInfo{0, []string{}}}
	if change.Pending != nil {
		left, who := change.Pending.Missing()
		info.Pending = waitsInfo{left, listOf(who)}
	}
	return info
}

// tellChange says which version is in force now, what it means where that was not shown before, and which safes nobody
// can open any more.
func (c *call) tellChange(v *vault.Vault, change *vault.Change, effect bool) error {
	rotate := toRotate(v, change)
	info := c.infoOfChange(change)
	info.Rotate = rotate
	return c.result(info, func() {
		if effect && !c.quiet {
			c.printEffectTo(c.Err, change.Effect)
		}
		if v.PolicyRef().Hash != change.Hash {
			c.tellUnsigned(change)
			return
		}
		c.say("policy.changed", "version", change.Number)
		c.tellOverrun(v, change)
		for _, safe := range shut(v.Policy(), change.Effect) {
			c.warn("policy.no-readers", "safe", safe)
		}
		c.tellRotate(rotate)
	})
}

// tellOverrun names the versions that waited for a signature at this number: they can't count any more, and whoever wanted
// them must know it.
func (c *call) tellOverrun(v *vault.Vault, change *vault.Change) {
	pending, err := v.PendingPolicies()
	if err != nil {
		return
	}
	for _, p := range pending {
		if p.Stale && p.Number == change.Number {
			c.warn("policy.overrun", "version", p.Number, "hash", p.Hash.Short(), "author", p.Author)
		}
	}
}

// shut lists the safes that nobody can open after a change.
func shut(doc *policy.Document, effect policy.Effect) []string {
	changed := slices.Clone(effect.SafesAdded)
	for _, a := range effect.Access {
		if slices.Contains(a.Loses, policy.Read) && !slices.Contains(changed, a.Safe) {
			changed = append(changed, a.Safe)
		}
	}
	return slices.DeleteFunc(changed, func(safe string) bool { return doc.Safes[safe] == nil || len(doc.Readers(safe)) > 0 })
}
