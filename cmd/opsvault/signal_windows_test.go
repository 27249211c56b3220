package main

// headsSession is false where there are no sessions.
func headsSession() bool { return false }
