package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"opsvault/runbooks"
)

// maxReport is how much of a report is read, in bytes.
const maxReport = 64 << 10

// An Executor runs blocks, each in a process of its own.
type Executor struct {
	Program string   // of a process that calls Serve: this program again
	Args    []string // its arguments, with its name
	Environ []string // of the person; a block gets what it needs of it
	Vault   string   // directory that blocks are kept out of, "" for none
	Temp    string   // where private directories are made
}

var _ runbooks.Executor = (*Executor)(nil)

// Run runs a block and returns when it has ended, with everything that it started. An error means that nothing of it was
// begun; a *Refusal says why. When the context ends, the block is ended and counts as failed.
func (x *Executor) Run(ctx context.Context, job runbooks.Job) (runbooks.Result, error) {
	o, err := x.order(job)
	if err != nil {
		return runbooks.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return runbooks.Result{}, err
	}
	if o.Dir, err = os.MkdirTemp(x.Temp, "opsvault-run-"); err != nil {
		return runbooks.Result{}, &Refusal{Why: WhyStart, What: err.Error()}
	}
	defer removeAll(o.Dir)
	if o.Dir, err = filepath.EvalSymlinks(o.Dir); err != nil {
		return runbooks.Result{}, &Refusal{Why: WhyStart, What: err.Error()}
	}
	if newKeeper(x.Vault).inVault(o.Dir) {
		return runbooks.Result{}, &Refusal{Why: WhyVault, What: o.Dir}
	}
	o.Env = append(o.Env, "TMPDIR="+o.Dir, "TMP="+o.Dir, "TEMP="+o.Dir, "TERM=dumb", "NO_COLOR=1")
	b := &block{order: o, record: newRecorder(o.Secrets, job.Expect)}
	if err := b.start(x.Program, x.Args, environment(x.Environ)); err != nil {
		return runbooks.Result{}, &Refusal{Why: WhyStart, What: err.Error()}
	}
	return b.wait(ctx), nil
}

// order checks a job, and puts together what the process needs to know.
func (x *Executor) order(job runbooks.Job) (order, error) {
	o := order{Text: job.Text, Vault: x.Vault, Timeout: job.Timeout, Env: environment(x.Environ)}
	if o.Timeout <= 0 {
		o.Timeout = runbooks.DefaultTimeout
	}
	for _, v := range job.Env {
		if !Settable(v.Name) {
			return o, &Refusal{Why: WhyVariable, What: v.Name}
		}
		o.Env = append(o.Env, v.Name+"="+v.Value)
	}
	for _, s := range job.Secrets {
		value := s.Secret.Bytes()
		o.Secrets = append(o.Secrets, value)
		switch {
		case s.Var == "":
			o.Stdin = value
		case !Settable(s.Var) || bytes.IndexByte(value, 0) >= 0:
			return o, &Refusal{Why: WhyVariable, What: s.Var}
		default:
			o.Env = append(o.Env, s.Var+"="+string(value))
		}
	}
	if refused := Check(job.Text, len(o.Secrets) > 0); refused != nil {
		return o, refused
	}
	return o, nil
}

// removeAll removes a private directory, also where the block took the right to do so from it, and where what was ended a
// moment ago still stands in it.
func removeAll(dir string) {
	for range 10 {
		if os.RemoveAll(dir) == nil {
			return
		}
		allow(dir)
		time.Sleep(20 * time.Millisecond)
	}
}

// allow takes back the right to remove what is below a directory.
func allow(dir string) {
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}

// A block is one on its way.
type block struct {
	order  order
	record *recorder

	cmd     *exec.Cmd
	stdin   io.WriteCloser // open as long as somebody waits for the block
	output  *os.File       // what the block says
	control *os.File       // the report
	said    chan struct{}  // closed when the output has ended
	ended   chan report    // the report; closed without one where the process ended without a word
}

// start starts the process and hands it the order.
func (b *block) start(program string, args, environ []string) (err error) {
	line, err := json.Marshal(b.order)
	if err != nil {
		return err
	}
	defer clear(line)
	says, reports := (*os.File)(nil), (*os.File)(nil)
	defer func() {
		closeAll(says, reports) // the process has its own
		if err != nil {
			closeAll(b.output, b.control)
		}
	}()
	if b.output, says, err = os.Pipe(); err != nil {
		return err
	}
	if b.control, reports, err = os.Pipe(); err != nil {
		return err
	}
	b.cmd = &exec.Cmd{Path: program, Args: args}
	b.cmd.Env, b.cmd.Dir = environ, filepath.Dir(b.order.Dir)
	b.cmd.Stdout, b.cmd.Stderr = reports, says
	apart(b.cmd)
	if b.stdin, err = b.cmd.StdinPipe(); err != nil {
		return err
	}
	if err = b.cmd.Start(); err != nil {
		return err
	}
	b.said, b.ended = make(chan struct{}), make(chan report, 1)
	go b.listen()
	go b.read()
	go func(line []byte) {
		_, _ = b.stdin.Write(line) // a process that doesn't take it reports nothing
		clear(line)
	}(bytes.Clone(line))
	return nil
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// listen keeps what the block says.
func (b *block) listen() {
	defer close(b.said)
	_, _ = io.CopyBuffer(struct{ io.Writer }{b.record}, b.output, make([]byte, 64<<10))
}

// read waits for the end of the process, which is the end of its reports: nobody else has that pipe.
func (b *block) read() {
	defer close(b.ended)
	data, _ := io.ReadAll(io.LimitReader(b.control, maxReport))
	_, _ = io.Copy(io.Discard, b.control)
	var r report
	if json.Unmarshal(data, &r) == nil {
		b.ended <- r
	}
}

// wait waits for the end of a block. Its process ends it at the end of its time; if that fails, it is ended from here.
func (b *block) wait(ctx context.Context) runbooks.Result {
	late := time.NewTimer(b.order.Timeout + 4*grace)
	defer late.Stop()
	var r report
	spoke, timeout := false, false
	select {
	case r, spoke = <-b.ended:
	case <-late.C:
		timeout = true
	case <-ctx.Done():
		_ = b.stdin.Close() // the process takes it as: end
		select {
		case <-b.ended:
		case <-time.After(4 * grace):
		}
	}
	endTree(b.cmd.Process)
	b.drain()
	_ = b.cmd.Wait()
	closeAll(b.output, b.control)
	out := runbooks.Result{Exit: r.Exit, Outcome: runbooks.AnswerOK, Output: b.record.result()}
	switch {
	case ctx.Err() != nil:
		out.Exit, out.Outcome, out.Why = -1, runbooks.AnswerFailed, WhyInterrupted
	case timeout || r.Timeout:
		out.Exit, out.Outcome = -1, runbooks.AnswerTimeout
	case !spoke:
		out.Exit, out.Outcome, out.Why = -1, runbooks.AnswerFailed, WhyBroken
	case r.Refused != nil:
		out.Exit, out.Outcome, out.Why, out.What = -1, runbooks.AnswerFailed, r.Refused.Why, r.Refused.What
	case r.Exit != 0:
		out.Outcome = runbooks.AnswerFailed
	case !b.record.seen:
		out.Outcome, out.Why = runbooks.AnswerFailed, WhyExpect
	}
	return out
}

// drain waits for the end of the output. What got away may hold it open; then the rest is given up.
func (b *block) drain() {
	select {
	case <-b.said:
		return
	case <-time.After(grace):
	}
	_ = b.output.SetReadDeadline(time.Now())
	select {
	case <-b.said:
	case <-time.After(grace): // where reading can't be given up, the end of the process frees the pipe
		_ = b.output.Close()
		<-b.said
	}
}
