package vaulttest

import (
	"errors"
	"fmt"
	"os"
	"path"

	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Attacks with statements that are sound, but lie, or claim to lie, in a place
// that is not theirs.
func placeAttacks() []Attack {
	return []Attack{
		{"version-999999", Version999999},
		{"version-999999-signed", Version999999Signed},
		{"version-removed", VersionRemoved},
		{"version-replaced", VersionReplaced},
		{"copy-put-back", CopyPutBack},
		{"parent-unknown", ParentUnknown},
		{"parent-passed-over", ParentPassedOver},
		{"entry-under-other-id", EntryUnderOtherID},
		{"entry-renamed-to-new-id", EntryRenamedToNewID},
		{"entry-with-other-id", EntryWithOtherID},
		{"entry-with-other-safe", EntryWithOtherSafe},
		{"entry-by-reader", EntryByReader},
		{"statement-of-other-type", StatementOfOtherType},
	}
}

// copyFile copies a file of the vault to another name.
func (w *World) copyFile(from, to string) error {
	data, err := os.ReadFile(w.Path(from))
	if err != nil {
		return err
	}
	return w.Write(to, data)
}

// nameLike is the name of a version with the device of a file that is there.
func nameLike(file, id string, version uint64) string {
	n, _ := store.ParseName(file)
	return store.EntryName(id, version, n.Device)
}

func idOf(file string) string { return path.Base(file)[:26] }

// Version999999 copies the newest version to the highest number there is,
// without any key.
func Version999999(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.copyFile(name, nameLike(name, idOf(name), 999999))
}

// Version999999Signed is a version of that number by a writer: after it
// nobody could write another one.
func Version999999Signed(w *World) error {
	return w.putSealed(func(n *Version) error { n.number(999999); return nil })
}

// number gives a Version another number, in all places.
func (n *Version) number(version uint64) {
	n.Body.Version, n.Card.Version, n.Secret.Version, n.FileVersion = version, version, version, version
	n.Object = fmt.Sprintf("%s@%d", n.Body.ID, version)
}

// VersionRemoved takes the newest version away.
func VersionRemoved(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return os.Remove(w.Path(name))
}

// VersionReplaced puts the first version under the name of the second.
func VersionReplaced(w *World) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.copyFile(nameLike(name, idOf(name), 1), name)
}

// CopyPutBack has Maria change the password, and then puts the whole vault
// back to what it was before, logs and all.
func CopyPutBack(w *World) error {
	before, err := Look(w.Dir)
	if err != nil {
		return err
	}
	v, err := w.Open(w.Maria)
	if err != nil {
		return err
	}
	_, err = v.Edit(ParsePath(Trunk), func(entry.Draft) (entry.Draft, error) { return Draft("trunk-newest"), nil })
	if err != nil {
		return err
	}
	return before.Restore(w.Dir)
}

// ParentUnknown follows a version that was never here.
func ParentUnknown(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Body.Prev = []statement.Hash{statement.Sum([]byte("nothing"))}
		return nil
	})
}

// ParentPassedOver is a version 3 that follows the first one, as if the second
// had never been.
func ParentPassedOver(w *World) error {
	return w.putSealed(func(n *Version) error {
		v, err := w.Open(w.Maria)
		if err != nil {
			return err
		}
		first, err := v.At(ParsePath(Trunk), 1)
		if err != nil {
			return err
		}
		n.Body.Prev = []statement.Hash{first.Hash}
		return nil
	})
}

// EntryUnderOtherID copies an entry of office over the next version of one of
// telephony, without any key.
func EntryUnderOtherID(w *World) error {
	trunk, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	wifi, err := w.EntryFile(Wifi, 1)
	if err != nil {
		return err
	}
	return w.copyFile(wifi, nameLike(trunk, idOf(trunk), 3))
}

// EntryRenamedToNewID copies an entry to an id that nothing has.
func EntryRenamedToNewID(w *World) error {
	trunk, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.copyFile(trunk, nameLike(trunk, "aaaaaaaaaaaaaaaaaaaaaaaaaa", 2))
}

