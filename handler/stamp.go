package handler

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// The limits of a Stamp.
const (
	MaxStampTags = 5     // of the ten that a record may have
	MaxStampSize = 2_000 // bytes of JSON
)

// A Stamp is what the host adds to every record that a visitor makes or changes:
// facts that hold for as long as the visitor's token does, such as the arm of an
// experiment. The visitor's answers leave it out; but a token can be read in the
// browser that has it, so a Stamp holds no secret. What differs from message to
// message is for [Options].Prepare. With one that breaks a rule, [Tokens.Issue] is an
// error, and what a visitor of an Authenticate's gives is answered with 500.
type Stamp struct {
	// Tags are at most MaxStampTags, by the rules of a record's. They are counted.
	Tags []string `json:"tags,omitempty"`
	// Metadata is by the rules of a record's. It is not counted.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// check returns nil, or a [store.FieldError] for what breaks a rule. A nil stamp
// breaks none.
func (s *Stamp) check() error {
	if s == nil {
		return nil
	}
	if n := len(s.Tags); n > MaxStampTags {
		return badParam("stamp", "must have at most %d tags, got %d", MaxStampTags, n)
	}
	f := store.Feedback{Scope: store.Scope{Assistant: "a"}, ID: store.MinID(time.Unix(0, 0)), SessionID: "s", Tags: s.Tags, Metadata: s.Metadata}
	if err := f.Check(); err != nil {
		return badParam("stamp", "must keep the rules of a record: %v", err)
	}
	b, err := json.Marshal(s) // as the token holds it
	if err != nil {
		return fmt.Errorf("handler: a stamp: %w", err)
	}
	if len(b) > MaxStampSize {
		return badParam("stamp", "must be at most %d bytes of JSON, got %d", MaxStampSize, len(b))
	}
	return nil
}
