package main

import (
	"strconv"
	"strings"
)

// lowPercent is the charge of the battery below which a run is better continued on paper.
const lowPercent = 20

// Power is what this machine runs on. The zero value is a machine that doesn't tell, or has no battery.
type Power struct {
	Battery bool // there is one, and Percent is its charge
	Percent int
	Mains   bool // it is charging, full, or the machine runs on the mains
}

// Low reports a battery that will not last long.
func (p Power) Low() bool { return p.Battery && !p.Mains && p.Percent < lowPercent }

// batteryLow reports a battery that will not last, and its charge in percent.
func (c *call) batteryLow() (percent int, low bool) {
	if c.Power == nil {
		return 0, false
	}
	p := c.Power()
	return p.Percent, p.Low()
}

// parsePmset reads what `pmset -g batt` says on macOS: where the power comes from, then a line for each battery with its percent.
// A battery of a mouse is none of ours.
func parsePmset(said string) Power {
	p := Power{Mains: strings.Contains(said, "'AC Power'")}
	for line := range strings.Lines(said) {
		before, _, found := strings.Cut(line, "%")
		if !found || !strings.Contains(line, "InternalBattery") {
			continue
		}
		percent, err := strconv.Atoi(before[strings.LastIndexAny(before, " \t")+1:])
		if err == nil && percent >= 0 && percent <= 100 {
			p.Battery, p.Percent = true, percent
		}
	}
	return p
}

// supplies sums up the power supplies of Linux, each a map of file names below /sys/class/power_supply/NAME to their first lines.
func supplies(all []map[string]string) Power {
	var p Power
	now, full, percents, batteries := 0, 0, 0, 0
	for _, s := range all {
		if s["type"] != "Battery" {
			p.Mains = p.Mains || s["online"] == "1" && s["scope"] != "Device"
			continue
		}
		percent, err := strconv.Atoi(s["capacity"])
		if s["scope"] == "Device" || s["present"] == "0" || err != nil || percent < 0 {
			continue // of a mouse or a headset, or taken out
		}
		batteries++
		percents += min(percent, 100)
		n, f := charge(s, "energy"), charge(s, "charge")
		if n[1] == 0 {
			n = f
		}
		now, full = now+n[0], full+n[1]
		p.Mains = p.Mains || s["status"] == "Charging" || s["status"] == "Full"
	}
	switch {
	case batteries == 0:
		return Power{Mains: p.Mains}
	case batteries > 1 && full > 0:
		p.Percent = min(100, 100*(now/1000)/max(1, full/1000)) // a big one counts for more
	default:
		p.Percent = percents / batteries
	}
	p.Battery = true
	return p
}

// charge is what a battery holds and could hold, in the kernel's millionths.
func charge(s map[string]string, unit string) [2]int {
	now, err := strconv.Atoi(s[unit+"_now"])
	full, fullErr := strconv.Atoi(s[unit+"_full"])
	if err != nil || fullErr != nil || now < 0 || full <= 0 {
		return [2]int{}
	}
	return [2]int{now, full}
}
