package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
)

// An audience is who may use the Simulator. In it people say themselves who they are,
// and an assistant that is asked may cost something.
type audience int

const (
	nobody      audience = iota
	thisMachine          // whoever works at it: for credentials that protect nothing yet
	signedIn             // who may see the console
)

// audienceOf returns whom the Simulator is for: as the flag says, and if that was not
// given, only those for whom the example has made its credentials itself.
func audienceOf(flag *bool, generated bool) audience {
	switch {
	case flag == nil && generated:
		return thisMachine
	case flag == nil || !*flag:
		return nobody
	}
	return signedIn
}

// admit lets in the Simulator's audience.
func (s *simulator) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch s.audience {
		case thisMachine:
			if !fromThisMachine(r) {
				http.Error(w, "The Simulator is for this machine alone, at http://127.0.0.1, without a proxy. The example's flag -simulator opens it to those who sign in.", http.StatusForbidden)
				return
			}
		case signedIn:
			if _, err := s.authenticate(r); err != nil {
				askToSignIn(w, r, err)
				return
			}
		default:
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// askToSignIn answers who is not signed in. A script's request brings up no prompt.
func askToSignIn(w http.ResponseWriter, r *http.Request, err error) {
	if e, ok := errors.AsType[*handler.ChallengeError](err); ok && !answer.ToScript(r) {
		w.Header().Set("WWW-Authenticate", e.Challenge)
	}
	http.Error(w, "Please sign in, as for the console.", http.StatusUnauthorized)
}

// fromThisMachine reports whether a request comes from this machine, to a name of this
// machine, and through no proxy that says so. The name is what keeps out a site whose
// own name leads here (DNS rebinding), and the origin a proxy that says nothing.
func fromThisMachine(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) { // no browser's, but by default some proxies'
		return false
	}
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return false
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !isLoopback(u.Hostname()) {
			return false
		}
	}
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	return isLoopback(peer) && isLoopback((&url.URL{Host: r.Host}).Hostname())
}

// isLoopback reports whether a host is this machine to itself.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// fromPage lets in what the page itself asks for. A browser says so by Sec-Fetch-Site,
// or, to a host that it does not trust, by Origin alone; what says neither is none.
func (s *simulator) fromPage(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		if site == "none" || site == "" && r.Header.Get("Origin") == "" || s.sameOrigin.Check(r) != nil {
			writeJSON(w, http.StatusForbidden, failure{"only the Simulator's own page may ask for this"})
			return
		}
		next(w, r)
	}
}
