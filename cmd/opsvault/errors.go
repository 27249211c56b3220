package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/policy/strictyaml"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
	"opsvault/vault/store"
)

// The exit codes, as docs/exit-codes.md explains them to the authors of scripts. They never change their meaning.
const (
	codeDone        = 0
	codeUnexpected  = 1
	codeUsage       = 2
	codeCancelled   = 3
	codeWaiting     = 4
	codeRunFailed   = 5
	codeNotFound    = 10
	codeDenied      = 11
	codeLocked      = 12
	codeIntegrity   = 13
	codeFindings    = 14
	codeConflict    = 15
	codeBusy        = 16
	codeLogFailed   = 17
	codeIO          = 18
	codeExpired     = 19
	codeInterrupted = 130
)

// A row of the table: which errors, the exit code, the message and the hint. An empty message is the error's own text;
// an empty hint is none. The texts have the arguments that match returns, and {err}, the error's own text.
type row struct {
	match   matcher
	code    int
	message text.Key
	hint    text.Key
}

// A matcher says whether a row is for an error, and gives the arguments of its texts.
type matcher func(error) (args []any, ok bool)

// table is the only place where errors meet exit codes. The first row that matches counts.
func table() []row {
	return append(slices.Concat(grantRows(), policyRows(), togetherRows(), deniedRows()), []row{
		{as(func(e *vault.LogError) []any { return []any{"why", e.Err} }), codeLogFailed, "error.log", "hint.log"},
		{is(vault.ErrRemoved), codeDenied, "error.removed", "hint.removed"},
		{is(chain.ErrAhead), codeIntegrity, "error.log-ahead", "hint.log-ahead"},
		{is(store.ErrBusy), codeBusy, "error.busy", "hint.busy"},
		{is(identity.ErrPassphrase), codeLocked, "error.passphrase", "hint.passphrase"},
		{is(identity.ErrNoPassphrase), codeLocked, "error.no-passphrase", "hint.no-passphrase"},
		{as(func(e *vault.NotAdmittedError) []any {
			return []any{"member", e.Member, "digits", grouped(e.Digits)}
		}), codeWaiting, "error.not-admitted", "hint.not-admitted"},
		{as[*vault.UnconfirmedError](nil), codeWaiting, "error.unconfirmed", "hint.unconfirmed"},
		{noAttempts, codeIntegrity, "error.read-back-stop", "hint.read-back-stop"},
		{as(func(e *vault.ReadBackError) []any { return []any{"n", e.Left} }), codeIntegrity, "error.read-back", "hint.read-back"},
		{as(func(e *vault.ExpiredError) []any { return []any{"member", e.Member, "until", e.Until} }), codeExpired, "error.invitation-over", "hint.invitation-over"},
		{is(vault.ErrNotInvitation), codeUsage, "error.not-invitation", "hint.not-invitation"},
		{is(vault.ErrOtherVault), codeIntegrity, "error.other-vault", "hint.other-vault"},
		{is(vault.ErrNoCopy), codeNotFound, "error.no-copy", "hint.no-copy"},
		{as[*vault.BehindError](nil), codeNotFound, "error.copy-behind", "hint.copy-behind"},
		{is(vault.ErrJoined), codeUsage, "error.joined", "hint.joined"},
		{is(vault.ErrNamed), codeUsage, "error.named", "hint.named"},
		{is(vault.ErrDeviceGone), codeDenied, "error.device-gone", "hint.device-gone"},
		{as(func(e *vault.PendingError) []any {
			return []any{"version", e.Version, "who", e.Who, "hash", e.Hash.Short()}
		}), codeWaiting, "error.pending", "hint.pending"},
		{as(func(e *vault.MemberDiffersError) []any {
			return []any{"member", e.Member, "name", e.Name, "roles", e.Roles}
		}), codeUsage, "error.member-differs", "hint.member-differs"},
		{is(vault.ErrNoIdentity), codeLocked, "error.no-identity", "hint.no-identity"},
		{is(identity.ErrDamaged), codeIntegrity, "error.identity-damaged", "hint.identity-damaged"},
		{is(vault.ErrNoKey), codeLocked, "error.no-key", "hint.no-key"},
		{notHere, codeLocked, "error.not-here", "hint.who"},
		{as(func(e *vault.WhoError) []any { return []any{"members", e.Members} }), codeUsage, "error.who", "hint.who"},
		{is(vault.ErrNoVault), codeNotFound, "error.not-a-vault", "hint.no-vault"},
		{is(vault.ErrNotJoined), codeNotFound, "error.not-joined", "hint.not-joined"},
		{is(vault.ErrSwapped), codeIntegrity, "error.swapped", "hint.swapped"},
		{is(vault.ErrSamePlace), codeUsage, "sync.same-place", "sync.same-place-hint"},
		{is(vault.ErrNotEmpty), codeUsage, "error.not-empty", "hint.not-empty"},
		{is(vault.ErrUnchanged), codeUsage, "error.unchanged", "hint.unchanged"},
		{lateEntry, codeConflict, "error.late", "hint.late"},
		{needsTicket, codeUsage, "error.ticket", "hint.ticket"},
		{as(func(e *vault.ReasonError) []any { return []any{"safe", e.Safe} }), codeUsage, "error.reason", "hint.reason"},
		{announcedOnly, codeIntegrity, "error.announced", "hint.announced"},
		{as(func(e *vault.RollbackError) []any {
			return []any{"name", e.Name, "have", e.Have, "pinned", e.Pinned}
		}), codeIntegrity, "error.rollback", "hint.rollback"},
		{as(func(e *vault.OldCopyError) []any {
			return []any{"name", e.Name, "have", e.Have, "pinned", e.Pinned}
		}), codeIntegrity, "error.old-copy", "hint.old-copy"},
		{as(func(e *vault.ClashError) []any {
			return []any{"path", e.Path, "word", shellWord(e.Path), "fields", clashNames(e.Clashes)}
		}), codeConflict, "error.clash", "hint.clash"},
		{is(vault.ErrUndecided), codeConflict, "error.undecided", "hint.undecided"},
		{as(func(e *vault.ConflictError) []any {
			return []any{"path", e.Path, "word", shellWord(e.Path), "count", len(e.Siblings)}
		}), codeConflict, "error.conflict", "hint.conflict"},
		{ungoverned, codeUsage, "error.policy", "hint.policy-govern"},
		{as(func(e *vault.PolicyError) []any { return []any{"problems", problemWords(e.Problems)} }), codeUsage, "error.policy", "hint.policy"},
		{as(func(e *vault.IntegrityError) []any { return []any{"file", e.File, "why", causeWords(e.Err)} }), codeIntegrity, "error.integrity", "hint.integrity"},
		{is(vault.ErrFork), codeIntegrity, "error.fork", "hint.fork"},
		{as(func(e *vault.TransitError) []any { return []any{"device", e.Device} }), codeIntegrity, "error.transit", "hint.transit"},
		{taken("entry"), codeUsage, "error.exists", "hint.exists-entry"},
		{taken("safe"), codeUsage, "error.exists", "hint.exists-safe"},
		{taken("role"), codeUsage, "error.exists", "hint.exists-role"},
		{taken(""), codeUsage, "error.exists", "hint.exists"},
		{missing("entry", meant), codeNotFound, "error.no-entry", "hint.near"},
		{missing("entry", whatever), codeNotFound, "error.no-entry", "hint.look"},
		{missing("safe", meant), codeNotFound, "error.no-safe", "hint.near"},
		{missing("safe", some), codeNotFound, "error.no-safe", "hint.among"},
		{missing("safe", whatever), codeNotFound, "error.no-safe", "hint.look-safe"},
		{missing("field", meant), codeNotFound, "error.no-field", "hint.near"},
		{missing("field", whatever), codeNotFound, "error.no-field", "hint.among"},
		{missing("member", meant), codeNotFound, "error.no-member", "hint.near"},
		{missing("member", whatever), codeNotFound, "error.no-member", "hint.look-member"},
		{missing("role", meant), codeNotFound, "error.no-role", "hint.near"},
		{missing("role", whatever), codeNotFound, "error.no-role", "hint.look-role"},
		{missing("runbook", meant), codeNotFound, "error.no-runbook", "hint.near"},
		{missing("runbook", whatever), codeNotFound, "error.no-runbook", "hint.look-runbook"},
		{missing("rotation", whatever), codeNotFound, "rotate.not-listed", "rotate.not-listed-hint"},
		{notRotated(vault.NotNewer), codeWaiting, "rotate.not-newer", "rotate.not-newer-hint"},
		{notRotated(vault.StillOpenable), codeWaiting, "rotate.still-openable", "rotate.still-openable-hint"},
		{missing("device", whatever), codeNotFound, "error.no-device", "hint.look-device"},
		{missing("side", some), codeUsage, "error.no-side", "hint.among"},
		{missing("version", whatever), codeNotFound, "error.no-version", "hint.look-version"},
		{missing("invitation", whatever), codeNotFound, "error.no-invitation", "hint.no-invitation"},
		{missing("", some), codeNotFound, "error.not-found", "hint.near"},
		{missing("", whatever), codeNotFound, "error.not-found", ""},
		{as(func(e strictyaml.Errors) []any { return []any{"faults", faultWords(e)} }), codeUsage, "error.yaml", "hint.yaml"},
		{as(func(e *entry.TextError) []any { return []any{"what", textWords(e)} }), codeUsage, "error.text", "hint.text"},
		{placeWith(store.ErrFull), codeIO, "sync.place-full", "sync.place-full-hint"},
		{placeWith(fs.ErrNotExist), codeIO, "sync.place-gone", "sync.place-gone-hint"},
		{as(func(e *vault.PlaceError) []any { return []any{"place", e.Place, "why", e.Err} }), codeIO, "sync.place", "sync.place-hint"},
		{is(store.ErrFull), codeIO, "error.disk-full", "hint.disk-full"},
		{is(store.ErrReadOnly), codeIO, "error.read-only", "hint.read-only"},
		{is(store.ErrUnsafe), codeIntegrity, "error.unsafe", "hint.unsafe"},
		{is(term.ErrTooLong), codeUsage, "error.too-long", "hint.too-long"},
		{is(term.ErrNoTerminal), codeUsage, "error.no-terminal", "hint.no-terminal"},
		{is(term.ErrCancelled), codeCancelled, "error.cancelled", ""}, // also by Ctrl-C, at a question
		{is(context.Canceled), codeInterrupted, "error.interrupted", ""},
		{when(diskFull), codeIO, "error.disk-full", "hint.disk-full"},
		{when(readOnly), codeIO, "error.read-only", "hint.read-only"},
		{is(fs.ErrPermission), codeIO, "error.permission", "hint.permission"},
		{noFile, codeIO, "error.no-file", "hint.no-file"},
		{as(func(e *fs.PathError) []any { return []any{"path", e.Path, "why", e.Err} }), codeIO, "error.path", "hint.no-file"},
	}...)
}

