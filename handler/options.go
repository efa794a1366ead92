package handler

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/store"
)

// Options configure a Handler. The zero value, and a nil pointer, work.
type Options struct {
	// Authenticate says who makes a request, or returns an error: 401 for
	// [ErrUnauthenticated] and [http.ErrNoCookie], 403 for [ErrForbidden], and 503
	// for any other, whose cause is logged. It is called before anything else and by
	// many goroutines at once. [BasicAuth] makes one.
	//
	// Default: if there are Tokens, they alone are accepted. Without them everyone has
	// full access to the records of account "": use that only where the host itself
	// lets in nobody else.
	Authenticate func(*http.Request) (Principal, error)

	// Tokens, if set, are accepted from browsers beside what Authenticate accepts,
	// and issued by POST …/FeedbackTokens to callers with full access. Requests
	// with "Authorization: Bearer" are then for Tokens alone to judge: a bad token is
	// 401, whatever else the request has. Default: nil, and there is no such path.
	Tokens *Tokens

	// VisitorTags are the tags that a visitor may give; another one is answered with
	// 403, which names it. A visitor sees no others of its own records either. Tags are
	// counted, each distinct one on each day, so let visitors choose among few. Callers
	// with full access give any; what the host knows of an answer, such as the model and
	// the prompt's version, it adds itself. Default: nil, [Reasons]; an empty list allows none.
	VisitorTags []string

	// Limit may refuse a request that Authenticate let in: it returns how long the
	// caller shall wait, and a time above zero is answered with 429 and Retry-After,
	// in seconds, rounded up. It is called for writes, the issue of tokens, summaries
	// and a session's votes, before their bodies are read and their other rights are looked at, by
	// many goroutines at once. internal/e2e/hosts/limit_test.go has an example with a
	// bucket for each visitor. Default: nil, no limit.
	Limit func(r *http.Request, op Operation, p Principal) (wait time.Duration)

	// Prepare is called for each record that a request gives, before it is compared or
	// stored: op is OpCreate, OpVote or OpImport. The record is valid, the caller's to
	// give, and bears the visitor's Stamp. Prepare may change its Text, Tags, Metadata,
	// which is never nil here, and Correction, and nothing else: to redact, or to add what
	// the host knows of the answer, so that no browser can forge it. The record's Stamped
	// then says which tags and metadata it set: visitors do not see these, and an
	// Idempotency-Key does not compare them. A tag that it adds twice is there once.
	//
	// A [store.FieldError] refuses the record: 400, or in an import an error of its
	// line. Any other error is 503, and logged. More tags or metadata than a record may
	// have, the caller's and the host's together, are 400 too; what else breaks a rule of
	// [store.Feedback.Check], and a change of another field, is 500, and logged. Nothing is
	// stored then, and an import breaks off. Prepare is called by many goroutines at once,
	// and again for what is sent again. Default: nil.
	Prepare func(ctx context.Context, op Operation, p Principal, f *store.Feedback) error

	// Prefix is what comes before /v1 in the paths of requests as the handler gets
	// them, escaped as in a URL, such as /api. Set it where the host mounts the
	// handler below a path and does not strip that, as chi's Mount, gorilla/mux's
	// PathPrefix, gin and echo do. Any other prefix is answered with 404, so that a
	// guard of the host's for /v1/ is a guard of all of the API; the first such path
	// is logged. Default: "", nothing comes before /v1.
	Prefix string

	// Logger gets the causes of 5xx answers, panics, what datasets lack, and a hint at a Prefix that may
	// be missing. It never gets a text, a token or a credential. Default:
	// slog.Default().
	Logger *slog.Logger

	// BaseURL is the public URL below which /v1/Assistants is reached, such as
	// https://api.example.com/feedback. The links in answers start with it.
	// Default: the scheme, Host and prefix of each request, with what the host has
	// stripped.
	BaseURL string

	// TrustForwarded makes links, without a BaseURL, from the headers
	// X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Prefix where a request
	// has them. Set it only behind a proxy that sets or removes all three.
	// Default: false.
	TrustForwarded bool

	// MaxBody is the most bytes that a request's body may have, or one line of a
	// file to import; a larger body is answered with 413. Default: 256 KiB.
	MaxBody int64

	// MaxText is the most characters (code points) that a text or a correction may
	// have. A page tells <feedback-buttons> by its maxlength. Default: 10,000.
	MaxText int

	// DefaultScore, from 0 to 1, is the score of a request that has none.
	// Default: nil, such a request is answered with 400.
	DefaultScore *float64

	// OnChange is called after a record was created (before is nil), replaced or
	// reviewed (both are set) or deleted (after is nil) by a request of its own, at most
	// once each, in that request's goroutine and before its answer: not after an
	// erasure by filters, nor by an import. The answer waits for it, so it should
	// hand on long work. Its context outlives the request. A panic in it is logged
	// and changes nothing. Default: nil.
	OnChange func(ctx context.Context, before, after *store.Feedback)

	// OnErase is called once after each erasure by filters, DELETE …/Feedbacks, also
	// one that failed: with who erased, where and what, how many records went, and the
	// error, nil if all went. The scope has no Assistant where one person's data in all
	// of the account's assistants was erased, DELETE /v1/Feedbacks. A host can keep an
	// audit log by it. It is called as OnChange is: before the answer, with a context
	// that outlives the request, and a panic in it is logged and changes nothing.
	// [store.Store.Erase] called by the host itself is not told of. Default: nil.
	OnErase func(ctx context.Context, p Principal, s store.Scope, f store.Filter, n int64, err error)

	// Observe is called once after each request that the handler answered, or began to,
	// whatever became of it: for metrics and an access log. It is called in the
	// request's goroutine when the answer is written, with a context that outlives the
	// request, by many goroutines at once. A panic in it is logged and changes nothing.
	// It is not told of what [Middleware] passes on. Default: nil.
	Observe func(ctx context.Context, c Call)

	// Answers returns how many answers an assistant gave from one time (inclusive) to
	// another (exclusive); a zero time is no bound. In all it is the value of "", and of
	// those that are marked with a tag, as the host would mark feedback on them, that
	// of the tag: for the tags that start with prefix, none when that is "". Summaries
	// without filters, or by time and tag alone, then say answers and response_rate:
	// the shares of few who rate mislead. It has the context of the request. What is not in the map is not known; nor is
	// anything after an error, which is logged. Default: nil, summaries say nothing of
	// answers.
	Answers func(ctx context.Context, s store.Scope, from, to time.Time, prefix string) (map[string]int64, error)

	// Conversation says what was said in a session: where it does, GET …/Feedbacks has
	// datasets, by Format=kto, dpo and promptfoo. A record whose conversation cannot be had is
	// not in them; how many these were is in the trailer Feedbacks-Skipped, and in the log
	// with the first error. Default: nil, there are no datasets.
	Conversation Conversation

	// Now tells the time that new records bear. Default: time.Now.
	Now func() time.Time
}

