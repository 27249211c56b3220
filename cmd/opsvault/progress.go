package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressAfter is how long work must take before a bar is shown.
const progressAfter = 500 * time.Millisecond

// progress shows a bar on stderr for work that takes longer than a moment; nil where nobody would see it.
func (c *call) progress() func(done, total int) {
	if c.quiet || c.json || !c.ErrTerminal() || !c.ErrEscapes() {
		return nil
	}
	var bar *progressbar.ProgressBar
	start := c.Now()
	return func(done, total int) {
		if bar == nil {
			if c.Now().Sub(start) < progressAfter || done >= total {
				return
			}
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(c.Err), progressbar.OptionClearOnFinish(),
				progressbar.OptionSetDescription(c.text("progress.reading")), progressbar.OptionSetWidth(30))
		}
		if bar.GetMax() != total { // the next stretch of the work
			bar.ChangeMax(total)
		}
		_ = bar.Set(done) // a bar that can't be drawn stops nothing
	}
}