// is matches like errors.Is.
func is(target error) matcher {
	return func(err error) ([]any, bool) { return nil, errors.Is(err, target) }
}

// when matches what a function says.
func when(holds func(error) bool) matcher {
	return func(err error) ([]any, bool) { return nil, holds(err) }
}

// as matches like errors.As; args gives the texts what the error holds, and may be nil.
func as[E error](args func(E) []any) matcher {
	return func(err error) ([]any, bool) {
		var e E
		if !errors.As(err, &e) {
			return nil, false
		}
		if args == nil {
			return nil, true
		}
		return args(e), true
	}
}

// A failure is an error of a command's own: its code and its texts, by their keys, and the error behind it, if any.
type failure struct {
	code     int
	message  text.Key
	args     []any
	hint     text.Key
	hintArgs []any
	err      error
}

// fail makes an error with a code and a message.
func fail(code int, message text.Key, args ...any) *failure {
	return &failure{code: code, message: message, args: args}
}

// usage makes an error of code 2: what was typed can't be meant so.
func usage(message text.Key, args ...any) *failure { return fail(codeUsage, message, args...) }

// hinted adds what to do to an error that the table knows; it takes the place of the table's hint.
func hinted(err error, hint text.Key, args ...any) *failure {
	return &failure{hint: hint, hintArgs: args, err: err}
}

