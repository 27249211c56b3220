package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

type joinOptions struct {
	label, output, confirm, at string
	noPassphrase               bool
	renew                      bool // `device renew`
}

func newJoinCommand(e *env, run runFunc[joinOptions]) *cli.Command {
	o := &joinOptions{}
	return e.command(&cli.Command{Name: "join", ArgsUsage: "[INVITE] [DIR]", Flags: append(o.deviceFlags(),
		&cli.StringFlag{Name: "confirm", Destination: &o.confirm}),
	}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func (o *joinOptions) deviceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "label", Destination: &o.label},
		&cli.BoolFlag{Name: "no-passphrase", Destination: &o.noPassphrase},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
		&cli.StringFlag{Name: "at", Destination: &o.at},
	}
}

// runJoin joins with an invitation. Without one it goes on where this machine stands: it shows the digits again, asks
// for those that were read back, or makes a vault known again whose local state is lost.
func runJoin(ctx context.Context, c *call, o *joinOptions) error {
	if c.isSet("confirm") {
		return c.confirmJoining(ctx, o)
	}
	if len(c.args) > 0 {
		if info, err := os.Stat(c.args[0]); err == nil && info.IsDir() {
			if len(c.args) > 1 {
				return usage("join.invite-first").withHint("hint.help", "command", "opsvault join")
			}
			c.vaultDir = c.args[0]
			return c.joinAgain(ctx, o)
		}
		return c.joinWith(ctx, o, c.args[0])
	}
	return c.joinAgain(ctx, o)
}

const inviteLimit = 1 << 20

type joinInfo struct {
	VaultID  string `json:"vault_id"`
	Device   string `json:"device"`
	Digits   string `json:"digits"`
	JoinFile string `json:"join_file"`
}

// joinWith is `join INVITE`, and `device renew INVITE`.
func (c *call) joinWith(ctx context.Context, o *joinOptions, file string) error {
	if o.noPassphrase && c.passphraseFile != "" {
		return usage("init.contradiction").withHint("init.contradiction-hint")
	}
	data, err := c.input(file, inviteLimit)
	if err != nil {
		return err
	}
	inv, err := vault.ReadInvitation(data)
	if err != nil {
		return err
	}
	opts, err := c.vaultOptions(ctx)
	if err != nil {
		return err
	}
	if o.at != "" {
		inv.Place = wholePlace(o.at)
	}
	if opts.Dir, err = c.joinDir(opts, inv); err != nil {
		return err
	}
	output := orDefault(o.output, c.besideVault(opts.Dir, inv.Member+".join"))
	if err := mayWriteOver(output, isJoinFile); err != nil {
		return err
	}
	r := vault.JoinRequest{Invitation: data, Label: orDefault(o.label, deviceLabel()), Place: wholePlace(o.at), Renew: o.renew}
	if !o.noPassphrase {
		r.NewPassphrase = func(member string) ([]byte, error) { return c.newPassphrase(ctx, member) }
	}
	joined, err := vault.Join(opts, r)
	if err != nil {
		return err
	}
	if err := writeOver(output, joined.File, isJoinFile); err != nil {
		return err
	}
	for _, w := range joined.Warnings {
		c.warn(warningKey(w), warningArgs(w)...)
	}
	info := joinInfo{joined.Vault.String(), joined.Device, joined.Digits, output}
	return c.result(info, func() { c.tellJoined(joined, output) })
}

func (c *call) tellJoined(j *vault.Joined, file string) {
	if j.Admitted {
		fmt.Fprintln(c.out, c.wrapped(c.text("join.admitted", "name", j.Name)))
		fmt.Fprintf(c.out, "  opsvault join --vault %s --confirm …\n", shellWord(c.shortest(j.Dir)))
		return
	}
	fmt.Fprintln(c.out, c.wrapped(c.text("join.done", "name", j.Name, "dir", j.Dir, "member", j.Member)))
	fmt.Fprintln(c.out, c.wrapped(c.text("join.digits")))
	fmt.Fprintf(c.out, "\n  %s\n\n", grouped(j.Digits))
	fmt.Fprintln(c.out, c.wrapped(c.text("join.file", "file", file)))
	fmt.Fprintln(c.out, c.wrapped(c.text("join.then")))
	fmt.Fprintf(c.out, "  cd %s\n  opsvault join\n", shellWord(c.shortest(j.Dir)))
}

