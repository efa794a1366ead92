package memory

import (
	"time"

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
	// index finds the records of a session, message or user in order of ID: its
	// keys are made by indexKey.
	index btree.Map[string, *store.Feedback]
	days  btree.Map[int64, rollup] // by Unix time of the day's start
}

// A rollup counts the records of one day by tag; tag "" counts all of them.
type rollup map[string]*store.Tally

func newShelf(scope store.Scope) *shelf {
	return &shelf{scope: scope, byKey: map[string]*store.Feedback{}}
}

// Which id an index entry is of.
const (
	bySession = 's'
	byMessage = 'm'
	byUser    = 'u'
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
	tallies, ok := sh.days.Get(day)
	if !ok {
		tallies = rollup{}
		sh.days.Set(day, tallies)
	}
	tallies.add("", r)
	for _, tag := range r.Tags {
		tallies.add(tag, r)
	}
}

func (ro rollup) add(tag string, r *store.Feedback) {
	if ro[tag] == nil {
		ro[tag] = new(store.Tally)
	}
	ro[tag].Add(*r)
}

func (sh *shelf) remove(r *store.Feedback) {
	sh.byID.Delete(r.ID)
	if r.Key != "" {
		delete(sh.byKey, r.Key)
	}
	indexKeys(r, func(key string) { sh.index.Delete(key) })

	day := summing.DayOf(*r).Unix()
	tallies, _ := sh.days.Get(day)
	tallies.remove("", r)
	for _, tag := range r.Tags {
		tallies.remove(tag, r)
	}
	if len(tallies) == 0 {
		sh.days.Delete(day)
	}
}

func (ro rollup) remove(tag string, r *store.Feedback) {
	ro[tag].Remove(*r)
	if ro[tag].Count == 0 {
		delete(ro, tag)
	}
}

// sum hands the rollups that b asks for to b.
func (sh *shelf) sum(b *summing.Builder) {
	var from int64
	if !b.From.IsZero() {
		from = b.From.Unix()
	}
	sh.days.Ascend(from, func(unix int64, tallies rollup) bool {
		if !b.To.IsZero() && unix >= b.To.Unix() {
			return false
		}
		day := time.Unix(unix, 0).UTC()
		if b.Tag != "" {
			if t := tallies[b.Tag]; t != nil {
				b.Day(b.Tag, day, *t)
			}
			return true
		}
		for tag, t := range tallies {
			b.Day(tag, day, *t)
		}
		return true
	})
}
