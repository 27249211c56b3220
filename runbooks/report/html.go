package report

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"io"
	"sync"

	"opsvault/runbooks"
)

// HTML writes a report as one page that loads nothing: its style is inside, and a policy in it forbids all else. The book gives
// steps their titles and may be nil.
func HTML(w io.Writer, r Report, book *runbooks.Runbook, words Words, lang string) error {
	d := compose(r, book, words)
	d.Lang = lang
	return page().Execute(w, d)
}

const style = `
body{font:15px/1.45 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;color:#111;background:#fff;margin:2em auto;max-width:72em;padding:0 1em}
h1{font-size:1.6em;margin:0 0 .5em}h2{font-size:1.15em;margin:1.8em 0 .4em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1.2em;margin:0}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3em .6em;border-bottom:1px solid #ddd}
th{color:#555;font-weight:600}td{overflow-wrap:anywhere;min-width:5em}thead{display:table-header-group}tr{break-inside:avoid}
.grave{border-left:4px solid #b00020;padding-left:1em}.mark{border:2px solid #b00020;color:#b00020;display:inline-block;font-weight:700;letter-spacing:.1em;padding:.2em .6em}
footer{color:#555;font-size:.85em;margin-top:2.5em;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:11px}}
`

// page is made when the first report is: nobody else pays for it.
var page = sync.OnceValue(func() *template.Template {
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	return template.Must(template.New("report").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="` + policy + `">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Title}}</title><style>` + style + `</style></head><body>
<h1>{{.Title}}</h1>
{{with .Mark}}<p class="mark">{{.}}</p>
{{end}}<dl>{{range .Facts}}<dt>{{.Name}}</dt><dd>{{.Value}}</dd>{{end}}</dl>
{{range .Sections}}<section{{if .Grave}} class="grave"{{end}}><h2>{{.Title}}</h2>
{{with .Intro}}<p>{{.}}</p>
{{end}}{{if .List}}<ul>{{range .List}}<li>{{.}}</li>
{{end}}</ul>{{end}}{{if .Rows}}<table><thead><tr>{{range .Header}}<th>{{.}}</th>{{end}}</tr></thead><tbody>
{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>
{{end}}</tbody></table>{{end}}</section>
{{end}}<footer>{{.Foot}}</footer>
</body></html>
`))
})
