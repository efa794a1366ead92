package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func none(string) string { return "" }

func TestVersion(t *testing.T) {
	var out strings.Builder
	if code := run(t.Context(), []string{"version"}, none, &out, io.Discard); code != 0 || !strings.Contains(out.String(), " go1.") {
		t.Errorf("%d %q, want a version", code, out.String())
	}
}

func TestHealthcheck(t *testing.T) {
	r := start(t, nil)
	addr := strings.TrimPrefix(strings.Split(r.url, "/v1/")[0], "http://")
	_, port, _ := strings.Cut(addr, ":")
	for _, served := range []string{addr, "0.0.0.0:" + port, ":" + port, "[::]:" + port} {
		var errs strings.Builder
		if code := run(t.Context(), []string{"healthcheck"}, func(name string) string { return map[string]string{"FEEDBACKS_ADDR": served}[name] }, io.Discard, &errs); code != 0 {
			t.Errorf("%s: %d %s, want 0", served, code, errs.String())
		}
	}
	r.stop()
	<-r.exited
	var errs strings.Builder
	if code := run(t.Context(), []string{"healthcheck", addr}, none, io.Discard, &errs); code != 1 || errs.Len() == 0 {
		t.Errorf("stopped: %d %q, want 1 and why", code, errs.String())
	}
}

func TestTheLog(t *testing.T) {
	for format, want := range map[string]string{"": "level=INFO msg=starting version=", "text": "msg=starting", "json": `"msg":"starting","version":`, "off": ""} {
		r := start(t, map[string]string{"FEEDBACKS_LOG": format})
		r.do("GET", r.url, nil)
		r.stop()
		<-r.exited
		if log := r.stderr.String(); !strings.Contains(log, want) || want == "" && log != "" {
			t.Errorf("FEEDBACKS_LOG=%s: %q, want %q", format, log, want)
		}
	}
}

// While one token takes the other's place, both are good, and an empty one never is.
func TestTokensRotate(t *testing.T) {
	for secondary, statuses := range map[string]map[string]int{
		"next": {"secret": 200, "next": 200, "other": 401, "": 401},
		"":     {"secret": 200, "next": 401, "": 401},
	} {
		r := start(t, map[string]string{"TWILIO_ACCOUNT_SID": "ACmine", "TWILIO_AUTH_TOKEN": "secret", "TWILIO_SECONDARY_AUTH_TOKEN": secondary})
		for token, want := range statuses {
			r.user, r.password = "ACmine", token
			if status, _ := r.do(http.MethodGet, r.url, nil); status != want {
				t.Errorf("secondary %q, token %q: %d, want %d", secondary, token, status, want)
			}
		}
	}
}
