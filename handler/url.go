package handler

import (
	"net/url"
	"strings"
)

// apiURL returns the public URL of the request's path, without its query: what
// links in the answer start with.
func (c *call) apiURL() string { return c.baseURL() + c.path() }

// path returns the request's escaped path below the prefix that the API is
// mounted at.
func (c *call) path() string { return c.r.URL.EscapedPath()[len(c.opts.Prefix):] }

// baseURL returns the public URL that the API is mounted at.
func (c *call) baseURL() string {
	if c.opts.BaseURL != "" {
		return c.opts.BaseURL
	}
	// The host may have stripped its prefix from the URL, but not from RequestURI.
	prefix, ok := strings.CutSuffix(requestPath(c.r.RequestURI), c.path())
	if !ok {
		prefix = c.opts.Prefix
	}
	scheme, host := "http", c.r.Host
	if c.r.TLS != nil {
		scheme = "https"
	}
	if c.opts.TrustForwarded {
		if v := c.forwarded("X-Forwarded-Proto"); v == "http" || v == "https" {
			scheme = v
		}
		if v := c.forwarded("X-Forwarded-Host"); v != "" && !strings.ContainsAny(v, "/?#@ ") {
			host = v
		}
		if v := c.forwarded("X-Forwarded-Prefix"); strings.HasPrefix(v, "/") && !strings.ContainsAny(v, "?# ") {
			prefix = strings.TrimRight(v, "/") + prefix
		}
	}
	return scheme + "://" + host + prefix
}

// requestPath returns the escaped path of a request's target, which may be in
// absolute form (RFC 9112).
func requestPath(target string) string {
	if strings.HasPrefix(target, "/") {
		path, _, _ := strings.Cut(target, "?")
		return path
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// forwarded returns the first value of a header that proxies append to: that of
// the proxy next to the client.
func (c *call) forwarded(name string) string {
	v, _, _ := strings.Cut(c.r.Header.Get(name), ",")
	return strings.TrimSpace(v)
}
