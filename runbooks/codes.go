package runbooks

import "slices"

// warnings are the codes of what should be mended but stops nobody.
func warnings() []string {
	return []string{
		"drill-overdue", "link-relative", "many-checks", "owner-missing", "owner-unknown", "review-overdue",
		"risky-without-undo", "role-empty", "run-without-check", "step-number", "translation-stale",
	}
}

// faults are the codes of what makes a runbook unfit to run.
func faults() []string {
	return []string{
		// The text.
		"control-char", "line-too-long", "not-utf8", "paragraph-too-dense", "paragraph-too-long", "too-deep", "too-large",
		"too-many-problems", "too-many-steps",
		// The front matter.
		"front-missing", "front-open", "key-missing", "key-unknown", "key-value", "yaml", "yaml-quotes",
		// Headings, phases and steps.
		"html", "id-duplicate", "id-form", "id-missing", "id-reserved", "id-taken", "outside-step", "phase-empty",
		"phase-missing", "phase-rollback", "step-form", "step-outside", "title-missing", "title-twice",
		// The parts of a step.
		"answer-form", "answer-twice", "check-in-note", "check-ticked", "checkbox-form",
		"command-relative", "command-source", "command-syntax", "command-too-long", "command-trace", "command-variable", "decision-few",
		"decision-last", "decision-question", "fence-empty", "fence-lang", "fence-option", "fence-secret", "input-form",
		"input-twice", "meta-twice", "meta-unknown", "meta-value", "note-form", "role-unknown",
		// Links.
		"link-broken", "link-reference", "link-scheme", "link-title", "link-value",
		// Routes and what flows along them.
		"input-in-run", "input-undefined", "jump-dead", "jump-rollback", "loop-without-timer", "no-end",
		"no-exit", "secret-text", "step-unreachable", "undo-target",
		// What the vault says.
		"credential-denied", "credential-missing", "runbook-missing", "second-alone",
		// An answers file.
		"answers-check", "answers-decision", "answers-input", "answers-step", "answers-value",
	}
}

// Codes are all codes of problems, sorted.
func Codes() []string {
	all := append(warnings(), faults()...)
	slices.Sort(all)
	return all
}

func severityOf(code string) Severity {
	if slices.Contains(warnings(), code) {
		return Warning
	}
	return Error
}
