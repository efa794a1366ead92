// Package console serves a page to look at feedback: the assistants of an
// account, what people said of each, statistics of it, and versions side by side.
//
//	http.Handle("/console/", console.New(st, &console.Options{
//		Authenticate: handler.BasicAuth(tokensOfAccount),
//	}))
//
// It works at any prefix, with or without [http.StripPrefix], since its links
// are relative: what comes before the last slash of a path is where it is
// mounted. A mount point without its slash leads to the one with it, if that is all
// of the router's pattern (net/http, chi's Mount) or if the host has stripped it;
// with any other router the host redirects.
//
//	…/                    the account's assistants, and how much waits at each
//	…/feedback            an assistant's feedback, newest first, with filters
//	…/record              one record, with its conversation if there is [Options.Conversation]
//	…/review              marks a record as handled, by POST
//	…/summary             statistics, with charts
//	…/compare             tags side by side, such as prompt:3 and prompt:4
//	…/export              what the filters select, as CSV or NDJSON, or as a dataset
//	…/person              what one person gave to all assistants; the same as a file
//	…/delete, …/erase     with [Options.MayDelete]: one record, or a person's
//	…/erase-person        with the same: a person's with all assistants
//	…/feedback-buttons.js the <feedback-buttons> element, which imports its other files
//	                      from beside it; public
//
// Filters are query parameters with the API's names, so a link can be kept and
// shared. Everything works without JavaScript, and the pages send a strict
// Content-Security-Policy.
//
// A view costs as much with ten million records as with ten: one page of a list,
// and a summary from rollups; a person's takes a list for each assistant, and so does
// the start page, of at most a thousand records that wait. Where a
// summary would have to scan, it gets a few seconds.
package console
