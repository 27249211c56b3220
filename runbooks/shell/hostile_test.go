package shell

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

const password = "S3cret'pass word/+é"

// withPassword is a job that gets a password as $PASS and on its standard input.
func withPassword(text string) runbooks.Job {
	return runbooks.Job{Text: text, Secrets: []runbooks.JobSecret{
		{Var: "PASS", Secret: runbooks.NewSecret([]byte(password))}, {Secret: runbooks.NewSecret([]byte(password + "\n"))},
	}}
}

// carried makes a directory with a program in it that leaves a trace when it is run.
func carried(t *testing.T, name string) (dir, trace string) {
	t.Helper()
	dir = t.TempDir()
	trace = filepath.Join(dir, "trace")
	script := "#!/bin/sh\necho carried >" + trace + "\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, trace
}

// TestRefusedBeforeItBegins has blocks that never start.
func TestRefusedBeforeItBegins(t *testing.T) {
	for _, tt := range []struct{ name, text, why string }{
		{"a program beside the block", "./curl http://example.net", WhyRelative},
		{"below it", "echo a; bin/curl", WhyRelative},
		{"above it", "cd /tmp && ../curl", WhyRelative},
		{"in a pipe", "echo a | ./curl", WhyRelative},
		{"in a substitution", "x=$(./curl)", WhyRelative},
		{"behind exec", "exec ./curl", WhyRelative},
		{"behind command", "command -- ./curl", WhyRelative},
		{"in a function that isn't called", "f() { ./curl; }", WhyRelative},
		{"source", "source ./x.sh", WhySource},
		{"a dot", ". x.sh", WhySource},
		{"builtin source", "builtin source /etc/profile", WhySource},
		{"command .", "command . /etc/profile", WhySource},
		{"eval", "eval \"$(cat x)\"", WhySource},
		{"builtin command eval", "builtin command eval x", WhySource},
		{"an answer in a trap", `trap "$note" EXIT`, WhySource},
		{"behind dashes", `builtin trap -- "rm $note" ERR`, WhySource},
		{"in an alias", "shopt -s expand_aliases\nalias x=\"$note\"\nx", WhySource},
		{"broken", "echo 'a", WhySyntax},
		{"too long", "echo " + strings.Repeat("a", maxText), WhyTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newExecutor(t)
			_, err := x.Run(context.Background(), runbooks.Job{Text: tt.text})
			var refused *Refusal
			if !errors.As(err, &refused) || refused.Why != tt.why {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, text := range []string{"set -x; echo $PASS", "set -eux", "set -o xtrace", "builtin set -x", "shopt -so xtrace"} {
		var refused *Refusal
		if _, err := newExecutor(t).Run(context.Background(), withPassword(text)); !errors.As(err, &refused) || refused.Why != WhyTrace {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, job := range []runbooks.Job{
		{Env: []runbooks.Var{{Name: "PATH", Value: "/x"}}}, {Env: []runbooks.Var{{Name: "path", Value: "/x"}}},
		{Secrets: []runbooks.JobSecret{{Var: "LD_PRELOAD", Secret: runbooks.NewSecret([]byte("x"))}}},
		{Secrets: []runbooks.JobSecret{{Var: "P", Secret: runbooks.NewSecret([]byte("a\x00b"))}}},
	} {
		var refused *Refusal
		if _, err := newExecutor(t).Run(context.Background(), job); !errors.As(err, &refused) || refused.Why != WhyVariable {
			t.Errorf("%v: %v", job.Env, err)
		}
	}
}

// TestRefusedOnTheWay has blocks whose refusal shows only when they run.
func TestRefusedOnTheWay(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct{ name, text, why string }{
		{"a name in a variable", "x=./curl; $x", WhyRelative},
		{"a name put together", `"./"cu"rl"`, WhyRelative},
		{"exec of it", `p=./curl; exec $p`, WhyRelative},
		{"in the background", "p=./curl; $p & wait; sleep 20", WhyRelative},
		{"in a pipe", "p=./curl; $p | sleep 20", WhyRelative},
		{"source by a variable", `s=source; $s x`, WhySource},
		{"eval by a variable", `e=eval; $e "echo a"`, WhySource},
		{"in a trap", `trap 'e=eval; $e "echo a"' EXIT; e=eval; $e x`, WhySource},
		{"an answer in a trap by a variable", `t=trap; $t "$note" EXIT`, WhySource},
		{"in a trap of a trap", `trap 'trap "$note" EXIT; exit' ERR; false`, WhySource},
		{"in an alias by a variable", "shopt -s expand_aliases; a=alias; $a x=\"$note\"", WhySource},
		{"into the vault", "cd VAULT", WhyVault},
		{"into the vault by a way round", "cd VAULT/../$(basename VAULT)", WhyVault},
		{"into the vault by a link", "ln -s VAULT here; cd here", WhyVault},
		{"into the vault by pushd", "pushd VAULT", WhyVault},
		{"reading the vault", "cat < VAULT/opsvault.yaml", WhyVault},
		{"reading it shortly", "echo $(<VAULT/opsvault.yaml)", WhyVault},
		{"writing to it", "echo a > VAULT/entries", WhyVault},
		{"by a link", "ln -s VAULT here; echo a >> here/x", WhyVault},
		{"a program of the vault", "VAULT/curl", WhyUnsafe},
		{"a program that all may replace", "OPEN/curl", WhyUnsafe},
		{"through a link of somebody", "LINKED/curl", WhyUnsafe},
		{"a script without an interpreter", "printf 'echo past the rules\\n' >s; chmod +x s; $PWD/s", WhyInterpreter},
	} {
		if i%every != 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newExecutor(t)
			dir, trace := carried(t, "curl")
			for _, place := range []string{x.Vault, dir} {
				_ = os.WriteFile(filepath.Join(place, "curl"), []byte("#!/bin/sh\necho carried >"+trace+"\n"), 0o755)
			}
			link := filepath.Join(t.TempDir(), "link")
			if err := errors.Join(os.Chmod(dir, 0o777), os.Symlink(t.TempDir(), link)); err != nil {
				t.Fatal(err)
			}
			_ = os.WriteFile(filepath.Join(link, "curl"), []byte("#!/bin/sh\necho carried >"+trace+"\n"), 0o755)
			if os.Getuid() == 0 { // links of the system are followed: this one is somebody's
				if err := os.Lchown(link, 12345, 12345); err != nil {
					t.Fatal(err)
				}
			} else if tt.name == "through a link of somebody" {
				_ = os.Remove(link)
			}
			text := strings.NewReplacer("VAULT", x.Vault, "OPEN", dir, "LINKED", link).Replace(tt.text)
			begun := time.Now()
			r := run(t, x, runbooks.Job{Text: text, Env: []runbooks.Var{{Name: "note", Value: "echo evaluated"}}})
			if strings.Contains(string(r.Output), "evaluated") || r.Outcome != runbooks.AnswerFailed || r.Why != tt.why && (os.Getuid() == 0 || tt.name != "through a link of somebody") {
				t.Errorf("%s, %q (%s), exit %d\n%s", r.Outcome, r.Why, r.What, r.Exit, r.Output)
			}
			if _, err := os.Stat(trace); err == nil {
				t.Error("the carried program was run")
			}
			if time.Since(begun) > 15*time.Second {
				t.Error("the rest of the block went on")
			}
		})
	}
}

// TestCarriedPrograms puts a program where careless shells would find it.
func TestCarriedPrograms(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct{ name, path string }{
		{"a dot in PATH", ".:PATH"}, {"an empty entry", ":PATH"}, {"an empty entry at the end", "PATH:"}, {"a relative entry", "bin:PATH"},
		{"a directory that all may write", "OPEN:PATH"}, {"the vault", "VAULT:PATH"}, {"below the vault", "VAULT/bin:PATH"}, {"a link to the vault", "LINK:PATH"},
		{"no such directory", "/no/such:PATH"}, {"a file", "VAULT/opsvault.yaml:PATH"},
	} {
		if i%every != 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newExecutor(t)
			dir, trace := carried(t, "true-or-carried")
			script, err := os.ReadFile(filepath.Join(dir, "true-or-carried"))
			link := filepath.Join(t.TempDir(), "link")
			if err = errors.Join(err, os.Chmod(dir, 0o777), os.Mkdir(filepath.Join(x.Vault, "bin"), 0o755), os.Symlink(x.Vault, link)); err != nil {
				t.Fatal(err)
			}
			for _, place := range []string{x.Vault, filepath.Join(x.Vault, "bin")} {
				if err := os.WriteFile(filepath.Join(place, "true-or-carried"), script, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			path := strings.NewReplacer("PATH", os.Getenv("PATH"), "OPEN", dir, "VAULT", x.Vault, "LINK", link).Replace(tt.path)
			x.Environ = append(x.Environ, "PATH="+path)
			// In the block's own directory as well: it is where it stands.
			text := "printf '#!/bin/sh\\necho carried >" + trace + "\\n' >true-or-carried; chmod +x true-or-carried; mkdir bin; cp true-or-carried bin\n" +
				"true-or-carried; echo $?; PATH=" + path + " true-or-carried; sh -c true-or-carried; echo $?"
			r := run(t, x, runbooks.Job{Text: text})
			if _, err := os.Stat(trace); err == nil || strings.Count(string(r.Output), "127\n") != 2 {
				t.Errorf("it was found: exit %d\n%s", r.Exit, r.Output)
			}
		})
	}
}

func TestCredentialsStayOutOfSight(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct{ name, text, want string }{
		{"as it is", `echo "<$PASS>"`, "<" + hidden + ">\n"},
		{"read", `read -r x; echo "<$x>"`, "<" + hidden + ">\n"},
		{"in two writes", `printf %s "${PASS:0:7}"; sleep 0.05; printf '%s\n' "${PASS:7}"`, hidden + "\n"},
		{"by a program", `cat`, hidden + "\n"},
		{"on both streams", `echo "$PASS" >&2; echo "$PASS"`, hidden + "\n" + hidden + "\n"},
		{"by its environment", `env | grep ^PASS`, "PASS=" + hidden + "\n"},
		{"by declare", `declare -p PASS`, `declare -x PASS="` + hidden + "\"\n"},
		{"in base64", `printf %s "$PASS" | base64`, ""},
		{"in base64 with a name before it", `printf 'user:%s' "$PASS" | base64`, ""},
		{"in wrapped base64", `printf '%s:%s' "$PASS$PASS" "$PASS" | base64 -w 20`, ""},
		{"in hexadecimal", `printf %s "$PASS" | od -An -v -tx1 | tr -d ' \n'`, hidden},
		{"with an escape sequence in it", `printf '%s\033[31m%s\n' "${PASS:0:7}" "${PASS:7}"`, hidden + "\n"},
		{"with a zero-width space in it", `printf '%s\u200b%s\n' "${PASS:0:7}" "${PASS:7}"`, hidden + "\n"},
		{"over a line end", `printf '%s\n%s\n' "${PASS:0:7}" "${PASS:7}"`, hidden + "\n"},
		{"at the cut", `head -c 49148 /dev/zero | tr '\0' a; printf %s "$PASS"; head -c 100000 /dev/zero | tr '\0' b`, ""},
		{"at the other cut", `head -c 100000 /dev/zero | tr '\0' a; printf %s "$PASS"; head -c 16380 /dev/zero | tr '\0' b`, ""},
	} {
		if i%every != 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, newExecutor(t), withPassword(tt.text))
			if r.Outcome != runbooks.AnswerOK || tt.want != "" && string(r.Output) != tt.want {
				t.Errorf("%s, %s: %.200q", r.Outcome, r.Why, r.Output)
			}
			for _, bad := range []string{"S3cret", "word/", "UzNjcmV0", "cmV0J3B", "YXNzIH", "5333637265"} {
				if strings.Contains(string(r.Output), bad) {
					t.Errorf("%q in %.200q", bad, r.Output)
				}
			}
		})
	}
	for _, text := range []string{
		`sh -c "echo $PASS"`, `cat "--password=$PASS" </dev/null`, `x=$(printf 'u:%s' "$PASS" | base64); cat "$x"`, `exec printf-it "$PASS"`,
		`command cat "$PASS"`, `f() { cat "$1"; }; f "$PASS"`,
	} {
		if r := run(t, newExecutor(t), withPassword(text)); r.Why != WhyArgument || strings.Contains(string(r.Output), "S3cret") {
			t.Errorf("%s: %s, %q: %s", text, r.Outcome, r.Why, r.Output)
		}
	}
	for _, text := range []string{`x=-x; set $x; echo "$PASS"`, `o=xtrace; set -o $o; echo "$PASS"`} {
		if r := run(t, newExecutor(t), withPassword(text)); r.Why != WhyTrace {
			t.Errorf("%s: %s, %q: %s", text, r.Outcome, r.Why, r.Output)
		}
	}
}
