package shell

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// Limits of the process that interprets a block, in bytes.
const (
	maxMemory = 256 << 20
	maxStack  = 32 << 20
)

// An order is what an executor hands to the process that interprets a block: one line of JSON.
type order struct {
	Text    string        `json:"text"`
	Dir     string        `json:"dir"`
	Env     []string      `json:"env"`
	Vault   string        `json:"vault,omitempty"`
	Stdin   []byte        `json:"stdin,omitempty"`
	Secrets [][]byte      `json:"secrets,omitempty"`
	Timeout time.Duration `json:"timeout"`
}

// A report is what that process says at its end.
type report struct {
	Exit    int      `json:"exit"`
	Timeout bool     `json:"timeout,omitempty"`
	Refused *Refusal `json:"refused,omitempty"`
}

// Serve interprets one block: it reads an order, runs it, and says how it ended. It is the whole work of a process of its
// own: it changes the limits of the process, and ends everything that the block started. The order comes from in, which stays open as long as
// whoever ordered is there; the report goes to out; the block itself speaks to says.
func Serve(in io.Reader, out io.Writer, says *os.File) error {
	debug.SetMaxStack(maxStack)
	if err := gather(); err != nil {
		return err
	}
	reader := bufio.NewReader(in)
	var o order
	if err := json.NewDecoder(reader).Decode(&o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Timeout)
	defer cancel()
	alone := make(chan struct{})
	go func() { // the order is followed by nothing but an end
		_, _ = io.Copy(io.Discard, reader)
		close(alone)
		cancel()
	}()
	done := make(chan report, 1)
	go watch(done)
	go func() { done <- interpret(ctx, cancel, o, says) }()
	r := first(ctx, done)
	select {
	case <-alone: // nobody waits for a report, and nobody else tidies up
		endAll()
		_ = os.RemoveAll(o.Dir)
		endGroup()
		return nil
	default:
	}
	endAll()
	return json.NewEncoder(out).Encode(r)
}

// first waits for the end of the block. One that doesn't heed the end of its time (it may wait for a pipe that nobody writes
// to) is left where it is: the process ends around it.
func first(ctx context.Context, done <-chan report) report {
	select {
	case r := <-done:
		return r
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r
	case <-time.After(2 * grace):
		return report{Exit: -1, Timeout: errors.Is(ctx.Err(), context.DeadlineExceeded)}
	}
}

// watch ends a block whose shell outgrows its limit.
func watch(done chan<- report) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(sample)
		if sample[0].Value.Uint64()-sample[1].Value.Uint64() > maxMemory {
			done <- report{Exit: -1, Refused: &Refusal{Why: WhyMemory}}
			return
		}
	}
}

// interpret runs the block in the shell.
func interpret(ctx context.Context, cancel context.CancelFunc, o order, says *os.File) report {
	file, refused := parse(o.Text)
	if refused != nil {
		return report{Exit: -1, Refused: refused}
	}
	g := &guard{masks: newMasker(o.Secrets), secret: len(o.Secrets) > 0, fixed: constants(file), stop: cancel, keep: newKeeper(o.Vault)}
	stdin, err := feed(o.Stdin)
	if err != nil {
		return report{Exit: -1, Refused: &Refusal{Why: WhyStart, What: err.Error()}}
	}
	options := []interp.RunnerOption{
		interp.Env(expand.ListEnviron(o.Env...)), interp.Dir(o.Dir), interp.StdIO(stdin, says, says),
		interp.CallHandler(g.call), interp.OpenHandler(g.open),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return g.exec }),
	}
	runner, err := interp.New(options...)
	if err != nil {
		return report{Exit: -1, Refused: &Refusal{Why: WhyStart, What: err.Error()}}
	}
	err = runner.Run(ctx, file)
	g.mu.Lock()
	defer g.mu.Unlock()
	var status interp.ExitStatus
	switch {
	case g.refused != nil:
		return report{Exit: -1, Refused: g.refused}
	case errors.Is(ctx.Err(), context.DeadlineExceeded): // some commands end well when what they wait for is ended
		return report{Exit: -1, Timeout: true}
	case err == nil:
		return report{}
	case errors.As(err, &status):
		return report{Exit: int(status)}
	}
	return report{Exit: -1, Refused: &Refusal{Why: WhyBroken, What: err.Error()}}
}

// feed is a file from which the block reads its credential; without one it reads nothing.
func feed(data []byte) (io.Reader, error) {
	if data == nil {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = w.Write(data)
		_ = w.Close()
	}()
	return r, nil
}
