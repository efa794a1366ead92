package conversation_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/internal/conversation"
	"github.com/humanfeedback/feedbacks/store"
)

var scope = store.Scope{Account: "a", Assistant: "b"}

func said(texts ...string) (turns []conversation.Turn) {
	for i, text := range texts {
		turns = append(turns, conversation.Turn{MessageID: fmt.Sprint("m", i), Role: "user", Text: text})
	}
	return turns
}

func TestReadKeepsToItsBounds(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		turns []conversation.Turn
		err   error
		want  error
	}{
		"a few":         {said("hello", "hi"), nil, nil},
		"none":          {nil, nil, conversation.ErrNothing},
		"most":          {said(make([]string, conversation.MaxTurns)...), nil, nil},
		"too many":      {said(make([]string, conversation.MaxTurns+1)...), nil, conversation.ErrTooLong},
		"long":          {said(strings.Repeat("é", conversation.MaxBytes/2-10)), nil, nil},
		"too long":      {said(strings.Repeat("a", conversation.MaxBytes)), nil, conversation.ErrTooLong},
		"too many ids":  {[]conversation.Turn{{MessageID: strings.Repeat("m", conversation.MaxBytes), Text: "a"}}, nil, conversation.ErrTooLong},
		"too many fact": {[]conversation.Turn{{Metadata: map[string]string{"n": strings.Repeat("m", conversation.MaxBytes)}}}, nil, conversation.ErrTooLong},
		"failed":        {said("hello"), broken, broken},
	} {
		f := conversation.Func(func(context.Context, store.Scope, string) ([]conversation.Turn, error) { return test.turns, test.err })
		turns, size, err := f.Read(t.Context(), scope, "s")
		if !errors.Is(err, test.want) || (err == nil) != (len(turns) == len(test.turns) && size > 0) || err != nil && len(turns) > 0 {
			t.Errorf("%s: %d turns of %d bytes, %v; want %v", name, len(turns), size, err, test.want)
		}
	}
}