// withDefaults returns a copy of o with every default filled in. It panics on
// what can only be a mistake in the host's code.
func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	switch {
	case opts.Tokens == nil && opts.Authenticate == nil:
		opts.Authenticate = func(*http.Request) (Principal, error) { return Principal{}, nil }
	case opts.Authenticate == nil:
		opts.Authenticate = opts.Tokens.Authenticate
	case opts.Tokens != nil:
		opts.Authenticate = opts.Tokens.eitherOr(opts.Authenticate)
	}
	if opts.VisitorTags == nil {
		opts.VisitorTags = reasons
	}
	if opts.MaxBody == 0 {
		opts.MaxBody = 256 << 10
	}
	if opts.MaxText == 0 {
		opts.MaxText = 10_000
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MaxBody < 0 || opts.MaxText < 0 {
		panic("handler: Options.MaxBody and MaxText must not be negative")
	}
	if s := opts.DefaultScore; s != nil && !(*s >= 0 && *s <= 1) {
		panic("handler: Options.DefaultScore must be between 0 and 1")
	}
	prefix, err := url.Parse(opts.Prefix)
	if err != nil || *prefix != (url.URL{Path: prefix.Path, RawPath: prefix.RawPath}) || prefix.Path != "" && prefix.Path[0] != '/' {
		panic("handler: Options.Prefix must be like /api")
	}
	opts.Prefix = strings.TrimRight(prefix.EscapedPath(), "/")
	if opts.BaseURL != "" {
		base, _, ok := answer.BaseURL(opts.BaseURL)
		if !ok {
			panic("handler: Options.BaseURL must be like https://example.com/prefix")
		}
		opts.BaseURL = base
	}
	return opts
}

func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}
