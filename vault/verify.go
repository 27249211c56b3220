package vault

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Verify checks everything that one copy of a vault can show: every device's
// log and journal against its signed head and against what was seen before,
// every signed file, the policy chain, and each against the others. It needs
// no secret key. Without full, long logs are read from where they were last
// verified; see smallLog.
func (v *Vault) Verify(full bool) (*audit.Report, error) {
	c := &checking{v: v, full: full, report: &audit.Report{}, announced: map[announcedAt]*intent{}, removed: map[string]uint64{}}
	if err := c.findRemovals(); err != nil {
		return nil, err
	}
	if err := c.logs(); err != nil {
		return nil, err
	}
	if err := c.journals(); err != nil {
		return nil, err
	}
	if err := c.files(); err != nil {
		return nil, err
	}
	if err := c.pins(); err != nil {
		return nil, err
	}
	c.leftOver()
	c.report.Sort()
	return c.report, nil
}

// checking is one call of Verify.
type checking struct {
	v         *Vault
	full      bool
	report    *audit.Report
	announced map[announcedAt]*intent
	removed   map[string]uint64 // device → the policy version that no longer has it
}

// announcedAt is a line that announces a statement.
type announcedAt struct {
	device string
	seq    uint64
}

// intent is what that line says, and what became of it.
type intent struct {
	hash   statement.Hash
	op     string
	object string
	line   int
	file   string
	result chain.Result // of its outcome; Intent while there is none
}

func (c *checking) find(f audit.Finding) { c.report.Findings = append(c.report.Findings, c.owned(f)) }
func (c *checking) note(f audit.Finding) { c.report.Notes = append(c.report.Notes, c.owned(f)) }

// owned adds whom to ask.
func (c *checking) owned(f audit.Finding) audit.Finding {
	if f.Member == "" {
		f.Member, _ = c.v.policy.memberOf(f.Device)
	}
	return f
}

// findRemovals looks for devices that the newest policy no longer has.
func (c *checking) findRemovals() error {
	v := c.v
	for device := range v.policy.Devices {
		if _, ok := v.policy.Doc.MemberOf(device); ok {
			continue
		}
		versions, err := v.PolicyVersions()
		if err != nil {
			return err
		}
		here := false
		for _, p := range versions {
			_, has := p.Doc.MemberOf(device)
			if here && !has {
				c.removed[device] = p.Number
			}
			here = has
		}
	}
	return nil
}

// logs verifies the copy of every known device's log, and the original of
// this device's own.
func (c *checking) logs() error {
	v := c.v
	devices := make([]string, 0, len(v.policy.Devices))
	for device := range v.policy.Devices {
		devices = append(devices, device)
	}
	sort.Strings(devices)
	for _, device := range devices {
		if err := c.log(device); err != nil {
			return err
		}
	}
	items, err := v.dir.List("logs")
	if err != nil {
		return err
	}
	for _, item := range items {
		if _, known := v.policy.Devices[item.Name]; !known {
			c.note(audit.Finding{Code: audit.UnknownFile, File: "logs/" + item.Name, Detail: "no policy version names this device"})
		}
	}
	return nil
}

func (c *checking) log(device string) error {
	v := c.v
	key, err := v.keyOf(device)
	if err != nil {
		c.note(audit.Finding{Code: audit.UnknownFile, Device: device, File: store.DeviceName(device), Detail: "the device's file is missing"})
		return nil
	}
	view, err := v.logOf(device, key)
	if err != nil {
		return err
	}
	if device == v.me.Device {
		report, err := chain.Verify(view.dir, view.base, view.spec, chain.VerifyOptions{State: view.state, Full: true, Original: true})
		if err != nil {
			return err
		}
		c.chainFindings(device, report, "local ")
		if report.State != nil {
			view.prove(report.State)
		}
	}
	return c.logCopy(device, key, view)
}

