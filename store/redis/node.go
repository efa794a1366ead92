package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/clock"
	"github.com/humanfeedback/feedbacks/internal/group"
	"github.com/humanfeedback/feedbacks/store"
)

// What changes cost a server at the most, in microseconds: each record, each of
// its tags, and so many of its bytes. All that go out together cost no more than
// maxCost, unless one alone does.
const (
	maxCost      = 3000
	recordCost   = 24 // with the rollup of all records
	tagCost      = 8
	bytesForCost = 512
	maxWaiting   = 64 << 20 // bytes that wait for a node
)

// maxAge is how long after its beginning a change may be done, by the server's clock,
// and how long deletions are remembered, so that none undoes them.
const maxAge = time.Minute

// costOf estimates what it costs to write or delete a record.
func costOf(tags int, value string) int {
	return recordCost + tagCost*tags + len(value)/bytesForCost
}

// What a change does, as write.lua calls it.
const (
	create    = "create"
	put       = "put"
	replace   = "replace"
	deleteID  = "delete"
	deleteKey = "delete key"
	erase     = "erase"
	mark      = "mark"
)

// A change is one record to write or delete.
type change struct {
	scope    store.Scope
	base     string          // of the scope's keys
	claimed  bool            // the scope has just been registered
	what     string          // create, put, …
	ref      string          // a packed id or key
	value    string          // a record without its stamp, for replace with that of what it replaces, or for erase the stamp
	cost     int             // as costOf estimates
	deadline time.Time       // the caller's; zero for none
	gone     <-chan struct{} // closed when the caller gives up; nil for never
	began    time.Time       // by our clock
	anew     bool            // it was refused before, and begins when it is sent
	repeated bool            // an earlier try, which has begun then, may have done it
	least    int64           // it began no earlier than this, by the server's clock, in microseconds
}

func (c change) adds() bool { return c.what == create || c.what == put }

// What became of a change, as write.lua calls it.
const (
	added     = "added"
	found     = "found" // the record that was there before
	absent    = "absent"
	taken     = "taken"
	changed   = "changed"
	erased    = "erased"
	marked    = "marked"
	stale     = "stale" // with the time of what it would undo
	late      = "late"
	undone    = "undone"
	unclaimed = "unclaimed"
	failed    = "failed"
)

type outcome struct{ status, id, value string }

type result = group.Result[outcome]

// A node is a server to write to. All nodes of a lone server or of Sentinel are
// one.
type node struct {
	store  *Store
	client goredis.UniversalClient
	group  group.Group[change, outcome]
	clock  clock.Clock
	slots  atomic.Bool // it is of a cluster, so that a call must keep to one slot
}

// master returns a client of the server that writes the keys of key's slot go to.
func (s *Store) master(ctx context.Context, key string) (goredis.UniversalClient, error) {
	if s.cluster == nil {
		return s.client, nil
	}
	master, err := await(ctx, func(ctx context.Context) (*goredis.Client, error) { return s.cluster.MasterForKey(ctx, key) })
	if err != nil {
		return nil, notDone{error: fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)}
	}
	return master, nil
}

