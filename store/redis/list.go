package redis

import (
	"context"

	"github.com/humanfeedback/feedbacks/store"
)

// window is how many records one call examines. A page whose filter selects few
// of them is short.
const window = 2 * store.MaxLimit

// An entry is a record as it is stored, under its packed ID.
type entry struct{ id, value string }

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, scope store.Scope, ref store.Ref) (store.Feedback, error) {
	if err := begin(ctx, scope.Check(), ref.Check()); err != nil {
		return store.Feedback{}, err
	}
	found, err := s.look(ctx, scope, ref)
	if err != nil {
		return store.Feedback{}, err
	}
	return decode(scope, found.id, found.value)
}

// look returns the record that ref names.
func (s *Store) look(ctx context.Context, scope store.Scope, ref store.Ref) (entry, error) {
	base, id := s.base(scope), ""
	if ref.ID != "" {
		id = packID(ref.ID)
	}
	reply, err := s.read(ctx, getScript, []string{base + recordsKey, base + keysKey}, id, packKey(ref.Key))
	if err != nil {
		return entry{}, err
	}
	found, err := readEntries(reply)
	if err != nil || len(found) != 1 {
		return entry{}, errCorrupt
	}
	return found[0], nil
}

// List implements [store.Store].
func (s *Store) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	conditions := q.Conditions()
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Page{}, err
	}
	page := store.Page{Feedbacks: q.Buffer[:0]}
	ask := q.Limit + 1 // the one more tells whether a page follows
	for examined := 0; ; {
		found, more, err := s.entries(ctx, scope, q, ask)
		if err != nil {
			return store.Page{}, err
		}
		if need := min(q.Limit, len(page.Feedbacks)+len(found)); cap(page.Feedbacks) < need {
			page.Feedbacks = append(make([]store.Feedback, 0, need), page.Feedbacks...)
		}
		for _, e := range found {
			if examined == window || len(page.Feedbacks) == q.Limit {
				page.Next = q.After
				return page, nil
			}
			f, err := decode(scope, e.id, e.value)
			if err != nil {
				return store.Page{}, err
			}
			examined++
			q.After = f.ID
			if conditions.Match(&f) {
				page.Feedbacks = append(page.Feedbacks, f)
			}
		}
		if !more {
			return page, nil
		}
		ask = min(2*ask, window+1-examined)
	}
}

// entries returns at most limit records of the index that serves q best, in its
// span of ids, from just beyond q.After, and whether there may be more. The
// filter's other conditions are the caller's to check.
func (s *Store) entries(ctx context.Context, scope store.Scope, q store.Query, limit int) (found []entry, more bool, err error) {
	base := s.base(scope)
	index, prefix := indexOf(q.Filter)
	low, high := "["+prefix, "("+prefix+"\xff\xff" // ids start with 48 bits of time, which is short of that
	from, to := q.IDs()
	if from != "" {
		low = "[" + prefix + packID(from)
	}
	if to != "" {
		high = "(" + prefix + packID(to)
	}
	if q.After != "" {
		after := "(" + prefix + packID(q.After)
		if q.Ascending && (from == "" || q.After >= from) {
			low = after
		} else if !q.Ascending && (to == "" || q.After < to) {
			high = after
		}
	}
	command, start, stop := "zrevrangebylex", high, low
	if q.Ascending {
		command, start, stop = "zrangebylex", low, high
	}
	reply, err := s.read(ctx, listScript, []string{base + index, base + recordsKey}, command, start, stop, limit, len(prefix))
	if err != nil {
		return nil, false, err
	}
	if len(reply) > 0 {
		s.seen(scope, base)
	}
	found, err = readEntries(reply)
	return found, len(found) == limit || len(reply)%2 == 1, err
}

// indexOf returns the sorted set that finds what f selects with the fewest steps,
// and what its members have before the id. It narrows what the conditions select;
// one that it does not look at takes nothing away.
func indexOf(f store.Filter) (key, prefix string) {
	switch {
	case f.MessageID != "":
		return messageKey, f.MessageID + "\x00"
	case f.SessionID != "":
		return sessionKey + f.SessionID, ""
	case f.UserID != "":
		return userKey + f.UserID, ""
	case f.Waiting != nil && *f.Waiting:
		return waitingKey, ""
	}
	return idsKey, ""
}

// readEntries reads a script's list of ids and records in turn.
func readEntries(reply []any) ([]entry, error) {
	found := make([]entry, len(reply)/2)
	for i := range found {
		id, ok1 := reply[2*i].(string)
		value, ok2 := reply[2*i+1].(string)
		if !ok1 || !ok2 {
			return nil, errCorrupt
		}
		found[i] = entry{id, value}
	}
	return found, nil
}
