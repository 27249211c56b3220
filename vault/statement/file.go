package statement

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	MaxSize  = 1 << 20 // bytes of a statement file, and of a plaintext to seal
	MaxParts = 4       // sealed parts of a statement
)

// A Statement is a signed file that was read and checked.
type Statement struct {
	Header    Header
	Hash      Hash     // SHA-256 of the header's bytes
	Signature []byte   // armored; part of the bytes that were read
	Parts     [][]byte // binary age files, in the order of the `sealed` lines
}

// Sign makes the file of a statement: h, its signature by key, and the parts,
// which are binary age files in the order of the `sealed` lines of h. The key
// must be the one of the device that h names. Ed25519 needs no randomness, so
// rand may be nil for keys in memory; it is handed to key. The hash is that of
// the header.
func Sign(h Header, parts [][]byte, key ssh.Signer, rand io.Reader) (file []byte, hash Hash, err error) {
	header, err := h.Encode()
	if err != nil {
		return nil, Hash{}, err
	}
	if device, _ := h.Get("device"); device != DeviceID(key.PublicKey()) {
		return nil, Hash{}, fmt.Errorf("%w: the key is not that of device %s", ErrSignature, device)
	}
	if err := checkParts(h, parts); err != nil {
		return nil, Hash{}, err
	}
	signature, err := signHeader(header, h.Type, key, rand)
	if err != nil {
		return nil, Hash{}, err
	}
	file = append(header, signature...)
	for _, part := range parts {
		file = append(file, Armor(part)...)
	}
	if len(file) > MaxSize {
		return nil, Hash{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(file))
	}
	return file, Sum(header), nil
}

// DeviceLine returns the device id that a statement's file names, and checks
// nothing else: it tells whose key to fetch before anything is believed.
func DeviceLine(file []byte) (string, error) {
	b, err := split(file)
	if err != nil {
		return "", err
	}
	return b.device()
}

// Peek reads the header of a statement's file. Its signature is not checked:
// nothing may be decided by it but where to look for what checks it.
func Peek(file []byte) (Header, error) {
	b, err := split(file)
	if err != nil {
		return Header{}, err
	}
	return ParseHeader(b.header)
}

// Open reads a statement in the order that the format fixes: size, device
// line, the device's key from keyOf, signature, then everything else out of
// the same bytes. An error of keyOf is returned as ErrUnknownDevice around it.
// For types that this version does not know the error is an *UnknownType with
// the statement in it, and so is the first result.
func Open(file []byte, keyOf func(device string) (ssh.PublicKey, error)) (*Statement, error) {
	b, err := split(file)
	if err != nil {
		return nil, err
	}
	device, err := b.device()
	if err != nil {
		return nil, err
	}
	key, err := keyOf(device)
	switch {
	case errors.Is(err, ErrUnknownDevice):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w %s: %w", ErrUnknownDevice, device, err)
	case key == nil:
		return nil, fmt.Errorf("%w %s", ErrUnknownDevice, device)
	}
	if DeviceID(key) != device {
		return nil, fmt.Errorf("%w: the key is not that of device %s", ErrSignature, device)
	}
	return b.open(key)
}

// OpenDevice reads a .device file, which is checked with the key that it
// states. Nothing is to be believed of it until a policy names the hash of the
// file.
func OpenDevice(file []byte) (*Statement, Device, error) {
	b, err := split(file)
	if err != nil {
		return nil, Device{}, err
	}
	if b.kind != TypeDevice {
		return nil, Device{}, malformed("want type device, have %q", b.kind)
	}
	stated, err := b.line("key")
	if err != nil {
		return nil, Device{}, err
	}
	key, err := parseKey(stated)
	if err != nil {
		return nil, Device{}, err
	}
	st, err := Open(file, func(string) (ssh.PublicKey, error) { return key, nil })
	if err != nil {
		return nil, Device{}, err
	}
	device, err := ParseDevice(st.Header)
	return st, device, err
}

// blocks is a file cut into its three kinds of block. Nothing in them was
// checked yet.
type blocks struct {
	kind      Type
	header    []byte
	signature []byte
	parts     []byte
}

