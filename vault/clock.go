package vault

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// now is what this device takes for the time: the later of its own clock and
// the second-newest other member's newest verified time. So a clock that was
// put back, or a flat battery, prolongs nothing, and one member alone, whose
// clock is wrong or who lies, moves nobody.
func (v *Vault) now() time.Time {
	clock := v.opts.Now().UTC()
	trusted := v.othersTime()
	if !trusted.After(clock) {
		return clock
	}
	if late := trusted.Sub(clock); late > clockTolerance {
		v.warn("clock-behind", "days", fmt.Sprint(int(late/(24*time.Hour))))
	}
	return trusted
}

// clockTolerance is how far clocks of honest devices may be apart.
const clockTolerance = 24 * time.Hour

// othersTime is the second-newest of the other members' newest times, of
// devices that the newest policy has; zero where there are no two of them.
func (v *Vault) othersTime() time.Time {
	if v.state == nil || v.policy.Doc == nil {
		return time.Time{} // the vault is being made
	}
	if v.times == nil {
		v.times = v.readTimes()
	}
	if v.trusted == nil {
		second := secondNewest(v.newestOf(v.times), v.me.Member)
		v.trusted = &second
	}
	return *v.trusted
}

// newestOf takes the newest time of each member of the newest policy.
func (v *Vault) newestOf(times map[string]time.Time) map[string]time.Time {
	newest := map[string]time.Time{}
	for device, at := range times {
		if member, ok := v.policy.Doc.MemberOf(device); ok && at.After(newest[member]) {
			newest[member] = at
		}
	}
	return newest
}

// secondNewest is the second-newest of the times of all members but one; zero
// where there are no two others.
func secondNewest(newest map[string]time.Time, but string) time.Time {
	var first, second time.Time
	for member, at := range newest {
		switch {
		case member == but:
		case at.After(first):
			first, second = at, first
		case at.After(second):
			second = at
		}
	}
	return second
}

// clockFile lists how late it was, at least, by each device's log as far as it
// was proven here: a line `<device> <ts>` each. It is a digest of heads/, for
// commands that read nothing else of them.
const (
	clockFile  = "clock"
	clockHead  = "opsvault/v1 clock\n"
	clockLimit = 4 << 20
	clockForm  = "2006-01-02T15:04:05.000Z"
)

func (v *Vault) readTimes() map[string]time.Time {
	data, err := v.state.Read(clockFile, clockLimit)
	text, ok := strings.CutPrefix(string(data), clockHead)
	if err != nil || !ok {
		return v.timesOfHeads()
	}
	times := map[string]time.Time{}
	for line := range strings.Lines(text) {
		device, stamp, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		at, err := time.Parse(clockForm, stamp)
		if err != nil {
			return v.timesOfHeads()
		}
		times[device] = at
	}
	return times
}

// timesOfHeads makes the digest anew.
func (v *Vault) timesOfHeads() map[string]time.Time {
	times := map[string]time.Time{}
	items, err := v.state.List("heads")
	if err != nil {
		return times
	}
	for _, item := range items {
		data, err := v.state.Read("heads/"+item.Name, stateLimit)
		if item.Kind != store.KindFile || err != nil {
			continue
		}
		if state, err := chain.ParseState(data); err == nil {
			times[item.Name] = state.Time
		}
	}
	return times
}

// noteTime takes over how late it was by a log that was proven further.
func (v *Vault) noteTime(device string, at time.Time) error {
	if v.times == nil {
		v.times = v.readTimes()
	}
	if !at.After(v.times[device]) {
		return nil
	}
	v.times[device], v.trusted = at, nil
	text := []byte(clockHead)
	for _, device := range slices.Sorted(maps.Keys(v.times)) {
		text = fmt.Appendf(text, "%s %s\n", device, v.times[device].Format(clockForm))
	}
	return v.readOnlyState(v.state.ReplaceRelaxed(clockFile, text))
}
