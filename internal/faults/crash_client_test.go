package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A client gives feedback, reads it back and erases it, in one session after the
// other.
type client struct {
	*fleet
	n        int
	random   *rand.Rand
	session  *session
	sessions int
	count    int          // of what it wrote, to tell one from the other
	acked    atomic.Int64 // when its latest acknowledged write started
}

// longest is how many writes a session has.
const longest = 40

// step does one thing.
func (c *client) step(ctx context.Context) {
	if c.session == nil {
		c.sessions++
		c.session = c.newSession(c.n, c.sessions)
	}
	if c.onlyVotes {
		c.vote(ctx, "the message")
		c.getVote(ctx, "the message")
		return
	}
	switch i := c.random.IntN(100); {
	case c.session.writes >= longest:
		c.list(ctx)
		if c.eraseAll || i < 30 {
			c.erase(ctx)
		} else {
			c.session = nil
		}
	case i < 40:
		c.create(ctx, i%2 == 0)
	case i < 65:
		c.vote(ctx, c.message())
	case i < 75:
		c.undo(ctx)
	case i < 80:
		c.remove(ctx)
	case i < 85:
		c.get(ctx)
	case i < 90:
		c.getVote(ctx, c.message())
	case i < 95:
		c.list(ctx)
	default:
		c.summarize(ctx)
	}
}

func (c *client) path(rest string) string { return "/v1/Assistants/" + c.session.assistant + rest }

func (c *client) votePath(message string) string {
	return c.path("/Sessions/" + url.PathEscape(c.session.id) + "/Messages/" + url.PathEscape(message) + "/Feedback")
}

func (c *client) user() url.Values { return url.Values{"UserId": {c.session.user}} }

func (c *client) message() string { return fmt.Sprint("message", c.random.IntN(4)) }

// content makes up what a feedback says.
func (c *client) content(kind string) content {
	c.count++
	tags := []string{"red", "green", "blue"}[c.random.IntN(3):]
	return content{float64(c.random.IntN(5)) / 4, fmt.Sprintf("%s %d of client %d", kind, c.count, c.n), strings.Join(tags, " ")}
}

func (c content) feedback(s *session) feedback {
	return feedback{SessionID: s.id, UserID: s.user, Score: c.Score, Text: c.Text, Tags: strings.Fields(c.Tags)}
}

// create adds a note, and repeats itself until that is acknowledged if it may.
func (c *client) create(ctx context.Context, repeat bool) {
	made := c.content("note")
	body := made.feedback(c.session)
	header := http.Header{}
	if repeat {
		header.Set("Idempotency-Key", made.Text)
	}
	record := c.session.record(made.Text, false)
	for try := 1; ; try++ {
		rep := c.write(ctx, try == 1, "POST", c.path("/Feedbacks"), nil, header, body, http.StatusCreated)
		record.wrote(&made, rep.ending)
		if rep.ending == replied {
			got := c.decode(rep)
			if got.content() != made {
				c.accuse("POST: sent %+v, got %+v", made, got)
			}
			c.session.ids, c.session.names = append(c.session.ids, got.ID), append(c.session.names, made.Text)
			return
		}
		c.pause(ctx)
		if !repeat || ctx.Err() != nil {
			return
		}
	}
}

func (c *client) vote(ctx context.Context, message string) {
	made := c.content("vote")
	record := c.session.record(message, true)
	absent, present := record.mayBe()
	rep := c.write(ctx, true, "PUT", c.votePath(message), c.user(), nil, made.feedback(c.session), http.StatusOK, http.StatusCreated)
	if rep.ending == replied && (rep.status == http.StatusOK && !present || rep.status == http.StatusCreated && !absent) {
		c.accuse("PUT: %d, but the vote was %s", rep.status, record)
	}
	record.wrote(&made, rep.ending)
}

func (c *client) undo(ctx context.Context) {
	message := c.message()
	c.delete(ctx, c.session.record(message, true), c.votePath(message), c.user())
}

func (c *client) remove(ctx context.Context) {
	if n := len(c.session.ids); n > 0 {
		i := c.random.IntN(n)
		c.delete(ctx, c.session.record(c.session.names[i], false), c.path("/Feedbacks/"+c.session.ids[i]), nil)
	}
}