// A conversation is asked for in goroutines too, where a panic ends the process.
func TestReadSurvivesTheHost(t *testing.T) {
	f := conversation.Func(func(context.Context, store.Scope, string) ([]conversation.Turn, error) { panic("the host's") })
	if turns, _, err := f.Read(t.Context(), scope, "s"); turns != nil || err == nil || !strings.Contains(err.Error(), "the host's") {
		t.Errorf("a panic is %v, %v", turns, err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f := conversation.Func(func(ctx context.Context, _ store.Scope, _ string) ([]conversation.Turn, error) {
			<-ctx.Done()
			return said("too late"), ctx.Err()
		})
		if _, _, err := f.Read(t.Context(), scope, "s"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != conversation.Patience {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestOf(t *testing.T) {
	type turn struct { // as handler's
		MessageID string
		Role      string
		Text      string
		Time      time.Time
		Metadata  map[string]string
	}
	if conversation.Of[turn](nil) != nil {
		t.Error("no function is one")
	}
	at := time.Unix(1, 0)
	f := conversation.Of(func(_ context.Context, s store.Scope, session string) ([]turn, error) {
		return []turn{{session, s.Account, s.Assistant, at, map[string]string{"n": "v"}}}, nil
	})
	turns, err := f(t.Context(), scope, "s")
	if len(turns) != 1 || turns[0].MessageID != "s" || turns[0].Role != "a" || turns[0].Text != "b" || turns[0].Time != at || turns[0].Metadata["n"] != "v" || err != nil {
		t.Errorf("the host's turn is %+v, %v", turns, err)
	}
}

func TestFindTakesTheLast(t *testing.T) {
	turns := append(said("a", "b", "c"), said("d")...)
	for id, want := range map[string]int{"m0": 3, "m1": 1, "m2": 2, "m9": -1, "": -1} {
		if got := conversation.Find(append(turns, conversation.Turn{}), id); got != want {
			t.Errorf("%q is turn %d, want %d", id, got, want)
		}
	}
}

// records yields one of each session, then an error if there is one.
func records(err error, sessions ...string) iter.Seq2[store.Feedback, error] {
	return func(yield func(store.Feedback, error) bool) {
		for i, s := range sessions {
			if !yield(store.Feedback{Scope: scope, ID: fmt.Sprint(i), SessionID: s}, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Feedback{}, err)
		}
	}
}

func TestEachAsksOnceForASession(t *testing.T) {
	failure, broken := errors.New("the session's"), errors.New("the records'")
	var sessions []string
	for i := range 100 {
		sessions = append(sessions, fmt.Sprint("s", i*i%17))
	}
	var asked [17]atomic.Int32
	f := conversation.Func(func(_ context.Context, s store.Scope, session string) ([]conversation.Turn, error) {
		var n int
		fmt.Sscanf(session, "s%d", &n)
		if asked[n].Add(1); s != scope {
			t.Errorf("asked for a session of %v", s)
		}
		if session == "s4" {
			return nil, failure
		}
		return said(session), nil
	})
	var got []string
	var last error
	for r, err := range f.Each(t.Context(), records(broken, sessions...)) {
		if err != nil {
			last = err
			continue
		}
		got = append(got, r.SessionID)
		if r.ID != fmt.Sprint(len(got)-1) || (r.Err == failure) != (r.SessionID == "s4") || r.Err == nil && r.Turns[0].Text != r.SessionID {
			t.Errorf("record %d: %+v", len(got), r)
		}
	}
	if strings.Join(got, " ") != strings.Join(sessions, " ") || last != broken {
		t.Errorf("the records came as %v, then %v", got, last)
	}
	for i := range asked {
		if n := asked[i].Load(); n > 1 {
			t.Errorf("s%d was asked for %d times", i, n)
		}
	}
}

func TestEachAsksForEightAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		f := conversation.Func(func(_ context.Context, _ store.Scope, session string) ([]conversation.Turn, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return said(session), nil
		})
		var sessions []string
		for i := range 80 {
			sessions = append(sessions, fmt.Sprint(i))
		}
		began := time.Now()
		for _, err := range f.Each(t.Context(), records(nil, sessions...)) {
			if err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); most.Load() != 8 || took > 20*time.Second {
			t.Errorf("%d at once, %v for 80", most.Load(), took)
		}
	})
}

func TestEachForgetsWhatHasNoRoom(t *testing.T) {
	large := strings.Repeat("a", conversation.MaxBytes-10)
	var asked struct{ near, far atomic.Int32 }
	f := conversation.Func(func(_ context.Context, _ store.Scope, session string) ([]conversation.Turn, error) {
		switch session {
		case "near":
			asked.near.Add(1)
		case "far":
			asked.far.Add(1)
		}
		return said(large), nil
	})
	sessions := []string{"near", "1", "near", "far"}
	for range 8 {
		sessions = append(sessions, "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c")
	}
	next, stop := iter.Pull2(f.Each(t.Context(), records(nil, append(sessions, "far")...)))
	defer stop()
	n := 0
	for {
		r, err, ok := next()
		if !ok {
			break
		}
		if err != nil || r.Err != nil || len(r.Turns) != 1 {
			t.Fatalf("%+v, %v", r.Err, err)
		}
		n++
	}
	if n != len(sessions)+1 || asked.near.Load() != 1 || asked.far.Load() != 2 {
		t.Errorf("%d records, asked for the near one %d times, for the far one %d times", n, asked.near.Load(), asked.far.Load())
	}
}

// Whoever stops, or leaves, waits for nobody.
func TestEachStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := conversation.Func(func(ctx context.Context, _ store.Scope, session string) ([]conversation.Turn, error) {
			if session == "first" {
				return said(session), nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		})
		began := time.Now()
		for r, err := range f.Each(t.Context(), records(nil, "first", "second", "third")) {
			if err != nil || r.SessionID != "first" {
				t.Errorf("%+v, %v", r, err)
			}
			break
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for r, err := range f.Each(ctx, records(nil, "second", "third")) {
			if err != nil || !errors.Is(r.Err, context.DeadlineExceeded) {
				t.Errorf("%+v, %v", r, err)
			}
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
