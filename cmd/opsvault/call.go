package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
)

// common are the options of every command, with the environment's answers where no flag was given.
type common struct {
	vaultDir       string // --vault, OPSVAULT_DIR; "" when neither: findVault looks for it
	me             string // --me, OPSVAULT_ME; "" means the only identity
	passphraseFile string // --passphrase-file, OPSVAULT_PASSPHRASE_FILE; "" means: ask
	lang           text.Lang
	json           bool
	quiet          bool
}

// A runFunc is the work of a command, apart from the parsing of its flags. Tests of the parsing pass one that keeps the
// options; tests of the work call it with options of their own.
type runFunc[O any] func(ctx context.Context, c *call, o *O) error

// A call is one run of one command: the world, the options of every command, the words in the person's language, the
// positional arguments and the way out.
type call struct {
	*env
	common
	tr    *text.Translator
	isSet func(flag string) bool // was the flag given
	args  []string               // as many as the command's ArgsUsage says

	synced bool // the command was a sync: none follows it

	stdinTaken bool // stdin was read: there is nothing more in it

	told  []string          // codes of a vault's warnings that the answer itself is about
	kinds map[string]string // titles of kinds that were looked up
	out   *bufio.Writer     // stdout: the data that was asked for and nothing else; flushed when the command ends
}

// text is a message in the person's language.
func (c *call) text(key text.Key, args ...any) string { return c.tr.Text(key, args...) }

// say tells the person something on stderr. It is silent with --quiet and with --json.
func (c *call) say(key text.Key, args ...any) {
	if !c.quiet && !c.json {
		_ = c.out.Flush() // what was said before stands above; a broken pipe shows at the end
		fmt.Fprintln(c.Err, c.wrapped(c.text(key, args...)))
	}
}

// wrapped breaks lines between words where they would not fit on the person's terminal.
func (e *env) wrapped(s string) string {
	if !e.ErrTerminal() {
		return s
	}
	columns, _ := e.Terminal.Size()
	if columns < 20 {
		return s
	}
	return wrapText(s, min(columns, helpWidth+20))
}

// warn tells the person on stderr about something that they should look at. It is silent with --json, where warnings
// belong into the document.
func (c *call) warn(key text.Key, args ...any) {
	if !c.json {
		_ = c.out.Flush()
		fmt.Fprintln(c.Err, c.wrapped(fmt.Sprintf("opsvault: %s: %s", c.text("label.warning"), c.text(key, args...))))
	}
}

// result puts out what was asked for: v as one JSON document with --json, else whatever human writes to c.out.
func (c *call) result(v any, human func()) error {
	if !c.json {
		human()
		return nil
	}
	return c.document(v)
}

// document writes v to stdout as one JSON document, indented. A nil slice is the caller's mistake: it would be null.
func (c *call) document(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// table writes an aligned table to stdout, as wide as the terminal at most. The columns of whole would lose their sense
// if they were cut, and are cut last.
func (c *call) table(header []string, rows [][]string, whole ...int) error {
	return term.Table{Header: header, Rows: rows, Width: c.Columns(), Style: c.style(c.OutEscapes), Whole: whole}.Write(c.out)
}

// input reads a file that was named on the command line, "-" being stdin, up to limit bytes. More is an error of usage.
func (c *call) input(name string, limit int64) ([]byte, error) {
	source := c.In
	if name == "-" {
		if c.stdinTaken {
			return nil, usage("usage.stdin-twice")
		}
		c.stdinTaken = true
	} else {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	data, err := io.ReadAll(io.LimitReader(source, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, usage("usage.input-too-large", "name", c.inputName(name), "limit", c.tr.Bytes(limit))
	}
	return data, nil
}

// inputName is a file of the command line as a person calls it.
func (c *call) inputName(name string) string {
	if name == "-" {
		return c.text("input.stdin")
	}
	return name
}

// askLine asks the person for one line; an empty answer is def, which is shown.
func (c *call) askLine(ctx context.Context, def string, key text.Key, args ...any) (string, error) {
	label := c.text(key, args...)
	if def != "" {
		label += " [" + term.Clean(def) + "]"
	}
	return c.Terminal.Line(ctx, label+":", def)
}

// askSecret asks the person for a line that is not shown.
func (c *call) askSecret(ctx context.Context, key text.Key, args ...any) ([]byte, error) {
	return c.Terminal.Secret(ctx, c.text(key, args...)+":")
}

// askYes asks the person a question of yes or no; Enter alone means def.
func (c *call) askYes(ctx context.Context, def bool, key text.Key, args ...any) (bool, error) {
	choice := text.Key("ask.no-yes")
	if def {
		choice = "ask.yes-no"
	}
	return c.Terminal.Confirm(ctx, c.text(key, args...)+" "+c.text(choice), c.text("ask.yes-no-again"), def)
}

// askChoice shows numbered items and asks for one; it returns its index. def is the index that Enter alone means, or -1.
func (c *call) askChoice(ctx context.Context, items []string, def int, key text.Key, args ...any) (int, error) {
	question := c.text(key, args...)
	if def >= 0 && def < len(items) {
		question += fmt.Sprintf(" [%d]", def+1)
	}
	return c.Terminal.Choose(ctx, question+":", c.text("ask.choice-again", "last", len(items)), items, def)
}

// showHidden shows a text on the alternate screen until Enter.
func (c *call) showHidden(ctx context.Context, body string) error {
	return c.Terminal.Page(ctx, body, c.text("ask.enter"))
}

// vaultMarker is the file that makes a directory a vault.
const vaultMarker = "opsvault.yaml"

// findVault is the directory of the vault: --vault or OPSVAULT_DIR as they are, else the nearest directory upwards from
// the working directory that has a marker in it. It is an absolute path. Without a vault the code is 10.
func (c *call) findVault() (string, error) {
	if c.vaultDir != "" {
		if info, err := os.Stat(c.vaultDir); err == nil && !info.IsDir() {
			return "", fail(codeNotFound, "error.not-a-vault").withHint("hint.no-vault")
		}
		return filepath.Abs(c.vaultDir)
	}
	for dir := c.WorkDir; dir != ""; dir = filepath.Dir(dir) {
		if info, err := os.Lstat(filepath.Join(dir, vaultMarker)); err == nil && info.Mode().IsRegular() {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "", fail(codeNotFound, "error.no-vault").withHint("hint.no-vault")
}
