package export

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/store"
)

// A line is a record in a file: as AppendJSON writes it, or as Twilio's lists had
// it, or as twilio-node's objects spell that. null is the same as absent.
type line struct {
	ID        string   `json:"id"`
	Assistant string   `json:"assistant_id"`
	Account   string   `json:"account_sid"`
	Session   string   `json:"session_id"`
	Message   string   `json:"message_id"`
	User      string   `json:"user_id"`
	UserSID   string   `json:"user_sid"`
	Score     *float64 `json:"score"`
	Text      string   `json:"text"`
	Tags      []string `json:"tags"`
	Vote      bool     `json:"vote"`

	CreatedAt   *time.Time `json:"created_at"`
	UpdatedAt   *time.Time `json:"updated_at"`
	DateCreated *time.Time `json:"date_created"`
	DateUpdated *time.Time `json:"date_updated"`

	AssistantCamel   string     `json:"assistantId"`
	AccountCamel     string     `json:"accountSid"`
	SessionCamel     string     `json:"sessionId"`
	MessageCamel     string     `json:"messageId"`
	UserSIDCamel     string     `json:"userSid"`
	DateCreatedCamel *time.Time `json:"dateCreated"`
	DateUpdatedCamel *time.Time `json:"dateUpdated"`
}

// Parse reads a record from its JSON form. Its scope is what the record says of
// it, "" where it says nothing, and the caller's to decide on; then the record is
// to be checked. The error is a [store.FieldError], or says what is wrong with
// the JSON.
//
// Ids of ours are kept, with the time that they carry. Any other, and one that
// carries another time than the record says, is a foreign one: it is minted anew
// from the record's time and a hash of itself, so that it is the same one
// whenever the record is read.
func Parse(b []byte) (f store.Feedback, err error) {
	var l line
	if err := json.Unmarshal(b, &l, json.RejectUnknownMembers(true)); err != nil {
		return f, explain(err)
	}
	if jsontext.Value(b).Kind() == 'n' { // null decodes into anything
		return f, errNoObject
	}
	f = store.Feedback{
		Scope:     store.Scope{Account: cmp.Or(l.Account, l.AccountCamel), Assistant: cmp.Or(l.Assistant, l.AssistantCamel)},
		SessionID: cmp.Or(l.Session, l.SessionCamel),
		MessageID: cmp.Or(l.Message, l.MessageCamel),
		UserID:    l.User,
		Text:      l.Text,
		Tags:      l.Tags,
	}
	sid := cmp.Or(l.UserSID, l.UserSIDCamel)
	if f.UserID = cmp.Or(f.UserID, sid); sid != "" && sid != f.UserID {
		return f, &store.FieldError{Field: "user_sid", Rule: "must be absent or the user_id"}
	}
	if l.Score == nil {
		return f, &store.FieldError{Field: "score", Rule: "is required"}
	}
	f.Score = *l.Score
	if l.Vote {
		f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	}
	if f.ID, err = l.id(); err != nil {
		return f, err
	}
	if updated := cmp.Or(l.UpdatedAt, l.DateUpdated, l.DateUpdatedCamel); updated != nil {
		f.UpdatedAt = *updated
		if l.UpdatedAt == nil && !updated.After(f.CreatedAt()) { // whole seconds, not before a creation
			f.UpdatedAt = time.Time{}
		}
	}
	return f, nil
}

// id returns the line's id in our form.
func (l *line) id() (string, error) {
	if err := store.CheckID("id", l.ID); err != nil {
		return "", err
	}
	seconds := cmp.Or(l.DateCreated, l.DateCreatedCamel)
	if at, err := store.IDTime(l.ID); err == nil {
		switch {
		case l.CreatedAt != nil && !l.CreatedAt.Truncate(time.Microsecond).Equal(at):
			return "", &store.FieldError{Field: "created_at", Rule: fmt.Sprintf("must be the time that the id carries, %s", at.Format(micros))}
		case l.CreatedAt != nil || seconds == nil || seconds.Truncate(time.Second).Equal(at.Truncate(time.Second)):
			return l.ID, nil
		}
	}
	created := cmp.Or(l.CreatedAt, seconds)
	if created == nil {
		return "", &store.FieldError{Field: "date_created", Rule: "is required with an id that is not of this API's"}
	}
	if y := created.UTC().Year(); y < 1970 || y > 9999 {
		return "", &store.FieldError{Field: "date_created", Rule: fmt.Sprintf("must be in the years 1970 to 9999, got %s", created.UTC().Format(time.RFC3339))}
	}
	return mint(*created, l.ID), nil
}

// mint returns an id for a record created at t: that of t whose last bits are a
// hash of its foreign id.
func mint(t time.Time, foreign string) string {
	id := store.MinID(t.Truncate(time.Microsecond))
	hash := sha256.Sum256([]byte(foreign))
	tail := hex.EncodeToString(hash[:8])
	head := id[:len(id)-len("8000-000000000000")]
	// The variant of a UUID stays: its digit is 8 and two bits.
	return head + string("89ab"[hash[8]&3]) + tail[:3] + "-" + tail[3:15]
}

var errNoObject = errors.New("the line must be a JSON object")

// explain says what is wrong with a line, in terms of JSON, not of Go.
func explain(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(e, jsontext.ErrDuplicateName) {
			return fmt.Errorf("the line has %q twice", fieldOf(e.JSONPointer))
		}
		return fmt.Errorf("the line is not valid JSON: %w at byte %d", e.Err, e.ByteOffset)
	}
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return errors.New("the line is not valid JSON")
	}
	field := fieldOf(e.JSONPointer)
	switch {
	case errors.Is(e, json.ErrUnknownName):
		return fmt.Errorf("%q is not a field of a feedback", clip(field))
	case field == "":
		return errNoObject
	}
	return &store.FieldError{Field: field, Rule: "must be " + kindOf(field)}
}

// kindOf returns what a field holds.
func kindOf(field string) string {
	switch field {
	case "score":
		return "a number"
	case "tags":
		return "an array of strings"
	case "vote":
		return "true or false"
	case "created_at", "updated_at", "date_created", "date_updated", "dateCreated", "dateUpdated":
		return "a time like 2026-11-22T10:20:30Z"
	}
	return "a string"
}

// fieldOf returns the top-level name in a pointer.
func fieldOf(p jsontext.Pointer) string {
	for name := range p.Tokens() {
		return name
	}
	return ""
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return string(bytes.ToValidUTF8([]byte(s[:most]), nil)) + "…"
}
