// Package runbooks holds the runbook language and its runs: parse, lint, and the engine that leads a person through a
// runbook step by step.
//
// A runbook is Markdown that a person can follow on paper. Five conventions carry the machine's part: a ### heading is a
// step, a checkbox is something to do or confirm, a link to #id is a jump, a link with a scheme (vault:, call:, …) is an
// action, and a fence marked run or notice is text for the machine. docs/runbook-language.md has the whole grammar.
//
// [Parse] reads a text into a [Runbook] and says what breaks the grammar; [Lint] also walks its routes and, given a
// [World], looks at what it needs from the vault. What they find are values of [Problem], a code and its place; the
// words for people are made elsewhere.
//
// A run is a list of events; docs/runs.md has them all. [State] is what follows from them: [State.Apply] is a pure function, so
// a run that was killed is rebuilt with [Replay] and goes on at the same step. [Next] names the one thing that comes next. A
// [Runner] makes the events of a person's answers, hands each to its [Journal] before its effect shows, reveals credentials
// through [Secrets] and runs commands through an [Executor]; it does not know what a vault, a terminal or a language is. A
// command whose end nobody saw is never started again, and a run does not end before what it did is taken back or waived.
//
// A run has one owner, whose events count; [Accept] and [Take] make it somebody else's, and [Weave] reads the journals of
// several devices as one run. A [Script] drives a Runner from an answers file, [Cover] makes such files for every route, and
// [Walk] lists what can be reached without running anything; package plain drives a Runner from a person, line by line.
//
// The package reads no file, no clock and no environment, and it promises that no text, however hostile, makes it panic
// or work for long: what is too large, too deep or not plain text is refused before it is parsed.
package runbooks
