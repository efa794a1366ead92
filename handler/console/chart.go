package console

import (
	"math"
	"strconv"

	"github.com/humanfeedback/feedbacks/store"
)

// Charts are SVG without a viewBox: positions and lengths are percentages, so
// they fit any width without distorting text and lines.

// A length is a percentage of a chart's width or height.
type length float64

func (l length) String() string {
	return strconv.FormatFloat(math.Round(float64(l)*1000)/1000, 'f', -1, 64) + "%"
}

// part returns n of whole as a length.
func part(n, whole int64) length {
	if whole == 0 {
		return 0
	}
	return length(100 * float64(n) / float64(whole))
}

// A bin is a bar of the histogram.
type bin struct {
	From, To     string
	Last         bool // includes its upper bound
	Count        int64
	X, Y, Height length
}

func newBins(histogram [10]int64) (bins []bin) {
	var most int64
	for _, n := range histogram {
		most = max(most, n)
	}
	for i, n := range histogram {
		h := part(n, most)
		bins = append(bins, bin{
			From: strconv.Itoa(10*i) + "%", To: strconv.Itoa(10*i+10) + "%", Last: i == 9,
			Count: n, X: length(10*i) + 1, Y: 100 - h, Height: h,
		})
	}
	return bins
}

// A balance is how positive, neutral and negative scores share the whole.
type balance struct {
	Neutral              int64
	PositiveW, NeutralW  length
	NegativeX, NegativeW length
}

func newBalance(sum *store.Summary) balance {
	b := balance{Neutral: sum.Count - sum.Positive - sum.Negative}
	b.PositiveW, b.NeutralW = part(sum.Positive, sum.Count), part(b.Neutral, sum.Count)
	b.NegativeX = b.PositiveW + b.NeutralW
	b.NegativeW = 100 - b.NegativeX
	return b
}
