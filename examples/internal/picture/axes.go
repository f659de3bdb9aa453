package picture

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// intervals is the largest number of intervals between the ticks of an axis.
type intervals int

// The numbers of intervals in a large and in a small panel, and of decades in a large one.
const (
	many    intervals = 6
	few     intervals = 3
	decades powers    = 8
)

// Ticks returns ticks with labels at multiples of 1, 2 or 5 times a power of ten. plot.DefaultTicks often
// has three labels.
func (n intervals) Ticks(least, most float64) (at []plot.Tick) {
	const slack = 1e-9 // of an interval, for rounding errors
	power := math.Pow10(int(math.Floor(math.Log10((most - least) / float64(n+1)))))
	var step, first, last float64 // the ticks are first·step, …, last·step
	for _, factor := range []float64{1, 2, 5, 10} {
		step = factor * power
		first, last = math.Ceil(least/step-slack), math.Floor(most/step+slack)
		if last-first <= float64(n) {
			break
		}
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+slack)))
	for k := first; k <= last; k++ {
		label := strconv.FormatFloat(k*step+0, 'f', decimals, 64) // + 0 makes −0 a 0
		at = append(at, plot.Tick{Value: k * step, Label: strings.Replace(label, "-", "−", 1)})
	}
	return at
}

// LogX makes the horizontal axis logarithmic. All values must be positive.
func LogX(p *Plot) {
	logarithmic(&p.X)
	p.X.Label.Position = draw.PosRight // a centred label leaves an empty band beside a logarithmic axis
}

// LogY makes the vertical axis logarithmic. All values must be positive.
func LogY(p *Plot) {
	logarithmic(&p.Y)
	p.Y.Label.Position = draw.PosTop // a centred label leaves an empty band above a logarithmic axis
}

func logarithmic(axis *plot.Axis) {
	axis.Scale = plot.LogScale{}
	axis.Tick.Marker = decades
}

// powers is the largest number of intervals between the labels of a logarithmic axis.
type powers int

// Ticks returns ticks at the powers of ten. plot.LogTicks also returns ticks outside the axis, and gonum
// leaves space for those.
func (n powers) Ticks(least, most float64) []plot.Tick {
	least = max(least, math.SmallestNonzeroFloat64)
	first, last := int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(most)))
	every := 1 + (last-first)/int(n)
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for digit := 1; digit <= 9; digit++ {
			tick := plot.Tick{Value: float64(digit) * math.Pow10(e)}
			if digit == 1 && e%every == 0 {
				tick.Label = strconv.FormatFloat(tick.Value, 'g', -1, 64)
			}
			if least <= tick.Value && tick.Value <= most && (digit == 1 || every == 1) {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// blank has ticks with blank labels. Ticks without labels have no grid line.
type blank struct{ plot.Ticker }

func (b blank) Ticks(least, most float64) []plot.Tick {
	at := b.Ticker.Ticks(least, most)
	for i := range at {
		if at[i].Label != "" {
			at[i].Label = " "
		}
	}
	return at
}
