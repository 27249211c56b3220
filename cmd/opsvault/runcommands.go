package main

import (
	"bytes"
	"context"
	"errors"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/shell"
	"opsvault/vault"
)

// runCommands runs the commands of one run. Only a text that counts, and in which lint finds no error here and now, has its
// commands run; whoever calls Run has shown the command to the person and been told to go on.
type runCommands struct {
	c    *call
	v    *vault.Vault
	slug string
	text []byte // as the run has it

	shell *shell.Executor // once the text was found good
}

var (
	_ runbooks.Executor = (*runCommands)(nil)
	_ runbooks.Checker  = (*runCommands)(nil)
)

// commands is the executor of a run, nil where nobody can confirm.
func (w *walk) commands() runbooks.Executor {
	if !w.asks() {
		return nil
	}
	text := w.info.Text
	return &runCommands{c: w.c, v: w.v, slug: w.info.Slug, text: text}
}

// Run checks the text, then runs the command.
func (r *runCommands) Run(ctx context.Context, job runbooks.Job) (runbooks.Result, error) {
	if r.shell == nil {
		if err := r.Check(); err != nil {
			return runbooks.Result{}, err
		}
		program, err := r.c.Self()
		if err != nil {
			return runbooks.Result{}, commandError(&shell.Refusal{Why: shell.WhyStart, What: err.Error()})
		}
		r.shell = &shell.Executor{
			Program: program, Args: []string{"opsvault", serveBlockName}, Environ: r.c.Environ(), Vault: r.v.Dir(), Temp: r.c.TempDir(),
		}
	}
	result, err := r.shell.Run(ctx, job)
	return result, commandError(err)
}

// Check refuses a text that doesn't count, and one in which lint finds an error.
func (r *runCommands) Check() error {
	if r.shell != nil {
		return nil
	}
	all, err := r.v.BookHistory(r.slug)
	if err != nil {
		return err
	}
	counts := false
	for _, b := range all {
		counts = counts || b.Approved() && bytes.Equal(b.Text, r.text)
	}
	if !counts {
		return fail(codeWaiting, "command.not-approved", "slug", r.slug).withHint("command.not-approved-hint", "slug", r.slug)
	}
	world, err := newLintWorld(r.v, r.c.Now(), r.text)
	if err != nil {
		return err
	}
	found := onlyErrors(runbooks.Lint(r.text, runbooks.Options{Now: r.c.Now(), World: world, Commands: shell.Rules{}}).Problems)
	if len(found) > 0 {
		sentence, _ := problemText(r.c.tr, found[0])
		return fail(codeFindings, "command.lint", "slug", r.slug, "line", found[0].Line, "problem", sentence).withHint("command.lint-hint", "slug", r.slug)
	}
	return nil
}

// network reports whether there is a network, without asking anybody on it.
func (c *call) network(context.Context) bool { return c.Network == nil || c.Network() }

// commandError puts a refusal into words that say what to do.
func commandError(err error) error {
	var refused *shell.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	return fail(codeFindings, text.Key("command.why-"+refused.Why), "what", refused.What).withHint("command.by-hand").because(err)
}
