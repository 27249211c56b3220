package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

type doctorOptions struct{ fix bool }

func newDoctorCommand(e *env, run runFunc[doctorOptions]) *cli.Command {
	o := &doctorOptions{}
	return e.command(&cli.Command{Name: "doctor", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "fix", Destination: &o.fix},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type doctorInfo struct {
	Findings []ailmentInfo `json:"findings"`
	Notes    []ailmentInfo `json:"notes"`
}

type ailmentInfo struct {
	Code    string `json:"code"`
	What    string `json:"what"`
	Fix     string `json:"fix"`
	Command string `json:"command"` // the one in Fix; "" where there is none
	File    string `json:"file"`
	Detail  string `json:"detail"`
	Fixed   bool   `json:"fixed"`
}

// runDoctor checks everything that this device can open. Findings are not an error of the program: they are put out, and
// the exit code says that there are some which are not mended.
func runDoctor(ctx context.Context, c *call, o *doctorOptions) error {
	return c.withVaultToVerify(ctx, func(v *vault.Vault) error {
		list, err := v.Doctor(o.fix)
		if err != nil {
			return err
		}
		if err := c.result(doctorDocument(v, list), func() { c.printAilments(v, list) }); err != nil {
			return err
		}
		for _, a := range list {
			if !a.Note && !a.Fixed {
				return exitStatus(codeFindings)
			}
		}
		return nil
	})
}

// doctorDocument is the outcome for scripts: in English, whatever the person speaks.
func doctorDocument(v *vault.Vault, list []vault.Ailment) doctorInfo {
	english := text.New(text.English, time.UTC)
	info := doctorInfo{Findings: []ailmentInfo{}, Notes: []ailmentInfo{}}
	for _, a := range list {
		one := ailmentInfo{a.Code, ailmentMeaning(english, a), ailmentMending(english, v, a), a.Fix, a.File, a.What, a.Fixed}
		if a.Note {
			info.Notes = append(info.Notes, one)
		} else {
			info.Findings = append(info.Findings, one)
		}
	}
	return info
}

func (c *call) printAilments(v *vault.Vault, list []vault.Ailment) {
	var findings, notes, fixed []vault.Ailment
	for _, a := range list {
		switch {
		case a.Fixed:
			fixed = append(fixed, a)
		case a.Note:
			notes = append(notes, a)
		default:
			findings = append(findings, a)
		}
	}
	c.printEach(v, findings)
	c.printUnder(v, "doctor.fixed", fixed)
	c.printUnder(v, "doctor.notes", notes)
	if len(findings) == 0 {
		fmt.Fprintln(c.out, c.text("doctor.fine"))
		return
	}
	fmt.Fprintln(c.out, c.text("doctor.not-fine", "n", len(findings)))
}

func (c *call) printUnder(v *vault.Vault, title text.Key, list []vault.Ailment) {
	if len(list) > 0 {
		fmt.Fprintf(c.out, "%s\n\n", wrapText(c.text(title), c.width()))
		c.printEach(v, list)
	}
}

// printEach says of each ailment what it is, what it means, and what mends it.
func (c *call) printEach(v *vault.Vault, list []vault.Ailment) {
	style := c.style(c.OutEscapes)
	for i, a := range list {
		if i == mostFindings {
			fmt.Fprintf(c.out, "%s\n\n", c.text("audit.more", "n", len(list)-i))
			return
		}
		fmt.Fprintln(c.out, strings.TrimSpace(style.Bold(a.Code)+"  "+term.Clean(a.File)))
		fmt.Fprintln(c.out, wrapText("  "+ailmentMeaning(c.tr, a), c.width()))
		if a.Fixed {
			fmt.Fprintln(c.out, wrapText("  "+c.text("doctor.done", "what", term.Clean(a.What)), c.width()))
		} else {
			fmt.Fprintln(c.out, wrapText("  "+ailmentMending(c.tr, v, a), c.width()))
		}
		fmt.Fprintln(c.out)
	}
}

// ailmentMeaning says what an ailment means: its own words, or those of the verifier.
func ailmentMeaning(tr *text.Translator, a vault.Ailment) string {
	if a.Audit != nil {
		return meaning(tr, *a.Audit)
	}
	return tr.Text(text.Key("doctor.means."+a.Code), ailmentArgs(tr, a)...)
}

// ailmentMending says which command or which person mends it.
func ailmentMending(tr *text.Translator, v *vault.Vault, a vault.Ailment) string {
	if a.Audit == nil {
		return tr.Text(text.Key("doctor.mend."+a.Code), ailmentArgs(tr, a)...)
	}
	_, kind, _ := strings.Cut(string(meanings()[a.Audit.Code]), "means.")
	ask := tr.Text("doctor.mend.audit-governor", "ask", v.Policy().Governors())
	if member := a.Audit.Member; member != "" {
		ask = tr.Text("doctor.mend.audit", "member", memberName(v, member), "device", deviceName(v, member, a.Audit.Device))
	}
	if key := text.Key("doctor.mend." + kind); tr.Has(key) {
		return tr.Text(key) + " " + ask
	}
	return ask
}

// ailmentArgs are the arguments of an ailment's words: numbers and moments are written as the person reads them.
func ailmentArgs(tr *text.Translator, a vault.Ailment) []any {
	args := []any{"file", term.Clean(a.File), "command", a.Fix, "what", term.Clean(a.What)}
	for name, value := range a.Args {
		at, notTime := time.Parse(time.RFC3339, value)
		n, notNumber := strconv.ParseInt(value, 10, 64)
		switch {
		case name == "bytes" && notNumber == nil:
			args = append(args, "size", tr.Bytes(n))
		case name == "n" && notNumber == nil:
			args = append(args, name, n)
		case notTime == nil:
			args = append(args, name, at)
		case value == "" && name == "who":
			args = append(args, name, tr.Text("doctor.nobody"))
		default:
			args = append(args, name, term.Clean(value))
		}
	}
	return args
}
