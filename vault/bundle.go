package vault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

const bundleHead = "# opsvault/v1 keys\n"

// encodeBundle writes keys as an age identity file: `age -d` of a bundle gives
// a file for `age -i`.
func encodeBundle(vaultID, device string, keys []keyID, text map[keyID]string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# vault %s\n# to %s\n", bundleHead, vaultID, device)
	for _, id := range keys {
		fmt.Fprintf(&b, "# safe %s generation %d\n%s\n", id.Safe, id.Gen, text[id])
	}
	return []byte(b.String())
}

// parseBundle reads what encodeBundle wrote, and nothing else.
func parseBundle(plain []byte, vaultID, device string) (map[keyID]string, error) {
	rest, ok := strings.CutPrefix(string(plain), fmt.Sprintf("%s# vault %s\n# to %s\n", bundleHead, vaultID, device))
	if !ok {
		return nil, fmt.Errorf("the bundle inside is for another vault or device")
	}
	lines := strings.Split(strings.TrimSuffix(rest, "\n"), "\n")
	if len(lines)%2 != 0 || !strings.HasSuffix(rest, "\n") {
		return nil, fmt.Errorf("the bundle inside is cut off")
	}
	keys := map[keyID]string{}
	for i := 0; i < len(lines); i += 2 {
		word := strings.Split(lines[i], " ")
		if len(word) != 5 || word[0] != "#" || word[1] != "safe" || word[3] != "generation" {
			return nil, fmt.Errorf("the bundle inside has an unknown line")
		}
		gen, err := strconv.ParseUint(word[4], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("the bundle inside has an unknown line")
		}
		recipient, err := recipientOf(lines[i+1])
		if err != nil {
			return nil, fmt.Errorf("%s generation %d: %w", word[2], gen, err)
		}
		keys[keyID{word[2], gen, recipient}] = lines[i+1]
	}
	return keys, nil
}

