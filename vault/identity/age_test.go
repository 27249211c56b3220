//go:build !windows

package identity

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// TestStockAge opens an identity with age's own command, which asks for the
// passphrase on the terminal, and reads what that command sealed.
func TestStockAge(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command here to build age with")
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "age")
	out, err := exec.Command("go", "build", "-modfile=../../tools.mod", "-o", command, "filippo.io/age/cmd/age").CombinedOutput()
	if err != nil {
		t.Fatalf("building age: %v\n%s", err, out)
	}
	plain := newIdentity(t, "ivan").Marshal()
	ours, theirs, opened := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs"), filepath.Join(dir, "opened")
	sealed, err := SealWithPassphrase(plain, []byte("ёлка one"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ours, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	typeInto(t, exec.Command(command, "-d", "-o", opened, ours), "ёлка one")
	if got, err := os.ReadFile(opened); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("age opens %d bytes, %v", len(got), err)
	}
	typeInto(t, exec.Command(command, "-p", "-a", "-o", theirs, opened), "two", "two")
	file, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenWithPassphrase(file, []byte("two")); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("we open %d bytes, %v", len(got), err)
	}
}

// typeInto runs a command on a terminal and answers each question, which ends in
// a colon, with one line.
func typeInto(t *testing.T, command *exec.Cmd, lines ...string) {
	t.Helper()
	tty, err := pty.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	shown := make(chan []byte)
	go func() {
		defer close(shown)
		for {
			b := make([]byte, 1024)
			n, err := tty.Read(b)
			if err != nil { // a terminal that is left is an error on Linux, not an end
				return
			}
			shown <- b[:n]
		}
	}()
	var screen, question strings.Builder
	for b := range shown {
		screen.Write(b)
		question.Write(b)
		if len(lines) > 0 && strings.Contains(question.String(), ":") && strings.Contains(question.String(), "assphrase") {
			if _, err := io.WriteString(tty, lines[0]+"\n"); err != nil {
				t.Fatal(err)
			}
			lines = lines[1:]
			question.Reset()
		}
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, screen.String())
	}
}
