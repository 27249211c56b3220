package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// grace is how long a program may take to end when it was asked to.
const grace = time.Second

// A guard stands between a block and the machine.
type guard struct {
	masks  masker
	secret bool
	fixed  map[string]bool // the block's constants
	stop   context.CancelFunc

	mu      sync.Mutex // background commands come at the same time
	keep    *keeper
	refused *Refusal // the first
}

// refuse ends the whole block: what was refused in a pipe or in the background must not go on elsewhere.
func (g *guard) refuse(ctx context.Context, r *Refusal) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refused == nil {
		if pos := interp.HandlerCtx(ctx).Pos; r.Line == 0 && pos.IsValid() {
			r.Line = int(pos.Line())
		}
		g.refused = r
	}
	g.stop()
	return r
}

func (g *guard) inVault(path string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keep.inVault(path)
}

// call looks at every command before it runs, also those of the shell itself.
func (g *guard) call(ctx context.Context, args []string) ([]string, error) {
	if r := forbidden(args, g.secret); r != nil {
		return nil, g.refuse(ctx, r)
	}
	if r := trapped(args, func(i int) bool { return args[i] == "" || args[i] == "-" || g.fixed[args[i]] }); r != nil {
		return nil, g.refuse(ctx, r)
	}
	words := called(args)
	if len(words) == 2 && (words[0] == "cd" || words[0] == "pushd") {
		if dir := absolute(interp.HandlerCtx(ctx).Dir, words[1]); g.inVault(dir) {
			return nil, g.refuse(ctx, &Refusal{Why: WhyVault, What: words[1]})
		}
	}
	return args, nil
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// exec starts a program.
func (g *guard) exec(ctx context.Context, args []string) error {
	hc := interp.HandlerCtx(ctx)
	if g.inVault(hc.Dir) {
		return g.refuse(ctx, &Refusal{Why: WhyVault, What: hc.Dir})
	}
	for _, arg := range args {
		if g.masks.carries(arg) {
			return g.refuse(ctx, &Refusal{Why: WhyArgument, What: filepath.Base(args[0])})
		}
	}
	g.mu.Lock()
	path, left := g.keep.path(hc.Env.Get("PATH").String())
	file, err := g.keep.find(args[0], path)
	g.mu.Unlock()
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		return g.refuse(ctx, refused)
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintf(hc.Stderr, "%s: permission denied\n", args[0])
		return interp.ExitStatus(126)
	case err != nil:
		fmt.Fprintf(hc.Stderr, "%s: not found%s\n", args[0], leftOut(left))
		return interp.ExitStatus(127)
	case hostileBatch(file, args[1:]):
		return g.refuse(ctx, &Refusal{Why: WhyUnsafe, What: args[0]})
	}
	return g.start(ctx, hc, file, args, path)
}

func leftOut(left []string) string {
	if len(left) == 0 {
		return ""
	}
	return " (not searched: " + strings.Join(left, ", ") + ")"
}

// hostileBatch reports arguments that cmd.exe would read as commands: batch files are run by it, with rules of its own.
func hostileBatch(file string, args []string) bool {
	ending := strings.ToLower(filepath.Ext(file))
	return runtime.GOOS == "windows" && (ending == ".bat" || ending == ".cmd") && strings.ContainsAny(strings.Join(args, ""), "\"%&|<>^!()\r\n")
}

// start runs a program and waits for it. When the block is to end, the program is asked to, and then made to.
func (g *guard) start(ctx context.Context, hc interp.HandlerContext, file string, args []string, path string) error {
	cmd := exec.CommandContext(ctx, file)
	cmd.Args, cmd.Dir, cmd.Env = args, hc.Dir, exported(hc.Env, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = hc.Stdin, hc.Stdout, hc.Stderr
	cmd.Cancel = func() error { return ask(cmd.Process) }
	cmd.WaitDelay = grace
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &ended):
		return interp.ExitStatus(exitCode(ended))
	case noInterpreter(err):
		return g.refuse(ctx, &Refusal{Why: WhyInterpreter, What: args[0]})
	}
	fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
	return interp.ExitStatus(126)
}

// exported are the variables for a program.
func exported(env expand.Environ, path string) []string {
	values := map[string]string{}
	for name, v := range env.Each {
		if v.IsSet() && v.Exported && v.Kind == expand.String {
			values[name] = v.String()
		} else {
			delete(values, name)
		}
	}
	list := make([]string, 0, len(values)+1)
	for name, value := range values {
		if !strings.EqualFold(name, "PATH") {
			list = append(list, name+"="+value)
		}
	}
	return append(list, "PATH="+path)
}

// open opens what a redirection names. Names of the shell's own streams mean those of the block.
func (g *guard) open(ctx context.Context, path string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	switch path {
	case "/dev/stdout":
		return stream{nil, hc.Stdout}, nil
	case "/dev/stderr":
		return stream{nil, hc.Stderr}, nil
	case "/dev/stdin":
		if hc.Stdin != nil {
			return stream{hc.Stdin, nil}, nil
		}
		path = os.DevNull
	case "/dev/null":
		path = os.DevNull
	case "":
		return nil, &os.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	default:
		path = absolute(hc.Dir, path)
	}
	if strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/") {
		return nil, &os.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	if g.inVault(path) {
		return nil, g.refuse(ctx, &Refusal{Why: WhyVault, What: path})
	}
	return os.OpenFile(path, flag, perm)
}

// A stream is one of the block's own, opened by its name; closing it closes nothing.
type stream struct {
	io.Reader
	io.Writer
}

func (stream) Close() error { return nil }
