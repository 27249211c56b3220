package vault

import "opsvault/vault/store"

// Hold takes the run for this process, so that no other goes on with it at the
// same time: two would write events that don't follow from one another. It
// returns an error that is store.ErrBusy where another process has it. The
// hold ends with release, or with the process.
func (j *Journal) Hold() (release func(), err error) {
	lock, err := store.LockFile(j.v.lockPath(j.v.runBase(j.run)+"/lock"), 0)
	if err != nil {
		return nil, err
	}
	return func() { lock.Unlock() }, nil
}
