package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// runner is one program that takes part in a row. Its command gets the number of the run, so that a row that
// writes can write something new each time.
type runner struct {
	name    string
	command func(run int) *exec.Cmd
}

// result is the median of a runner's times and the largest memory of its processes in bytes (0: not known here).
type result struct {
	median time.Duration
	memory int64
}

// inTurn runs every runner once, then every runner again, and so on, after one round that isn't counted.
func inTurn(ctx context.Context, runs int, runners ...runner) (map[string]result, error) {
	times := map[string][]time.Duration{}
	memory := map[string]int64{}
	for i := -1; i < runs; i++ {
		for _, r := range runners {
			took, used, err := once(ctx, r.command(i+1))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if i >= 0 {
				times[r.name] = append(times[r.name], took)
				memory[r.name] = max(memory[r.name], used)
			}
		}
	}
	results := map[string]result{}
	for name, all := range times {
		results[name] = result{median: median(all), memory: memory[name]}
	}
	return results, nil
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// once times a whole process. What it prints goes to a file, as into a script.
func once(ctx context.Context, command *exec.Cmd) (time.Duration, int64, error) {
	sink, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return 0, 0, err
	}
	defer sink.Close()
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = sink, &stderr
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	started := time.Now()
	err = command.Run()
	took := time.Since(started)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", command, err, stderr.Bytes())
	}
	return took, maxMemory(command.ProcessState), nil
}