// because sets the error behind; it is for errors.Is and for {err} in the message.
func (f *failure) because(err error) *failure {
	f.err = err
	return f
}

// withHint sets what to do, or who can.
func (f *failure) withHint(hint text.Key, args ...any) *failure {
	f.hint, f.hintArgs = hint, args
	return f
}

func (f *failure) Error() string {
	switch {
	case f.message == "" && f.err != nil:
		return f.err.Error()
	case f.err != nil:
		return fmt.Sprintf("%s: %v", f.message, f.err)
	}
	return string(f.message)
}

func (f *failure) Unwrap() error { return f.err }

// An exitStatus is a code without a message: a child's own, or findings that have been printed.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// A report is what the person or the script is told of an error.
type report struct {
	Error string `json:"error"`
	Code  int    `json:"code"`
	Hint  string `json:"hint"`
}

// explain finds the code and the words for an error. interrupted says that the person or the system has asked to stop:
// then an error that nothing else explains is the interruption's doing.
func explain(err error, tr *text.Translator, interrupted bool) report {
	f := judge(err)
	if f.code == codeUnexpected && f.message == "" && interrupted {
		f.code, f.message = codeInterrupted, "error.interrupted"
	}
	detail := []any{"err", f.err}
	r := report{Error: term.Clean(err.Error()), Code: f.code}
	if f.message != "" {
		r.Error = tr.Text(f.message, inWords(slices.Concat(f.args, detail), tr)...)
	}
	if f.hint != "" {
		r.Hint = tr.Text(f.hint, inWords(slices.Concat(f.hintArgs, detail), tr)...)
	}
	return r
}

// judge makes a failure of any error: a command's own failure as it is, with what it leaves open taken from the table.
func judge(err error) failure {
	found := failure{code: codeUnexpected, err: err}
	for _, row := range table() {
		if args, ok := row.match(err); ok {
			found = failure{row.code, row.message, args, row.hint, args, err}
			break
		}
	}
	var own *failure
	if !errors.As(err, &own) {
		return found
	}
	if own.err != nil {
		found.err = own.err
	}
	if own.message != "" {
		found.code, found.message, found.args, found.hint = own.code, own.message, own.args, ""
	}
	if own.hint != "" {
		found.hint, found.hintArgs = own.hint, own.hintArgs
	}
	return found
}

// print writes a report in two lines, or as JSON.
func (r report) print(w io.Writer, asJSON bool, tr *text.Translator, style term.Style) {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.Encode(r)
		return
	}
	fmt.Fprintf(w, "opsvault: %s: %s\n", style.Bold(tr.Text("label.error")), r.Error)
	if r.Hint != "" {
		fmt.Fprintf(w, "opsvault: %s: %s\n", tr.Text("label.hint"), r.Hint)
	}
}
