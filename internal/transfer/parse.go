package transfer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// A line is a record in a file: as wire.Append writes it, or as Twilio's lists had
// it, or as twilio-node's objects spell that. null is the same as absent.
type line struct {
	wire.Body
	ID        string `json:"id"`
	Assistant string `json:"assistant_id"`
	Account   string `json:"account_sid"`
	UserSID   string `json:"user_sid"`
	Vote      bool   `json:"vote"`
	Stamped   struct {
		Tags     []string `json:"tags"`
		Metadata []string `json:"metadata"`
	} `json:"stamped"`
	Review *struct {
		Verdict store.Verdict `json:"verdict"`
		Note    string        `json:"note"`
		Actor   string        `json:"actor"`
		At      time.Time     `json:"at"`
	} `json:"review"`

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
	err = json.Unmarshal(b, &l, wire.Strict)
	if err := wire.Explain("line", b, err, "those of a feedback"); err != nil {
		return f, err
	}
	f = store.Feedback{
		Scope:     store.Scope{Account: cmp.Or(l.Account, l.AccountCamel), Assistant: cmp.Or(l.Assistant, l.AssistantCamel)},
		SessionID: cmp.Or(l.SessionID, l.SessionCamel),
		MessageID: cmp.Or(l.MessageID, l.MessageCamel),
		UserID:    l.UserID,
	}
	l.Say(&f)
	f.Stamped, f.Review = store.Stamped(l.Stamped), (*store.Review)(l.Review)
	sid := cmp.Or(l.UserSID, l.UserSIDCamel)
	if f.UserID = cmp.Or(f.UserID, sid); sid != "" && sid != f.UserID {
		return f, &store.FieldError{Field: "user_sid", Rule: "must be absent or the user_id"}
	}
	if !l.Score.Present {
		return f, &store.FieldError{Field: "score", Rule: "is required"}
	}
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
			return "", &store.FieldError{Field: "created_at", Rule: fmt.Sprintf("must be the time that the id carries, %s", at.Format(wire.Micros))}
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
