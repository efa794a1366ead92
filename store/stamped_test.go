package store_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

func TestSamePayload(t *testing.T) {
	f := func(tags []string, metadata map[string]string, stampedTags, stampedMetadata []string) store.Feedback {
		return store.Feedback{Tags: tags, Metadata: metadata, Stamped: store.Stamped{Tags: stampedTags, Metadata: stampedMetadata}}
	}
	type list = []string
	type pairs = map[string]string
	said := f(list{"a", "b"}, pairs{"m": "1"}, nil, nil)
	for name, c := range map[string]struct {
		g    store.Feedback
		want bool
	}{
		"itself":                  {said, true},
		"another tag":             {f(list{"a", "c"}, pairs{"m": "1"}, nil, nil), false},
		"tags in another order":   {f(list{"b", "a"}, pairs{"m": "1"}, nil, nil), false},
		"other metadata":          {f(list{"a", "b"}, pairs{"m": "2"}, nil, nil), false},
		"a tag more":              {f(list{"a", "x", "b"}, pairs{"m": "1"}, nil, nil), false},
		"a stamped tag more":      {f(list{"a", "x", "b"}, pairs{"m": "1"}, list{"x"}, nil), true},
		"one of its tags stamped": {f(list{"a", "b"}, pairs{"m": "1"}, list{"b"}, nil), false},
		"a name more":             {f(list{"a", "b"}, pairs{"m": "1", "x": "2"}, nil, nil), false},
		"a stamped name more":     {f(list{"a", "b"}, pairs{"m": "1", "x": "2"}, nil, list{"x"}), true},
		"a name stamped over":     {f(list{"a", "b"}, pairs{"m": "2"}, nil, list{"m"}), true},
		"all of that":             {f(list{"x", "a", "b"}, pairs{"m": "2", "x": "2"}, list{"x"}, list{"x", "m"}), true},
		"another text": {func() store.Feedback {
			g := f(list{"x", "a", "b"}, pairs{"m": "1"}, list{"x"}, nil)
			g.Text = "t"
			return g
		}(), false},
	} {
		before := c.g.Normalize()
		if said.SamePayload(c.g) != c.want || c.g.SamePayload(said) != c.want {
			t.Errorf("%s: SamePayload is not %t both ways", name, c.want)
		}
		if !before.Equal(c.g.Normalize()) {
			t.Errorf("%s was changed to %+v", name, c.g)
		}
	}
	if !f(list{"x"}, nil, list{"x"}, nil).SamePayload(f(list{"y"}, nil, list{"y"}, nil)) {
		t.Error("what the host set is compared")
	}
}