// logCopy verifies what lies in the vault, as everybody else sees it.
func (c *checking) logCopy(device string, key ssh.PublicKey, view *logView) error {
	v := c.v
	base := store.LogBase(device)
	known := view.state
	report, err := chain.Verify(chain.Over(v.dir), base, v.logSpec(device, key), chain.VerifyOptions{
		State: known, Full: c.full || known == nil || known.Size <= smallLog,
		Each: func(l chain.Line) error { c.line(base, l); return nil },
	})
	if errors.Is(err, store.ErrUnsafe) || errors.Is(err, store.ErrTooLarge) {
		c.find(audit.Finding{Code: chain.Edit, Device: device, File: base, Detail: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	c.chainFindings(device, report, "")
	row := audit.Device{Device: device, Proven: report.Proven, Events: report.Head.Size}
	row.Member, _ = v.policy.memberOf(device)
	if report.State != nil {
		row.First, row.Last = report.State.First, report.State.Time
	}
	c.report.Events += row.Events
	c.report.Devices = append(c.report.Devices, row)
	return v.rememberLog(device, view, report)
}

// smallLog is how many events are read anew each time: about as many as take
// 20 ms. Above that, a log is read from where it was last verified, and only
// --full starts over.
const smallLog = 30_000

// rememberLog keeps how far a log was proven, so that nothing older is
// believed later.
func (v *Vault) rememberLog(device string, view *logView, report chain.Report) error {
	if device == v.me.Device || report.State == nil || report.State.Size <= view.size() {
		return nil
	}
	view.prove(report.State)
	return v.readOnlyState(v.state.ReplaceRelaxed(view.file, view.state.Marshal()))
}

func (c *checking) chainFindings(device string, r chain.Report, where string) {
	for _, f := range r.Findings {
		c.find(chainFinding(device, f, where))
	}
	for _, f := range r.Notes {
		c.note(chainFinding(device, f, where))
	}
}

func chainFinding(device string, f chain.Finding, where string) audit.Finding {
	detail := string(f.Why)
	if f.Err != nil {
		detail += ": " + f.Err.Error()
	}
	return audit.Finding{Code: f.Code, Device: device, File: where + f.File, Line: f.Line, Count: f.Have, Detail: detail}
}

// line takes what later checks need from one line of a copy.
func (c *checking) line(base string, l chain.Line) {
	at := announcedAt{l.Device, l.Seq}
	switch {
	case l.Result == chain.Intent && !l.Statement.IsZero():
		c.announced[at] = &intent{hash: l.Statement, op: l.Op, object: l.Object, file: chain.SegmentName(base, l.Segment), result: chain.Intent}
	case l.Ref > 0 && (l.Result == chain.Done || l.Result == chain.Failed):
		if in := c.announced[announcedAt{l.Device, l.Ref}]; in != nil {
			in.result = l.Result
		}
	}
	if since, gone := c.removed[l.Device]; gone && l.Policy >= since {
		c.find(audit.Finding{Code: audit.AfterRemoval, Device: l.Device, File: chain.SegmentName(base, l.Segment),
			Count: l.Seq, Detail: fmt.Sprintf("event %d names policy %d; the device left with policy %d", l.Seq, l.Policy, since)})
	}
}

// files verifies every signed file, and every file that the policy pins.
func (c *checking) files() error {
	v := c.v
	for _, top := range []string{"policy", "devices", "safes", "keys", "entries", "acts", "packets", "runbooks"} {
		if err := c.walk(top); err != nil {
			return err
		}
	}
	if len(v.policy.Doc.ReadingDevices(policy.Catalogue)) > 1 {
		for _, d := range c.report.Devices {
			if d.Events > d.Settled {
				c.note(audit.Finding{Code: audit.Unwitnessed, Device: d.Device, File: store.LogBase(d.Device), Count: d.Events - d.Settled})
			}
		}
	}
	return nil
}

func (c *checking) walk(name string) error {
	items, err := c.v.dir.List(name)
	if err != nil {
		if errors.Is(err, store.ErrUnsafe) {
			c.find(audit.Finding{Code: chain.Edit, File: name, Detail: err.Error()})
			return nil
		}
		return err
	}
	for _, item := range items {
		child := name + "/" + item.Name
		switch item.Kind {
		case store.KindDir:
			if err := c.walk(child); err != nil {
				return err
			}
		case store.KindFile:
			if err := c.file(child); err != nil {
				return err
			}
		default:
			c.find(audit.Finding{Code: chain.Edit, File: child, Detail: "it is a link or a special file"})
		}
	}
	return nil
}

// file verifies one file by what its name says it is.
func (c *checking) file(name string) error {
	n, ok := store.ParseName(name)
	switch {
	case !ok:
		c.note(audit.Finding{Code: audit.UnknownFile, File: name, Detail: "no file of a vault has such a name"})
		return nil
	case n.Newcomer != "":
		c.find(audit.Finding{Code: audit.Equivocation, Device: n.Device, File: name, Detail: "two files claim one name"})
		return nil
	}
	c.report.Files++
	var err error
	switch n.Form {
	case store.FormPolicy:
		err = c.v.verifyDocument(name, n)
	case store.FormDevice:
		err = c.v.verifyDevice(name, n)
	case store.FormRecipient:
		err = c.v.verifyRecipient(name, n)
	case store.FormText:
		err = c.v.verifyText(name, n)
	default:
		err = c.statement(name)
	}
	return c.judge(name, n, err)
}

// statement verifies a signed file and ticks off its announcement.
func (c *checking) statement(name string) error {
	st, err := c.v.readStatement(name)
	if err != nil {
		return err
	}
	common, err := statement.ParseCommon(st.Header)
	if err != nil {
		return &IntegrityError{name, err}
	}
	at := announcedAt{common.Device, common.Event}
	if in := c.announced[at]; in != nil && in.hash == st.Hash && in.result != chain.Failed {
		delete(c.announced, at)
	}
	if st.Header.Type == statement.TypeSign && common.Policy.Number == 1 {
		return nil // version 1 signs under itself; the chain's own check has looked at it
	}
	return c.v.checkCommon(name, st, common)
}

// judge turns what is wrong with a file into a finding or a note. Failures of
// the disk are returned.
func (c *checking) judge(name string, n store.Name, err error) error {
	var integrity *IntegrityError
	var missing *AnnouncementError
	var transit *TransitError
	var unknown *statement.UnknownType
	device := n.Device
	if n.Signer != "" {
		device = n.Signer
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		c.note(audit.Finding{Code: audit.UnknownFile, Device: device, File: name, Detail: "made by a newer opsvault"})
	case errors.As(err, &transit):
		c.note(audit.Finding{Code: chain.InTransit, Device: transit.Device, File: name, Detail: err.Error()})
	case errors.As(err, &missing):
		c.find(audit.Finding{Code: audit.MissingWrite, Device: missing.Device, File: name, Detail: missing.Error()})
	case errors.Is(err, statement.ErrSignature), errors.Is(err, statement.ErrUnknownDevice):
		c.find(audit.Finding{Code: chain.BadKey, Device: device, File: name, Detail: err.Error()})
	case errors.As(err, &integrity), errors.Is(err, store.ErrUnsafe), errors.Is(err, store.ErrTooLarge):
		c.find(audit.Finding{Code: chain.Edit, Device: device, File: name, Detail: err.Error()})
	default:
		return err
	}
	return nil
}

// pins holds what this device has seen against what is here.
func (c *checking) pins() error {
	v := c.v
	err := v.pins.Each(func(id string, pin store.Pin) error {
		files, err := v.versionsOf(id)
		if errors.Is(err, store.ErrUnsafe) {
			return nil // reported where it lies
		}
		if err != nil {
			return err
		}
		newest := uint64(0)
		if len(files) > 0 {
			newest = files[0].number
		}
		if newest < pin.Version {
			c.find(audit.Finding{Code: audit.MissingWrite, File: store.EntryBase(id) + "/" + id,
				Detail: fmt.Sprintf("version %d was here; the newest now is %d", pin.Version, newest)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	for number := range v.policy.Number {
		if len(here[number+1]) == 0 {
			c.find(audit.Finding{Code: audit.Rollback, File: fmt.Sprintf("policy/%06d", number+1),
				Detail: fmt.Sprintf("policy %d was here and is gone", number+1)})
		}
	}
	return nil
}

// leftOver judges announcements whose statement is not here.
func (c *checking) leftOver() {
	for at, in := range c.announced {
		if in.result == chain.Failed {
			continue
		}
		f := audit.Finding{Code: audit.Incomplete, Device: at.device, File: in.file, Count: at.seq,
			Detail: fmt.Sprintf("event %d announces %s %s, which is not here", at.seq, in.op, in.object)}
		if in.result == chain.Done && c.wasHere(at, in) {
			f.Code = audit.MissingWrite
			c.find(f)
			continue
		}
		c.note(f)
	}
}

// wasHere reports whether this device knows that the statement lay here: it
// wrote it itself, or has pinned that version of an entry.
func (c *checking) wasHere(at announcedAt, in *intent) bool {
	if at.device == c.v.me.Device {
		return true
	}
	id, version, _ := strings.Cut(in.object, "@")
	if !strings.HasPrefix(in.op, "entry.") {
		return false
	}
	pin, err := c.v.pins.Get(id)
	return err == nil && fmt.Sprint(pin.Version) == version
}
