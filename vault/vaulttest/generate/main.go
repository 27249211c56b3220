// Command generate makes a large vault for measurements: N entries, M members with a device each, and a log of L more events
// of the first member's device.
//
//	go run ./vault/vaulttest/generate -entries 10000 -members 50 -events 1000000 -o DIR
//
// DIR gets vault/, home/ (the first member's local state, without a passphrase) and nothing else. Passwords in it are random.
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

type sizes struct{ entries, members, events, safes int }

func main() {
	var n sizes
	var dir string
	flag.IntVar(&n.entries, "entries", 100, "entries")
	flag.IntVar(&n.members, "members", 1, "members, each with a device")
	flag.IntVar(&n.events, "events", 0, "further events in the log of the first member's device")
	flag.IntVar(&n.safes, "safes", 20, "safes")
	flag.StringVar(&dir, "o", "", "the directory to make")
	flag.Parse()
	if dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := generate(dir, n); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(dir string, n sizes) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	opts := vault.Options{Dir: filepath.Join(dir, "vault"), Home: filepath.Join(dir, "home"), Now: time.Now, Rand: rand.Reader}
	v, err := vault.Create(opts, newVault(n))
	if err != nil {
		return err
	}
	if err := addMembers(v, opts, n.members-1); err != nil {
		return err
	}
	if err := addEntries(v, n); err != nil {
		return err
	}
	return addEvents(v, opts, n.events)
}

const first = "m0001"

func newVault(n sizes) vault.NewVault {
	made := vault.NewVault{
		Name: "Measured", Member: first, PersonName: "First", Label: "bench", NoPassphrase: true,
		Roles:      map[string]*policy.Role{"lead": {}, "agent": {}, "auditor": {}},
		GovernRole: "lead", AuditRoles: []string{"lead", "auditor"}, ApproveRoles: []string{"lead"},
	}
	for i := range max(n.safes, 1) {
		made.Safes = append(made.Safes, vault.NewSafe{ID: safe(i), Access: map[string]policy.Access{"lead": policy.Manage, "agent": policy.Use}})
	}
	return made
}

func safe(i int) string { return fmt.Sprintf("safe-%02d", i+1) }

// addMembers makes the devices of people who are not here, and admits them in one version of the policy.
func addMembers(v *vault.Vault, opts vault.Options, count int) error {
	if count <= 0 {
		return nil
	}
	dir, err := store.OpenDir(opts.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	members := map[string]*policy.Member{}
	for i := range count {
		name := fmt.Sprintf("m%04d", i+2)
		id, err := identity.New(name, rand.Reader)
		if err != nil {
			return err
		}
		file, err := id.DeviceStatement("bench", time.Now())
		if err != nil {
			return err
		}
		if err := dir.WriteOnce(store.DeviceName(id.DeviceID()), file); err != nil {
			return err
		}
		members[name] = &policy.Member{Name: name, Roles: []string{"agent"},
			Devices: map[string]policy.Device{id.DeviceID(): {Label: "bench", File: statement.Sum(file).String()}}}
	}
	_, err = v.ChangePolicy(func(doc *policy.Document) error {
		for name, m := range members {
			doc.Members[name] = m
		}
		return nil
	})
	return err
}

func addEntries(v *vault.Vault, n sizes) error {
	list := make([]vault.Fresh, n.entries)
	for i := range list {
		path, err := entry.ParsePath(fmt.Sprintf("%s/system-%05d", safe(i%max(n.safes, 1)), i+1))
		if err != nil {
			return err
		}
		password, err := entry.Generate(rand.Reader, entry.StandardRecipe())
		if err != nil {
			return err
		}
		list[i] = vault.Fresh{Path: path, Draft: entry.Draft{
			Title: fmt.Sprintf("System %05d", i+1), Kind: "cabinet", URL: fmt.Sprintf("https://cabinet-%05d.example.net/login", i+1),
			Owner: first, Tags: []string{"bench", fmt.Sprintf("group-%d", i%7)},
			Fields: entry.Fields{{Name: "username", Value: entry.NewValue(fmt.Appendf(nil, "user-%d", i))}, {Name: "password", Value: password}},
		}}
	}
	return v.InsertAll(list)
}
