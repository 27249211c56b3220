package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// bank is the credential that agents may only ask for.
const bank = "billing/bank"

// stick puts a copy of the vault on a stick.
func (s *stage) stick(ctx context.Context) error {
	s.tell("demo.stick")
	if err := s.do(ctx, "password: "+s.c.text("demo.bank-password")+"\n", codeDone,
		"insert", bank, "--kind", "bank", "--from", "-"); err != nil {
		return err
	}
	if err := s.do(ctx, "", codeDone, "safe", "set", "billing", "--access", "lead=manage,agent=request"); err != nil {
		return err
	}
	return s.do(ctx, "", codeDone, "sync", s.stickDir())
}

func (s *stage) stickDir() string { return filepath.Join(s.dir, "stick") }

// invite brings Ivan in: a file goes to him, he takes the copy from the stick, and reads digits out on the phone.
func (s *stage) invite(ctx context.Context) error {
	s.tell("demo.invite")
	file := filepath.Join(s.dir, "ivan.invite")
	if err := s.do(ctx, "", codeDone, "invite", "ivan", "--name", s.ivan.name, "--role", "agent", "-o", file); err != nil {
		return err
	}
	s.remark("demo.join")
	return s.as(s.ivan, func() error {
		return s.do(ctx, "", codeDone, "join", file, s.ivan.vault, "--label", "desk-3", "--no-passphrase", "-o", filepath.Join(s.dir, "ivan.join"))
	})
}

// as lets somebody else type.
func (s *stage) as(who *actor, scene func() error) error {
	before := s.now
	s.now = who
	defer func() { s.now = before }()
	return scene()
}

// Digits as they are read out: six groups of four, and two.
var (
	joinDigits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^ *((?:\d{4} ){5}\d{4})$`) })
	backDigits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^ *(\d{4} \d{4})$`) })
)

// digits are those that the last command has shown.
func (s *stage) digits(form *regexp.Regexp) string {
	if found := form.FindStringSubmatch(s.printed.String()); found != nil {
		return found[1]
	}
	return ""
}

// admit types the digits that Ivan read out, and he those that are read back to him.
func (s *stage) admit(ctx context.Context) error {
	s.tell("demo.admit")
	read := s.digits(joinDigits())
	if err := s.do(ctx, "", codeDone, "admit", "ivan", filepath.Join(s.dir, "ivan.join"), "--digits", read); err != nil {
		return err
	}
	back := s.digits(backDigits())
	s.remark("demo.read-back")
	return s.as(s.ivan, func() error {
		if err := s.do(ctx, "", codeDone, "join", "--confirm", back); err != nil {
			return err
		}
		return s.do(ctx, "", codeDone, "show", "-f", "password", "telephony/sip-trunk", "--reason", s.c.text("demo.reason"))
	})
}

// refused: the bank is not for agents, but Ivan may ask.
func (s *stage) refused(ctx context.Context) error {
	s.tell("demo.refused")
	return s.as(s.ivan, func() error {
		if err := s.do(ctx, "", codeDenied, "show", "-f", "password", bank); err != nil {
			return err
		}
		s.remark("demo.request")
		return s.do(ctx, "", codeDone, "request", bank, "--for", "4h", "--reason", s.c.text("demo.bill"))
	})
}

// granted: Maria approves one credential for four hours.
func (s *stage) granted(ctx context.Context) error {
	s.tell("demo.granted")
	for _, words := range [][]string{{"sync"}, {"approve"}} {
		if err := s.do(ctx, "", codeDone, words...); err != nil {
			return err
		}
	}
	if err := s.do(ctx, "", codeDone, "approve", s.requestID()); err != nil {
		return err
	}
	return s.as(s.ivan, func() error {
		if err := s.do(ctx, "", codeDone, "sync"); err != nil {
			return err
		}
		return s.do(ctx, "", codeDone, "show", "-f", "password", bank, "--reason", s.c.text("demo.bill"))
	})
}

