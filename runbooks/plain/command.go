package plain

import (
	"errors"

	"opsvault/runbooks"
)

// handReason is why a command that could not be started is done by hand; "" for any other trouble. Without a network the
// engine has written it down already, and f.byHand finds nothing to do.
func handReason(err error) string {
	switch {
	case errors.Is(err, runbooks.ErrNoExecutor):
		return runbooks.ByHandRefused
	case errors.Is(err, runbooks.ErrDrill):
		return runbooks.ByHandDrill
	case errors.Is(err, runbooks.ErrNoNetwork):
		return runbooks.ByHandNetwork
	}
	return ""
}

// byHand leaves a command to the check beside it.
func (f *Face) byHand(reason string) error {
	f.look()
	p := f.view.Prompt
	if p.Kind != runbooks.PromptCommand || p.Unsettled {
		return nil
	}
	if err := f.run.ByHand(p.Fence.Number, reason); err != nil {
		return err
	}
	return f.say("run.by-hand")
}
