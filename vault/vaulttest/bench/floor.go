package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// hashLines is the floor of a verification: SHA-256 of every line of the logs, on one core.
func hashLines(vault string) (time.Duration, int, error) {
	segments, err := filepath.Glob(filepath.Join(vault, "logs", "*", "*.jsonl"))
	if err != nil {
		return 0, 0, err
	}
	lines := 0
	started := time.Now()
	for _, segment := range segments {
		file, err := os.Open(segment)
		if err != nil {
			return 0, 0, err
		}
		reader := bufio.NewReaderSize(file, 64*1024)
		for {
			line, err := reader.ReadSlice('\n')
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				file.Close()
				return 0, 0, fmt.Errorf("%s: %w", segment, err)
			}
			sha256.Sum256(line)
			lines++
		}
		file.Close()
	}
	return time.Since(started), lines, nil
}

// appendFloor is the floor of an append: a line written and fsynced, and a small file replaced durably (temporary
// file, fsync, rename, fsync of the directory).
func appendFloor(dir string, runs int) (time.Duration, error) {
	log, err := os.OpenFile(filepath.Join(dir, "floor.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	var times []time.Duration
	line := make([]byte, 400)
	for range runs {
		started := time.Now()
		if _, err := log.Write(line); err != nil {
			return 0, err
		}
		if err := log.Sync(); err != nil {
			return 0, err
		}
		if err := replaceDurably(dir, "floor.head", line); err != nil {
			return 0, err
		}
		times = append(times, time.Since(started))
	}
	return median(times), nil
}

func replaceDurably(dir, name string, data []byte) error {
	temp, err := os.CreateTemp(dir, "floor-")
	if err != nil {
		return err
	}
	if _, err := temp.Write(data); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	parent, err := os.Open(dir)
	if err != nil {
		return err
	}
	// A directory can't be fsynced on every platform; where it can't, opsvault doesn't either.
	_ = parent.Sync()
	return parent.Close()
}

// appendBenchmark runs the project's own benchmark of an append and returns its time per append.
func appendBenchmark() (time.Duration, error) {
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkAppend$", "-benchtime", "300x", "./vault/chain").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("go test ./vault/chain: %w\n%s", err, out)
	}
	match := regexp.MustCompile(`(?m)^BenchmarkAppend\S*\s+\d+\s+(\d+(?:\.\d+)?) ns/op`).FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("vault/chain has no BenchmarkAppend:\n%s", out)
	}
	nanoseconds, err := strconv.ParseFloat(string(match[1]), 64)
	return time.Duration(nanoseconds), err
}
