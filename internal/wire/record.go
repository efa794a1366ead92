package wire

import "github.com/humanfeedback/feedbacks/store"

// A Body is what is said of a feedback, by a request or by a line of a file. null
// is the same as absent, since Twilio's libraries for Python and Ruby send it for
// what is not set.
type Body struct {
	SessionID  string            `json:"session_id"`
	MessageID  string            `json:"message_id"`
	UserID     string            `json:"user_id"`
	Score      Score             `json:"score"`
	Text       string            `json:"text"`
	Tags       []string          `json:"tags"`
	Metadata   map[string]string `json:"metadata"`
	Correction string            `json:"correction"`
}

// BodyFields lists the fields of a Body, as Explain wants it.
const BodyFields = "session_id, message_id, user_id, score, text, tags, metadata and correction"

// Say sets what f says to what b says: all but the ids.
func (b *Body) Say(f *store.Feedback) {
	f.Score, f.Text, f.Tags = b.Score.Value, b.Text, b.Tags
	f.Metadata, f.Correction = b.Metadata, b.Correction
}

// Append appends a record as the API shows it.
func Append(b []byte, f *store.Feedback) []byte {
	return appendRecord(b, f, IsSID(f.Scope.Account, "AC"), true)
}

// AppendForVisitor is Append without what is the host's: the metadata, which of the
// tags are stamped, and the review. tags are the others.
func AppendForVisitor(b []byte, f *store.Feedback, tags []string) []byte {
	shown := *f
	shown.Tags = tags
	return appendRecord(b, &shown, IsSID(f.Scope.Account, "AC"), false)
}

// AppendWithAccount is Append for files of many accounts: it names the account
// of any record that has one, whatever its form.
func AppendWithAccount(b []byte, f *store.Feedback) []byte {
	return appendRecord(b, f, f.Scope.Account != "", true)
}

func appendRecord(b []byte, f *store.Feedback, account, hosts bool) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, f.ID...)
	b = append(b, `","assistant_id":`...)
	b = AppendString(b, f.Scope.Assistant)
	if account {
		b = append(b, `,"account_sid":`...)
		b = AppendString(b, f.Scope.Account)
	}
	b = append(b, `,"session_id":`...)
	b = AppendString(b, f.SessionID)
	b = append(b, `,"message_id":`...)
	b = AppendString(b, f.MessageID)
	b = append(b, `,"user_id":`...)
	b = AppendString(b, f.UserID)
	if IsSID(f.UserID, "US") {
		b = append(b, `,"user_sid":"`...)
		b = append(b, f.UserID...)
		b = append(b, '"')
	}
	b = append(b, `,"score":`...)
	b = AppendNumber(b, f.Score)
	b = append(b, `,"text":`...)
	b = AppendString(b, f.Text)
	b = AppendStrings(append(b, `,"tags":`...), f.Tags)
	if hosts {
		b = append(b, `,"metadata":`...)
		b = AppendMetadata(b, f.Metadata)
	}
	if f.HasCorrection() {
		b = append(b, `,"correction":`...)
		b = AppendString(b, f.Correction)
	}
	if hosts && !f.Stamped.IsZero() {
		b = append(b, `,"stamped":`...)
		b = AppendStamped(b, f.Stamped)
	}
	if hosts && f.Handled() {
		b = append(b, `,"review":`...)
		b = AppendReview(b, f.Review)
	}
	if f.IsVote() {
		b = append(b, `,"vote":true`...)
	}
	b = appendTimes(b, f.CreatedAt(), f.UpdatedAt.UTC())
	return append(b, '}')
}
