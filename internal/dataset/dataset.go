// Package dataset makes of feedback, and of the conversations that it is about, what
// models are trained and tested with: one example a line. For the handler and the
// console.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// SkippedTrailer is the HTTP trailer with the number of records that a dataset lacks.
const SkippedTrailer = "Feedbacks-Skipped"

// A Format is a kind of dataset.
type Format struct {
	Name string          // in a query
	Kind transfer.Format // of file: what HTTP says of it

	// Reviewed says that a record is taken only if staff agreed with it: whoever may
	// vote could write what a model is trained on.
	Reviewed bool

	wants  func(f *store.Feedback) bool // of records on a message
	append func(b []byte, e *example) []byte
}

// formats are those of the API.
var formats = []Format{
	{Name: "kto", Kind: kind("kto"), wants: func(f *store.Feedback) bool { return label(f) != 0 }, append: appendKTO},
	{Name: "dpo", Kind: kind("dpo"), Reviewed: true, wants: (*store.Feedback).HasCorrection, append: appendDPO},
	{Name: "promptfoo", Kind: kind("promptfoo"), wants: func(f *store.Feedback) bool { return label(f) != 0 || f.HasCorrection() }, append: appendPromptfoo},
}

// kind is that of files of JSON lines, by the extension that tools know them by.
func kind(name string) transfer.Format {
	return transfer.Format{Name: name + ".jsonl", ContentType: "application/x-ndjson"}
}

// Unreviewed returns the format that takes records whatever their reviews say.
func (f *Format) Unreviewed() *Format {
	unreviewed := *f
	unreviewed.Reviewed = false
	return &unreviewed
}

// takes reports whether a record belongs into the dataset, if what was said is known.
func (f *Format) takes(r *store.Feedback) bool {
	return r.MessageID != "" && f.wants(r) && (!f.Reviewed || r.Review != nil && r.Review.Verdict == store.Agree)
}

// Named returns the format of a name, nil when there is none.
func Named(name string) *Format {
	for i := range formats {
		if formats[i].Name == name {
			return &formats[i]
		}
	}
	return nil
}

// Skipped is what a dataset lacks: the records that would be in it if what was said
// were known.
type Skipped struct {
	Count int64
	First error // why the first is not there
}

// Write writes a dataset of the records to w, while it reads them, and asks for what
// was said of those that belong into it: [conversation.Func.Each] says what they may
// not share. An error comes as [transfer.Write] has it.
func (f *Format) Write(ctx context.Context, w io.Writer, said conversation.Func, records iter.Seq2[store.Feedback, error]) (s Skipped, err error) {
	wanted := func(yield func(store.Feedback, error) bool) {
		for r, err := range records {
			if (err != nil || f.takes(&r)) && !yield(r, err) {
				return
			}
		}
	}
	err = transfer.Write(w, "", said.Each(ctx, wanted), func(b []byte, r *conversation.Rated) []byte {
		e, err := exampleOf(r)
		if err != nil {
			if s.Count++; s.First == nil {
				s.First = err
			}
			return b
		}
		return append(f.append(b, &e), '\n')
	})
	return s, err
}

// An example is a record with the answer that it is about, and what was said before.
type example struct {
	*store.Feedback
	prompt []conversation.Turn
	answer conversation.Turn
}

var errNoPrompt = errors.New("nothing was said before the rated message")

// exampleOf returns an error where a record makes no example.
func exampleOf(r *conversation.Rated) (example, error) {
	if r.Err != nil {
		return example{}, r.Err
	}
	rated := conversation.Find(r.Turns, r.MessageID)
	switch {
	case rated < 0:
		return example{}, conversation.ErrUnstated
	case r.Turns[rated].Role != "assistant":
		return example{}, fmt.Errorf("the rated message is of the role %q, want assistant", quote.Clip(r.Turns[rated].Role))
	case rated == 0:
		return example{}, errNoPrompt
	}
	return example{&r.Feedback, r.Turns[:rated], r.Turns[rated]}, nil
}

// label is what a record says of the answer, as summaries count it: 1 for good, -1
// for bad, 0 for neither.
func label(f *store.Feedback) int {
	switch m := store.Micros(f.Score); {
	case m > store.ScoreUnit/2:
		return 1
	case m < store.ScoreUnit/2:
		return -1
	}
	return 0
}

// appendMessages appends turns as chat models take them.
func appendMessages(b []byte, turns ...conversation.Turn) []byte {
	b = append(b, '[')
	for i, t := range turns {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(append(b, `{"role":`...), t.Role)
		b = wire.AppendString(append(b, `,"content":`...), t.Text)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendKTO appends what TRL's KTOTrainer takes: the unpaired preference of its
// conversational formats (https://huggingface.co/docs/trl/dataset_formats).
func appendKTO(b []byte, e *example) []byte {
	b = appendMessages(append(b, `{"prompt":`...), e.prompt...)
	b = appendMessages(append(b, `,"completion":`...), e.answer)
	if label(e.Feedback) > 0 {
		return append(b, `,"label":true}`...)
	}
	return append(b, `,"label":false}`...)
}

// appendDPO appends what direct preference optimization takes at OpenAI, Azure, Together
// and Fireworks (https://developers.openai.com/api/docs/guides/direct-preference-optimization):
// the correction is preferred to the answer.
func appendDPO(b []byte, e *example) []byte {
	preferred := conversation.Turn{Role: e.answer.Role, Text: e.Correction}
	b = appendMessages(append(b, `{"input":{"messages":`...), e.prompt...)
	b = appendMessages(append(b, `},"preferred_output":`...), preferred)
	b = appendMessages(append(b, `,"non_preferred_output":`...), e.answer)
	return append(b, '}')
}