// grouped shows digits in groups of four, as they are read out.
func grouped(digits string) string {
	var groups []string
	for len(digits) > 4 {
		groups, digits = append(groups, digits[:4]), digits[4:]
	}
	return strings.Join(append(groups, digits), " ")
}

// joinDir is where the newcomer's copy lies, or shall lie: where the command line says, the vault around here if it is
// the invitation's, else a new directory named after the vault.
func (c *call) joinDir(opts vault.Options, inv *vault.Invitation) (string, error) {
	switch {
	case len(c.args) > 1:
		return filepath.Abs(c.args[1])
	case c.vaultDir != "":
		return filepath.Abs(c.vaultDir)
	}
	if here, err := c.findVault(); err == nil {
		if id, _, err := vault.Describe(opts, here); err == nil && id == inv.Vault {
			return here, nil
		}
	}
	return filepath.Join(c.WorkDir, c.dirName(opts, inv)), nil
}

// dirName makes a directory's name of a vault's. Nothing is believed of the place but that it is a fine name.
func (c *call) dirName(opts vault.Options, inv *vault.Invitation) string {
	if inv.Place != "" {
		id, name, err := vault.Describe(opts, inv.Place)
		if slug := text.Latin(name); err == nil && id == inv.Vault && slug != "" {
			return slug[:min(len(slug), 40)]
		}
	}
	return inv.Vault.Short()
}

// confirmJoining ends a joining with the digits that were read back. What has come to the place since is taken first.
func (c *call) confirmJoining(ctx context.Context, o *joinOptions) error {
	opts, err := c.optionsHere(ctx)
	if err != nil {
		return err
	}
	if err := c.takeNews(opts, o.at); err != nil {
		return err
	}
	v, err := vault.Open(opts)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := v.Confirm(o.confirm); err != nil {
		return err
	}
	return c.tellConfirmed(v)
}

type confirmInfo struct {
	VaultID   string `json:"vault_id"`
	Member    string `json:"member"`
	Device    string `json:"device"`
	Confirmed bool   `json:"confirmed"`
}

func (c *call) tellConfirmed(v *vault.Vault) error {
	return c.result(confirmInfo{v.ID().String(), v.Me().Member, v.Me().Device, true}, func() {
		fmt.Fprintln(c.out, c.wrapped(c.text("join.confirmed", "name", v.Name())))
	})
}

// optionsHere are the options of the vault of the command line.
func (c *call) optionsHere(ctx context.Context) (vault.Options, error) {
	opts, err := c.vaultOptions(ctx)
	if err != nil {
		return opts, err
	}
	opts.Dir, err = c.findVault()
	return opts, err
}

// takeNews takes what a place has for a device that waits: the one that is named, or, if it is within reach, that of the
// invitation.
func (c *call) takeNews(opts vault.Options, at string) error {
	err := vault.Receive(opts, at)
	if errors.Is(err, vault.ErrJoined) || errors.Is(err, vault.ErrNotJoined) || at == "" && errors.Is(err, vault.ErrNoCopy) {
		return nil
	}
	return err
}