// split checks the size of a file and finds its header and its signature.
func split(file []byte) (blocks, error) {
	if len(file) > MaxSize {
		return blocks{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(file))
	}
	kind, err := firstLine(file)
	if err != nil {
		return blocks{}, err
	}
	end := bytes.Index(file, []byte("\n"+sshArmor.first)) + 1
	if end == 0 {
		return blocks{}, malformed("no signature after the header")
	}
	rest := file[end:]
	size := bytes.Index(rest, []byte("\n"+sshArmor.last)) + 1
	if size == 0 {
		return blocks{}, at(1+bytes.Count(file[:end], []byte("\n")), malformed("signature without its last line"))
	}
	size += len(sshArmor.last)
	return blocks{kind, file[:end:end], rest[:size:size], rest[size:]}, nil
}

// line returns the value of the one header line with this key.
func (b blocks) line(key string) (string, error) {
	mark := []byte("\n" + key + " ")
	_, rest, found := bytes.Cut(b.header, mark)
	value, after, _ := bytes.Cut(rest, []byte("\n"))
	if !found || bytes.Contains(b.header[len(b.header)-len(after)-1:], mark) {
		return "", malformed("want one line `%s` in the header", key)
	}
	return string(value[:min(len(value), MaxValue)]), nil
}

func (b blocks) device() (string, error) {
	device, err := b.line("device")
	if err != nil {
		return "", err
	}
	return device, parseDevice(device)
}

// open checks the signature, and then parses what it covers.
func (b blocks) open(key ssh.PublicKey) (*Statement, error) {
	if err := verifyHeader(b.header, b.signature, b.kind, key); err != nil {
		return nil, at(1+bytes.Count(b.header, []byte("\n")), err)
	}
	h, problem := ParseHeader(b.header)
	unknown, isUnknown := problem.(*UnknownType)
	if problem != nil && !isUnknown {
		return nil, problem
	}
	parts, err := b.dearmor()
	if err != nil {
		return nil, err
	}
	if err := checkParts(h, parts); err != nil {
		return nil, err
	}
	st := &Statement{Header: h, Hash: Sum(b.header), Signature: b.signature, Parts: parts}
	if isUnknown {
		unknown.Statement = st
		return st, unknown
	}
	return st, nil
}

// dearmor returns the binary form of the sealed parts.
func (b blocks) dearmor() ([][]byte, error) {
	var parts [][]byte
	rest := b.parts
	line := 1 + bytes.Count(b.header, []byte("\n")) + bytes.Count(b.signature, []byte("\n"))
	for len(rest) > 0 {
		if len(parts) == MaxParts {
			return nil, at(line, malformed("more than %d sealed parts", MaxParts))
		}
		size := bytes.Index(rest, []byte("\n"+ageArmor.last)) + 1
		if size == 0 {
			return nil, at(line, malformed("want a whole sealed part, or nothing, here"))
		}
		size += len(ageArmor.last)
		part, err := Dearmor(rest[:size])
		if err != nil {
			return nil, at(line, err)
		}
		parts = append(parts, part)
		line += bytes.Count(rest[:size], []byte("\n"))
		rest = rest[size:]
	}
	return parts, nil
}

// checkParts holds the parts against the `sealed` lines of the header, whose
// last word is the hash of a part, and looks at who they are sealed to.
func checkParts(h Header, parts [][]byte) error {
	named := 0
	for _, f := range h.Fields {
		if f.Key != "sealed" {
			continue
		}
		if named == len(parts) {
			return malformed("more `sealed` lines than sealed parts")
		}
		sum, err := ParseHash(f.Value[strings.LastIndexByte(f.Value, ' ')+1:])
		if err != nil {
			return err
		}
		if sum != Sum(parts[named]) {
			return fmt.Errorf("%w: part %d is not the one that the header names", ErrSealed, named+1)
		}
		if err := checkSealed(parts[named]); err != nil {
			return fmt.Errorf("sealed part %d: %w", named+1, err)
		}
		named++
	}
	if named < len(parts) {
		return malformed("more sealed parts than `sealed` lines")
	}
	return nil
}
