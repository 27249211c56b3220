// Package union merges the files of two copies of a vault that are written
// once: what one side has and the other lacks is judged, and then written to
// the other. Nothing is changed and nothing is lost, so the order in which
// copies meet makes no difference.
//
// # Words
//
// A copy is a [Dir]; the two are Here, this person's own, and There, whatever
// it meets: a stick, a shared folder, a parcel. A family is the files that claim
// one name: the one that has it, and newcomers with a tilde beside it. A family
// has the same contents on both sides when a merge has ended, whatever each
// content is called. A [Judge] says of a content what it is: Good, and it is
// carried; Waits, and it stays where it is until more is known; Bad, and it
// goes nowhere but into the quarantine, through Keep.
//
// # Promises
//
// What is Bad or Waits is never written to the other side. A file There is
// taken away in one case: it is Bad and holds the name of a Good one, and its
// bytes have been kept. Links and special files are never followed, and nothing
// is read that is over the limit of its form.
//
// Every write is one of [store.Dir.WriteGroup]: a name that somebody else has
// taken meanwhile is not overwritten. After a crash, a full disk or a stick
// that was pulled out, the next merge goes on from what is there.
//
// A merge without a [Memory] compares the bytes of files that are called alike
// and have one size. With one it leaves out directories in which both sides
// have exactly the names, sizes and times of change that they had when they
// were found equal.
package union

import "opsvault/vault/store"

// Side says which copy is meant.
type Side uint8

// The sides.
const (
	Here Side = iota
	There
)

// String is the side as scripts read it.
func (s Side) String() string {
	if s == Here {
		return "here"
	}
	return "there"
}

// Dir is what a merge needs of a copy; *store.Dir is one.
type Dir interface {
	Look(name string) ([]store.Seen, error)
	Read(name string, limit int64) ([]byte, error)
	WriteGroup(files []store.Blob) error
	Remove(name string) error
}

var _ Dir = (*store.Dir)(nil)

// Judge says what a content is. It is called by several goroutines.
type Judge func(name store.Name, data []byte) Verdict

// A Verdict is what a content is, and why it is not Good.
type Verdict struct {
	Kind   Kind
	Why    Why
	Detail string // for people who look closer
}

// Kind is what becomes of a content.
type Kind uint8

// The kinds.
const (
	Good  Kind = iota // carried
	Waits             // left where it is, until more is known
	Bad               // not carried; kept in the quarantine
)

// Why is a reason that a caller puts into words.
type Why string

// Reasons that this package gives.
const (
	WhyTooLarge   Why = "too-large"  // over the limit of its form
	WhySpecial    Why = "special"    // a link, a FIFO, a device, or a directory where a file belongs
	WhyCrowded    Why = "crowded"    // a directory with more names than are looked at
	WhyUnreadable Why = "unreadable" // the system does not let it be read
	WhyName       Why = "name"       // its name promises other bytes
)

// Refused is a file that was not carried.
type Refused struct {
	File   string
	Why    Why
	Detail string
	Side   Side
}

// Most bounds the lists of a Result.
const Most = 1000

// Result is what a merge did so far.
type Result struct {
	Received, Sent int       // files written here, and there
	Refused        []Refused // Bad: at most Most
	Waiting        []Refused // Waits: at most Most
	Unknown        []Refused // names of no known form: at most 100
	More           int       // what the lists had no room for
	Cleared        []string  // Bad files that gave way to Good ones: "here/…", "there/…"
}
