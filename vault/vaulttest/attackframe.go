package vaulttest

import (
	"bytes"
	"strings"
)

// Attacks by somebody without any key, who can write into the directory: they
// change the bytes of the newest version of Trunk.
func frameAttacks() []Attack {
	return []Attack{
		{"entry-truncated", EntryTruncated},
		{"entry-emptied", EntryEmptied},
		{"entry-oversized", EntryOversized},
		{"entry-crlf", EntryCRLF},
		{"entry-bom", EntryBOM},
		{"header-edited", HeaderEdited},
		{"part-rewrapped", PartRewrapped},
		{"part-swapped", PartSwapped},
		{"part-removed", PartRemoved},
		{"part-added", PartAdded},
		{"signature-rewrapped", SignatureRewrapped},
		{"signature-junk-before", SignatureJunkBefore},
		{"signature-junk-after", SignatureJunkAfter},
		{"junk-at-end", JunkAtEnd},
	}
}

const (
	beginSignature = "-----BEGIN SSH SIGNATURE-----\n"
	endSignature   = "-----END SSH SIGNATURE-----\n"
	beginPart      = "-----BEGIN AGE ENCRYPTED FILE-----\n"
	endPart        = "-----END AGE ENCRYPTED FILE-----\n"
)

// changeTrunk changes the file of the newest version.
func (w *World) changeTrunk(change func([]byte) []byte) error {
	name, err := w.EntryFile(Trunk, 2)
	if err != nil {
		return err
	}
	return w.Change(name, change)
}

// EntryTruncated cuts the file in half.
func EntryTruncated(w *World) error {
	return w.changeTrunk(func(b []byte) []byte { return b[:len(b)/2] })
}

// EntryEmptied leaves a file of no bytes.
func EntryEmptied(w *World) error {
	return w.changeTrunk(func([]byte) []byte { return nil })
}

// EntryOversized lets the file grow to a byte over 1 MiB.
func EntryOversized(w *World) error {
	return w.changeTrunk(func(b []byte) []byte { return append(b, bytes.Repeat([]byte("A"), 1<<20+1-len(b))...) })
}

// EntryCRLF is what a careless copy through Windows does.
func EntryCRLF(w *World) error { return w.changeTrunk(replace("\n", "\r\n")) }

// EntryBOM puts a byte order mark first.
func EntryBOM(w *World) error {
	return w.changeTrunk(func(b []byte) []byte { return append([]byte("\ufeff"), b...) })
}

// HeaderEdited makes another safe of the header.
func HeaderEdited(w *World) error {
	return w.changeTrunk(replace("\nsafe telephony\n", "\nsafe office\n"))
}

// PartRewrapped breaks the armor of the parts at 76 characters.
func PartRewrapped(w *World) error {
	return w.changeTrunk(func(b []byte) []byte {
		head, parts := splitParts(b)
		for _, p := range parts {
			body := strings.TrimSuffix(strings.TrimPrefix(p, beginPart), endPart)
			head += beginPart + wrap(body, 76) + endPart
		}
		return []byte(head)
	})
}

// PartSwapped puts the sealed secret before the sealed card.
func PartSwapped(w *World) error {
	return w.changeTrunk(func(b []byte) []byte {
		head, parts := splitParts(b)
		return []byte(head + parts[1] + parts[0])
	})
}

// PartRemoved takes the sealed secret away.
func PartRemoved(w *World) error {
	return w.changeTrunk(func(b []byte) []byte {
		head, parts := splitParts(b)
		return []byte(head + parts[0])
	})
}

// PartAdded appends a part that no line of the header names.
func PartAdded(w *World) error {
	return w.changeTrunk(func(b []byte) []byte {
		_, parts := splitParts(b)
		return append(b, parts[0]...)
	})
}

// SignatureRewrapped breaks the armor of the signature at 64 characters.
func SignatureRewrapped(w *World) error {
	return w.changeTrunk(func(b []byte) []byte {
		head, rest, _ := strings.Cut(string(b), beginSignature)
		body, tail, _ := strings.Cut(rest, endSignature)
		return []byte(head + beginSignature + wrap(body, 64) + endSignature + tail)
	})
}

// SignatureJunkBefore puts a comment between header and signature.
func SignatureJunkBefore(w *World) error {
	return w.changeTrunk(replace(beginSignature, "Comment: trust me\n"+beginSignature))
}

// SignatureJunkAfter puts an empty line between signature and parts.
func SignatureJunkAfter(w *World) error {
	return w.changeTrunk(replace(endSignature, endSignature+"\n"))
}

// JunkAtEnd appends a line to the file.
func JunkAtEnd(w *World) error {
	return w.changeTrunk(func(b []byte) []byte { return append(b, "\n"...) })
}

func replace(old, new string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(new)) }
}

// splitParts returns what lies before the parts, and the parts with their armor.
func splitParts(file []byte) (head string, parts []string) {
	head, rest, _ := strings.Cut(string(file), beginPart)
	for _, p := range strings.SplitAfter(beginPart+rest, endPart) {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return head, parts
}

// wrap breaks base64 into lines of another width.
func wrap(body string, width int) string {
	text := strings.ReplaceAll(body, "\n", "")
	var b strings.Builder
	for len(text) > 0 {
		n := min(width, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return b.String()
}
