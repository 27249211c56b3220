package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"opsvault/policy/strictyaml"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// MarkerName is the file that makes a directory a vault. It is written last.
const MarkerName = "opsvault.yaml"

const (
	markerLimit  = 4 << 10
	markerFormat = "vault/v1"
)

// marker is a signpost: it says which vault this claims to be. Nothing is trusted for it.
type marker struct {
	Format string `yaml:"opsvault"`
	Vault  string `yaml:"vault"`
	Name   string `yaml:"name"`
}

func readMarker(dir *store.Dir) (statement.Hash, error) {
	data, err := dir.Read(MarkerName, markerLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return statement.Hash{}, ErrNoVault
	}
	if err != nil {
		return statement.Hash{}, err
	}
	return parseMarker(data)
}

func parseMarker(data []byte) (statement.Hash, error) {
	// The usual marker is read without the YAML library: every command starts here.
	if id, ok := plainMarker(string(data)); ok {
		return id, nil
	}
	var m marker
	if err := strictyaml.Decode(data, markerLimit, &m); err != nil {
		return statement.Hash{}, &IntegrityError{MarkerName, err}
	}
	if m.Format != markerFormat {
		return statement.Hash{}, &IntegrityError{MarkerName, fmt.Errorf("format %q is not %s: use a newer opsvault", m.Format, markerFormat)}
	}
	id, err := statement.ParseHash(m.Vault)
	if err != nil {
		return statement.Hash{}, &IntegrityError{MarkerName, err}
	}
	return id, nil
}

func plainMarker(s string) (statement.Hash, bool) {
	rest, ok := strings.CutPrefix(s, "opsvault: "+markerFormat+"\nvault: ")
	if !ok || len(rest) < 65 || !strings.HasPrefix(rest[64:], "\nname: ") || strings.Count(rest, "\n") != 2 || !strings.HasSuffix(rest, "\n") {
		return statement.Hash{}, false
	}
	id, err := statement.ParseHash(rest[:64])
	return id, err == nil
}

func encodeMarker(id statement.Hash, name string) ([]byte, error) {
	return strictyaml.Encode(marker{Format: markerFormat, Vault: id.String(), Name: name})
}
