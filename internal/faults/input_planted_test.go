package faults

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A meddler changes what is created before a store gets it, or fails.
type meddler struct {
	store.Store
	meddle func(*store.Feedback) error
}

func (m meddler) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	asked := f
	if err := m.meddle(&f); err != nil {
		return store.Feedback{}, err
	}
	if _, err := m.Store.Create(ctx, f); err != nil {
		return store.Feedback{}, err
	}
	return asked.Normalize(), nil
}

func TestInputSeesPlantedBugs(t *testing.T) {
	for name, bug := range map[string]func(*store.Feedback) error{
		"no bug":                func(*store.Feedback) error { return nil },
		"text is trimmed":       func(f *store.Feedback) error { f.Text = strings.TrimSpace(f.Text); return nil },
		"users lose their case": func(f *store.Feedback) error { f.UserID = strings.ToLower(f.UserID); return nil },
		"quotes are SQL": func(f *store.Feedback) error {
			if strings.Contains(f.SessionID, "'") {
				return errors.New("syntax error")
			}
			return nil
		},
		"metadata is trimmed": func(f *store.Feedback) error {
			for name, value := range f.Metadata {
				f.Metadata = map[string]string{name: strings.TrimSpace(value)}
			}
			return nil
		},
		"corrections lose their accents": func(f *store.Feedback) error {
			f.Correction = strings.ToValidUTF8(strings.ReplaceAll(f.Correction, "é", "e"), "")
			return nil
		},
		"long tags are cut": func(f *store.Feedback) error {
			for i, tag := range f.Tags {
				f.Tags = append([]string(nil), f.Tags...)
				f.Tags[i] = tag[:min(len(tag), 10)]
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := sendInput(t, meddler{memory.New(), bug}).r
			if seen := r.Lost+r.Wrong > 0; seen != (name != "no bug") {
				t.Errorf("of %d requests %d are lost and %d wrong", r.Attempted, r.Lost, r.Wrong)
			}
		})
	}
}
