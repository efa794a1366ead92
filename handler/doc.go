// Package handler serves the Feedbacks API over HTTP: the one that Twilio AI
// Assistants had, so that applications and helper libraries written for it work
// unchanged, and more.
//
// [New] makes an [http.Handler] to mount in a server of any framework, and
// [Middleware] the same for a chain of handlers:
//
//	h := handler.New(memory.New(), &handler.Options{
//		Authenticate: handler.BasicAuth(tokensOfAccount),
//	})
//	http.Handle("/v1/", h)
//
// The API's paths start with /v1/Assistants/{assistant_id}, after [Options.Prefix]:
//
//	POST   …/Feedbacks          adds a feedback, or imports a file of them
//	GET    …/Feedbacks          lists them, newest first, or exports a file
//	DELETE …/Feedbacks?UserId=  erases what the filters select
//	GET    …/Feedbacks/Summary  returns statistics
//	GET    …/Feedbacks/{id}     returns one
//	DELETE …/Feedbacks/{id}     deletes one
//
//	PUT    …/Feedbacks/{id}/Review  marks one as handled, by a colleague's verdict
//	DELETE …/Feedbacks/{id}/Review  takes that back
//
//	PUT    …/Sessions/{session_id}/Messages/{message_id}/Feedback  votes, or changes the vote
//	GET    …/Sessions/{session_id}/Messages/{message_id}/Feedback  returns the vote
//	DELETE …/Sessions/{session_id}/Messages/{message_id}/Feedback  takes it back
//
// and the same three at …/Sessions/{session_id}/Feedback, for the session as a
// whole. A person has one vote on each.
//
//	GET    …/Sessions/{session_id}/Feedbacks  returns one person's votes in a session
//
// At /v1/Feedbacks, without an assistant, is
// what one person gave to all of the account's:
//
//	GET    /v1/Feedbacks?UserId=  returns it, or exports a file
//	DELETE /v1/Feedbacks?UserId=  erases it
//
// POST …/FeedbackTokens issues a token for a browser, if there are [Options.Tokens].
// GET …/v1/openapi.json describes them all, to anyone. A POST with an Idempotency-Key
// is safe to repeat: it answers the first record again.
//
// Ids in a path are escaped, a slash as %2F. The handler takes paths as they
// are, so a router in front should not clean them: in gorilla/mux set
// SkipClean(true) and UseEncodedPath(), or ids with slashes, and empty or dot
// segments, are redirected or lost before they get here. [http.ServeMux] keeps
// escaped slashes, and redirects empty and dot segments.
//
// A handler with neither [Options.Authenticate] nor [Options.Tokens] is open: see
// there. docs/access.md has a table of who may do what.
package handler
