package main

import (
	"errors"
	"fmt"

	"opsvault/vault"
)

// versions are all versions of a runbook that verify, newest first, at least one.
func (c *call) versions(v *vault.Vault, slug string) ([]*vault.Book, error) {
	all, err := v.BookHistory(slug)
	if err == nil && len(all) == 0 {
		_, err = v.Book(slug) // whether there was one before, and what is near
	}
	return all, c.bookError(v, err)
}

// anyVersion is one version of a runbook, approved or not; 0 is the newest.
func (c *call) anyVersion(v *vault.Vault, slug string, version uint64) (*vault.Book, error) {
	all, err := c.versions(v, slug)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if version == 0 || b.Version == version {
			return b, nil
		}
	}
	return nil, fail(codeNotFound, "runbook.no-version", "slug", slug, "version", version).withHint("runbook.no-version-hint", "slug", slug)
}

// bookToRun is the newest version that counts. Where there are only versions that wait for approval the code is 4, also
// when they counted until the policy asked for more approvals: nobody has taken them away.
func (c *call) bookToRun(v *vault.Vault, slug string) (*vault.Book, error) {
	b, err := v.Book(slug)
	var none *vault.NotFoundError
	var back *vault.RollbackError
	if !errors.As(err, &none) && !errors.As(err, &back) {
		return b, err
	}
	all, historyErr := v.BookHistory(slug)
	if historyErr != nil || len(all) == 0 || all[0].Approved() || back != nil && all[0].Version < back.Pinned {
		return nil, c.bookError(v, err)
	}
	return nil, fail(codeWaiting, "runbook.not-approved", "name", versionName(all[0]), "n", all[0].Needs-len(all[0].Approvers)).
		withHint("runbook.not-approved-hint", "slug", slug, "version", all[0].Version, "members", c.approversOf(v, all[0]))
}

// bookError adds what to do to the errors about a runbook: the table's hints are about credentials.
func (c *call) bookError(v *vault.Vault, err error) error {
	var none *vault.NotFoundError
	var back *vault.RollbackError
	switch {
	case errors.As(err, &back):
		return fail(codeIntegrity, "runbook.gone", "slug", back.Name, "version", back.Pinned).withHint("runbook.rollback-hint").because(err)
	case errors.As(err, &none) && len(v.BookSlugs()) == 0:
		return fail(codeNotFound, "runbook.missing", "slug", none.Name).withHint("runbook.none").because(err)
	case errors.As(err, &none):
		return c.bookMissing(v, none.Name, err)
	}
	return err
}

// bookMissing is the error about a name that no runbook has. What looks like a slip is named; what looks like words is
// searched for: somebody under stress types what they see.
func (c *call) bookMissing(v *vault.Vault, name string, err error) error {
	missing := fail(codeNotFound, "runbook.missing", "slug", name).because(err)
	if meant := nearest(name, v.BookSlugs()); meant != "" {
		return missing.withHint("hint.did-you-mean", "meant", meant)
	}
	if found := c.suggested(v, name); len(found) > 0 {
		return missing.withHint("booksearch.meant", "found", found)
	}
	return missing.withHint("runbook.missing-hint", "slugs", v.BookSlugs())
}

// versionName is a version as people and logs write it: no-internet@2.
func versionName(b *vault.Book) string { return fmt.Sprintf("%s@%d", b.Slug, b.Version) }
