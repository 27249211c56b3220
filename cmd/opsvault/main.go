// Command opsvault keeps a support team's credentials and runbooks in one directory that can be copied anywhere.
//
// This package is the only one that prints, prompts, reads the environment, maps errors to exit codes and leaves the
// process. Its parts: env.go is the world as the commands see it; app.go puts the tree of commands together from their
// constructors; args.go orders the arguments; call.go is what a running command works with; errors.go is the only
// table of exit codes; help.go prints help. Then one file a command, in the pattern of version.go: an options struct,
// a constructor that only parses, and a run function that only works. No command file knows another.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	harden()
	os.Exit(run(interruptible(), os.Args, systemEnv()))
}

// interruptible is a context that the first signal ends, so that what is running can end in good order; from then on a
// second signal kills. A terminal that hangs up is such a signal, unless whoever started the program wants it to go on.
func interruptible() context.Context {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx
}
