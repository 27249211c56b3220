package statement

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// need skips the test where a program is not installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("needs %s", p)
		}
	}
}

// run runs a program in dir and returns what it prints.
func run(t *testing.T, dir string, stdin []byte, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

// put writes a file that only its owner may read.
func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSSHKeygenVerifies takes a file apart with awk, as docs/recovery.md does,
// and has OpenSSH check the signature of the header.
func TestSSHKeygenVerifies(t *testing.T) {
	need(t, "ssh-keygen", "awk")
	f := newFixture(t)
	dir := t.TempDir()
	for name, file := range map[string][]byte{
		"entry":  f.signed(f.entry()),
		"sign":   f.signed(f.sign()),
		"head":   f.signed(f.head()),
		"device": f.signed(f.deviceBody()),
	} {
		t.Run(name, func(t *testing.T) {
			put(t, dir, "file", file)
			put(t, dir, "allowed_signers", []byte(f.device()+" "+formatKey(f.signer.PublicKey())+"\n"))
			header := run(t, dir, nil, "awk", `/^-----BEGIN SSH SIGNATURE-----$/{exit} {print}`, "file")
			put(t, dir, "sig", run(t, dir, nil, "awk", `/^-----BEGIN SSH/{p=1} p{print} /^-----END SSH/{exit}`, "file"))
			verify := []string{"-Y", "verify", "-f", "allowed_signers", "-I", f.device(), "-n", name + "@opsvault.v1", "-s", "sig"}
			run(t, dir, header, "ssh-keygen", verify...)

			cmd := exec.Command("ssh-keygen", verify...)
			cmd.Dir, cmd.Stdin = dir, bytes.NewReader(append(header, '\n'))
			if err := cmd.Run(); err == nil {
				t.Error("ssh-keygen verifies a changed header: this test proves nothing")
			}
		})
	}
}

// TestSSHKeygenSigns has OpenSSH sign a header, byte for byte as we do.
func TestSSHKeygenSigns(t *testing.T) {
	need(t, "ssh-keygen")
	f := newFixture(t)
	dir := t.TempDir()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "key", pem.EncodeToMemory(block))
	put(t, dir, "key.pub", []byte(formatKey(f.signer.PublicKey())+"\n"))
	for _, b := range []body{f.head(), with(f.head(), func(h *Head) { h.Run = "aaaaaaaaaaaaaaaa" }), f.book(TypePublish), f.sign()} {
		h := f.header(b)
		t.Run(string(h.Type), func(t *testing.T) {
			put(t, dir, "header", h.bytes())
			if err := os.RemoveAll(filepath.Join(dir, "header.sig")); err != nil {
				t.Fatal(err)
			}
			run(t, dir, nil, "ssh-keygen", "-Y", "sign", "-f", "key", "-n", namespace(h.Type), "header")
			file := append(h.bytes(), get(t, dir, "header.sig")...)
			if _, err := Open(file, f.keyOf); err != nil {
				t.Fatal(err)
			}
			if ours := f.signed(b); !bytes.Equal(file, ours) {
				t.Errorf("ssh-keygen signs\n%s\nwe sign\n%s", file, ours)
			}
		})
	}
}

// buildAge builds age's own command, in the version that tools.mod pins.
func buildAge(t *testing.T, dir string) string {
	t.Helper()
	need(t, "go")
	age := filepath.Join(dir, "age.exe") // the suffix that Windows wants hurts nobody
	out, err := exec.Command("go", "build", "-modfile=../../tools.mod", "-o", age, "filippo.io/age/cmd/age").CombinedOutput()
	if err != nil {
		t.Fatalf("building age: %v\n%s", err, out)
	}
	return age
}

func TestAgeAndWeReadEachOther(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	age := buildAge(t, dir)
	put(t, dir, "identity", []byte("# a comment\n"+f.identity.String()+"\n"))

	t.Run("age decrypts a part of a file", func(t *testing.T) {
		need(t, "awk")
		put(t, dir, "file", f.signed(f.entry()))
		part := run(t, dir, nil, "awk", `/^-----BEGIN AGE/{n++} n==2{print}`, "file")
		put(t, dir, "part", part)
		if got, want := run(t, dir, nil, age, "-d", "-i", "identity", "part"), bytes.Repeat([]byte("password: x\n"), 30); !bytes.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("we decrypt what age encrypts", func(t *testing.T) {
		put(t, dir, "plain", []byte("hello"))
		for _, args := range [][]string{{"-r", f.recipient()}, {"-a", "-r", f.recipient()}} {
			sealed := run(t, dir, nil, age, append(args, "plain")...)
			if args[0] == "-a" {
				var err error
				if sealed, err = Dearmor(sealed); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := Unseal(sealed, f.identity); err != nil || string(got) != "hello" {
				t.Errorf("%s: got %q, %v", args[0], got, err)
			}
		}
	})
}
