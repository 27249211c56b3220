package vault

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A parcel is some files of a vault, and stretches of the logs that announce
// them, as text that can be pasted: docs/format.md, section 12.4.
const (
	parcelBegin = "-----BEGIN OPSVAULT PARCEL-----"
	parcelEnd   = "-----END OPSVAULT PARCEL-----"
	parcelHead  = "opsvault/v1 parcel\n"

	// MaxParcel is how many bytes a parcel's text has at most.
	MaxParcel = 1 << 20
	// MaxPasted is how many bytes it may have with what a chat program put
	// around it and into it.
	MaxPasted = 4 << 20

	parcelFiles = 256
	parcelBytes = 8 << 20 // unpacked
	parcelWidth = 64
)

// ParcelError says why a text brings nothing, or can't be made. Why is one of
// none, cut, garbled, too-large, other-vault, disconnected, newer-policy, and
// missing.
type ParcelError struct {
	Why    string
	Device string // disconnected: whose log does not go on from what is here
	File   string
	Err    error
}

func (e *ParcelError) Error() string {
	s := "parcel: " + e.Why
	if e.Device != "" {
		s += " (device " + e.Device + ")"
	}
	if e.File != "" {
		s += " (" + e.File + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *ParcelError) Unwrap() error { return e.Err }

// A parcelItem is a whole file, or the bytes of a log's segment from offset on.
type parcelItem struct {
	name   string
	part   bool
	offset uint64
	data   []byte
}

type parcel struct {
	vault statement.Hash
	items []parcelItem // by name
}

// encode writes a parcel as text.
func (p *parcel) encode() ([]byte, error) {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(p.plain()); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(packed.Bytes())
	var b bytes.Buffer
	b.WriteString(parcelBegin + "\n")
	for len(text) > 0 {
		n := min(parcelWidth, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString(parcelEnd + "\n")
	if len(p.items) > parcelFiles || b.Len() > MaxParcel {
		return nil, &ParcelError{Why: "too-large"}
	}
	return b.Bytes(), nil
}

func (p *parcel) plain() []byte {
	slices.SortFunc(p.items, func(a, b parcelItem) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	fmt.Fprintf(&b, "%svault %s\n", parcelHead, p.vault)
	for _, item := range p.items {
		if item.part {
			fmt.Fprintf(&b, "part %s %d %d\n", item.name, item.offset, len(item.data))
		} else {
			fmt.Fprintf(&b, "file %s %d\n", item.name, len(item.data))
		}
		b.Write(item.data)
	}
	return b.Bytes()
}

// decodeParcel reads a parcel out of a text, whatever a chat program did to it:
// text before and after, other line ends and widths, quotation marks.
func decodeParcel(text []byte) (*parcel, error) {
	packed, err := unwrapParcel(text)
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, &ParcelError{Why: "garbled", Err: err}
	}
	plain, err := io.ReadAll(io.LimitReader(zip, parcelBytes+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &ParcelError{Why: "cut", Err: err}
	case err != nil:
		return nil, &ParcelError{Why: "garbled", Err: err}
	case len(plain) > parcelBytes:
		return nil, &ParcelError{Why: "too-large"}
	}
	p, err := parseParcel(plain)
	if err != nil {
		return nil, &ParcelError{Why: "garbled", Err: err}
	}
	return p, nil
}

// unwrapParcel returns the bytes between the first and the last line.
func unwrapParcel(text []byte) ([]byte, error) {
	if len(text) > MaxPasted {
		return nil, &ParcelError{Why: "too-large"}
	}
	_, rest, found := strings.Cut(string(text), strings.Trim(parcelBegin, "-"))
	if !found {
		return nil, &ParcelError{Why: "none"}
	}
	body, _, ended := strings.Cut(rest, strings.Trim(parcelEnd, "-"))
	if !ended {
		return nil, &ParcelError{Why: "cut"}
	}
	chars := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n>|`*-\u2010\u2011\u2012\u2013\u2014\u2212\u00a0\u00ad\u200b\u200c\u200d\u2028\u2060\ufeff", r) {
			return -1
		}
		return r
	}, body)
	packed, err := base64.StdEncoding.DecodeString(chars)
	if err != nil {
		return nil, &ParcelError{Why: "garbled", Err: err}
	}
	return packed, nil
}

// parseParcel reads what plain wrote, and nothing else.
func parseParcel(plain []byte) (*parcel, error) {
	rest, ok := bytes.CutPrefix(plain, []byte(parcelHead))
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	id, isVault := strings.CutPrefix(string(line), "vault ")
	if !ok || !isVault {
		return nil, errors.New("no parcel inside")
	}
	hash, err := statement.ParseHash(id)
	if err != nil {
		return nil, err
	}
	p := &parcel{vault: hash}
	for len(rest) > 0 {
		if len(p.items) == parcelFiles {
			return nil, errors.New("more files than a parcel has")
		}
		var item parcelItem
		if item, rest, err = parseItem(rest); err != nil {
			return nil, err
		}
		if n := len(p.items); n > 0 && p.items[n-1].name >= item.name {
			return nil, fmt.Errorf("%s: not in order", item.name)
		}
		p.items = append(p.items, item)
	}
	if !bytes.Equal(p.plain(), plain) {
		return nil, errors.New("not as a parcel is written")
	}
	return p, nil
}

func parseItem(rest []byte) (parcelItem, []byte, error) {
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	f := strings.Split(string(line), " ")
	var item parcelItem
	switch {
	case len(f) == 3 && f[0] == "file":
	case len(f) == 4 && f[0] == "part":
		item.part = true
	default:
		return item, nil, errors.New("a line that a parcel does not have")
	}
	item.name = f[1]
	n, ok := store.ParseName(item.name)
	lines := n.Form == store.FormLogLines
	if !ok || n.Form == store.FormMarker || n.Form == store.FormRunLines || n.Form == store.FormRunHead || item.part != lines {
		return item, nil, fmt.Errorf("%q: no file of a parcel", f[1])
	}
	size, err := strconv.ParseUint(f[len(f)-1], 10, 32)
	if err == nil && item.part {
		item.offset, err = strconv.ParseUint(f[2], 10, 32)
	}
	if err != nil || size > uint64(len(rest)) {
		return item, nil, fmt.Errorf("%s: cut off", item.name)
	}
	item.data = rest[:size:size]
	return item, rest[size:], nil
}
