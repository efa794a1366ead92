package wire

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// A Score is a JSON number from 0 to 1. It is held to its range as it was
// written: 1.0000000000000000001 is above 1, although the nearest float64 is 1.
type Score struct {
	Value   float64
	Present bool
}

// UnmarshalJSONFrom takes null for absent.
func (s *Score) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	switch kind := raw.Kind(); kind {
	case 'n':
		return nil
	case '0':
	default:
		return &json.SemanticError{JSONKind: kind}
	}
	text := string(raw)
	if s.Value, err = ParseScore(text); err != nil {
		return &store.FieldError{Field: "score", Rule: err.Error()}
	}
	s.Present = true
	return nil
}

// ParseScore parses a JSON number from 0 to 1. The error completes the sentence
// that starts with its name.
func ParseScore(text string) (float64, error) {
	f, _ := strconv.ParseFloat(text, 64) // beyond its range it is infinite, or 0
	if !(f >= 0 && f <= 1) || roundedIntoRange(text, f) {
		return 0, fmt.Errorf("must be between 0 and 1, got %s", quote.Clip(text))
	}
	if f == 0 { // or -0
		f = 0
	}
	return f, nil
}

// roundedIntoRange reports whether the decimal number text is below 0 or above 1
// although its nearest float64 is not.
func roundedIntoRange(text string, f float64) bool {
	mantissa := strings.TrimLeft(text, "-+")
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		mantissa = mantissa[:i]
	}
	digits := strings.Trim(strings.Replace(mantissa, ".", "", 1), "0")
	switch f {
	case 0: // -1e-400
		return text[0] == '-' && digits != ""
	case 1: // 1.000…1 starts with a 1; what was rounded up to 1 starts with a 9
		return digits != "1" && digits[0] == '1'
	}
	return false
}
