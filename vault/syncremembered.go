package vault

import (
	"errors"
	"fmt"
	"time"
)

// SyncPlace is the place that is remembered; empty: none.
func (v *Vault) SyncPlace() string {
	data, err := v.state.Read(syncPlaceFile, 8<<10)
	if err != nil || len(data) < 2 {
		return ""
	}
	return string(data[:len(data)-1])
}

// ForgetSync forgets the place, and what was remembered of it.
func (v *Vault) ForgetSync() error { return v.state.Remove(syncPlaceFile) }

func (v *Vault) rememberSync(path string) error {
	if v.SyncPlace() == path {
		return nil
	}
	return v.readOnlyState(v.state.Replace(syncPlaceFile, []byte(path+"\n")))
}

const syncPlaceFile = "sync-place"

var (
	errStopped = errors.New("the time for this is up")
	// ErrSlow: the remembered place did not answer in time. What was carried stays.
	ErrSlow = errors.New("the other copy did not answer in time")
)

// SyncRemembered syncs with the remembered place if there is one and a copy of
// this vault is there now; nil and nil otherwise. It waits no longer than
// limit: then it returns ErrSlow, and the work ends where it is. It asks for no
// passphrase.
func (v *Vault) SyncRemembered(limit time.Duration) (*SyncReport, error) {
	place := v.SyncPlace()
	if place == "" || v.me.Device == "" {
		return nil, nil
	}
	type answer struct {
		report *SyncReport
		err    error
	}
	done := make(chan answer, 1)
	end := time.Now().Add(limit)
	key, opts := v.key, v.opts
	opts.Member, opts.Passphrase, opts.Progress = v.me.Member, nil, nil
	opts.Wait = limit
	go func() {
		other, err := Open(opts)
		if err != nil {
			done <- answer{nil, err}
			return
		}
		other.key = key
		r, err := other.SyncWith(place, SyncOptions{onlyKept: true, stop: func() error {
			if time.Now().After(end) {
				return errStopped
			}
			return nil
		}})
		done <- answer{r, err}
	}()
	select {
	case a := <-done:
		v.forgetRead()
		return quiet(a.report, a.err)
	case <-time.After(limit):
		return nil, fmt.Errorf("%s: %w", place, ErrSlow)
	}
}

// quiet makes nothing of a place that is not there now.
func quiet(r *SyncReport, err error) (*SyncReport, error) {
	switch {
	case errors.Is(err, ErrNoCopy), errors.Is(err, ErrSamePlace):
		return nil, nil
	case errors.Is(err, errStopped):
		return nil, ErrSlow
	}
	return r, err
}