// EntryWithOtherID is a version of Wifi by its id, whose card says it is Trunk.
func EntryWithOtherID(w *World) error {
	wifi, err := w.Next(w.Maria, Wifi)
	if err != nil {
		return err
	}
	return w.putSealed(func(n *Version) error {
		n.number(2)
		n.Body.ID, n.FileID, n.Body.Prev, n.Object = wifi.Body.ID, wifi.FileID, wifi.Body.Prev, wifi.Object
		return nil
	})
}

// EntryWithOtherSafe says in its header that it lies in office: whoever writes
// there, but not in telephony, could otherwise replace Trunk.
func EntryWithOtherSafe(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Body.Safe, n.SecretSafe = "office", "office"
		return nil
	})
}

// EntryByReader is a version by Ivan, who may only read.
func EntryByReader(w *World) error {
	n, err := w.Next(w.Ivan, Trunk)
	if err != nil {
		return err
	}
	return w.Put(w.Ivan, n)
}

// StatementOfOtherType puts a bundle of keys where a version belongs.
func StatementOfOtherType(w *World) error {
	trunk, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	bundle, err := w.One("keys/*/*.keys")
	if err != nil {
		return err
	}
	return w.copyFile(bundle, nameLike(trunk, idOf(trunk), 3))
}

// Attacks by a writer whose log and whose statement don't say the same.
func announcementAttacks() []Attack {
	return []Attack{
		{"announcement-missing", AnnouncementMissing},
		{"announcement-of-another", AnnouncementOfAnother},
		{"announcement-of-no-intent", AnnouncementOfNoIntent},
		{"announcement-taken", AnnouncementTaken},
		{"announcement-failed", AnnouncementFailed},
	}
}

// AnnouncementMissing writes a version that no line announces.
func AnnouncementMissing(w *World) error {
	return w.putSealed(func(n *Version) error { n.Silent = true; return nil })
}

// AnnouncementOfAnother has a line that names another statement.
func AnnouncementOfAnother(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Line = func(d *chain.Draft) { d.Statement = statement.Sum([]byte("another")) }
		return nil
	})
}

// AnnouncementOfNoIntent has a line that names the statement, but announces
// nothing: it says that a secret was revealed.
func AnnouncementOfNoIntent(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Line = func(d *chain.Draft) { d.Op, d.Result = "secret.reveal", chain.OK }
		return nil
	})
}

// AnnouncementTaken names the line of a write that happened before.
func AnnouncementTaken(w *World) error {
	return w.putSealed(func(n *Version) error {
		n.Silent = true
		n.Common = func(c *statement.Common) { c.Event -= 2 }
		return nil
	})
}

// AnnouncementFailed keeps a version back, says that it was never written, and
// releases it when everybody has read that.
func AnnouncementFailed(w *World) error {
	before, err := Look(w.Path("entries"))
	if err != nil {
		return err
	}
	if err := w.putSealed(func(n *Version) error { n.Outcome = chain.Failed; return nil }); err != nil {
		return err
	}
	after, err := Look(w.Path("entries"))
	if err != nil {
		return err
	}
	changes := before.Changes(after)
	if len(changes) == 0 {
		return errors.New("nothing was written")
	}
	kept := w.Path("entries/" + changes[len(changes)-1][1:])
	if err := os.Rename(kept, w.Root+"/kept"); err != nil {
		return err
	}
	if err := w.readLogs(); err != nil {
		return err
	}
	return os.Rename(w.Root+"/kept", kept)
}

// readLogs has everybody read all logs, and remember how far.
func (w *World) readLogs() error {
	for _, p := range []*Person{w.Maria, w.Ivan} {
		v, err := w.Open(p)
		if err != nil {
			return err
		}
		if _, err := v.Verify(true); err != nil {
			return err
		}
	}
	return nil
}
