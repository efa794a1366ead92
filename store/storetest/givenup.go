package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// RunGivenUp asserts what the contract says of calls whose callers give up, and of
// those that are repeated: by two instances on one empty database, which open returns.
// The first one's connections are made by dial, which holds up what it sends, or loses
// replies, wherever that may be; a store without a network has no use for it.
func RunGivenUp(t *testing.T, open func(tb testing.TB, dial Dial) (slow, fast store.Store)) {
	for _, c := range givenUpCases {
		t.Run(c.name, func(t *testing.T) {
			var g gate
			slow, fast := open(t, g.dial)
			c.run(&briefT{T: t}, &g, slow, fast)
		})
	}
	t.Run("whose_caller_waits", func(t *testing.T) {
		var g gate
		slow, fast := open(t, g.dial)
		waitsForIt(&briefT{T: t}, &g, slow, fast)
	})
	t.Run("beside_other_voters", func(t *testing.T) {
		slow, fast := open(t, new(gate).dial)
		besideOthers(&briefT{T: t}, slow, fast)
	})
}

// A givenUpCase is a call that is given up, or whose reply is lost, and what is
// acknowledged to somebody else before it arrives or is repeated.
type givenUpCase struct {
	name  string
	voted bool // whether there is a vote of the person's before
	late  func(ctx context.Context, st store.Store, u string) error
	since func(ctx context.Context, st store.Store, u string) error
	left  []float64 // scores of what there is of the person's at the end, and 10 with a review
	parts bool      // whether the call may be done in part, and go on
}

var givenUpCases = []givenUpCase{
	{"a vote, and a newer one", true, votes(1), votes(0), []float64{0}, false},
	{"a vote, and its undoing", true, votes(1), undoes, nil, false},
	{"a vote, and an erasure", true, votes(1), erases, nil, false},
	{"a first vote, and an erasure", false, votes(1), erases, nil, false},
	{"a first vote, and another that is undone", false, votes(1), inTurn(votes(0), undoes), nil, false},
	{"a first vote, and an undoing that finds none", false, votes(1), undoes, nil, false},
	{"an undoing, and a newer vote", true, undoes, votes(0), []float64{0}, false},
	{"an undoing, and a first vote", true, undoes, inTurn(undoes, votes(0)), []float64{0}, false},
	{"an erasure, and a newer vote", true, erases, votes(0), []float64{0}, true},
	{"an erasure, and a new record", false, erases, creates(0, ""), []float64{0}, true},
	{"a record, and an erasure", false, creates(1, ""), erases, nil, false},
	{"a review, and a newer vote", true, reviews, votes(0), []float64{0}, false},
	{"a review, and the vote again", true, reviews, inTurn(votes(0), votes(0.5)), []float64{0.5}, false},
	{"a review, and a vote's undoing", true, reviews, undoes, nil, false},
	{"a review, and another vote after an undoing", true, reviews, inTurn(undoes, votes(0.5)), []float64{0.5}, false},
	{"a review, and an erasure", true, reviews, erases, nil, false},
	{"a vote, and a newer review", true, votes(1), inTurn(votesUnless(0.5), reviews), []float64{10.5}, false},
	{"an undoing, and a newer review", true, undoes, inTurn(votesUnless(0.5), reviews), []float64{10.5}, false},
	{"an erasure, and a newer review", true, erases, inTurn(votesUnless(0.5), reviews), []float64{10.5}, true},
	{"a record with a key, and another that is deleted", false, creates(1, "k"), inTurn(creates(0, "k"), deletes("k")), nil, false},
}

func votes(s float64) func(context.Context, store.Store, string) error {
	return func(ctx context.Context, st store.Store, u string) error {
		_, _, err := st.Put(ctx, vote(0, u, score(s)))
		return err
	}
}

// votesUnless votes unless there is that vote.
func votesUnless(s float64) func(context.Context, store.Store, string) error {
	return func(ctx context.Context, st store.Store, u string) error {
		f, err := st.Get(ctx, scope, byKey(vote(0, u)))
		if err == nil && f.Score == s {
			return nil
		}
		return cmp.Or(none(err), votes(s)(ctx, st, u))
	}
}

func undoes(ctx context.Context, st store.Store, u string) error {
	_, err := st.Delete(ctx, scope, byKey(vote(0, u)))
	return none(err)
}

func erases(ctx context.Context, st store.Store, u string) error {
	_, err := st.Erase(ctx, scope, store.Filter{UserID: u})
	return err
}

// reviews has staff review the vote that it sees. What has changed meanwhile is for
// others to look at.
func reviews(ctx context.Context, st store.Store, u string) error {
	was, err := st.Get(ctx, scope, byKey(vote(0, u)))
	if err != nil {
		return none(err)
	}
	now := was.Normalize()
	handled("")(&now)
	if _, err = st.Replace(ctx, was, now); errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrUnavailable) {
		return nil
	}
	return none(err)
}

// creates adds a record, of an idempotency key that starts with one, if not "".
func creates(s float64, key string) func(context.Context, store.Store, string) error {
	return func(ctx context.Context, st store.Store, u string) error {
		f := record(0, score(s), func(f *store.Feedback) { f.UserID = u })
		if key != "" {
			f.Key = store.IdempotencyKey(key + u)
		}
		_, err := st.Create(ctx, f)
		return err
	}
}

func deletes(key string) func(context.Context, store.Store, string) error {
	return func(ctx context.Context, st store.Store, u string) error {
		_, err := st.Delete(ctx, scope, store.Ref{Key: store.IdempotencyKey(key + u)})
		return none(err)
	}
}

