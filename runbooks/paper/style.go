package paper

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"sync"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// page parses the template when it is first needed: no other command pays for it.
var page = sync.OnceValues(func() (*template.Template, error) { return template.New("page").Parse(pageText) })

// style is all CSS of a page. Each sheet has pages of its own, with its name in their footer.
func (p *Page) style() template.CSS {
	var b strings.Builder
	b.WriteString(styleText)
	page := cssString(p.Words("sheet.page")+" ") + ` counter(page) ` + cssString(" "+p.Words("sheet.of")+" ") + ` counter(pages)`
	fmt.Fprintf(&b, "@page { @bottom-right { content: %s } @bottom-left { content: %s } }\n", page, cssString(p.title()))
	for i := range p.Sheets {
		fmt.Fprintf(&b, "@page sheet%d { @bottom-left { content: %s } }\n#sheet%d { page: sheet%d }\n", i+1, cssString(p.footer(i)), i+1, i+1)
	}
	return template.CSS(b.String())
}

// footer is what stands at the foot of each page of a sheet: the runbook, its version and digest; in the binder its tab,
// by which the contents name it.
func (p *Page) footer(i int) string {
	s := &p.Sheets[i]
	parts := []string{}
	if p.Binder != nil {
		parts = append(parts, p.Words("sheet.tab", "n", i+1))
	}
	parts = append(parts, s.Name(), s.Digest())
	if s.Run != nil {
		parts = append(parts, s.Words("sheet.run-id", "run", s.Run.ID))
	}
	if s.Run != nil && s.Run.State.Drill {
		parts = append(parts, s.Words("sheet.drill"))
	}
	if s.Draft {
		parts = append(parts, s.Words("sheet.draft"))
	}
	return strings.Join(parts, " · ")
}

// title is what browsers without margin boxes print at the head or foot of each page.
func (p *Page) title() string {
	if p.Binder != nil {
		return p.Words("sheet.binder-of", "vault", p.Vault, "date", date(p.Words, p.Printed))
	}
	if len(p.Sheets) == 0 {
		return ""
	}
	return p.footer(0)
}

// cssString is s as a string of CSS. Whatever is not plainly harmless is escaped by its number.
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r == ' ' || r == '-' || r == '@' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, `\%06X `, r) // the space ends the escape and belongs to it
	}
	b.WriteByte('"')
	return b.String()
}

// policyFor forbids whatever a page of ours does not need: everything but its own style.
func policyFor(style template.CSS) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
