package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type auditEvidenceOptions struct{ out string }

func newAuditEvidenceCommand(e *env, run runFunc[auditEvidenceOptions]) *cli.Command {
	o := &auditEvidenceOptions{}
	return e.command(&cli.Command{Name: "evidence", ArgsUsage: "[DEVICE]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.out},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type evidenceInfo struct {
	Device string    `json:"device"`
	Member string    `json:"member"`
	Sizes  [2]uint64 `json:"sizes"` // events that the two heads cover
	Note   string    `json:"note"`
	Dir    string    `json:"dir"` // where it was written; empty without -o
}

// runAuditEvidence lists what was kept of logs that were rewritten, and writes it as files that ssh-keygen can check.
func runAuditEvidence(ctx context.Context, c *call, o *auditEvidenceOptions) error {
	device := ""
	if len(c.args) > 0 {
		device = c.args[0]
	}
	return c.withVaultToVerify(ctx, func(v *vault.Vault) error {
		list, err := v.Evidence(device)
		if err != nil {
			return err
		}
		infos := []evidenceInfo{}
		for i, e := range list {
			info := evidenceInfo{Device: e.Device, Member: e.Member, Note: e.Note}
			info.Sizes[0], info.Sizes[1] = e.Sizes()
			if o.out != "" {
				info.Dir = filepath.Join(o.out, fmt.Sprintf("%s-%d", e.Device, i+1))
				if err := writeEvidence(v, e, info.Dir); err != nil {
					return err
				}
			}
			infos = append(infos, info)
		}
		return c.result(infos, func() { c.printEvidence(v, infos) })
	})
}

func writeEvidence(v *vault.Vault, e vault.Evidence, dir string) error {
	bundle, err := v.Bundle(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) {
		return usage("audit.evidence.exists", "dir", dir).withHint("audit.evidence.exists-hint")
	} else if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(bundle)) {
		if err := os.WriteFile(filepath.Join(dir, name), bundle[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) printEvidence(v *vault.Vault, infos []evidenceInfo) {
	if len(infos) == 0 {
		fmt.Fprintln(c.out, c.text("audit.evidence.none"))
		return
	}
	for _, i := range infos {
		fmt.Fprintln(c.out, wrapText(c.text("audit.evidence.one", "member", memberName(v, i.Member), "device", deviceName(v, i.Member, i.Device),
			"shorter", i.Sizes[0], "longer", i.Sizes[1]), c.width()))
		if i.Dir != "" {
			fmt.Fprintln(c.out, "  "+c.text("audit.evidence.written", "dir", i.Dir))
		}
	}
	if infos[0].Dir == "" {
		fmt.Fprintln(c.out, wrapText(c.text("audit.evidence.next"), c.width()))
	}
}