var shownID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b[0-9a-f]{8,16}\b`) })

// requestID is the id that the list of what waits has shown.
func (s *stage) requestID() string { return shownID().FindString(s.printed.String()) }

// apart: nobody reaches the stick, and both go on writing.
func (s *stage) apart(ctx context.Context) error {
	s.tell("demo.apart")
	if err := s.do(ctx, "", codeDone, "safe", "set", "telephony", "--access", "lead=manage,agent=read+write"); err != nil {
		return err
	}
	if err := s.as(s.ivan, func() error { return s.do(ctx, "", codeDone, "sync") }); err != nil {
		return err
	}
	s.remark("demo.drawer")
	drawer := s.stickDir() + "-in-a-drawer"
	if err := os.Rename(s.stickDir(), drawer); err != nil {
		return err
	}
	if err := s.do(ctx, "correct staple\n", codeDone, "edit", "telephony/sip-trunk", "--field", "password", "--stdin"); err != nil {
		return err
	}
	err := s.as(s.ivan, func() error {
		if err := s.do(ctx, "correct battery\n", codeDone, "edit", "telephony/sip-trunk", "--field", "password", "--stdin"); err != nil {
			return err
		}
		return s.do(ctx, "", codeDone, "generate", "telephony/pbx", "--kind", "system")
	})
	if err != nil {
		return err
	}
	return os.Rename(drawer, s.stickDir())
}

// together: nothing is lost, and what both have changed is shown until somebody decides.
func (s *stage) together(ctx context.Context) error {
	s.tell("demo.together")
	for _, who := range []*actor{s.maria, s.ivan, s.maria} {
		if err := s.as(who, func() error { return s.do(ctx, "", codeDone, "sync") }); err != nil {
			return err
		}
	}
	if err := s.do(ctx, "", codeConflict, "conflicts"); err != nil {
		return err
	}
	s.remark("demo.resolve")
	if err := s.do(ctx, "", codeDone, "resolve", "telephony/sip-trunk", "--take", "ivan"); err != nil {
		return err
	}
	return s.do(ctx, "", codeDone, "show", "-f", "password", "telephony/sip-trunk", "--reason", s.c.text("demo.reason"))
}

// leaver: Ivan goes. He reads nothing new, and there is a list of what he knew.
func (s *stage) leaver(ctx context.Context) error {
	s.tell("demo.leaver")
	if err := s.do(ctx, "", codeDone, "member", "rm", "ivan"); err != nil {
		return err
	}
	s.remark("demo.rotate")
	return s.do(ctx, "", codeDone, "rotate", "list")
}

func (s *stage) checkLog(ctx context.Context) error {
	s.tell("demo.log")
	if err := s.do(ctx, "", codeDone, "audit", "list", "--op", "secret"); err != nil {
		return err
	}
	return s.do(ctx, "", codeDone, "audit", "verify")
}

// cutLog takes the last lines off the vault's copy of Ivan's log, shows that it is noticed, and puts them back.
func (s *stage) cutLog(ctx context.Context) error {
	s.tell("demo.cut")
	file, err := s.ivansLog()
	if err != nil {
		return err
	}
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(before), "\n")
	if err := os.WriteFile(file, []byte(strings.Join(lines[:len(lines)/2], "")), 0o600); err != nil {
		return err
	}
	if err := s.do(ctx, "", codeIntegrity, "audit", "verify"); err != nil {
		return err
	}
	s.remark("demo.put-back")
	return os.WriteFile(file, before, 0o600)
}

// ivansLog is the copy of Ivan's log in Maria's vault.
func (s *stage) ivansLog() (string, error) {
	files, err := filepath.Glob(filepath.Join(s.maria.vault, "logs", "*", "000001.jsonl"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), `"actor":"ivan"`) {
			return file, nil
		}
	}
	return "", fail(codeUnexpected, "demo.no-log")
}
