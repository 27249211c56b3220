package runbooks

import (
	"net/url"
	"strings"
	"time"

	"opsvault/policy/strictyaml"
)

// The schemes of targets.
const (
	SchemeJump     = "#" // a step, #end or #abort of this runbook
	SchemeVault    = "vault"
	SchemeCall     = "call"
	SchemeEscalate = "escalate"
	SchemeHandover = "handover"
	SchemeTimer    = "timer"
	SchemeEvidence = "evidence"
	SchemeRunbook  = "runbook"
	SchemeWeb      = "web" // http, https, mailto, tel: shown only
)

func schemes() []string {
	return []string{
		SchemeVault, SchemeCall, SchemeEscalate, SchemeHandover, SchemeTimer, SchemeEvidence, SchemeRunbook,
		"http", "https", "mailto", "tel",
	}
}

// A Target is where a link leads.
type Target struct {
	Scheme string
	Value  string        // without the scheme: a step's id, a path, a number, a slug …
	Field  string        // of a credential: the one that is meant, "" for all
	Span   time.Duration // of a timer
	Pos    Pos
}

// IsJump reports a target in this runbook.
func (t Target) IsJump() bool { return t.Scheme == SchemeJump }

// String is the target as it is written.
func (t Target) String() string {
	switch {
	case t.Scheme == SchemeJump:
		return "#" + t.Value
	case t.Scheme == SchemeWeb:
		return t.Value
	case t.Field != "":
		return t.Scheme + ":" + t.Value + "#" + t.Field
	}
	return t.Scheme + ":" + t.Value
}

// parseTarget reads the destination of a link and reports what is wrong with it.
func parseTarget(dest string, pos Pos, found *findings) (Target, bool) {
	if id, ok := strings.CutPrefix(dest, "#"); ok {
		return Target{Scheme: SchemeJump, Value: id, Pos: pos}, true
	}
	scheme, rest, ok := strings.Cut(dest, ":")
	scheme = strings.ToLower(scheme)
	if !ok || strings.ContainsAny(scheme, "/?.") {
		found.add(pos, "link-relative", "target", dest)
		return Target{Scheme: SchemeWeb, Value: dest, Pos: pos}, true
	}
	t := Target{Scheme: scheme, Value: rest, Pos: pos}
	switch scheme {
	case "http", "https", "mailto", "tel":
		return Target{Scheme: SchemeWeb, Value: dest, Pos: pos}, true
	case SchemeVault:
		t.Value, t.Field, _ = strings.Cut(rest, "#")
	}
	value, err := url.PathUnescape(t.Value)
	if _, _, bad := unsafeRune(value); err != nil || bad || strings.Contains(value, "\n") {
		found.add(pos, "link-value", "scheme", scheme, "value", rest, "want", wanted(scheme))
		return t, false
	}
	t.Value = value
	known, ok := checkTarget(&t)
	if !known {
		found.add(pos, "link-scheme", "scheme", scheme, "near", strictyaml.Nearest(scheme, schemes()))
		return t, false
	}
	if !ok {
		found.add(pos, "link-value", "scheme", scheme, "value", rest, "want", wanted(scheme))
	}
	return t, ok
}

func checkTarget(t *Target) (known, ok bool) {
	switch t.Scheme {
	case SchemeVault:
		return true, isEntryPath(t.Value) && len(t.Field) <= 64
	case SchemeCall:
		return true, phoneForm().MatchString(t.Value) || isPerson(t.Value)
	case SchemeEscalate, SchemeHandover:
		return true, isPerson(t.Value)
	case SchemeTimer:
		t.Span, ok = ParseSpan(t.Value)
		return true, ok
	case SchemeEvidence:
		return true, fileForm().MatchString(t.Value)
	case SchemeRunbook:
		return true, isSlug(t.Value)
	}
	return false, false
}

// wanted is an example of a scheme's value.
func wanted(scheme string) string {
	switch scheme {
	case SchemeVault:
		return "vault:telephony/sip-trunk"
	case SchemeCall:
		return "call:+74951234567, call:duty:on-call, call:maria"
	case SchemeEscalate, SchemeHandover:
		return scheme + ":lead, " + scheme + ":duty:on-call"
	case SchemeTimer:
		return "timer:10min"
	case SchemeEvidence:
		return "evidence:photo"
	case SchemeRunbook:
		return "runbook:no-power"
	}
	return ""
}

// isPerson accepts "lead", "duty:on-call", "member:maria", "role:lead".
func isPerson(s string) bool {
	if kind, name, ok := strings.Cut(s, ":"); ok {
		return (kind == "duty" || kind == "member" || kind == "role") && isSlug(name)
	}
	return isSlug(s)
}

// isEntryPath is a first look at a credential's path; the vault has the last word.
func isEntryPath(s string) bool {
	safe, name, ok := strings.Cut(s, "/")
	return ok && isSlug(safe) && isLine(name) && len(s) <= 255 && !strings.HasSuffix(s, "/") && !strings.Contains(s, "//")
}
