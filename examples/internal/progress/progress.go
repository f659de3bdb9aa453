// Package progress draws the progress bars of the examples on the error output.
package progress

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar is a progress bar. It is invisible if the error output is no terminal.
type Bar struct {
	bar         *progressbar.ProgressBar
	done, total int
	start       time.Time
}

// New returns a bar for the given amount of work.
func New(total int) *Bar {
	return &Bar{total: total, start: time.Now(), bar: progressbar.NewOptions(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false), // both are in the text
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())}
}

// Add adds to the work that is done, and shows a text and the times.
func (b *Bar) Add(work int, text string) {
	b.done += work
	b.bar.Describe(text + ", " + times(time.Since(b.start), b.done, b.total))
	b.bar.Add(work)
}

// Clear removes the bar from the terminal until the next Add.
func (b *Bar) Clear() { b.bar.Clear() }

// times returns the time so far, and the time that the rest of the work takes at the same speed.
func times(elapsed time.Duration, done, total int) string {
	left := time.Duration(float64(elapsed) * float64(total-done) / float64(done))
	return fmt.Sprintf("elapsed %v, left %v", elapsed.Round(time.Second), left.Round(time.Second))
}
