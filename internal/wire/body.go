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
