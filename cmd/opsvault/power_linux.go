package main

import (
	"os"
	"path/filepath"
	"strings"
)

const powerSupplies = "/sys/class/power_supply"

// systemPower reads what the kernel knows of batteries and the mains.
func systemPower() Power { return powerBelow(powerSupplies) }

func powerBelow(dir string) Power {
	names, err := os.ReadDir(dir)
	if err != nil {
		return Power{}
	}
	var all []map[string]string
	for _, name := range names[:min(len(names), 32)] {
		supply := map[string]string{}
		for _, file := range []string{
			"type", "scope", "present", "online", "status", "capacity", "energy_now", "energy_full", "charge_now", "charge_full",
		} {
			if data, err := os.ReadFile(filepath.Join(dir, name.Name(), file)); err == nil {
				supply[file] = strings.TrimSpace(string(data))
			}
		}
		all = append(all, supply)
	}
	return supplies(all)
}
