// Package hosts shows, in examples that run, how to mount the Feedbacks API in
// the servers that teams have: net/http, gorilla/mux, chi, gin and echo, as
// middleware, behind CORS, with a limit for each visitor, and on a store that a host
// has wrapped.
package hosts
