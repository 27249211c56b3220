package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

type admitOptions struct{ digits string }

func newAdmitCommand(e *env, run runFunc[admitOptions]) *cli.Command {
	o := &admitOptions{}
	return e.command(&cli.Command{Name: "admit", ArgsUsage: "[MEMBER] [FILE]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "digits", Destination: &o.digits},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runAdmit lists who waits, or admits a device after its person has read out the digits. The digits are never shown
// here: they must come from the other end.
func runAdmit(ctx context.Context, c *call, o *admitOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if len(c.args) == 0 {
			return c.listApplicants(v)
		}
		member := c.args[0]
		if err := knownMemberOf(v, member); err != nil {
			return err
		}
		files, err := c.applicantFiles(v, member)
		if err != nil {
			return err
		}
		if files, err = mayApply(v, member, files); err != nil {
			return err
		}
		a, err := c.compareDigits(ctx, v, member, files, o.digits)
		if err != nil {
			return err
		}
		return c.tellAdmission(v, a)
	})
}

type applicantInfo struct {
	Member string `json:"member"`
	Device string `json:"device"`
	Label  string `json:"label"`
	Time   string `json:"time"`
	Until  string `json:"until"`
}

func (c *call) listApplicants(v *vault.Vault) error {
	waiting, err := v.Applicants()
	if err != nil {
		return err
	}
	list := make([]applicantInfo, len(waiting))
	rows := make([][]string, len(waiting))
	for i, a := range waiting {
		list[i] = applicantInfo{a.Member, a.Device, a.Label, a.Time.UTC().Format(time.RFC3339), a.Until.UTC().Format(time.RFC3339)}
		rows[i] = []string{a.Member, a.Label, a.Device, c.tr.Span(c.Now().Sub(a.Time)), c.tr.Moment(a.Until)}
	}
	if c.json {
		return c.document(list)
	}
	if len(list) == 0 {
		c.say("admit.nobody")
		return nil
	}
	header := []string{c.text("who.member"), c.text("admit.label"), c.text("admit.device"), c.text("admit.age"), c.text("admit.until")}
	if err := c.table(header, rows); err != nil {
		return err
	}
	c.say("admit.how", "member", list[0].Member)
	return nil
}

// applicantFiles are the .device files of which one is to be admitted: the one that was brought, or those that lie in
// the vault. The digits tell which: a person on the phone knows no device's id.
func (c *call) applicantFiles(v *vault.Vault, member string) ([][]byte, error) {
	if len(c.args) > 1 {
		file, err := c.input(c.args[1], inviteLimit)
		return [][]byte{file}, err
	}
	all, err := v.Applicants()
	if err != nil {
		return nil, err
	}
	var files [][]byte
	for _, a := range all {
		if a.Member == member {
			files = append(files, a.File)
		}
	}
	if len(files) == 0 {
		file, err := c.admittedFile(v, member)
		return [][]byte{file}, err
	}
	return files, nil
}

// mayApply leaves out the files that can't be admitted whatever the digits. If none is left, the first one's reason is
// the answer.
func mayApply(v *vault.Vault, member string, files [][]byte) ([][]byte, error) {
	var may [][]byte
	var first error
	for _, file := range files {
		err := v.MayApply(member, file)
		if err == nil {
			may = append(may, file)
		} else if first == nil {
			first = err
		}
	}
	if len(may) == 0 {
		return nil, first
	}
	return may, nil
}

// admittedFile is that of the device which was admitted last: its digits can be read back once more, also when the
// version that admits it has waited for other signatures.
func (c *call) admittedFile(v *vault.Vault, member string) ([]byte, error) {
	file, err := v.LastAdmitted(member)
	var none *vault.NotFoundError
	if errors.As(err, &none) {
		return nil, fail(codeNotFound, "admit.no-file", "member", member).withHint("admit.no-file-hint", "member", member).because(err)
	}
	return file, err
}

// compareDigits admits with the digits of the option, or asks for them: three times.
func (c *call) compareDigits(ctx context.Context, v *vault.Vault, member string, files [][]byte, digits string) (*vault.Admission, error) {
	applicant, err := vault.ReadApplicant(files[0])
	if err != nil {
		return nil, err
	}
	known, given := v.Admitted(applicant.Device), c.isSet("digits")
	for attempt := 0; ; attempt++ {
		typed := digits
		if !given && !known {
			if attempt == 0 {
				c.say("admit.read", "member", member, "label", applicant.Label)
			}
			if typed, err = c.askDigits(ctx, "admit.ask-digits", admitDigits); err != nil {
				return nil, err
			}
		}
		a, err := admitWhich(v, member, files, typed)
		if !errors.Is(err, vault.ErrDigits) {
			return a, err
		}
		if given || attempt+1 == maxAttempts {
			return nil, fail(codeIntegrity, "error.digits").withHint("hint.digits", "member", member).because(err)
		}
		c.warn("admit.differ", "n", maxAttempts-attempt-1)
	}
}

// How many digits are read out, and how many are read back.
const (
	admitDigits    = 24
	readBackDigits = 8
)

// askDigits asks until as many digits were typed as there must be: a group that was not heard is no wrong answer.
func (c *call) askDigits(ctx context.Context, prompt text.Key, want int) (string, error) {
	for {
		typed, err := c.askLine(ctx, "", prompt)
		if err != nil {
			return "", err
		}
		n := 0
		for _, r := range typed {
			if r >= '0' && r <= '9' {
				n++
			}
		}
		if n == want || typed == "" {
			return typed, nil
		}
		c.warn("admit.count", "n", n, "want", want)
	}
}

// admitWhich admits the device whose digits these are.
func admitWhich(v *vault.Vault, member string, files [][]byte, digits string) (a *vault.Admission, err error) {
	for _, file := range files {
		if a, err = v.Admit(member, file, digits); !errors.Is(err, vault.ErrDigits) {
			break
		}
	}
	return a, err
}

type admitInfo struct {
	Member   string        `json:"member"`
	Device   string        `json:"device"`
	ReadBack string        `json:"read_back"`
	Version  uint64        `json:"version"`
	Waits    []string      `json:"waits_for"` // members who can sign; empty once it counts
	Others   []otherDevice `json:"other_devices"`
}

type otherDevice struct {
	Device string `json:"device"`
	Label  string `json:"label"`
}

func (c *call) tellAdmission(v *vault.Vault, a *vault.Admission) error {
	info := admitInfo{Member: a.Member, Device: a.Device, ReadBack: a.ReadBack, Version: v.PolicyRef().Number, Others: []otherDevice{}}
	info.Waits = []string{}
	if a.Pending != nil {
		info.Version = a.Pending.Number
		_, info.Waits = a.Pending.Missing()
	}
	for _, d := range a.Others {
		info.Others = append(info.Others, otherDevice{d.Device, d.Label})
	}
	return c.result(info, func() {
		if a.Pending != nil {
			fmt.Fprintln(c.out, c.wrapped(c.text("admit.waits", "version", info.Version, "member", a.Member,
				"who", info.Waits, "hash", a.Pending.Hash.Short())))
			return
		}
		if a.Change != nil {
			fmt.Fprintln(c.out, c.wrapped(c.text("admit.done", "member", a.Member, "label", a.Label)))
		}
		fmt.Fprintln(c.out, c.wrapped(c.text("admit.read-back", "member", a.Member)))
		fmt.Fprintf(c.out, "\n  %s\n", grouped(a.ReadBack))
		for _, d := range a.Others {
			c.say("admit.other", "member", a.Member, "label", d.Label, "device", d.Device)
		}
	})
}
