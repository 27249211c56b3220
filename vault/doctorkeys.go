package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/store"
)

// bundles looks at this device's keys: the sealed cache, what is in it, and
// the bundles that it was filled from.
func (x *examination) bundles() error {
	if err := x.keyring(); err != nil {
		return err
	}
	key, err := x.v.unlocked()
	if err != nil {
		return err
	}
	mine, err := key.Age()
	if err != nil {
		return err
	}
	names, err := x.v.bundlesFor(x.v.me.Device)
	if err != nil {
		return ofVault(err)
	}
	for _, name := range names {
		if x.bad[name] {
			continue
		}
		var transit *TransitError
		if _, err := x.v.openBundle(name, mine); err != nil && !errors.As(err, &transit) {
			x.find(Ailment{Code: BundleRefused, File: name, What: why(name, err), Args: map[string]string{"who": x.issuer(name)}})
		}
	}
	if err := x.v.receiveBundles(); err != nil {
		return err
	}
	for _, id := range x.v.ring.ids() {
		if hash, err := recipientOf(x.v.ring.text[id]); err != nil || hash != id.Recipient {
			x.find(Ailment{Code: KeyWrong, File: "local:" + x.v.mine(ringFile), Args: map[string]string{"key": id.String()}})
		}
	}
	return nil
}

// why is an error without the name of the file, which the ailment has.
func why(name string, err error) string { return strings.TrimPrefix(err.Error(), name+": ") }

// issuer is whose device signed a bundle; empty where that can't be told.
func (x *examination) issuer(name string) string {
	st, err := x.v.readStatement(name)
	if err != nil {
		return ""
	}
	author, _ := st.Header.Get("author")
	return author
}

// keyring looks whether the sealed cache of keys opens. With fix one that
// doesn't is set aside, and filled from the bundles again.
func (x *examination) keyring() error {
	v := x.v
	name := v.mine(ringFile)
	blob, err := v.state.Read(name, ringLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return v.loadRing()
	}
	if err != nil {
		return err
	}
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	seal := key.Derive(ringInfo + v.id.String())
	plain, err := store.OpenBlob(&seal, []byte(v.me.Device), blob)
	if err == nil {
		kept := keyring{text: map[keyID]string{}}
		err = kept.parse(plain)
		clear(plain)
	}
	if err == nil {
		return v.loadRing()
	}
	a := Ailment{Code: KeyringDamaged, File: "local:" + name, What: err.Error(), Fix: doctorFix}
	v.ring = keyring{}
	if x.fix {
		if err := v.state.WriteOnce(quarantineName(name, blob), blob); err != nil {
			return err
		}
		if err := v.state.Remove(name); err != nil {
			return err
		}
		a.Fixed = true
		err = v.loadRing()
	} else if err = v.loadRing(); errors.Is(err, store.ErrDamaged) {
		err = nil // the ring begins empty
	}
	x.find(a)
	return err
}

// doctorFix is the command that mends this device's own leftovers.
const doctorFix = "opsvault doctor --fix"

// deliveries looks who holds which key: what this device and others should
// have and have not, what nobody has, and safes that nobody reads.
func (x *examination) deliveries() error {
	doc := x.v.policy.Doc
	holders := map[keyID][]string{}
	lacking := map[policy.DeviceOf][]keyID{}
	devices := doc.ReadingDevices(policy.Catalogue)
	for _, d := range devices {
		have, err := x.v.delivered(doc, d.Device)
		if err != nil {
			return ofVault(err)
		}
		for id := range have {
			if !slices.Contains(holders[id], d.Member) {
				holders[id] = append(holders[id], d.Member)
			}
		}
		for _, id := range entitled(doc, d.Member) {
			if _, held := x.v.ring.text[id]; d.Device == x.v.me.Device && held {
				continue
			}
			if !have[id] || d.Device == x.v.me.Device {
				lacking[d] = append(lacking[d], id)
			}
		}
	}
	for _, d := range devices {
		x.undelivered(d, lacking[d], holders)
	}
	x.unreadable(holders)
	x.safes(holders)
	return nil
}

// safes looks at what the policy says of its safes, and at a fork of it.
func (x *examination) safes(holders map[keyID][]string) {
	doc := x.v.policy.Doc
	governors := strings.Join(doc.Governors(), ", ")
	if x.v.Forked() {
		x.find(Ailment{Code: PolicyForked, Args: map[string]string{"who": governors}, Fix: "opsvault policy merge"})
	}
	for _, safe := range doc.SafeIDs() {
		if doc.Renewing(safe) {
			x.find(Ailment{Code: SafeRenew, What: safe, Fix: "opsvault safe renew " + safe,
				Args: map[string]string{"safe": safe, "who": strings.Join(holders[x.v.currentKey(safe)], ", ")}})
		}
		if len(doc.Readers(safe)) == 0 && safe != policy.Audit {
			x.find(Ailment{Code: SafeWithoutReader, What: safe, Args: map[string]string{"safe": safe, "who": governors},
				Fix: "opsvault safe set " + safe + " --access ROLE=use"})
		}
	}
}

// undelivered tells of keys that a device should have, and who could deliver them.
func (x *examination) undelivered(d policy.DeviceOf, keys []keyID, holders map[keyID][]string) {
	if len(keys) == 0 {
		return
	}
	var names, who []string
	for _, id := range keys {
		names = append(names, id.String())
		for _, member := range holders[id] {
			if !slices.Contains(who, member) && (member != d.Member || x.v.me.Member == d.Member) {
				who = append(who, member)
			}
		}
	}
	slices.Sort(who)
	a := Ailment{Code: KeyUndelivered, What: strings.Join(names, ", "), Fix: "opsvault sync", Args: map[string]string{
		"member": d.Member, "device": d.Device, "n": fmt.Sprint(len(keys)), "keys": strings.Join(names, ", "), "who": strings.Join(who, ", ")}}
	if d.Device == x.v.me.Device {
		a.Code = KeyMissing
	}
	x.find(a)
}

// unreadable finds entries whose newest version is sealed to a key that no
// device of the newest policy holds.
func (x *examination) unreadable(holders map[keyID][]string) {
	newest := map[string]*versionSeen{}
	for i := range x.versions {
		seen := &x.versions[i]
		if old := newest[seen.body.ID]; seen.body.ID != "" && (old == nil || seen.body.Version > old.body.Version) {
			newest[seen.body.ID] = seen
		}
	}
	lost := map[keyID][]string{}
	for _, seen := range newest {
		if _, held := x.v.ring.text[seen.sealed]; seen.sealed == (keyID{}) || held || len(holders[seen.sealed]) > 0 {
			continue
		}
		name := seen.body.ID
		if seen.card != nil {
			name = seen.card.Path
		}
		lost[seen.sealed] = append(lost[seen.sealed], name)
	}
	for id, names := range lost {
		slices.Sort(names)
		x.find(Ailment{Code: SecretsUnreadable, What: strings.Join(names, ", "), Args: map[string]string{
			"safe": id.Safe, "key": id.String(), "n": fmt.Sprint(len(names)), "first": names[0], "who": strings.Join(x.v.policy.Doc.Governors(), ", ")}})
	}
}
