package handler

import (
	"net/http"
	"strings"
)

// A client is one of Twilio's helper libraries, which tell themselves by their
// User-Agent. What is done for their sake is all in this file; it was read off
// their sources and run against them: twilio-go 1.30.9, twilio 6.0.2 (npm),
// 9.10 (Python), 7.10 (Ruby).
type client string

const (
	anyone     client = ""
	twilioAny  client = "twilio-"
	twilioGo   client = "twilio-go/"
	twilioNode client = "twilio-node/"
)

func clientOf(r *http.Request) client {
	agent := r.UserAgent()
	for _, c := range []client{twilioGo, twilioNode, twilioAny} {
		if strings.HasPrefix(agent, string(c)) {
			return c
		}
	}
	return anyone
}

// wantsPages: all of them look for the records under meta.key, also when they
// ask for no page.
func (c client) wantsPages() bool { return c != anyone }

// ignoresUnknownFields: what a library adds to a body by itself is not its
// user's mistake.
func (c client) ignoresUnknownFields() bool { return c != anyone }

// omitsZeroScore: twilio-go declares the score as a float32 with omitempty, so
// that a thumbs-down arrives without one.
func (c client) omitsZeroScore() bool { return c == twilioGo }

// spellsCamelCase: twilio-node sends the typed call's sessionId and messageId as
// they are.
func (c client) spellsCamelCase() bool { return c == twilioNode }
