package handler

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Options configure a Handler. The zero value, and a nil pointer, work.
type Options struct {
	// Authenticate says who makes a request, or returns an error, which is
	// answered with 401, or with 503 when it wraps [store.ErrUnavailable] or the
	// error of a context. It is called before anything else and by many
	// goroutines at once. [BasicAuth] makes one.
	//
	// Default: everyone has full access to the records of account "". Use that
	// only where the host itself lets in nobody else.
	Authenticate func(*http.Request) (Principal, error)

	// Tokens, if set, are accepted from browsers beside what Authenticate accepts,
	// and issued by POST …/FeedbackTokens to callers with full access. Requests
	// with "Authorization: Bearer" are then for Tokens alone to judge. Default: nil,
	// and there is no such path.
	Tokens *Tokens

	// Logger gets the causes of 5xx answers, and panics. It never gets a text, a
	// token or a credential. Default: slog.Default().
	Logger *slog.Logger

	// BaseURL is the public URL below which /v1/Assistants is reached, such as
	// https://api.example.com/feedback. The links in answers start with it.
	// Default: the scheme, Host and mount prefix of each request.
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
	// have.
	// Default: 10,000.
	MaxText int

	// DefaultScore, from 0 to 1, is the score of a request that has none.
	// Default: nil, such a request is answered with 400.
	DefaultScore *float64

	// OnChange is called after a record was created (before is nil), replaced
	// (both are set) or deleted (after is nil) by a request of its own, at most
	// once each, in that request's goroutine and before its answer: not after an
	// erasure by filters, nor by an import. The answer waits for it, so it should hand on long work.
	// Its context outlives the request. A panic in it is logged and changes
	// nothing. Default: nil.
	OnChange func(ctx context.Context, before, after *store.Feedback)

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
	if opts.Authenticate == nil {
		opts.Authenticate = func(*http.Request) (Principal, error) { return Principal{}, nil }
	}
	if opts.Tokens != nil {
		opts.Authenticate = opts.Tokens.eitherOr(opts.Authenticate)
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
	if opts.BaseURL != "" {
		u, err := url.Parse(opts.BaseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(opts.BaseURL, "?#") {
			panic("handler: Options.BaseURL must be like https://example.com/prefix")
		}
		opts.BaseURL = strings.TrimRight(opts.BaseURL, "/")
	}
	return opts
}

func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}
