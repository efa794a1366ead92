package hosts_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"
	"github.com/rs/cors"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func newAPI() *handler.Handler { return handler.New(memory.New(), nil) }

// below is for servers that leave the path as it is below their prefix.
func below(prefix string) *handler.Handler {
	return handler.New(memory.New(), &handler.Options{Prefix: prefix})
}

// try posts a feedback below prefix, for an assistant with a slash in its id,
// follows the answer's Location, and prints what it saw.
func try(host http.Handler, prefix string) {
	s := httptest.NewServer(host)
	defer s.Close()
	resp, err := http.Post(s.URL+prefix+"/v1/Assistants/team%2Fbot/Feedbacks", "application/json", strings.NewReader(`{"session_id":"demo","score":1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	location := resp.Header.Get("Location")
	one, err := http.Get(location)
	if err != nil {
		fmt.Println(err)
		return
	}
	one.Body.Close()
	location = regexp.MustCompile(`aia_fdbk_.*`).ReplaceAllString(strings.TrimPrefix(location, s.URL), "…")
	fmt.Println(resp.StatusCode, location, one.StatusCode)
}

func Example_netHTTP() {
	m := http.NewServeMux()
	m.Handle("/v1/", newAPI())
	try(m, "")
	// Output: 201 /v1/Assistants/team%2Fbot/Feedbacks/… 200
}

// Below a prefix, either the handler is told of it, or it is stripped: links in
// answers have it either way.
func Example_netHTTPWithPrefix() {
	m := http.NewServeMux()
	m.Handle("/plain/", below("/plain"))
	m.Handle("/stripped/", http.StripPrefix("/stripped", newAPI()))
	try(m, "/plain")
	try(m, "/stripped")
	// Output:
	// 201 /plain/v1/Assistants/team%2Fbot/Feedbacks/… 200
	// 201 /stripped/v1/Assistants/team%2Fbot/Feedbacks/… 200
}

// UseEncodedPath and SkipClean hand paths on as they are: ids may hold a slash.
func Example_gorillaMux() {
	m := mux.NewRouter().SkipClean(true).UseEncodedPath()
	m.PathPrefix("/api/").Handler(below("/api"))
	try(m, "/api")
	// Output: 201 /api/v1/Assistants/team%2Fbot/Feedbacks/… 200
}

// chi's Mount leaves the path as it is.
func Example_chi() {
	r := chi.NewRouter()
	r.Mount("/api", below("/api"))
	try(r, "/api")
	// Output: 201 /api/v1/Assistants/team%2Fbot/Feedbacks/… 200
}

func Example_gin() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Any("/api/*path", gin.WrapH(below("/api")))
	try(r, "/api")
	// Output: 201 /api/v1/Assistants/team%2Fbot/Feedbacks/… 200
}

func Example_echo() {
	e := echo.New()
	e.Any("/api/*", echo.WrapHandler(below("/api")))
	try(e, "/api")
	// Output: 201 /api/v1/Assistants/team%2Fbot/Feedbacks/… 200
}

// As middleware the API takes its own paths and leaves the host all others.
func Example_middleware() {
	r := chi.NewRouter()
	r.Use(handler.Middleware(memory.New(), nil))
	r.Get("/welcome", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the host's own 404", http.StatusNotFound) })
	try(r, "")

	for _, path := range []string{"/welcome", "/elsewhere"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 201 /v1/Assistants/team%2Fbot/Feedbacks/… 200
	// /welcome 200 hello
	// /elsewhere 404 the host's own 404
}

// A page of another origin votes with a token. CORS is the host's: a browser asks
// before it sends JSON, without credentials, so the policy goes around the handler
// and its authentication.
func Example_cors() {
	policy := cors.New(cors.Options{
		AllowedOrigins: []string{"https://app.example.com"},
		AllowedMethods: []string{"GET", "POST", "PUT", "DELETE"},
		AllowedHeaders: []string{"Authorization", "Content-Type"},
		ExposedHeaders: []string{"Location"},
		MaxAge:         600,
	})
	tokens := handler.NewTokens(handler.TokenKey{ID: "1", Secret: []byte("32 bytes of crypto/rand, at least")})
	h := policy.Handler(handler.New(memory.New(), &handler.Options{
		Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{"secret"}, nil }),
		Tokens:       tokens,
	}))
	// The host's own server knows who looks at the page, and puts a token in it.
	token, _, err := tokens.Issue(handler.Principal{Account: "AC", Visitor: &handler.Visitor{Assistant: "bot", Session: "demo", User: "ann"}}, 0)
	if err != nil {
		log.Fatal(err)
	}

	ask := func(method, origin string, headers ...string) {
		r := httptest.NewRequest(method, "/v1/Assistants/bot/Sessions/demo/Messages/m1/Feedback", strings.NewReader(`{"score":1}`))
		r.Header.Set("Origin", origin)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Printf("%s from %s: %d, allowed: %q\n", method, origin, w.Code, w.Header().Get("Access-Control-Allow-Origin"))
	}
	preflight := []string{"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization,content-type"}
	ask("OPTIONS", "https://app.example.com", preflight...)
	ask("OPTIONS", "https://evil.example.com", preflight...)
	ask("PUT", "https://app.example.com", "Content-Type", "application/json", "Authorization", "Bearer "+token)
	// Output:
	// OPTIONS from https://app.example.com: 204, allowed: "https://app.example.com"
	// OPTIONS from https://evil.example.com: 204, allowed: ""
	// PUT from https://app.example.com: 201, allowed: "https://app.example.com"
}
