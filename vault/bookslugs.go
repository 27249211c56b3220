package vault

// BookSlugs lists the runbooks that the vault has a directory for, sorted,
// also those of which no version verifies or is approved.
func (v *Vault) BookSlugs() []string { return v.bookSlugs() }
