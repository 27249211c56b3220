package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
)

// A machine may hold several copies of a vault: on its disk, on a stick, in a
// shared folder. What is missing from one of them may never have been in it,
// so a finding needs to know what lay in this very place. Where the machine
// has only ever used one place, everything that it knows lay there.
//
// A place is known by its path: a copy that was moved is a new place.

// placesFile lists the places in which this machine has opened the vault, one a
// line, oldest first. A device's own file of that name says where it wrote:
// `<seq> <place>`, from that line of its log on.
const (
	placesFile  = "places"
	placesLimit = 1 << 20
	mostPlaces  = 1000
)

// placeID names a place in local state.
func (v *Vault) placeID() string { return statement.Sum([]byte(v.path)).Short() }

func (v *Vault) readPlaces(name string) []string {
	data, err := v.state.Read(name, placesLimit)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// notePlace adds this place to the list. A list that can't be written stops nobody.
func (v *Vault) notePlace() {
	places := v.readPlaces(placesFile)
	if slices.Contains(places, v.placeID()) {
		v.elsewhere = len(places) > 1
		return
	}
	places = append(places, v.placeID())
	v.elsewhere = len(places) > 1
	_ = v.state.ReplaceRelaxed(placesFile, []byte(strings.Join(places[max(0, len(places)-mostPlaces):], "\n")+"\n"))
}

// noteOwnPlace remembers that the lines of this device's log from seq on are
// written in this place.
func (v *Vault) noteOwnPlace(seq uint64) error {
	if v.ownPlace == v.placeID() {
		return nil
	}
	name := v.mine(placesFile)
	data, err := v.state.Read(name, placesLimit)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if strings.HasSuffix(lines[len(lines)-1], " "+v.placeID()) {
		v.ownPlace = v.placeID()
		return nil
	}
	if len(lines) > 4*mostPlaces { // who changes places that often has the oldest forgotten
		data = []byte(strings.Join(lines[mostPlaces:], "\n") + "\n")
	}
	if err := v.state.Replace(name, fmt.Appendf(data, "%d %s\n", seq, v.placeID())); err != nil {
		return err
	}
	v.ownPlace = v.placeID()
	return nil
}

// wroteHere reports whether this device wrote a line of its log in this place,
// as far as it is known.
func (v *Vault) wroteHere(seq uint64) bool {
	if !v.elsewhere {
		return true
	}
	here := false
	for _, line := range v.readPlaces(v.mine(placesFile)) {
		from, place, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseUint(from, 10, 64); err != nil || n > seq {
			break
		}
		here = place == v.placeID()
	}
	return here
}

// publishedName is the file that says how much of this device's log was
// published in this place. It tells a copy that somebody cut from one that a
// killed process left behind its original. It is written over, and not
// fsynced: a number that was lost accuses nobody.
func (v *Vault) publishedName() string { return v.mine(publishedFile + v.placeID()) }

const publishedFile = "published-"

func (v *Vault) notePublished(size uint64) {
	_ = v.state.AppendAt(v.publishedName(), 0, fmt.Appendf(nil, "%d\n", size), false)
}

// publishedHere is how many lines were published in this place at least; where
// no other is known, in any.
func (v *Vault) publishedHere() (size uint64) {
	names := []string{v.publishedName()}
	if !v.elsewhere {
		items, err := v.state.List(v.me.Device)
		if err != nil {
			return 0
		}
		for _, item := range items {
			if strings.HasPrefix(item.Name, publishedFile) {
				names = append(names, v.mine(item.Name))
			}
		}
	}
	for _, name := range names {
		data, err := v.state.Read(name, 64)
		text, whole := strings.CutSuffix(string(data), "\n")
		if n, parseErr := strconv.ParseUint(text, 10, 64); err == nil && whole && parseErr == nil {
			size = max(size, n)
		}
	}
	return size
}

// olderCopy verifies a log by itself that is shorter here than it was proven
// in another place of this machine. That is an older copy, on its way to the
// rest: unless its last event is later than that of the longer one, or it is
// another log where both go.
func (t *checkedChain) olderCopy() {
	known := t.state
	if !t.c.v.elsewhere || t.local || known == nil || len(t.report.Findings) != 1 || t.report.Findings[0].Code != chain.Truncated {
		return
	}
	short := t.report.Findings[0]
	t.forget()
	t.readAgain()
	t.read(chain.VerifyOptions{})
	if len(t.report.Findings) > 0 || !t.report.Proven {
		return
	}
	here := t.report.State
	if here == nil {
		here = &chain.State{} // nothing of it is here
	}
	if here.Size < t.was {
		t.report.Findings = append(t.report.Findings, short)
		return
	}
	if why, forked := here.Excludes(known); forked {
		code := chain.Fork
		if why == chain.WhyBackwards {
			code = chain.Truncated
		}
		t.report.Proven = false
		t.report.Findings = append(t.report.Findings, chain.Finding{Code: code, Why: why, File: chain.HeadName(t.base), Seq: here.Size, Heads: [][]byte{known.Head, here.Head}})
		return
	}
	short.Code, short.Have, short.Want = chain.InTransit, here.Size, known.Size
	t.report.Notes = append(t.report.Notes, short)
}
