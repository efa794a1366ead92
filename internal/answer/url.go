package answer

import (
	"net/url"
	"strings"
)

// BaseURL returns a public URL, of http or https and without a query, as links start
// with it: without a slash at its end; and its origin, as browsers write that. ok is
// false when it is none.
func BaseURL(s string) (base, origin string, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(s, "?#") {
		return "", "", false
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", "", false
	}
	return strings.TrimRight(s, "/"), u.Scheme + "://" + host, true
}
