package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

// TestAilmentsAreDocumented compares docs/doctor.md with the codes of the vault, and demands words for each.
func TestAilmentsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repo, "docs", "doctor.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, match[1])
	}
	findings, notes := vault.Ailments()
	if all := slices.Concat(findings, notes); !slices.Equal(documented, all) {
		t.Errorf("docs/doctor.md explains\n%v, the vault finds\n%v", documented, all)
	}
	for _, lang := range []text.Lang{text.English, text.Russian} {
		tr := text.New(lang, time.UTC)
		for _, code := range slices.Concat(findings, notes) {
			for _, key := range []string{"doctor.means." + code, "doctor.mend." + code} {
				if !tr.Has(text.Key(key)) {
					t.Errorf("%s: no message %s", lang, key)
				}
			}
		}
	}
}
