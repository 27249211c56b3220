package statement

import (
	"errors"
	"fmt"
)

// What a statement can be refused for. Match with errors.Is; SyntaxError and
// UnknownType carry more.
var (
	// ErrTooLarge: the file, or a part to be sealed, is over its limit.
	ErrTooLarge = errors.New("statement over the size limit")
	// ErrMalformed: the bytes are not the canonical form of a statement.
	// The error is a *SyntaxError.
	ErrMalformed = errors.New("malformed statement")
	// ErrSignature: the signature is not one by the device's key over the
	// header, in this type's namespace, with SHA-512.
	ErrSignature = errors.New("bad signature")
	// ErrUnknownDevice: nobody knows a key for the device that the statement
	// names, so nothing in it was checked.
	ErrUnknownDevice = errors.New("unknown device")
	// ErrUnknownType: the frame is sound, but this version of opsvault does
	// not know the type, or the op of an act. The error is an *UnknownType.
	ErrUnknownType = errors.New("unknown type of statement")
	// ErrSealed: a sealed part is not the one that the header names, not an
	// age file to exactly one post-quantum recipient, or does not open with
	// the identity given.
	ErrSealed = errors.New("bad sealed part")
)

// A SyntaxError says where a statement leaves the canonical form. It matches
// ErrMalformed.
type SyntaxError struct {
	Line int // 1-based line of the file; 0 where no line is to blame
	Msg  string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Msg)
}

// Is makes every SyntaxError match ErrMalformed.
func (e *SyntaxError) Is(target error) bool { return target == ErrMalformed }

// malformed returns a SyntaxError without a line; at gives it one.
func malformed(format string, args ...any) *SyntaxError {
	return &SyntaxError{Msg: fmt.Sprintf(format, args...)}
}

// at returns err with its line set, if it is a SyntaxError that has none.
func at(line int, err error) error {
	var syntax *SyntaxError
	if errors.As(err, &syntax) && syntax.Line == 0 {
		return &SyntaxError{Line: line, Msg: syntax.Msg}
	}
	return err
}

// An UnknownType is the outcome of reading a statement of a type, or an act
// of an op, that this version does not know. The frame is sound: first line,
// device line, signature and sealed parts were checked. It grants nothing.
type UnknownType struct {
	Type Type
	Op   string // the op of an act; empty for other types
	// Statement is what was read. It is nil when only a header was parsed.
	Statement *Statement
}

func (e *UnknownType) Error() string {
	if e.Op != "" {
		return fmt.Sprintf("unknown op %q of %s: made by a newer opsvault", e.Op, e.Type)
	}
	return fmt.Sprintf("unknown type %q of statement: made by a newer opsvault", e.Type)
}

// Is makes every UnknownType match ErrUnknownType.
func (e *UnknownType) Is(target error) bool { return target == ErrUnknownType }