func inTurn(first, second func(context.Context, store.Store, string) error) func(context.Context, store.Store, string) error {
	return func(ctx context.Context, st store.Store, u string) error {
		return errors.Join(first(ctx, st, u), second(ctx, st, u))
	}
}

// none takes an absence for success.
func none(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// run has the call held at each of its requests, and at each of its replies.
func (c givenUpCase) run(t *briefT, g *gate, slow, fast store.Store) {
	for _, loses := range []bool{false, true} {
		for n := 0; ; n++ {
			what := fmt.Sprintf("held at request %d", n)
			if loses {
				what = fmt.Sprintf("without a reply to request %d", n)
			}
			if !c.once(t, g, slow, fast, what, n, loses) {
				break
			}
		}
	}
	sameSummary(t, fast, store.Filter{}, store.Day, all(t, fast, store.Query{Ascending: true}, 100))
}

// once makes the call, and reports whether it came as far as to be held.
func (c givenUpCase) once(t *briefT, g *gate, slow, fast store.Store, what string, n int, loses bool) (held bool) {
	u := what
	if c.voted {
		put(t, fast, vote(0, u, score(0.5)))
	}
	before := scoresOf(t, fast, u)
	if err := c.late(t.Context(), slow, u+", before"); err != nil { // so that there is a connection, and all is known
		t.Errorf("%s: before: %v", what, err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	caught := g.arm(n, loses)
	ended := make(chan error, 1)
	go func() { ended <- c.late(ctx, slow, u) }()
	var err error
	select {
	case err = <-ended:
	case <-caught:
		held = true
	}
	if held && !loses {
		giveUp()
		err = <-ended
	}
	if !held && err != nil {
		t.Errorf("%s: %v", what, err)
	}
	done := !slices.Equal(scoresOf(t, fast, u), before)
	if err := c.since(t.Context(), fast, u); err != nil {
		t.Errorf("%s: what came since: %v", what, err)
	}
	g.open(t)
	if held && loses {
		err = <-ended
	}
	if err != nil && !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, context.Canceled) {
		t.Errorf("%s: %v, want ErrUnavailable", what, err)
	}
	if held && loses && err == nil && (c.parts || !done) {
		return held // its caller waited, and it was done after what came since
	}
	if left := scoresOf(t, fast, u); !slices.Equal(left, c.left) {
		t.Errorf("%s: it undid what was acknowledged since: scores %v are there, want %v", what, left, c.left)
	}
	return held
}

// hearing is how long a refused write has to wait at least, until it may be known that
// its caller has gone.
const hearing = 5 * time.Millisecond

// waitsForIt has votes and their undoing be held, and done after a newer vote, since
// their callers wait: but not at once.
func waitsForIt(t *briefT, g *gate, slow, fast store.Store) {
	for name, write := range map[string]func(context.Context, store.Store, string) error{"a vote": votes(1), "an undoing": undoes} {
		votes(0.5)(t.Context(), fast, name)
		write(t.Context(), slow, "before") // so that there is a connection, and all is known
		caught, ended := g.arm(0, false), make(chan error, 1)
		go func() { ended <- write(t.Context(), slow, name) }()
		select {
		case <-caught:
		case err := <-ended: // a store that is not on a network
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			g.open(t)
			continue
		}
		if err := votes(0)(t.Context(), fast, name); err != nil {
			t.Errorf("a newer vote: %v", err)
		}
		g.open(t)
		if err := <-ended; err != nil || g.rested() < hearing {
			t.Errorf("%s: %v, tried again after %v, want none, and %v", name, err, g.rested(), hearing)
		}
	}
}

// scoresOf returns the scores of what there is of a person's, and 10 for a review.
func scoresOf(t *briefT, st store.Store, u string) (scores []float64) {
	for _, f := range all(t, st, store.Query{Filter: store.Filter{UserID: u}}, 10) {
		if f.Handled() {
			f.Score += 10
		}
		scores = append(scores, f.Score)
	}
	return scores
}

// besideOthers has votes given up after some milliseconds, while others vote, and
// given again or undone by another instance.
func besideOthers(t *briefT, slow, fast store.Store) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var others, people sync.WaitGroup
	for w := range workers {
		others.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if _, _, err := slow.Put(t.Context(), vote(i, fmt.Sprint("other ", w, i%3))); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	for w := range workers {
		people.Go(func() {
			for i := range 12 {
				u := fmt.Sprintf("%d/%d", w, i)
				if i%4 > 0 {
					votes(0.5)(t.Context(), fast, u)
				}
				ctx, giveUp := context.WithCancel(t.Context())
				timer := time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, giveUp)
				votes(1)(ctx, slow, u)
				timer.Stop()
				giveUp()
				again := votes(0)
				if w%2 > 0 {
					again = inTurn(again, undoes)
				}
				if err := again(t.Context(), fast, u); err != nil {
					t.Errorf("what came since: %v", err)
				}
			}
		})
	}
	people.Wait()
	stop()
	others.Wait()
	for w := range workers {
		for i := range 12 {
			f, err := fast.Get(t.Context(), scope, byKey(vote(0, fmt.Sprintf("%d/%d", w, i))))
			if undone := errors.Is(err, store.ErrNotFound); undone != (w%2 > 0) || !undone && (err != nil || f.Score != 0) {
				t.Errorf("a vote that was given up undid what was acknowledged since: %v, %v", f.Score, err)
			}
		}
	}
	sameSummary(t, fast, store.Filter{}, store.Day, all(t, fast, store.Query{Ascending: true}, 100))
}
