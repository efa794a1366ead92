package redis

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/store"
)

// claims are the scopes that this process has registered in the set of all scopes,
// or has seen records of.
type claims struct {
	mu      sync.Mutex
	members map[string]string // of the set, by base
	renewed time.Time
}

// maxClaims bounds the memory that claims take. A scope that was forgotten is
// registered again.
const maxClaims = 100_000

// renewal is how long a cluster's claims last.
const renewal = 10 * time.Second

func (c *claims) has(base string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.members[base] != ""
}

func (c *claims) add(base, member string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.members == nil || len(c.members) >= maxClaims && c.members[base] == "" {
		c.members = map[string]string{}
	}
	c.members[base] = member
}

func (c *claims) remove(base string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.members, base)
}

// due returns all claims once in each renewal, and else none.
func (c *claims) due() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.renewed) < renewal {
		return nil
	}
	c.renewed = time.Now()
	return slices.Collect(maps.Values(c.members))
}

// claim registers a scope in the set of all scopes, unless this process has done
// so before; it reports whether it did now. The set is in a slot of its own, so
// this is not atomic with the scope's records: it comes first, and write.lua adds
// no scope's first record unless it has just been done.
func (s *Store) claim(ctx context.Context, scope store.Scope, base string) (done bool, err error) {
	if s.claimed.has(base) {
		s.renew()
		return false, nil
	}
	member := scopeMember(scope)
	_, err = await(ctx, func(ctx context.Context) (bool, error) { return true, s.register(ctx, member) })
	if err != nil {
		return false, err
	}
	s.claimed.add(base, member)
	return true, nil
}

// renew registers again, in the background, what this process has registered. A
// cluster's node may have lost it with a failover, or be empty since a restart,
// while another still has the records.
func (s *Store) renew() {
	if s.cluster == nil {
		return // what loses the one loses the other
	}
	members := s.claimed.due()
	if len(members) == 0 {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
		defer cancel()
		for chunk := range slices.Chunk(members, 1000) {
			if s.register(ctx, chunk...) != nil {
				return // until the next renewal
			}
		}
	}()
}

// seen takes note of a scope that has records, for the next renewal.
func (s *Store) seen(scope store.Scope, base string) {
	if s.cluster != nil {
		s.claimed.add(base, scopeMember(scope))
		s.renew()
	}
}

func (s *Store) register(ctx context.Context, members ...string) error {
	client, err := s.master(ctx, s.scopesKey())
	if err != nil {
		return err
	}
	var all []goredis.Z
	for _, member := range members {
		all = append(all, goredis.Z{Member: member})
	}
	pipe := client.Pipeline()
	add := pipe.ZAdd(ctx, s.scopesKey(), all...)
	wait := s.waitForReplicas(ctx, pipe)
	exec(ctx, pipe)
	if err := add.Err(); err != nil {
		return writeFailed(err)
	}
	return wait()
}

// Scopes implements [store.Store].
func (s *Store) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	if err := begin(ctx, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	members, err := s.read(ctx, scopesScript, []string{s.scopesKey()}, "("+scopeMember(after), limit)
	if err != nil {
		return nil, err
	}
	var scopes []store.Scope
	for _, member := range members {
		text, _ := member.(string)
		account, assistant, ok := strings.Cut(text, "\x00")
		if !ok {
			return nil, errors.New("redis: corrupt scope")
		}
		scopes = append(scopes, store.Scope{Account: account, Assistant: assistant})
	}
	return scopes, nil
}

// scopeMember orders scopes by account and then assistant: ids hold no NUL.
func scopeMember(s store.Scope) string { return s.Account + "\x00" + s.Assistant }