// bundlesFor lists the bundle files of a device, oldest first.
func (v *Vault) bundlesFor(device string) ([]string, error) {
	items, err := v.dir.List("keys/" + device)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, item := range items {
		name := "keys/" + device + "/" + item.Name
		if parsed, ok := store.ParseName(name); ok && parsed.Form == store.FormKeys && parsed.Newcomer == "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// readBundle verifies a bundle's frame, signer and announcement.
func (v *Vault) readBundle(name string) (*statement.Statement, statement.Keys, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return nil, statement.Keys{}, err
	}
	body, err := statement.ParseKeys(st.Header)
	if err != nil {
		return nil, statement.Keys{}, &IntegrityError{name, err}
	}
	return st, body, v.checkCommon(name, st, body.Common)
}

// delivered tells which of a device's keys bundles here are believed to hold.
// What a bundle says it holds is believed of a signer who may read that safe,
// under the policy that the bundle names and still; this device believes its own.
// A bundle that its receiver has refused holds nothing.
func (v *Vault) delivered(doc *policy.Document, device string) (map[keyID]bool, error) {
	names, err := v.bundlesFor(device)
	if err != nil {
		return nil, err
	}
	member, _ := doc.MemberOf(device)
	have, refused := map[keyID]bool{}, v.refusedBundles(device)
	for _, name := range names {
		st, body, err := v.readBundle(name)
		if err != nil {
			v.warn("bundle-refused", "file", name, "why", err.Error())
			continue
		}
		if refused[st.Hash] {
			continue
		}
		under, err := v.docAt(body.Policy)
		if err != nil {
			return nil, err
		}
		for _, id := range entitled(doc, member) {
			held := slices.ContainsFunc(body.Holds, func(h statement.Holding) bool {
				return h.Safe == id.Safe && h.First <= id.Gen && id.Gen <= h.Last
			})
			if held && !have[id] && v.couldHold(doc, under, body, id) {
				have[id] = true
			}
		}
	}
	return have, nil
}

// couldHold reports whether the signer of a bundle may be believed to have had
// that very key. A number that the bundle's policy does not list is one of a
// draft: two drafts may have used it.
func (v *Vault) couldHold(doc, under *policy.Document, body statement.Keys, id keyID) bool {
	if body.Device == v.me.Device {
		return true // it knows what it put there
	}
	if !readsBy(doc, id.Safe, body.Author) {
		return false
	}
	if numbered(under.Generations(id.Safe), id.Gen) {
		return contains(under.Readers(id.Safe), body.Author) && slices.Contains(under.Generations(id.Safe), policy.Generation{Gen: id.Gen, Recipient: id.Recipient})
	}
	items, err := v.dir.List("safes/" + id.Safe)
	same := 0
	for _, item := range items {
		if n, ok := store.ParseName("safes/" + id.Safe + "/" + item.Name); ok && n.Number == id.Gen {
			same++
		}
	}
	return err == nil && same <= 1
}

// readsBy is whether a member is among the readers of a safe, without making a list of all.
func readsBy(doc *policy.Document, safe, member string) bool {
	m := doc.Members[member]
	return m != nil && len(m.Devices) > 0 && doc.Allows(member, policy.Read, safe)
}

// entitled lists every key that a policy gives to a member's devices.
func entitled(doc *policy.Document, member string) []keyID {
	var keys []keyID
	for _, safe := range doc.SafeIDs() {
		if !readsBy(doc, safe, member) {
			continue
		}
		for _, g := range doc.Generations(safe) {
			keys = append(keys, keyOfGeneration(safe, g))
		}
	}
	sortKeys(keys)
	return keys
}

// deliver writes a bundle for every device of the policy that lacks a key
// which this device holds and that doc entitles it to. Doing it again does
// nothing. Only devices for which want says yes are served.
func (v *Vault) deliver(doc *policy.Document, want func(device string) bool) error {
	var jobs []announcement
	for _, d := range doc.ReadingDevices(policy.Catalogue) {
		if !want(d.Device) {
			continue
		}
		more, err := v.bundleJobs(doc, d.Member, d.Device)
		if unknownDevice(err) {
			v.warn("keys-not-delivered", "device", d.Device, "member", d.Member)
			continue
		}
		if err != nil {
			return err
		}
		jobs = append(jobs, more...)
	}
	return v.announce(jobs...)
}

func (v *Vault) bundleJobs(doc *policy.Document, member, device string) ([]announcement, error) {
	have, err := v.delivered(doc, device)
	if err != nil {
		return nil, err
	}
	if err := v.loadRing(); err != nil {
		return nil, err
	}
	var missing []keyID
	for _, id := range entitled(doc, member) {
		if _, held := v.ring.text[id]; held && !have[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	recipient, err := v.deviceRecipient(doc, member, device)
	if err != nil {
		return nil, err
	}
	var jobs []announcement
	for len(missing) > 0 {
		n := min(len(missing), statement.MaxHolds)
		job, err := v.bundleJob(device, recipient, missing[:n])
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
		missing = missing[n:]
	}
	return jobs, nil
}

func (v *Vault) bundleJob(device, recipient string, keys []keyID) (announcement, error) {
	plain := encodeBundle(v.id.String(), device, keys, v.ring.text)
	part, err := statement.Seal(plain, recipient)
	if err != nil {
		return announcement{}, err
	}
	holds := spans(keys)
	return announcement{
		op: "keys.issue", object: device, parts: [][]byte{part},
		header: func(c statement.Common) (statement.Header, error) {
			return statement.Keys{Common: c, To: device, Holds: holds, Sealed: statement.Sum(part)}.Header()
		},
		name: func(c statement.Common, hash statement.Hash) string {
			return store.KeysName(device, c.Policy.Number, hash.Short())
		},
	}, nil
}

// spans folds sorted keys into `holds` lines.
func spans(keys []keyID) []statement.Holding {
	var holds []statement.Holding
	for _, k := range keys {
		if n := len(holds); n > 0 && holds[n-1].Safe == k.Safe && k.Gen <= holds[n-1].Last+1 {
			holds[n-1].Last = k.Gen
			continue
		}
		holds = append(holds, statement.Holding{Safe: k.Safe, First: k.Gen, Last: k.Gen})
	}
	return holds
}

// deviceRecipient reads the public half of a device's key, from the file that
// the policy pins.
func (v *Vault) deviceRecipient(doc *policy.Document, member, device string) (string, error) {
	body, err := v.readDevice(device, doc.Members[member].Devices[device].File)
	if err != nil {
		return "", err
	}
	return body.Recipient, nil
}
