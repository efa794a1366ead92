package proptest

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
)

// The calls that are about one record.

func (s *sequence) create(t *rapid.T) {
	ctx, invalid := s.call(t)
	f := s.feedback().Draw(t, "feedback")
	if invalid {
		breakOne(t, &f)
	}
	made, _ := step(t, s, "Create", []any{f}, func(st store.Store) ([]store.Feedback, error) {
		return one(st.Create(ctx, f))
	})
	s.remember(made)
	overwrite(append(made, f)...)
}

// createCrowd rarely adds records with more tags than a store has to count on a day.
func (s *sequence) createCrowd(t *rapid.T) {
	f := s.feedback().Draw(t, "feedback")
	if rapid.IntRange(0, 40).Draw(t, "crowd") < 40 {
		return
	}
	s.crowded = true
	at := store.Day.Start(f.CreatedAt())
	for i := range 25 {
		f.ID, f.Key, f.Tags = store.MinID(at.Add(time.Duration(i)*time.Millisecond)), "", crowd(i)
		made, _ := step(t, s, "Create", []any{f}, func(st store.Store) ([]store.Feedback, error) {
			return one(st.Create(t.Context(), f))
		})
		s.remember(made)
	}
}

func (s *sequence) put(t *rapid.T) {
	ctx, invalid := s.call(t)
	f := s.feedback().Draw(t, "feedback")
	if rapid.IntRange(0, 2).Draw(t, "again") == 2 { // says what is there, or was
		was := s.known().Draw(t, "record")
		f.Scope, f.SessionID, f.MessageID, f.UserID = was.Scope, was.SessionID, was.MessageID, was.UserID
		f.Score, f.Text, f.Correction = was.Score, was.Text, was.Correction
	}
	f.Key = store.VoteKey(f.SessionID, f.MessageID, f.UserID)
	if invalid {
		breakOne(t, &f)
	}
	made, _ := step(t, s, "Put", []any{f}, func(st store.Store) ([]store.Feedback, error) {
		now, before, err := st.Put(ctx, f)
		if err != nil || before == nil {
			return one(now, err)
		}
		return []store.Feedback{now, *before}, nil
	})
	s.remember(made)
	overwrite(append(made, f)...)
}

// replace changes some of a record that is there, or was, or is thought to be another.
func (s *sequence) replace(t *rapid.T) {
	ctx, invalid := s.call(t)
	was := s.known().Draw(t, "record").Normalize()
	now, drawn := was.Normalize(), s.feedback().Draw(t, "feedback")
	for _, change := range rapid.SliceOfN(rapid.IntRange(0, 5), 0, 3).Draw(t, "changes") {
		switch change {
		case 0, 1:
			if now.Review = nil; rapid.Bool().Draw(t, "review") {
				now.Review = review(t)
			}
		case 2:
			now.Tags, now.Metadata, now.Stamped = drawn.Tags, drawn.Metadata, drawn.Stamped
		case 3:
			now.Score = drawn.Score
		case 4:
			now.Text, now.Correction = drawn.Text, drawn.Correction
		case 5:
			now.UpdatedAt = drawn.UpdatedAt
		}
	}
	if rapid.IntRange(0, 7).Draw(t, "other") == 7 {
		was.Text += "x"
	}
	if invalid {
		breakOne(t, &now)
	}
	got, _ := step(t, s, "Replace", []any{was, now}, func(st store.Store) ([]store.Feedback, error) {
		return one(st.Replace(ctx, was, now))
	})
	s.remember(got)
	overwrite(append(got, was, now)...) // of which s.made has none
}

func (s *sequence) remember(made []store.Feedback) {
	for _, f := range made {
		s.made = append(s.made, f.Normalize()) // a copy, whatever becomes of f
	}
}

func (s *sequence) get(t *rapid.T) {
	ctx, scope, ref := s.ref(t)
	got, _ := step(t, s, "Get", []any{scope, ref}, func(st store.Store) ([]store.Feedback, error) {
		return one(st.Get(ctx, scope, ref))
	})
	overwrite(got...)
}

func (s *sequence) delete(t *rapid.T) {
	ctx, scope, ref := s.ref(t)
	got, _ := step(t, s, "Delete", []any{scope, ref}, func(st store.Store) ([]store.Feedback, error) {
		return one(st.Delete(ctx, scope, ref))
	})
	overwrite(got...)
}

// ref draws the arguments of Get and Delete.
func (s *sequence) ref(t *rapid.T) (context.Context, store.Scope, store.Ref) {
	ctx, invalid := s.call(t)
	f := s.known().Draw(t, "record")
	scope, ref := f.Scope, store.Ref{ID: f.ID}
	if f.Key != "" && rapid.Bool().Draw(t, "by key") {
		ref = store.Ref{Key: f.Key}
	}
	if invalid && rapid.Bool().Draw(t, "break scope") {
		scope = breakScope(t, scope)
	} else if invalid {
		ref = breakRef(t, ref)
	}
	return ctx, scope, ref
}

func one(f store.Feedback, err error) ([]store.Feedback, error) {
	if err != nil {
		return nil, err
	}
	return []store.Feedback{f}, nil
}
