package main

import (
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// A fold shows an announced act as one line instead of two: its outcome follows it closely, and says only that it was
// done. Events keep their order.
type fold struct {
	held []audit.Event // the first waits for its outcome
	show func(*audit.Event)
}

// maxHeld is how many events wait behind one whose outcome has not come: a crash leaves some without.
const maxHeld = 64

// take shows an event, or keeps it until it is known how it ended.
func (f *fold) take(e audit.Event) {
	if e.Result == chain.Done || e.Result == chain.Failed {
		for i := range f.held {
			if in := &f.held[i]; in.Result == chain.Intent && in.Device == e.Device && in.Seq == e.Ref {
				if in.Result = chain.OK; e.Result == chain.Failed {
					in.Result = chain.Failed
				}
				f.release(maxHeld)
				return
			}
		}
	}
	f.held = append(f.held, e)
	f.release(maxHeld)
}

// release shows what waits for nothing, and so much more that at most n are left.
func (f *fold) release(n int) {
	i := 0
	for i < len(f.held) && (f.held[i].Result != chain.Intent || len(f.held)-i > n) {
		f.show(&f.held[i])
		i++
	}
	f.held = append(f.held[:0], f.held[i:]...)
}

// end shows the rest.
func (f *fold) end() { f.release(0) }
