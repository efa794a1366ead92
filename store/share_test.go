package store_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

// The published tables have four decimals.
func near(got, want float64) bool { return math.Abs(got-want) <= 0.00005+1e-9 }

// Table I of Newcombe 1998, 857–872: method 3.
func TestPositiveShareIsWilsons(t *testing.T) {
	for _, c := range []struct {
		positive, of int64
		low, high    float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		got := store.PositiveShare(c.positive, c.of-c.positive)
		if !near(got.Low, c.low) || !near(got.High, c.high) || got.Value != float64(c.positive)/float64(c.of) {
			t.Errorf("%d of %d: %+v, want %v to %v", c.positive, c.of, *got, c.low, c.high)
		}
		mirrored := store.PositiveShare(c.of-c.positive, c.positive)
		if !near(mirrored.Low, 1-c.high) || !near(mirrored.High, 1-c.low) {
			t.Errorf("%d of %d: %+v, want %v to %v", c.of-c.positive, c.of, *mirrored, 1-c.high, 1-c.low)
		}
	}
}

// Table II of Newcombe 1998, 873–890: method 10.
func TestMinusIsNewcombes(t *testing.T) {
	for _, c := range []struct {
		a, m, b, n int64
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 20, 0.6791, 1},
		{10, 10, 0, 10, 0.6075, 1},
	} {
		got := store.PositiveShare(c.a, c.m-c.a).Minus(store.PositiveShare(c.b, c.n-c.b))
		if !near(got.Low, c.low) || !near(got.High, c.high) {
			t.Errorf("%d/%d - %d/%d: %+v, want %v to %v", c.a, c.m, c.b, c.n, *got, c.low, c.high)
		}
		other := store.PositiveShare(c.b, c.n-c.b).Minus(store.PositiveShare(c.a, c.m-c.a))
		if !near(other.Low, -c.high) || !near(other.High, -c.low) {
			t.Errorf("%d/%d - %d/%d: %+v, want %v to %v", c.b, c.n, c.a, c.m, *other, -c.high, -c.low)
		}
	}
}

func TestShareOfNothing(t *testing.T) {
	one := store.PositiveShare(1, 0)
	for what, s := range map[string]*store.Share{
		"no ratings": store.PositiveShare(0, 0), "less than none": store.PositiveShare(-1, 2),
		"one minus nothing": one.Minus(nil), "nothing minus one": (*store.Share)(nil).Minus(one),
	} {
		if s != nil {
			t.Errorf("%s: %+v, want nil", what, *s)
		}
	}
	if s := store.PositiveShare(math.MaxInt64, math.MaxInt64); !near(s.Low, 0.5) || !near(s.High, 0.5) {
		t.Errorf("of very many: %+v", *s)
	}
}

func ExamplePositiveShare() {
	may := store.PositiveShare(56, 14)
	june := store.PositiveShare(48, 32)
	change := june.Minus(may)
	fmt.Printf("May: %.0f %% (%.0f to %.0f %%)\n", 100*may.Value, 100*may.Low, 100*may.High)
	fmt.Printf("June: %+.0f points (%+.0f to %+.0f)\n", 100*change.Value, 100*change.Low, 100*change.High)
	fmt.Println("worse, and not by chance:", change.High < 0)
	// Output:
	// May: 80 % (69 to 88 %)
	// June: -20 points (-33 to -5)
	// worse, and not by chance: true
}
