package vaulttest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Deed is a statement to be announced and written with a person's keys. What
// is nil is done as an honest device does it.
type Deed struct {
	Op, Object string // of the lines that announce it
	Parts      [][]byte
	Common     func(*statement.Common)
	Header     func(statement.Common) (statement.Header, error)
	Name       func(statement.Common, statement.Hash) string

	EditHeader func([]byte) []byte // before it is signed
	Sign       func([]byte) []byte // the armored signature of a header
	EditFile   func([]byte) []byte // the finished file
	Line       func(*chain.Draft)  // the announcing line
	Outcome    chain.Result        // Done if empty
	Later      chain.Result        // a second outcome, "" for none
	Silent     bool                // no line at all
}

// Key returns a person's keys.
func (w *World) Key(p *Person) (*identity.Identity, error) {
	home, err := store.OpenDir(p.Home)
	if err != nil {
		return nil, err
	}
	file, err := identity.Read(home, p.Member)
	if err != nil {
		return nil, err
	}
	return file.Open(nil)
}

// Commit announces a Deed, writes its file, and logs the outcome.
func (w *World) Commit(p *Person, d Deed) error {
	v, err := w.Open(p)
	if err != nil {
		return err
	}
	key, err := w.Key(p)
	if err != nil {
		return err
	}
	log, err := w.log(v, key)
	if err != nil {
		return err
	}
	s, err := d.make(w.common(v, log), key.Signer())
	if err != nil {
		return err
	}
	if !d.Silent {
		if err := d.announce(log, p.Member, s); err != nil {
			return err
		}
	}
	if err := w.Write(s.name, s.file); err != nil {
		return err
	}
	return w.publish(v, log)
}

func (w *World) common(v *vault.Vault, log *chain.Writer) statement.Common {
	return statement.Common{
		Vault: v.ID(), Device: v.Me().Device, Author: v.Me().Member, Policy: v.PolicyRef(), Event: log.Next(), Time: w.Now(),
	}
}

// log opens the original of a person's log.
func (w *World) log(v *vault.Vault, key *identity.Identity) (*chain.Writer, error) {
	state, err := store.OpenDir(v.LocalDir())
	if err != nil {
		return nil, err
	}
	recipient, err := w.Recipient(v, policy.Audit)
	if err != nil {
		return nil, err
	}
	spec := chain.Spec{Vault: v.ID(), Device: v.Me().Device, Key: key.PublicKey()}
	return chain.OpenWriter(chain.Over(state), v.Me().Device+"/log", spec, key.Signer(), chain.Options{
		Clock: w.Now, Derive: key.Derive, Recipient: recipient, Actor: v.Me().Member, Policy: v.PolicyRef().Number,
	})
}

func (w *World) publish(v *vault.Vault, log *chain.Writer) error {
	dir, err := store.OpenDir(w.Dir)
	if err != nil {
		return err
	}
	_, err = log.Publish(chain.Over(dir), store.LogBase(v.Me().Device))
	return err
}

// Recipient is the age recipient of a safe's newest generation.
func (w *World) Recipient(v *vault.Vault, safe string) (string, error) {
	hash, err := statement.ParseHash(v.Policy().Current(safe).Recipient)
	if err != nil {
		return "", err
	}
	dir, err := store.OpenDir(w.Dir)
	if err != nil {
		return "", err
	}
	data, err := dir.Read(store.RecipientName(safe, v.Policy().Current(safe).Gen, hash.Short()), 4<<10)
	return strings.TrimSuffix(string(data), "\n"), err
}

// made is a finished statement.
type made struct {
	name string
	file []byte
	hash statement.Hash
}

func (d *Deed) make(c statement.Common, key ssh.Signer) (made, error) {
	if d.Common != nil {
		d.Common(&c)
	}
	h, err := d.Header(c)
	if err != nil {
		return made{}, err
	}
	header, err := h.Encode()
	if err != nil {
		return made{}, err
	}
	if d.EditHeader != nil {
		header = d.EditHeader(header)
	}
	sign := d.Sign
	if sign == nil {
		sign = func(header []byte) []byte { return Signature(header, h.Type, key) }
	}
	file := append(bytes.Clone(header), sign(header)...)
	for _, part := range d.Parts {
		file = append(file, statement.Armor(part)...)
	}
	if d.EditFile != nil {
		file = d.EditFile(file)
	}
	hash := statement.Sum(header)
	return made{d.Name(c, hash), file, hash}, nil
}

// announce appends the intent and its outcome.
func (d *Deed) announce(log *chain.Writer, member string, s made) error {
	line := chain.Draft{Actor: member, Op: d.Op, Object: d.Object, Policy: 2, Result: chain.Intent, Statement: s.hash}
	if d.Line != nil {
		d.Line(&line)
	}
	lines, err := log.Append(line)
	if err != nil {
		return err
	}
	outcome := chain.Draft{Actor: member, Op: d.Op, Object: d.Object, Policy: 2, Result: d.Outcome, Ref: lines[0].Seq}
	if outcome.Result == "" {
		outcome.Result = chain.Done
	}
	if _, err = log.Append(outcome); err != nil || d.Later == "" {
		return err
	}
	outcome.Result = d.Later
	_, err = log.Append(outcome)
	return err
}

// Signature is an honest signature of a header.
func Signature(header []byte, t statement.Type, key ssh.Signer) []byte {
	return SignatureFor(header, string(t)+"@opsvault.v1", sshsig.HashSHA512, key)
}

// SignatureFor signs for any namespace and with any hash algorithm, armored as
// ssh-keygen does it.
func SignatureFor(header []byte, namespace string, hash sshsig.HashAlgorithm, key ssh.Signer) []byte {
	sig, err := sshsig.Sign(bytes.NewReader(header), key, hash, namespace)
	if err != nil {
		panic(fmt.Sprintf("vaulttest: %v", err))
	}
	return armorSignature(sig.Marshal(), 70)
}

func armorSignature(binary []byte, width int) []byte {
	text := base64.StdEncoding.EncodeToString(binary)
	out := []byte("-----BEGIN SSH SIGNATURE-----\n")
	for len(text) > 0 {
		n := min(width, len(text))
		out = append(append(out, text[:n]...), '\n')
		text = text[n:]
	}
	return append(out, "-----END SSH SIGNATURE-----\n"...)
}

// LogDir is where the original of a person's log lies.
func (w *World) LogDir(p *Person) (string, error) {
	v, err := w.Open(p)
	if err != nil {
		return "", err
	}
	return filepath.Join(v.LocalDir(), v.Me().Device, "log"), nil
}
