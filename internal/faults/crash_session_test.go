package faults

import (
	"fmt"
	"slices"
)

// A session is what one client wrote under one session id. Nobody else does, so
// that the client knows what must be there.
type session struct {
	assistant, id, user string
	records             map[string]*record // by name: a note's text, or a vote's message
	ids                 []string           // of acknowledged notes
	names               []string           // theirs
	writes              int
}

// A record is all that one feedback may be by now. nil is absence.
type record struct {
	possible []possibility
	vote     bool
}

// A possibility is what a write may have made of a record.
type possibility struct {
	*content
	known bool // it was acknowledged
}

// record returns the named record, which at first is absent.
func (s *session) record(name string, vote bool) *record {
	r := s.records[name]
	if r == nil {
		r = &record{[]possibility{{nil, true}}, vote}
		s.records[name] = r
	}
	return r
}

// wrote notes how a write ended that makes c of the record.
func (r *record) wrote(c *content, end ending) {
	switch end {
	case replied:
		r.possible = []possibility{{c, true}}
	case unknown:
		r.possible = append(r.possible, possibility{c, false})
	}
}

// wasAbsent notes that nothing was there. What had begun before, with an outcome
// that nobody knows, may still turn up.
func (r *record) wasAbsent() {
	r.possible = slices.DeleteFunc(r.possible, func(p possibility) bool { return p.content == nil || p.known })
	r.possible = append(r.possible, possibility{nil, true})
}

// erased notes how an erasure of the session ended. A note of unknown outcome may
// still turn up later.
func (s *session) erased(end ending) {
	for _, r := range s.records {
		maybe := r.possible
		r.wrote(nil, end)
		if end == replied && !r.vote {
			for _, v := range maybe {
				if v.content != nil && !v.known {
					r.possible = append(r.possible, v)
				}
			}
		}
	}
}

// is finds c among what the record may be.
func (r *record) is(c *content) (possibility, bool) {
	for _, v := range r.possible {
		if v.content == nil && c == nil || v.content != nil && c != nil && *v.content == *c {
			return v, true
		}
	}
	return possibility{}, false
}

// mayBe reports whether the record may be absent, and whether it may be present.
func (r *record) mayBe() (absent, present bool) {
	for _, v := range r.possible {
		absent = absent || v.content == nil
		present = present || v.content != nil
	}
	return absent, present
}

// counts are how many records there are at the least and at the most.
func (s *session) counts() (least, most int) {
	for _, r := range s.records {
		absent, present := r.mayBe()
		if present {
			most++
			if !absent {
				least++
			}
		}
	}
	return least, most
}

// A verdict says how what is stored differs from what may be.
type verdict struct {
	lost, duplicated, landed, wrong int
	why                             []string // a few of them
}

func (v *verdict) say(format string, args ...any) {
	if len(v.why) < 10 {
		v.why = append(v.why, fmt.Sprintf(format, args...))
	}
}

func (v *verdict) merge(w verdict) {
	v.lost += w.lost
	v.duplicated += w.duplicated
	v.landed += w.landed
	v.wrong += w.wrong
	for _, why := range w.why {
		v.say("%s", why)
	}
}

func (v verdict) bad() int { return v.lost + v.duplicated + v.wrong }

// check compares what is stored of the session with what may be.
func (s *session) check(stored []feedback) (v verdict) {
	there := map[string]*content{}
	for _, f := range stored {
		name := f.Text
		if f.MessageID != "" {
			name = f.MessageID
		}
		if there[name] != nil {
			v.duplicated++
			v.say("session %s: %s is there twice", s.id, name)
		}
		c := f.content()
		there[name] = &c
		if s.records[name] == nil {
			v.wrong++
			v.say("session %s: %s was never written", s.id, name)
		}
	}
	for name, r := range s.records {
		switch found, ok := r.is(there[name]); {
		case !ok:
			v.lost++
			v.say("session %s: %s is %+v, want %s", s.id, name, there[name], r)
		case !found.known:
			v.landed++
		}
	}
	return v
}

func (r *record) String() string {
	var text string
	for i, v := range r.possible {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprintf("%+v", v.content)
	}
	return text
}
