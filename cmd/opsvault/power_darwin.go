package main

import (
	"context"
	"os/exec"
	"time"
)

// systemPower asks the system's own program.
func systemPower() Power {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	said, err := exec.CommandContext(ctx, "/usr/bin/pmset", "-g", "batt").Output()
	if err != nil {
		return Power{}
	}
	return parsePmset(string(said))
}