func (c *client) delete(ctx context.Context, record *record, path string, query url.Values) {
	absent, present := record.mayBe()
	rep := c.write(ctx, true, "DELETE", path, query, nil, nil, http.StatusNoContent, http.StatusNotFound)
	if rep.ending == replied && (rep.status == http.StatusNoContent && !present || rep.status == http.StatusNotFound && !absent) {
		c.accuse("DELETE: %d, but the record was %s", rep.status, record)
	}
	if rep.status == http.StatusNotFound {
		record.wasAbsent()
	} else {
		record.wrote(nil, rep.ending)
	}
}

// erase erases the session, until that is acknowledged, and starts another.
func (c *client) erase(ctx context.Context) {
	for ctx.Err() == nil {
		least, most := c.session.counts()
		rep := c.write(ctx, true, "DELETE", c.path("/Feedbacks"), url.Values{"SessionId": {c.session.id}}, nil, nil, http.StatusOK)
		c.session.erased(rep.ending)
		if rep.ending == replied {
			var got struct{ Deleted int }
			if err := json.Unmarshal(rep.body, &got); err != nil || got.Deleted < least || got.Deleted > most {
				c.accuse("DELETE of a session of %d to %d: %s", least, most, rep.body)
			}
			c.finished(c.session)
			c.session = nil
			return
		}
	}
}

func (c *client) getVote(ctx context.Context, message string) {
	c.read(ctx, c.session.record(message, true), c.votePath(message), c.user())
}

func (c *client) get(ctx context.Context) {
	if n := len(c.session.ids); n > 0 {
		c.read(ctx, c.session.record(c.session.names[n-1], false), c.path("/Feedbacks/"+c.session.ids[n-1]), nil)
	}
}

func (c *client) read(ctx context.Context, record *record, path string, query url.Values) {
	rep := c.send(ctx, "GET", path, query, nil, nil, http.StatusOK, http.StatusNotFound)
	if rep.ending != replied {
		return
	}
	var got *content
	if rep.status == http.StatusOK {
		got = new(c.decode(rep).content())
	}
	if _, ok := record.is(got); !ok {
		c.accuse("GET: %+v, want %s", got, record)
	}
}

func (c *client) list(ctx context.Context) {
	rep := c.send(ctx, "GET", c.path("/Feedbacks"), url.Values{"SessionId": {c.session.id}}, nil, nil, http.StatusOK)
	if rep.ending != replied {
		return
	}
	var got []feedback
	if err := json.Unmarshal(rep.body, &got); err != nil {
		c.accuse("a list is no JSON: %v", err)
	}
	if v := c.session.check(got); v.bad() > 0 {
		c.accuse("a list is wrong: %s", v.why)
	}
	if !slices.IsSortedFunc(got, func(a, b feedback) int { return strings.Compare(b.ID, a.ID) }) {
		c.accuse("a list is out of order")
	}
}

func (c *client) summarize(ctx context.Context) {
	rep := c.send(ctx, "GET", c.path("/Feedbacks/Summary"), url.Values{"SessionId": {c.session.id}}, nil, nil, http.StatusOK)
	if rep.ending != replied {
		return
	}
	var got struct{ Count int }
	if least, most := c.session.counts(); json.Unmarshal(rep.body, &got) != nil || got.Count < least || got.Count > most {
		c.accuse("a summary of %d to %d records: %s", least, most, rep.body)
	}
}

func (c *client) decode(rep reply) (f feedback) {
	if err := json.Unmarshal(rep.body, &f); err != nil {
		c.accuse("%s: %v", rep.body, err)
	}
	return f
}

// write is send, and counts what was attempted and what was acknowledged.
func (c *client) write(ctx context.Context, first bool, method, path string, query url.Values, header http.Header, body any, want ...int) reply {
	if first {
		c.attempted.Add(1)
	}
	c.session.writes++
	start := time.Now()
	rep := c.send(ctx, method, path, query, header, body, want...)
	if rep.ending == replied {
		c.acknowledged.Add(1)
		c.acked.Store(start.UnixNano())
	}
	return rep
}

// send sends a request, and judges the answer but for its body.
func (c *client) send(ctx context.Context, method, path string, query url.Values, header http.Header, body any, want ...int) reply {
	rep := c.api.call(context.WithoutCancel(ctx), method, path, query, header, body)
	c.judge(method, path, rep, want)
	if rep.ending != replied {
		c.pause(ctx)
	}
	return rep
}

// pause keeps a client from spinning while nobody answers.
func (c *client) pause(ctx context.Context) {
	select {
	case <-time.After(5 * time.Millisecond):
	case <-ctx.Done():
	}
}
