// Package docs runs what README.md and docs/*.md show, and follows their links.
//
// Every block is of a language that is known here. One of sh is run, by bash and
// in order, against the server that the page has started before it: by a line that
// begins with "go run ./example", or with a program that listens; else against an
// example. A command that fails, or is answered with an error, fails the test. One
// of json after it is what the last line that it prints looks like, but for ids,
// times and tokens; one of text is a part of what it prints. One of go is a whole
// file, and is compiled and vetted.
//
// What cannot be run says so, with the reason, in the line above it:
//
//	<!-- not run: it needs your Twilio account -->
package docs
