package vault

import (
	"errors"
	"strconv"
	"strings"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// A machine may hold two copies of a vault, on its disk and on a stick. What a
// device has written in one of them it must not write again, with other
// content, in the other: two policy versions from one parent would be a fork,
// two texts under one name an equivocation. So an older copy is brought up to
// date first. Entries have their pins (see checkSeen); acts, packets and
// bundles are named by their hash.

// checkPolicyHere makes sure that the pinned policy is in this copy.
func (v *Vault) checkPolicyHere() error {
	_, err := v.dir.Stat(store.PolicyName(v.policy.Number, v.policy.Hash.Short()))
	if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	have := uint64(0)
	for _, number := range here.numbers() {
		have = number
	}
	return &OldCopyError{What: "policy", Name: v.Name(), Have: have, Pinned: v.policy.Number}
}

// checkBookHere makes sure that the version of a runbook that follows have is
// one which this device has neither seen nor written elsewhere.
func (v *Vault) checkBookHere(slug string, have uint64) error {
	seen, err := v.bookPin(slug)
	if err != nil {
		return err
	}
	written, err := v.published(slug)
	if err != nil {
		return err
	}
	if newest := max(seen, written); newest > have {
		return &OldCopyError{What: "runbook", Name: slug, Have: have, Pinned: newest}
	}
	return nil
}

// published is the newest version of a runbook that this device has written, by its log.
func (v *Vault) published(slug string) (uint64, error) {
	key, err := v.keyOf(v.me.Device)
	if err != nil {
		return 0, err
	}
	log, err := v.logOf(v.me.Device, key)
	if err != nil {
		return 0, err
	}
	if err := v.readLog(log); err != nil {
		return 0, err
	}
	newest := uint64(0)
	err = chain.NewReader(log.dir, log.base, log.state).Each(1, func(l chain.Line) error {
		book, number, _ := strings.Cut(l.Object, "@")
		if l.Op != "runbook.publish" || l.Result != chain.Done || book != slug {
			return nil
		}
		if n, err := strconv.ParseUint(number, 10, 32); err == nil {
			newest = max(newest, n)
		}
		return nil
	})
	return newest, err
}
