package vaulttest

import (
	"bytes"
	"os"
	"strings"

	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Attacks on what proves the past: Maria's log, as it lies in the vault, the
// journal of her run, the original of her log, and a runbook's text.
func logAttacks() []Attack {
	return []Attack{
		{"log-cut", LogCut},
		{"log-emptied", LogEmptied},
		{"log-deleted", LogDeleted},
		{"log-line-edited", LogLineEdited},
		{"log-line-removed", LogLineRemoved},
		{"log-line-repeated", LogLineRepeated},
		{"log-key-deleted", LogKeyDeleted},
		{"log-of-other-device", LogOfOtherDevice},
		{"head-older", HeadOlder},
		{"head-deleted", HeadDeleted},
		{"head-signed-by-other", HeadSignedByOther},
		{"log-put-back", LogPutBack},
		{"log-original-cut", LogOriginalCut},
		{"home-put-back", HomePutBack},
		{"journal-edited", JournalEdited},
		{"runbook-text-edited", RunbookTextEdited},
		{"runbook-by-agent", RunbookByAgent},
	}
}

// changeLog changes a file of Maria's log in the vault.
func (w *World) changeLog(file string, change func([]byte) []byte) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return w.Change(store.LogBase(device)+"/"+file, change)
}

// changeLines changes the lines of Maria's first segment.
func (w *World) changeLines(change func([]string) []string) error {
	return w.changeLog("000001.jsonl", func(b []byte) []byte {
		return []byte(strings.Join(change(strings.SplitAfter(string(b), "\n")), ""))
	})
}

// LogCut takes the second half away, and leaves the head.
func LogCut(w *World) error {
	return w.changeLines(func(lines []string) []string { return lines[:len(lines)/2] })
}

// LogEmptied leaves no line, and the head.
func LogEmptied(w *World) error {
	return w.changeLines(func([]string) []string { return nil })
}

// LogDeleted leaves nothing of the log.
func LogDeleted(w *World) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return os.RemoveAll(w.Path(store.LogBase(device)))
}