// node returns the node that writes to a scope go to, by the base of its keys.
func (s *Store) node(ctx context.Context, base string) (*node, error) {
	client, err := s.master(ctx, base)
	if err != nil {
		return nil, err
	}
	address := ""
	if master, ok := client.(*goredis.Client); ok {
		address = master.Options().Addr
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.nodes[address]
	if n == nil || n.client != client { // a cluster's client may make a new one
		n = &node{store: s, client: client}
		n.slots.Store(s.cluster != nil)
		n.group.Run = n.run
		n.group.Max, n.group.Backlog, n.group.Timeout = maxCost/recordCost, s.backlog, s.timeout
		n.group.Size, n.group.MaxSize = func(c change) int { return c.cost }, maxCost
		n.group.Bytes, n.group.BacklogBytes = func(c change) int { return 100 + len(c.value) }, maxWaiting
		if s.observe != nil {
			n.group.Observe = func(sent, waiting int) { s.observe(store.Grouping{Sent: sent, Waiting: waiting}) }
		}
		s.nodes[address] = n
	}
	return n, nil
}

// run does a batch of changes and returns as soon as the context ends, with what
// is known by then. What is still on its way carries its deadline.
func (n *node) run(ctx context.Context, batch []change) []result {
	results, err := await(ctx, func(ctx context.Context) ([]result, error) { return n.do(ctx, batch), nil })
	if err != nil {
		results = make([]result, len(batch))
		for i := range results {
			results[i].Err = fmt.Errorf("redis: %w: no answer within %v", store.ErrUnavailable, n.store.timeout)
		}
	}
	return results
}

// A call is one call of the script, with the changes of some scopes.
type call struct {
	parts []*part
	cmd   once
}

// A part has the changes of one scope.
type part struct {
	base    string
	claimed bool
	of      []int // indexes of the batch
}

// divide puts some changes into calls: of a lone server one, and of a cluster one for each
// scope, as each is in a slot of its own.
func (n *node) divide(batch []change, some []int) (calls []*call) {
	byBase := map[string]*part{}
	for _, i := range some {
		c := batch[i]
		p := byBase[c.base]
		if p == nil {
			p = &part{base: c.base}
			byBase[c.base] = p
			if len(calls) == 0 || n.slots.Load() {
				calls = append(calls, &call{})
			}
			last := calls[len(calls)-1]
			last.parts = append(last.parts, p)
		}
		p.claimed = p.claimed || c.claimed
		p.of = append(p.of, i)
	}
	return calls
}

// do does a batch of changes in one round trip, after others that a first use may
// need.
func (n *node) do(ctx context.Context, batch []change) []result {
	results := make([]result, len(batch))
	if err := n.setClock(ctx); err != nil {
		for i := range results {
			results[i].Err = notDone{err, isLasting(err)}
		}
		return results
	}
	calls := n.divide(batch, stillWanted(batch, all(len(batch)), results))
	if calls == nil {
		return results
	}
	n.send(ctx, calls, batch, results, false)
	var unknown []int // of calls to a server that has not seen the script yet, or has restarted
	for _, k := range calls {
		if isNoScript(k.cmd.Err()) {
			for _, p := range k.parts {
				unknown = append(unknown, p.of...)
			}
		}
	}
	if unknown = stillWanted(batch, unknown, results); unknown != nil {
		n.send(ctx, n.divide(batch, unknown), batch, results, true)
	}
	return results
}

// stillWanted returns those of some changes whose callers wait, and has them begin that
// are to begin anew. The others are late.
func stillWanted(batch []change, some []int, results []result) (waiting []int) {
	now := time.Now() // before it is asked who waits
	for _, i := range some {
		if c := &batch[i]; c.anew && !c.repeated {
			c.began = now
		}
		select {
		case <-batch[i].gone:
			results[i] = result{Err: errLate}
		default:
			waiting = append(waiting, i)
		}
	}
	return waiting
}

func all(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

// setClock asks the server for its time, once.
func (n *node) setClock(ctx context.Context) error {
	if n.clock.Known() {
		return nil
	}
	sent := time.Now()
	t, err := n.client.Time(ctx).Result()
	if err != nil {
		return writeFailed(err)
	}
	n.clock.Observe(sent, time.Now(), t, time.Microsecond)
	return nil
}

// send makes calls in one round trip, on one connection, and fills in their
// results.
func (n *node) send(ctx context.Context, calls []*call, batch []change, results []result, whole bool) {
	sent := time.Now()
	pipe := n.client.Pipeline()
	for _, k := range calls {
		k.cmd = n.command(ctx, k, batch, sent, whole)
		_ = pipe.Process(ctx, k.cmd) // queues it
	}
	wait := n.store.waitForReplicas(ctx, pipe)
	exec(ctx, pipe)
	received := time.Now()
	short := wait()
	for _, k := range calls {
		reply, err := k.cmd.Slice()
		changes := 0
		for _, p := range k.parts {
			changes += len(p.of)
		}
		switch {
		case err == nil && len(reply) != 1+changes:
			err = errCorrupt
		case err != nil && strings.HasPrefix(err.Error(), "CROSSSLOT"): // a cluster's only node, say
			n.slots.Store(true)
			err = notDone{error: fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)}
		case err != nil:
			err = writeFailed(err)
		}
		if err != nil {
			for _, p := range k.parts {
				for _, i := range p.of {
					results[i].Err = err
				}
			}
			continue
		}
		if now, err := strconv.ParseInt(fmt.Sprint(reply[0]), 10, 64); err == nil {
			n.clock.Observe(sent, received, time.UnixMicro(now), time.Microsecond)
		}
		reply = reply[1:]
		for _, p := range k.parts {
			for j, i := range p.of {
				results[i] = n.result(p.base, reply[j])
				if short != nil && results[i].Err == nil {
					results[i] = result{Err: short}
				}
			}
			reply = reply[len(p.of):]
		}
	}
}

// waitForReplicas has a pipeline wait until enough replicas have what its
// connection wrote. The function that it returns tells, afterwards, if they have
// not.
func (s *Store) waitForReplicas(ctx context.Context, pipe goredis.Pipeliner) func() error {
	if s.replicas == 0 {
		return func() error { return nil }
	}
	cmd := pipe.Do(ctx, "wait", s.replicas, s.replicaTimeout.Milliseconds())
	return func() error {
		got, err := cmd.Int()
		if err == nil && got < s.replicas {
			err = fmt.Errorf("%d of %d replicas have it", got, s.replicas)
		}
		if err != nil {
			return fmt.Errorf("redis: %w: %w", store.ErrUnavailable, err)
		}
		return nil
	}
}

// command returns the call of the script that does changes. What is tried for the first
// time begins with the first of them, so that few need times of their own.
func (n *node) command(ctx context.Context, k *call, batch []change, now time.Time, whole bool) once {
	at := func(t time.Time) int64 { return n.clock.At(t).UnixMicro() }
	until, first := now.Add(n.store.sendTimeout), now
	for _, p := range k.parts {
		for _, i := range p.of {
			if c := &batch[i]; !c.repeated && c.began.Before(first) {
				first = c.began
			}
		}
	}
	began, till := at(first), at(until)
	flag := map[bool]string{false: "0", true: "1"}
	keys := make([]string, len(k.parts))
	args := make([]any, 0, 3+2*len(k.parts)+4*len(batch))
	args = append(args, flag[n.store.replicas > 0], began, till)
	for i, p := range k.parts {
		keys[i] = p.base + recordsKey
		args = append(args, flag[p.claimed], len(p.of))
		for _, i := range p.of {
			c, times, own, end := &batch[i], "", began, till
			if c.repeated || c.anew {
				own = at(c.began)
			}
			own = max(own, c.least)
			if !c.deadline.IsZero() && c.deadline.Before(until) {
				end = at(c.deadline)
			}
			if own != began || end != till {
				times = fmt.Sprint(own, " ", end)
			}
			args = append(args, c.what, c.ref, c.value, times)
		}
	}
	return writeScript.call(ctx, whole, keys, args)
}

// result reads what the script says about one change.
func (n *node) result(base string, reply any) result {
	var o outcome
	switch r := reply.(type) {
	case string:
		o.status = r
	case []any:
		for i, to := range []*string{&o.status, &o.id, &o.value} {
			if i < len(r) {
				*to, _ = r[i].(string)
			}
		}
	}
	switch o.status {
	case added, found, absent, taken, changed, erased, marked:
		return result{Value: o}
	case stale:
		return result{Value: o, Err: errStale}
	case late:
		return result{Err: errLate}
	case undone:
		return result{Err: errUndone}
	case unclaimed: // somebody emptied the database
		n.store.claimed.remove(base)
		return result{Err: notDone{error: fmt.Errorf("redis: %w: the scope is not registered", store.ErrUnavailable)}}
	case failed:
		return result{Err: replyFailed(o.id, errors.New(o.id))}
	}
	return result{Err: errCorrupt}
}
