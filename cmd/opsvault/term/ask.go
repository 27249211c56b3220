package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// attempts is how often a question with a fixed set of answers is asked before it counts as cancelled: somebody holds
// down Enter, or a program is at the keyboard.
const attempts = 5

// Line asks for one line. The label is shown as it is, with a space after it; an empty answer gives def. The end of
// input and an interrupt are ErrCancelled, a line over MaxLine is ErrTooLong. Spaces around the answer are cut off.
func (t *Terminal) Line(ctx context.Context, label, def string) (string, error) {
	return t.LineWhile(ctx, label, def, nil)
}

// LineWhile is Line with something to do meanwhile: whenever the time has come that wake named the last time, it is called again;
// zero means never. It may write to the terminal. It is called by the goroutine that asks, first when the label is shown; nil
// does nothing. An error of it ends the question, and the terminal takes no more.
func (t *Terminal) LineWhile(ctx context.Context, label, def string, wake func() (time.Duration, error)) (string, error) {
	device, err := t.use()
	if err != nil {
		return "", err
	}
	line, err := t.ask(ctx, label, wake)
	if err != nil {
		io.WriteString(device, "\n") // what comes next begins on a line of its own
		return "", err
	}
	if answer := strings.TrimSpace(string(line)); answer != "" {
		return answer, nil
	}
	return def, nil
}

// Secret asks for one line that is not shown while it is typed. The line is returned as typed, spaces included; it may
// be empty. Errors as with Line.
func (t *Terminal) Secret(ctx context.Context, label string) ([]byte, error) {
	device, err := t.use()
	if err != nil {
		return nil, err
	}
	if err := device.Hide(); err != nil {
		return nil, fmt.Errorf("hide what is typed: %w", err)
	}
	defer io.WriteString(device, "\n")
	line, err := t.ask(ctx, label, nil)
	return line, errors.Join(err, device.Restore())
}

// Confirm asks a question that is answered with yes or no, in English or in Russian whatever the language of the
// question, and in either keyboard layout. An empty answer is def. After any other answer the question is asked again,
// with again before it.
func (t *Terminal) Confirm(ctx context.Context, question, again string, def bool) (bool, error) {
	label := question
	for range attempts {
		answer, err := t.Line(ctx, label, "")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "":
			return def, nil
		case "y", "yes", "д", "да", "l", "lf", "нуы":
			return true, nil
		case "n", "no", "н", "нет", "т", "тщ", "ytn":
			return false, nil
		}
		label = again + " " + question
	}
	return false, ErrCancelled
}

// Choose shows numbered items and asks for the number of one; it returns the index of the item, from 0. An empty answer
// is def (-1: none, ask again). The items are cleaned.
func (t *Terminal) Choose(ctx context.Context, question, again string, items []string, def int) (int, error) {
	if len(items) == 0 {
		return 0, ErrCancelled
	}
	device, err := t.use()
	if err != nil {
		return 0, err
	}
	for i, item := range items {
		fmt.Fprintf(device, "%*d  %s\n", len(strconv.Itoa(len(items)))+1, i+1, Clean(item))
	}
	label := question
	for range attempts {
		answer, err := t.Line(ctx, label, "")
		if err != nil {
			return 0, err
		}
		if answer == "" && def >= 0 && def < len(items) {
			return def, nil
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(items) {
			return n - 1, nil
		}
		label = again + " " + question
	}
	return 0, ErrCancelled
}

// ask shows the label and reads a line, giving up when ctx ends. A read can't be called back, so after an interrupt the
// terminal takes no more questions.
func (t *Terminal) ask(ctx context.Context, label string, wake func() (time.Duration, error)) ([]byte, error) {
	device, err := t.use()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, interrupted(err)
	}
	if _, err := io.WriteString(device, label+" "); err != nil {
		return nil, fmt.Errorf("show the question: %w", err)
	}
	type reading struct {
		line []byte
		err  error
	}
	done := make(chan reading, 1)
	go func() {
		line, err := readLine(device)
		done <- reading{line, err}
	}()
	for {
		alarm, err := alarmAt(wake)
		if err != nil {
			t.lost = true
			return nil, err
		}
		select {
		case got := <-done:
			return got.line, readError(got.err)
		case <-ctx.Done():
			t.lost = true
			return nil, interrupted(ctx.Err())
		case <-alarm:
		}
	}
}

// alarmAt calls wake and gives a channel for the time that it names; nil, from which nothing ever comes, for none.
func alarmAt(wake func() (time.Duration, error)) (<-chan time.Time, error) {
	if wake == nil {
		return nil, nil
	}
	again, err := wake()
	if err != nil || again <= 0 {
		return nil, err
	}
	return time.After(again), nil
}

func interrupted(cause error) error { return fmt.Errorf("%w: %w", ErrCancelled, cause) }

func readError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrTooLong):
		return err
	case errors.Is(err, io.EOF):
		return ErrCancelled
	case errors.Is(err, syscall.EIO): // the terminal has hung up
		return fmt.Errorf("%w: %w", ErrCancelled, err)
	}
	return fmt.Errorf("read the answer: %w", err)
}

// readLine reads byte by byte, so that nothing after the line is taken from whoever reads next.
func readLine(d Device) ([]byte, error) {
	line := make([]byte, 0, 64)
	one := make([]byte, 1)
	for {
		n, err := d.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return bytes.TrimSuffix(line, []byte("\r")), nil
			}
			if line = append(line, one[0]); len(line) > MaxLine {
				return nil, ErrTooLong
			}
		}
		if err != nil {
			return nil, err
		}
	}
}
