// Package audit holds what the logs of a vault say: events with their details
// opened, filters over them, and the report of a verification.
//
// # Words
//
// An event is a line of a device's log, or of a journal, with what its sealed
// details say where the reader may open them. A finding says that somebody
// changed something or that a device lied; a note is something that an honest
// power cut, or a copy carried halfway, looks like.
//
// # Promises
//
// The package is pure: it reads no disk and opens nothing sealed. It promises
// no more than the log does: who could read is certain, who did is what honest
// programs recorded.
package audit
