package handler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// Users are logged in to the host by a cookie, and vote with it: no token is needed
// where the API and the page have the same origin. The cookie says who it is, Target
// which session is meant, and the host knows whose session that is.
//
// Browsers send a cookie whoever made them ask, so other sites' pages must be kept
// out: http.CrossOriginProtection does that.
func ExampleTarget() {
	logins := map[string]string{"a1b2": "ann"}                 // the host's, by cookie
	chats := map[string]string{"chat1": "ann", "chat2": "bob"} // and whose they are
	api := handler.New(memory.New(), &handler.Options{
		Authenticate: func(r *http.Request) (handler.Principal, error) {
			cookie, err := r.Cookie("login")
			if err != nil {
				return handler.Principal{}, err // 401, like any http.ErrNoCookie
			}
			user, ok := logins[cookie.Value]
			if !ok {
				return handler.Principal{}, handler.ErrUnauthenticated
			}
			assistant, session, _ := handler.Target(r)
			if assistant != "bot" || chats[session] != user {
				return handler.Principal{}, handler.ErrForbidden
			}
			return handler.Principal{Visitor: &handler.Visitor{Assistant: assistant, Session: session, User: user}}, nil
		},
	})
	site := http.NewCrossOriginProtection().Handler(api)

	vote := func(session, cookie, origin string) {
		r := httptest.NewRequest("PUT", "https://chat.example.com/v1/Assistants/bot/Sessions/"+session+"/Messages/m1/Feedback", strings.NewReader(`{"score":1}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", origin)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "login", Value: cookie})
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		fmt.Printf("%s, cookie %q, from %s: %d\n", session, cookie, origin, w.Code)
	}
	vote("chat1", "a1b2", "https://chat.example.com")
	vote("chat2", "a1b2", "https://chat.example.com")
	vote("chat1", "", "https://chat.example.com")
	vote("chat1", "guess", "https://chat.example.com")
	vote("chat1", "a1b2", "https://evil.example.com")
	// Output:
	// chat1, cookie "a1b2", from https://chat.example.com: 201
	// chat2, cookie "a1b2", from https://chat.example.com: 403
	// chat1, cookie "", from https://chat.example.com: 401
	// chat1, cookie "guess", from https://chat.example.com: 401
	// chat1, cookie "a1b2", from https://evil.example.com: 403
}
