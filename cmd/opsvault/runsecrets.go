package main

import (
	"context"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/runbooks/screen"
	"opsvault/vault"
	"opsvault/vault/entry"
)

// runSecrets is the way of a run to credentials: through the vault's one door, with the run and the step in the log.
type runSecrets struct {
	ctx            context.Context
	c              *call
	v              *vault.Vault
	run            string
	reason, ticket string            // asked for once in a run, at the first safe that wants them
	screen         *screen.Screen    // that the run fills; nil: line by line
	kind           string            // of what was opened last
	kinds          map[string]string // of what was looked at, by path

	codes map[string]*codeSource // of the one-time codes that were handed out last, by field
}

// A codeSource makes the codes of a field as long as it is shown.
type codeSource struct {
	otp *entry.OTP
	err error // what is wrong with the key
}

var _ runbooks.Secrets = (*runSecrets)(nil)

// Fields are the names of the fields, or why the credential can't be opened: the step says so before somebody tries.
func (s *runSecrets) Fields(path string) ([]string, error) {
	p, err := s.c.path(s.v, path)
	if err != nil {
		return nil, err
	}
	e, _, err := s.v.Show(p, true)
	if err != nil {
		return nil, err
	}
	if e.Deleted {
		return nil, &vault.NotFoundError{What: "entry", Name: path}
	}
	if d := s.v.ReadableEntry(p); !d.Allowed {
		return nil, &vault.DeniedError{Member: s.v.Me().Member, Capability: policy.Read, On: path, Decision: d}
	}
	if s.kinds == nil {
		s.kinds = map[string]string{}
	}
	s.kinds[path] = e.Card.Kind
	return e.Card.Fields, nil
}

// Reveal opens one field.
func (s *runSecrets) Reveal(path, field, step string) (runbooks.Secret, error) {
	p, err := s.c.path(s.v, path)
	if err != nil {
		return runbooks.Secret{}, err
	}
	purpose := func() vault.Purpose {
		return vault.Purpose{Fields: []string{field}, Reason: s.reason, Ticket: s.ticket, Run: s.run, Step: step}
	}
	got, err := s.v.Reveal(p, purpose())
	var need *vault.ReasonError
	if asError(err, &need) && s.c.Terminal.Present() && !s.c.json {
		if err := s.askWhy(need, p.String()); err != nil {
			return runbooks.Secret{}, err
		}
		got, err = s.v.Reveal(p, purpose())
	}
	if err != nil {
		return runbooks.Secret{}, err
	}
	s.c.tellSiblings(p, got.Entry, got.Siblings)
	s.kind = got.Entry.Card.Kind
	delete(s.codes, field)
	if entry.IsOTPField(field) {
		return s.code(field, got.Fields[0].Value), nil
	}
	return runbooks.NewSecret(got.Fields[0].Value.Reveal()), nil
}

// code hands out the code of now in the place of its key, which stays here. With a key that can't be read it is empty: the other
// fields of the credential must show all the same, and whoever shows this one says what is wrong.
func (s *runSecrets) code(field string, key entry.Value) runbooks.Secret {
	defer key.Wipe()
	source := &codeSource{}
	source.otp, source.err = entry.ParseOTP(key.Reveal())
	if s.codes == nil {
		s.codes = map[string]*codeSource{}
	}
	s.codes[field] = source
	if source.err != nil {
		return runbooks.NewSecret(nil)
	}
	code, _, err := source.otp.Code(s.c.Now())
	source.err = err
	return runbooks.NewSecret([]byte(code))
}

func (s *runSecrets) askWhy(need *vault.ReasonError, path string) (err error) {
	if need.Need == string(policy.ReasonTicket) {
		s.ticket, err = s.askLine("show.ask-ticket", path)
		return err
	}
	s.reason, err = s.askLine("show.ask-reason", path)
	return err
}

func (s *runSecrets) askLine(key text.Key, path string) (string, error) {
	if s.screen != nil {
		return s.screen.Ask(s.c.text(key, "path", path)+":", nil)
	}
	return s.c.askLine(s.ctx, "", key, "path", path)
}
