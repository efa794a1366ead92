package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/store"
)

// Options configure the console. The zero value, and a nil pointer, work.
type Options struct {
	// Authenticate says who makes a request, as [handler.Options] has it, and its
	// errors are answered likewise: a browser asks for a name and password only if the
	// error is a [handler.ChallengeError] that says so, as [handler.BasicAuth]'s is. Only
	// principals with full access may look, and mark records as handled, with their Actor:
	// a Visitor is answered with 403.
	//
	// Default: everyone sees the records of account "". Use that only where the
	// host itself lets in nobody else.
	Authenticate func(*http.Request) (handler.Principal, error)

	// LoginURL is where those who are not signed in are sent, by 303, such as /login:
	// as it is, without the address they came from. Default: "", they get a page that
	// says so, with 401.
	LoginURL string

	// MayDelete says who may delete a record, and all records of one user, with one
	// assistant or with all of the account's, after a page that asks whether they are
	// sure. It is asked once in each request that Authenticate let in. Default: nil,
	// nobody may.
	MayDelete func(handler.Principal) bool

	// OnChange is called after a record was reviewed, or deleted by itself, as
	// [handler.Options] has it. Default: nil.
	OnChange func(ctx context.Context, before, after *store.Feedback)

	// OnErase is called once after a person's records were erased, or some of them, as
	// [handler.Options] has it: with a scope without an Assistant where they were those
	// with all assistants. Default: nil.
	OnErase func(ctx context.Context, p handler.Principal, s store.Scope, f store.Filter, n int64, err error)

	// Answers says how many answers were given, as [handler.Options] has it: where it
	// does, the response rate is shown beside each share of positive ratings. It has a
	// second for each page, and a page that it fails goes without. Default: nil.
	Answers func(ctx context.Context, s store.Scope, from, to time.Time, prefix string) (map[string]int64, error)

	// Conversation says what was said in a session, as [handler.Conversation] has it:
	// where it does, a record's page shows the rated answer, what came before it and
	// what came after, and there are datasets to download. Default: nil.
	Conversation handler.Conversation

	// Link returns where the host's own tools show what a record is about, such as the
	// trace that its metadata names: an address of http or https, or one relative to
	// the record's page; "" for none. Default: nil.
	Link func(store.Feedback) string

	// BaseURL is the public URL below which the API's /v1/Assistants is reached, like
	// https://example.com/prefix, for the command that is shown where there is no
	// feedback yet. Pages of its origin may review and delete, whatever a proxy makes
	// of their Host. Default: the scheme and Host of each request.
	BaseURL string

	// Logger gets the causes of 5xx answers, errors of Answers and Conversation, and panics; never a
	// text, an id of a person or a credential. Default: slog.Default().
	Logger *slog.Logger

	// Now tells the time. Default: time.Now.
	Now func() time.Time
}

// New returns the console of what st keeps. Without opts.Authenticate it is open
// to all who can reach it. New panics when st is nil, and when opts.BaseURL is no
// such URL.
func New(st store.Store, opts *Options) http.Handler {
	if st == nil {
		panic("console: New needs a store")
	}
	c := &console{store: st, crossOrigin: http.NewCrossOriginProtection()}
	if opts != nil {
		c.opts = *opts
	}
	if c.opts.Authenticate == nil {
		c.opts.Authenticate = func(*http.Request) (handler.Principal, error) { return handler.Principal{}, nil }
	}
	if c.opts.Now == nil {
		c.opts.Now = time.Now
	}
	if c.opts.BaseURL != "" {
		base, origin, ok := answer.BaseURL(c.opts.BaseURL)
		if !ok || c.crossOrigin.AddTrustedOrigin(origin) != nil {
			panic("console: Options.BaseURL must be like https://example.com/prefix")
		}
		c.opts.BaseURL = base
	}
	return c
}

type console struct {
	store       store.Store
	opts        Options
	crossOrigin *http.CrossOriginProtection
}

// A resource is what is found at one name.
type resource struct {
	get, post func(*visit) error
	deletes   bool // is there only for those who may delete
}

// resources are the pages by name: the last segment of the path.
var resources = map[string]resource{
	"":         {get: (*visit).home},
	"feedback": {get: (*visit).feedback},
	"record":   {get: (*visit).record},
	"summary":  {get: (*visit).summary},
	"compare":  {get: (*visit).compare},
	"export":   {get: (*visit).export},
	"review":   {post: (*visit).review},
	"delete":   {get: (*visit).askDelete, post: (*visit).delete, deletes: true},
	"erase":    {get: (*visit).askErase, post: (*visit).erase, deletes: true},

	"person":       {get: (*visit).person},
	"erase-person": {get: (*visit).askErasePerson, post: (*visit).erasePerson, deletes: true},
}

// ServeHTTP answers a request.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := lastSegment(r.URL.Path)
	if a := assets[name]; a != nil {
		a.serve(w, r)
		return
	}
	(&visit{console: c, w: w, r: r}).serve(name)
}

// withoutSlash returns where to go from a mount point that was called without
// its slash: there, relative links would lead elsewhere. Either the host has
// stripped all of the path, or its router says that this is the whole of a pattern;
// every page but home has a query.
func withoutSlash(r *http.Request) (location string, ok bool) {
	name := lastSegment(r.URL.Path)
	whole := name != "" && name == lastSegment(r.Pattern) && r.URL.RawQuery == "" && r.Method != http.MethodPost
	if r.URL.Path != "" && !whole {
		return "", false
	}
	target, err := url.Parse(r.RequestURI)
	if err != nil || strings.HasSuffix(target.EscapedPath(), "/") {
		return "", false
	}
	return "./" + lastSegment(target.EscapedPath()) + "/", true
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
