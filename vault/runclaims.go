package vault

import (
	"errors"
	"fmt"

	"opsvault/vault/chain"
)

// markUnlogged marks the lines by which a device claims a run, and of which its
// log doesn't tell: auditors read logs, so a claim behind their backs is none.
// Of a device that has left the vault its log tells up to the cut.
func (v *Vault) markUnlogged(s *RunStrand, run string) error {
	var told map[string]int
	for i := range s.Lines {
		l := &s.Lines[i]
		if !claimEvent(l.Op) {
			continue
		}
		if told == nil {
			var err error
			if told, err = v.loggedClaims(s, run); err != nil {
				return err
			}
		}
		told[l.Op]--
		l.Unlogged = told[l.Op] < 0
	}
	return nil
}

// claimsTold is how often one device's log tells of claims, by run and the
// journal's op, as far as the log was proven when it was counted.
type claimsTold struct {
	size  uint64
	count map[[2]string]int
}

// loggedClaims counts how often a device's log tells of an acceptance and of a
// take of a run, by the journal's op.
func (v *Vault) loggedClaims(s *RunStrand, run string) (map[string]int, error) {
	key, err := v.keyOf(s.Device)
	if err != nil {
		return map[string]int{}, nil // its journal could not be read either
	}
	log, err := v.logOf(s.Device, key)
	if err != nil {
		return nil, err
	}
	if err := v.readLog(log); err != nil {
		return nil, err
	}
	known, ok := v.claims[s.Device]
	if !ok || known.size != log.size() {
		if known, err = v.countClaims(s, log); err != nil {
			return nil, err
		}
		if v.claims == nil {
			v.claims = map[string]claimsTold{}
		}
		v.claims[s.Device] = known
	}
	told := map[string]int{}
	for _, op := range []string{"run.accepted", "run.taken"} {
		told[op] = known.count[[2]string{run, op}]
	}
	return told, nil
}

func (v *Vault) countClaims(s *RunStrand, log *logView) (claimsTold, error) {
	told := claimsTold{log.size(), map[[2]string]int{}}
	limit, err := v.cutOfLeaver(s)
	if err != nil {
		return told, err
	}
	ops := map[string]string{opRunAccept: "run.accepted", opRunTake: "run.taken"}
	err = chain.NewReader(log.dir, log.base, log.state).Each(1, func(l chain.Line) error {
		if op := ops[l.Op]; op != "" && limit(l.Seq) {
			told.count[[2]string{l.Run, op}]++
		}
		return nil
	})
	if errors.Is(err, chain.ErrUnproven) {
		return told, nil // damaged here: what is proven counts
	}
	if err != nil {
		return told, fmt.Errorf("%s: %w", log.base, err)
	}
	return told, nil
}

// cutOfLeaver says which lines of a device's log stand: all, or, once it has
// left, those that the version which took it away had seen.
func (v *Vault) cutOfLeaver(s *RunStrand) (func(seq uint64) bool, error) {
	if !s.Left {
		return func(uint64) bool { return true }, nil
	}
	gone, _, err := v.leaving(s.Member, s.Device)
	if err != nil {
		return nil, err
	}
	limit, err := v.cutOf(gone.version, s.Device)
	if err != nil {
		return nil, err
	}
	return func(seq uint64) bool {
		now, later := limit.covers(seq)
		return now || later
	}, nil
}
