package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
)

// newServer mounts the API in a server, beside what else the host serves.
func newServer(cfg config, st store.Store, log *slog.Logger) *http.Server {
	authenticate := handler.BasicAuth(func(_ context.Context, account string) ([]string, error) {
		if account != cfg.account {
			return nil, nil
		}
		return []string{cfg.token, cfg.secondary}, nil // an empty token is nobody's: BasicAuth refuses it
	})
	apiOptions := handler.Options{
		Authenticate: authenticate,
		Tokens:       cfg.tokens,
		BaseURL:      cfg.baseURL,
		Logger:       log,
		Observe:      logCalls(log),
	}
	consoleOptions := console.Options{
		Authenticate: authenticate,
		MayDelete:    func(handler.Principal) bool { return cfg.allowDelete },
		BaseURL:      cfg.baseURL,
		Logger:       log,
	}
	var sim *simulator
	if cfg.simulator != nobody {
		sim = newSimulator(cfg, authenticate, log)
		apiOptions.Conversation, consoleOptions.Conversation = sim.said.conversation, sim.said.conversation
		apiOptions.OnErase, consoleOptions.OnErase = sim.said.erased, sim.said.erased
	}
	api, pages := handler.New(st, &apiOptions), console.New(st, &consoleOptions)

	// The API wants its paths as they are: see the handler's documentation.
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	router.PathPrefix("/v1/").Handler(api)
	router.HandleFunc("/healthz", healthz)
	router.Handle("/readyz", readyz(st))
	router.NotFoundHandler = logRequests(log, "", http.NotFoundHandler())

	router.PathPrefix("/console/").Handler(logRequests(log, "/console/", pages))
	router.HandleFunc("/console", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "console/") // relative, whatever a proxy has taken away
		w.WriteHeader(http.StatusMovedPermanently)
	})

	srv := &http.Server{
		Handler:           router,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second, // a list that streams moves its own on
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if sim != nil {
		h := logRequests(log, "/simulator/", sim.handler())
		router.Path("/").Handler(h)
		router.PathPrefix("/simulator/").Handler(h)
		srv.RegisterOnShutdown(sim.stop)
	}
	return srv
}

// healthz says that the process serves.
func healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// readyz says whether the store answers.
func readyz(st store.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, err := st.Scopes(ctx, store.Scope{}, 1); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}
