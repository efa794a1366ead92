package postgres

import (
	"sync"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// How many tags an instance knows to be counted, of all days, and for how long it
// takes a day to be closed to new ones. Variables for tests.
var (
	maxRemembered = 100_000
	closedFor     = 10 * time.Second
)

type scopeDay struct {
	scope store.Scope
	day   int64
}

// A dayTags is what is known of one day.
type dayTags struct {
	counted map[string]bool
	// closed says that the day takes no new tags, and that no others than those that
	// are known were counted by the transactions before seen. It holds until then.
	closed  bool
	seen    int64
	until   time.Time
	inDoubt bool // whether it is still closed
}

// remembered are the tags of days that an instance has written to lately. It is
// safe for concurrent use.
type remembered struct {
	mu   sync.Mutex
	days map[scopeDay]*dayTags
	tags int // of all days
}

// decide marks the tags that are known not to be counted, and returns questions
// about those of which nothing is known.
func (r *remembered) decide(fs []store.Feedback, days []int64, m *marks) (questions []*question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var about map[scopeDay]*question
	var now time.Time
	for i := range fs {
		if len(fs[i].Tags) == 0 {
			continue
		}
		at := scopeDay{fs[i].Scope, days[i]}
		d := r.days[at]
		for j, tag := range fs[i].Tags {
			if d != nil && d.counted[tag] {
				continue
			}
			if now.IsZero() {
				now, about = time.Now(), map[scopeDay]*question{}
			}
			closed := d != nil && d.closed && now.Before(d.until)
			if closed && !d.inDoubt {
				m.refuse(i, j, d.seen)
				continue
			}
			q := about[at]
			if q == nil {
				if q = (&question{scopeDay: at, wantAll: !closed}); closed {
					q.seen = d.seen
				}
				about[at], questions = q, append(questions, q)
			}
			q.asked, q.places = append(q.asked, tag), append(q.places, place{i, j})
		}
	}
	return questions
}

// learn remembers the answers.
func (r *remembered) learn(questions []*question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range questions {
		d := r.days[q.scopeDay]
		if d == nil {
			d = &dayTags{counted: map[string]bool{}}
			if r.days == nil {
				r.days = map[scopeDay]*dayTags{}
			}
			r.days[q.scopeDay] = d
		}
		before := len(d.counted)
		for tag := range q.counted {
			d.counted[tag] = true
		}
		r.tags += len(d.counted) - before
		if d.inDoubt = false; len(d.counted) > 2*store.MaxDayTags { // some were never written, or are gone
			r.drop(q.scopeDay)
			continue
		}
		if d.closed = q.closed() && (q.wantAll || d.closed); d.closed && q.wantAll {
			d.seen, d.until = q.seen, time.Now().Add(closedFor)
		}
	}
	for at := range r.days { // any
		if r.tags <= maxRemembered {
			break
		}
		r.drop(at)
	}
}

func (r *remembered) drop(at scopeDay) {
	if d := r.days[at]; d != nil {
		r.tags -= len(d.counted)
		delete(r.days, at)
	}
}

// forget forgets a day of which a record was taken away.
func (r *remembered) forget(f store.Feedback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(scopeDay{f.Scope, daysSince1970(f.CreatedAt())})
}

// forgetScope forgets all days of a scope.
func (r *remembered) forgetScope(scope store.Scope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at := range r.days {
		if at.scope == scope {
			r.drop(at)
		}
	}
}

// replaced has a day that was closed be in doubt, if that may have been for tags of
// a record that no longer bears them.
func (r *remembered) replaced(f store.Feedback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.days[scopeDay{f.Scope, daysSince1970(f.CreatedAt())}]
	if d == nil || !d.closed {
		return
	}
	for _, tag := range f.Tags {
		d.inDoubt = d.inDoubt || !d.counted[tag]
	}
}
