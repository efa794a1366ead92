package dataset

import "github.com/humanfeedback/feedbacks/internal/wire"

// appendPromptfoo appends a test case of promptfoo's
// (https://www.promptfoo.dev/docs/configuration/test-cases): a prompt of
// {{ messages | dump }} is what was said before the answer, and the assertion what
// follows from the feedback.
//
// promptfoo takes a variable that is a string, and what an assertion compares with,
// for a template, and for the name of a file or a program if it starts like one. So
// no string of these is anybody's words: they are inside of lists and objects, which
// it leaves as they are, and our own templates name them.
func appendPromptfoo(b []byte, e *example) []byte {
	b = appendMessages(append(b, `{"vars":{"messages":`...), e.prompt...)
	b = wire.AppendString(append(b, `,"feedback":{"answer":`...), e.answer.Text)
	b = wire.AppendString(append(b, `,"note":`...), e.Text)
	b = wire.AppendString(append(b, `,"correction":`...), e.Correction)
	b = wire.AppendStrings(append(b, `,"tags":`...), e.Tags)
	b = wire.AppendString(append(b, `}},"assert":[{"type":"llm-rubric","value":`...), rubric(e))
	b = append(b, `}],"metadata":{"id":"`...)
	b = append(b, e.ID...)
	b = wire.AppendString(append(b, `","session_id":`...), e.SessionID)
	b = wire.AppendString(append(b, `,"message_id":`...), e.MessageID)
	b = wire.AppendNumber(append(b, `,"score":`...), e.Score)
	b = wire.AppendStrings(append(b, `,"tags":`...), e.Tags)
	b = wire.AppendMetadata(append(b, `,"metadata":`...), e.Metadata)
	return append(b, "}}"...)
}

// rubric returns the template of what an answer is to be.
func rubric(e *example) string {
	switch {
	case e.HasCorrection():
		return "The answer says the same as this one, which is a person's correction of an earlier answer:\n\n{{ feedback.correction }}"
	case label(e.Feedback) > 0:
		return "The answer is as good as this one, which a person liked:\n\n{{ feedback.answer }}"
	case e.HasText():
		return "The answer does not have the fault that a person found in an earlier one.\n\nThe earlier answer:\n\n{{ feedback.answer }}\n\nWhat the person wrote of it:\n\n{{ feedback.note }}"
	}
	return "The answer is better than this one, which a person did not like{% if feedback.tags | length %} ({{ feedback.tags | join(', ') }}){% endif %}:\n\n{{ feedback.answer }}"
}
