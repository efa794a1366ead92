package store

import "math"

// A Share is a share of positive ratings among those that are positive or
// negative, or the difference of two such shares, and the interval that holds the
// true value with a confidence of 95 %, as far as the ratings are independent of
// each other. All are parts of 1: a Share is from 0 to 1, a difference from -1 to 1.
type Share struct {
	Value     float64
	Low, High float64
}

// z is the normal distribution's quantile for two-sided 95 %.
const z = 1.959963984540054

// PositiveShare returns positive / (positive + negative) with Wilson's score
// interval, nil when there are no ratings. Unlike the usual ± it keeps its
// confidence for few ratings and for shares near 0 and 1: Newcombe, Two-sided
// confidence intervals for the single proportion, Statistics in Medicine 17
// (1998) 857–872, method 3.
func PositiveShare(positive, negative int64) *Share {
	if positive < 0 || negative < 0 || positive+negative == 0 {
		return nil
	}
	n := float64(positive) + float64(negative)
	p := float64(positive) / n
	center, half, scale := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n)), 1+z*z/n
	s := Share{Value: p, Low: (center - half) / scale, High: (center + half) / scale}
	if positive == 0 {
		s.Low = 0 // exactly
	}
	if negative == 0 {
		s.High = 1
	}
	return &s
}

// Minus returns the difference of two shares, of ratings that are independent of
// each other, with Newcombe's interval; nil when one is nil. It is the square and
// add of Newcombe, Interval estimation for the difference between independent
// proportions, Statistics in Medicine 17 (1998) 873–890, method 10. Where it does
// not hold 0, the shares differ.
func (s *Share) Minus(other *Share) *Share {
	if s == nil || other == nil {
		return nil
	}
	d := s.Value - other.Value
	return &Share{
		Value: d,
		Low:   d - math.Hypot(s.Value-s.Low, other.High-other.Value),
		High:  d + math.Hypot(s.High-s.Value, other.Value-other.Low),
	}
}
