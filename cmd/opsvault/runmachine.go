package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"opsvault/runbooks"
)

// maxEvidence is the largest file that is taken in as evidence: a long screen recording.
const maxEvidence = 4 << 30

// digestFile is the SHA-256 of a file that the person names, with its base name and size. Quotation marks around the name, as
// they come with a file that is dragged onto the terminal, and a tilde are understood.
func (c *call) digestFile(name string) (digest, base string, size int64, err error) {
	name = strings.Trim(strings.TrimSpace(name), `"'`)
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		name = filepath.Join(c.Getenv("HOME"), rest)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.WorkDir, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", "", 0, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return "", "", 0, usage("runface.no-file", "name", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", "", 0, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, io.LimitReader(file, maxEvidence+1))
	if err != nil {
		return "", "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	if size > maxEvidence {
		return "", "", 0, usage("usage.input-too-large", "name", name, "limit", c.tr.Bytes(maxEvidence))
	}
	return hex.EncodeToString(hash.Sum(nil)), filepath.Base(name), size, nil
}

// everybody are all members but whoever asks: to whom a run can be offered.
func (d runDirectory) everybody() []runbooks.Contact {
	var list []runbooks.Contact
	doc := d.v.Policy()
	for _, id := range sortedIDs(doc.Members) {
		if id == d.v.Me().Member || len(doc.Members[id].Devices) == 0 {
			continue
		}
		var roles []string
		for _, role := range doc.Members[id].Roles {
			if r := doc.Roles[role]; r != nil {
				roles = append(roles, d.title(r.Title, role))
			}
		}
		list = append(list, d.contact(id, strings.Join(roles, ", ")))
	}
	return list
}
