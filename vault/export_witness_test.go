package vault

// Meet witnesses what lies here, as Sync does.
func (v *Vault) Meet() (n int, err error) {
	err = v.writing(func() error {
		n, err = v.witness()
		return err
	})
	return n, err
}

// KeepFork is what a sync does with two logs that exclude one another.
func (v *Vault) KeepFork(device string, a, b []byte, note string) error {
	return v.keepFork(device, a, b, note)
}

// TrustedNow is what this device takes for the time.
func (v *Vault) TrustedNow() string { return v.now().Format("2006-01-02T15:04:05") }