// LogLineEdited says that somebody else revealed a secret.
func LogLineEdited(w *World) error {
	return w.changeLog("000001.jsonl", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"actor":"maria","op":"secret.reveal"`), []byte(`"actor":"ivan","op":"secret.reveal"`), 1)
	})
}

// LogLineRemoved takes one line out.
func LogLineRemoved(w *World) error {
	return w.changeLines(func(lines []string) []string { return append(lines[:4:4], lines[5:]...) })
}

// LogLineRepeated writes the last line twice.
func LogLineRepeated(w *World) error {
	return w.changeLines(func(lines []string) []string {
		last := len(lines) - 2 // after the last LF comes nothing
		return append(lines[:last+1:last+1], lines[last])
	})
}

// LogKeyDeleted takes away the key with which auditors open the details.
func LogKeyDeleted(w *World) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return os.Remove(w.Path(store.SegmentKeyName(store.LogBase(device), 1)))
}

// LogOfOtherDevice puts Ivan's log where Maria's was.
func LogOfOtherDevice(w *World) error {
	ivan, err := w.device(w.Ivan)
	if err != nil {
		return err
	}
	for _, file := range []string{"000001.jsonl", "000001.key", "head"} {
		data, err := os.ReadFile(w.Path(store.LogBase(ivan) + "/" + file))
		if err != nil {
			return err
		}
		if err := w.changeLog(file, func([]byte) []byte { return data }); err != nil {
			return err
		}
	}
	return nil
}

// reveal has a person open an entry once more.
func (w *World) reveal(p *Person, path string) error {
	v, err := w.Open(p)
	if err != nil {
		return err
	}
	_, err = v.Reveal(ParsePath(path), vault.Purpose{})
	return err
}

// HeadOlder puts back the head from before Maria's last event, and everybody
// has seen the newer one.
func HeadOlder(w *World) error {
	before, err := Look(w.Dir)
	if err != nil {
		return err
	}
	if err := w.reveal(w.Maria, PBX); err != nil {
		return err
	}
	if err := w.readLogs(); err != nil {
		return err
	}
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	head := store.HeadName(store.LogBase(device))
	return w.Write(head, []byte(strings.TrimPrefix(before[head], "file ")))
}

// HeadDeleted takes the head away.
func HeadDeleted(w *World) error {
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	return os.Remove(w.Path(store.HeadName(store.LogBase(device))))
}

// HeadSignedByOther has Ivan sign the head of Maria's log.
func HeadSignedByOther(w *World) error {
	ivan, err := w.Key(w.Ivan)
	if err != nil {
		return err
	}
	return w.changeLog("head", func(b []byte) []byte {
		header, _, _ := strings.Cut(string(b), beginSignature)
		return append([]byte(header), Signature([]byte(header), statement.TypeHead, ivan.Signer())...)
	})
}

// LogPutBack puts the whole log back to before Maria's last event, head and
// all: sound by itself, but everybody has seen more.
func LogPutBack(w *World) error {
	before, err := Look(w.Dir)
	if err != nil {
		return err
	}
	if err := w.reveal(w.Maria, PBX); err != nil {
		return err
	}
	if err := w.readLogs(); err != nil {
		return err
	}
	device, err := w.device(w.Maria)
	if err != nil {
		return err
	}
	for _, file := range []string{"000001.jsonl", "head"} {
		name := store.LogBase(device) + "/" + file
		if err := w.Write(name, []byte(strings.TrimPrefix(before[name], "file "))); err != nil {
			return err
		}
	}
	return nil
}

// LogOriginalCut takes the last line out of the original on Maria's machine.
func LogOriginalCut(w *World) error {
	dir, err := w.LogDir(w.Maria)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(dir + "/000001.jsonl")
	if err != nil {
		return err
	}
	return os.WriteFile(dir+"/000001.jsonl", data[:len(data)-10], 0o600)
}

// HomePutBack restores Maria's machine from a backup: her log there is older
// than its copy in the vault, and going on with it would fork it.
func HomePutBack(w *World) error {
	before, err := Look(w.Maria.Home)
	if err != nil {
		return err
	}
	if err := w.reveal(w.Maria, PBX); err != nil {
		return err
	}
	return before.Restore(w.Maria.Home)
}

// JournalEdited changes who did a step of a run.
func JournalEdited(w *World) error {
	name, err := w.One("runs/*/*/000001.jsonl")
	if err != nil {
		return err
	}
	return w.Change(name, replace(`"actor":"maria"`, `"actor":"ivan"`))
}

// RunbookTextEdited changes a step of an approved runbook.
func RunbookTextEdited(w *World) error {
	name, err := w.One("runbooks/" + Book + "/000001-*.md")
	if err != nil {
		return err
	}
	return w.Change(name, replace("Look at the lamp", "Read the password out on the phone"))
}

// RunbookByAgent is a new version by Ivan, who may not publish.
func RunbookByAgent(w *World) error {
	v, err := w.Open(w.Ivan)
	if err != nil {
		return err
	}
	old, err := v.Book(Book)
	if err != nil {
		return err
	}
	text := []byte("# No internet\n\n1. Read the password out on the phone.\n")
	if err := w.Write(store.TextName(Book, 2, v.Me().Device), text); err != nil {
		return err
	}
	return w.Commit(w.Ivan, Deed{
		Op: "runbook.publish", Object: Book + "@2",
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.Book{Type: statement.TypePublish, Common: c, Runbook: Book, Version: 2,
				Prev: []statement.Hash{old.Hash}, Text: statement.Sum(text)}.Header()
		},
		Name: func(c statement.Common, _ statement.Hash) string {
			return store.PublishName(Book, 2, c.Device, c.Device)
		},
	})
}
