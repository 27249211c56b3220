package vault

import (
	"errors"
	"slices"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// journals verifies the journals of all runs, this device's own also against
// their originals.
func (c *checking) journals() error {
	runs, err := c.v.dir.List("runs")
	if errors.Is(err, store.ErrUnsafe) {
		c.find(audit.Finding{Code: chain.Edit, File: "runs", Detail: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	own, err := c.v.state.List(c.v.mine("runs"))
	if err != nil {
		return err
	}
	for _, run := range own {
		if !slices.ContainsFunc(runs, func(i store.Item) bool { return i.Name == run.Name }) {
			if err := c.journal(run.Name, c.v.me.Device); err != nil {
				return err
			}
		}
	}
	for _, run := range runs {
		if err := c.run(run); err != nil {
			return err
		}
	}
	return nil
}

// run verifies the journals of one run, one a device.
func (c *checking) run(run store.Item) error {
	name := "runs/" + run.Name
	devices, err := c.v.dir.List(name)
	if run.Kind != store.KindDir || errors.Is(err, store.ErrUnsafe) {
		c.find(audit.Finding{Code: chain.Edit, File: name, Detail: "it is no directory"})
		return nil
	}
	if err != nil {
		return err
	}
	for _, device := range devices {
		if _, ok := store.ParseName(store.HeadName(store.RunBase(run.Name, device.Name))); !ok {
			c.note(audit.Finding{Code: audit.UnknownFile, File: name + "/" + device.Name, Detail: "no journal has such a name"})
			continue
		}
		if err := c.journal(run.Name, device.Name); err != nil {
			return err
		}
	}
	return nil
}

func (c *checking) journal(run, device string) error {
	v, base := c.v, store.RunBase(run, device)
	key, err := v.keyOf(device)
	if err != nil {
		c.note(audit.Finding{Code: audit.UnknownFile, Device: device, File: base, Detail: "no policy version names this device"})
		return nil
	}
	spec := v.logSpec(device, key)
	spec.Run = run
	var known *chain.State
	if device == v.me.Device {
		report, err := chain.Verify(chain.Over(v.state), v.runBase(run), spec, chain.VerifyOptions{Original: true})
		if err != nil {
			return err
		}
		c.chainFindings(device, report, "local ")
		known = report.State
	}
	report, err := chain.Verify(chain.Over(v.dir), base, spec, chain.VerifyOptions{State: known, Full: true})
	if errors.Is(err, store.ErrUnsafe) || errors.Is(err, store.ErrTooLarge) {
		c.find(audit.Finding{Code: chain.Edit, Device: device, File: base, Detail: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	c.chainFindings(device, report, "")
	return nil
}
