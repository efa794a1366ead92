package memory

import (
	"github.com/tidwall/btree"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// A shelf holds the records of one scope, its indexes and its rollups, all under
// the Store's lock. A record on a shelf is never changed, only replaced. A nil
// shelf is an empty one to read from.
type shelf struct {
	scope store.Scope
	byID  btree.Map[string, *store.Feedback]
	byKey map[string]*store.Feedback
	// index finds the records of a session, message or user, and those that wait, in
	// order of ID: its keys are made by indexKey.
	index btree.Map[string, *store.Feedback]
	days  btree.Map[int64, *rollup] // by Unix time of the day's start
}

func newShelf(scope store.Scope) *shelf {
	return &shelf{scope: scope, byKey: map[string]*store.Feedback{}}
}

// Which id an index entry is of, "" for what waits.
const (
	bySession = 's'
	byMessage = 'm'
	byUser    = 'u'
	byWaiting = 'w'
)

// indexKey is the record's key in the index. With id "" it is what all entries of
// one session, message or user start with, and no others: ids hold no NUL.
func indexKey(kind byte, of, id string) string { return string(kind) + of + "\x00" + id }

// indexKeys calls do with each of the record's keys in the index.
func indexKeys(r *store.Feedback, do func(key string)) {
	do(indexKey(bySession, r.SessionID, r.ID))
	if r.MessageID != "" {
		do(indexKey(byMessage, r.MessageID, r.ID))
	}
	if r.UserID != "" {
		do(indexKey(byUser, r.UserID, r.ID))
	}
	if r.Waiting() {
		do(indexKey(byWaiting, "", r.ID))
	}
}

func (sh *shelf) get(ref store.Ref) *store.Feedback {
	switch {
	case sh == nil:
		return nil
	case ref.Key != "":
		return sh.byKey[ref.Key]
	}
	r, _ := sh.byID.Get(ref.ID)
	return r
}

// find returns the record that bears f's ID or else its Key.
func (sh *shelf) find(f store.Feedback) *store.Feedback {
	if r := sh.get(store.Ref{ID: f.ID}); r != nil || f.Key == "" {
		return r
	}
	return sh.get(store.Ref{Key: f.Key})
}

func (sh *shelf) add(r *store.Feedback) {
	sh.byID.Set(r.ID, r)
	if r.Key != "" {
		sh.byKey[r.Key] = r
	}
	indexKeys(r, func(key string) { sh.index.Set(key, r) })

	day := summing.DayOf(*r).Unix()
	ro, ok := sh.days.Get(day)
	if !ok {
		ro = &rollup{tags: map[string]*store.Tally{}}
		sh.days.Set(day, ro)
	}
	ro.add(r)
}

func (sh *shelf) remove(r *store.Feedback) {
	sh.byID.Delete(r.ID)
	if r.Key != "" {
		delete(sh.byKey, r.Key)
	}
	indexKeys(r, func(key string) { sh.index.Delete(key) })

	day := summing.DayOf(*r).Unix()
	ro, _ := sh.days.Get(day)
	ro.remove(r)
	if ro.all.Count == 0 {
		sh.days.Delete(day)
	}
}