// joinAgain is `join` without an invitation.
func (c *call) joinAgain(ctx context.Context, o *joinOptions) error {
	opts, err := c.optionsHere(ctx)
	if err != nil {
		return err
	}
	if o.at != "" {
		if err := c.takeNews(opts, o.at); err != nil {
			return err
		}
	}
	v, err := c.openWaiting(opts, vault.Open)
	switch {
	case errors.Is(err, vault.ErrNotJoined):
		return c.repin(ctx, opts)
	case err != nil:
		return err
	}
	defer v.Close()
	if !v.Unconfirmed() {
		return vault.ErrJoined
	}
	if !c.Terminal.Present() {
		return &vault.UnconfirmedError{Member: v.Me().Member, Device: v.Me().Device}
	}
	if err := c.askReadBack(ctx, v); err != nil {
		return err
	}
	if v.Unconfirmed() {
		return &vault.UnconfirmedError{Member: v.Me().Member, Device: v.Me().Device}
	}
	return c.tellConfirmed(v)
}

// waits reports the errors of a device that is not admitted, or not confirmed.
func waits(err error) bool {
	var admitted *vault.NotAdmittedError
	var confirmed *vault.UnconfirmedError
	return errors.As(err, &admitted) || errors.As(err, &confirmed)
}

// openWaiting opens a vault. For a device that waits to be admitted it looks once whether the news has come to the place.
func (c *call) openWaiting(opts vault.Options, open func(vault.Options) (*vault.Vault, error)) (*vault.Vault, error) {
	v, err := open(opts)
	var waits *vault.NotAdmittedError
	if !errors.As(err, &waits) || waits.Place == "" || !receives(opts) {
		return v, err
	}
	return open(opts)
}

// receives takes what the place of the invitation has, and reports whether it was there. A place that doesn't answer is
// not waited for.
func receives(opts vault.Options) bool {
	opts.Passphrase, opts.Progress = nil, nil
	done := make(chan error, 1)
	go func() { done <- vault.Receive(opts, "") }()
	select {
	case err := <-done:
		return err == nil
	case <-time.After(receiveWait):
		return false
	}
}

// receiveWait is how long a device that waits looks into the place by itself.
const receiveWait = 10 * time.Second

// askReadBack asks the newcomer for the digits that were read back. Enter alone puts it off.
func (c *call) askReadBack(ctx context.Context, v *vault.Vault) error {
	for {
		typed, err := c.askDigits(ctx, "join.ask-read-back", readBackDigits)
		if err != nil {
			return err
		}
		if typed == "" {
			return nil
		}
		err = v.Confirm(typed)
		var wrong *vault.ReadBackError
		if !errors.As(err, &wrong) || wrong.Left == 0 {
			return err
		}
		c.warn("join.wrong-read-back", "n", wrong.Left)
	}
}

// unconfirmed asks on a terminal for the digits that were read back, where this device is admitted and not confirmed.
func (c *call) unconfirmed(ctx context.Context, v *vault.Vault) error {
	if !v.Unconfirmed() || c.json || !c.Terminal.Present() {
		return nil
	}
	if err := c.askReadBack(ctx, v); err != nil || v.Unconfirmed() {
		return err
	}
	c.say("join.confirmed", "name", v.Name())
	return nil
}

// repin makes this machine know a vault again that it had joined.
func (c *call) repin(ctx context.Context, opts vault.Options) error {
	if !c.Terminal.Present() {
		return vault.ErrNotJoined
	}
	r, err := vault.Repin(opts, func(r vault.Repinning, attempt int) (string, error) {
		switch {
		case attempt == 0:
			c.say("join.repin", "name", r.Name, "version", r.Policy.Number, "issued", r.Issued, "member", r.Member)
		case attempt >= maxAttempts:
			return "", fail(codeIntegrity, "join.repin-wrong").withHint("join.repin-wrong-hint").because(vault.ErrDigits)
		default:
			c.warn("join.repin-differs")
		}
		return c.askLine(ctx, "", "join.ask-repin")
	})
	if errors.Is(err, vault.ErrNoIdentity) || errors.Is(err, fs.ErrNotExist) {
		return vault.ErrNotJoined
	}
	if err != nil {
		return err
	}
	return c.result(confirmInfo{r.Vault.String(), r.Member, r.Device, true}, func() {
		fmt.Fprintln(c.out, c.wrapped(c.text("join.repinned", "name", r.Name)))
	})
}
