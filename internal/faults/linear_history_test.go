package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/humanfeedback/feedbacks/store"
)

// A history is all that happened to one vote.
type history struct {
	vote store.Feedback

	mu    sync.Mutex
	ops   []porcupine.Operation
	odd   []error // that are none of those which these calls may return
	n     int     // puts
	known string  // an id that the vote has, or had
}

var linearEpoch = time.Now()

// call makes one call of a client, random but for what it is, and notes it.
func (h *history) call(ctx context.Context, st store.Store, client int, what string) (unknown bool) {
	in := asked{call: what}
	f := h.vote
	h.mu.Lock()
	if what == "put" {
		h.n++ // every put says something else
		f.ID, f.Score, f.Text, f.Tags = store.NewID(time.Now()), float64(h.n%11)/10, fmt.Sprintf("%d of %d", h.n, client), []string{fmt.Sprint(h.n)}
		if h.n%2 == 0 { // else nothing is carried, and what was goes
			f.Metadata, f.Correction = map[string]string{"put": fmt.Sprint(h.n)}, fmt.Sprint("not ", h.n)
		}
		f.UpdatedAt = time.Now()
		f = f.Normalize()
		in.new = versionOf(&f)
	} else if rand.IntN(3) == 0 {
		in.id = h.known
	}
	h.mu.Unlock()
	ref := store.Ref{Key: f.Key}
	if in.id != "" {
		ref = store.Ref{ID: in.id}
	}

	var now store.Feedback
	var was *store.Feedback
	var err error
	start := time.Since(linearEpoch)
	switch what {
	case "put":
		now, was, err = st.Put(ctx, f)
	case "get":
		now, err = st.Get(ctx, f.Scope, ref)
		was = &now
	case "delete":
		now, err = st.Delete(ctx, f.Scope, ref)
		was = &now
	}
	end := time.Since(linearEpoch)

	var out answered
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		if what == "get" { // it has changed nothing and says nothing
			return true
		}
		out.unknown, out.left, end = true, int64(end), math.MaxInt64
	case errors.Is(err, store.ErrNotFound) && what != "put":
	case err != nil:
		h.odd = append(h.odd, fmt.Errorf("%s: %w", what, err))
		return false
	default:
		out.was = versionOf(was)
		if what == "put" {
			out.now = versionOf(&now)
		}
		h.known = now.ID
	}
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: in, Output: out, Call: int64(start), Return: int64(end)})
	return out.unknown
}

// settle leaves out what was read, before the time calm, when some writes were
// not acknowledged, and returns how much that is. It is for replicas that lag
// behind: a failover may take away what nobody acknowledged but some saw already.
func (h *history) settle(calm time.Duration) (left int) {
	var first int64 = math.MaxInt64
	for _, op := range h.ops {
		if op.Output.(answered).unknown {
			first = min(first, op.Call)
		}
	}
	all := len(h.ops)
	h.ops = slices.DeleteFunc(h.ops, func(op porcupine.Operation) bool {
		in, out := op.Input.(asked), op.Output.(answered)
		reads := in.call == "get" || in.call == "delete" && !out.unknown && out.was == version{}
		return reads && op.Return > first && op.Call < int64(calm)
	})
	return all - len(h.ops)
}

// check returns nil, or what is wrong with the history.
func (h *history) check() error {
	if len(h.odd) > 0 {
		return h.odd[0]
	}
	switch result := porcupine.CheckOperationsTimeout(oneVote, inTime(h.matters()), time.Minute); result {
	case porcupine.Ok:
		return nil
	default:
		return fmt.Errorf("the history is %s:\n%s", result, h)
	}
}

// inTime returns calls in which one of unknown outcome happens before the end of the
// first acknowledged write that began when its caller had gone, or never: it may not
// undo that.
func inTime(ops []porcupine.Operation) []porcupine.Operation {
	ops = slices.Clone(ops)
	for i, op := range ops {
		out := op.Output.(answered)
		if !out.unknown {
			continue
		}
		for _, w := range ops {
			in, answer := w.Input.(asked), w.Output.(answered)
			wrote := in.call == "put" || in.call == "delete" && answer.was != version{}
			if wrote && !answer.unknown && w.Call > out.left {
				ops[i].Return = min(ops[i].Return, w.Return)
			}
		}
	}
	return ops
}

// seen has the IDs and the words that anyone was told of.
func (h *history) seen() map[string]bool {
	seen := map[string]bool{}
	for _, op := range h.ops {
		out := op.Output.(answered)
		for _, v := range []version{out.was, out.now} {
			seen[v.id], seen[v.said] = true, true
		}
	}
	return seen
}

// matters returns the calls without those puts of unknown outcome of which nobody
// saw anything, neither the new ID nor what it says. They may as well have come
// last, and each of them doubles what there is to search.
func (h *history) matters() []porcupine.Operation {
	seen := h.seen()
	return slices.DeleteFunc(slices.Clone(h.ops), func(op porcupine.Operation) bool {
		in, out := op.Input.(asked), op.Output.(answered)
		return out.unknown && in.call == "put" && !seen[in.new.id] && !seen[in.new.said]
	})
}

// String returns the calls, in the order in which they started.
func (h *history) String() string {
	var b strings.Builder
	for _, op := range slices.SortedFunc(slices.Values(h.ops), func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) }) {
		fmt.Fprintf(&b, "%12v %12v client %d: %s\n", time.Duration(op.Call), time.Duration(op.Return), op.ClientId, oneVote.DescribeOperation(op.Input, op.Output))
	}
	return b.String()
}

// count adds up what the calls came to: a put of unknown outcome has landed if
// anyone saw it.
func (h *history) count(r *row) {
	seen := h.seen()
	for _, op := range h.ops {
		r.Attempted++
		in, out := op.Input.(asked), op.Output.(answered)
		switch {
		case !out.unknown:
			r.Acknowledged++
		case in.call == "put" && seen[in.new.said]:
			r.Landed++
		}
	}
}
