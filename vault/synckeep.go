package vault

import (
	"errors"
	"strings"

	"opsvault/vault/statement"
)

// Bounds of the local quarantine: who can write into another copy must not be
// able to fill this machine's disk.
const (
	quarantineFiles = 1000
	quarantineBytes = 64 << 20
)

var errQuarantineFull = errors.New("the quarantine is full")

// A keeper puts bytes that are not carried into the local quarantine.
type keeper struct {
	v     *Vault
	files map[string]bool // nil: not looked at yet
	bytes int64
}

func (k *keeper) keep(name string, data []byte) error {
	if k.files == nil {
		items, err := k.v.state.Look("quarantine")
		if err != nil {
			return err
		}
		k.files = map[string]bool{}
		for _, item := range items {
			k.files["quarantine/"+item.Name], k.bytes = true, k.bytes+item.Size
		}
	}
	kept := quarantineName(name, data)
	if k.files[kept] {
		return nil
	}
	if len(k.files) >= quarantineFiles || k.bytes+int64(len(data)) > quarantineBytes {
		k.v.warn("quarantine-full")
		return errQuarantineFull
	}
	if err := k.v.state.WriteOnce(kept, data); err != nil {
		return err
	}
	k.files[kept], k.bytes = true, k.bytes+int64(len(data))
	return nil
}

// quarantineName keeps the file's name readable and apart from others.
func quarantineName(name string, data []byte) string {
	plain := strings.NewReplacer("/", "-", "~", "-").Replace(name)
	return "quarantine/" + plain[:min(len(plain), 100)] + "-" + statement.Sum(data).Short()
}
