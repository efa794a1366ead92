package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// version says what was built: a release, or a commit between two, and with which Go.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return cmp.Or(info.Main.Version, "(devel)") + " " + info.GoVersion
}

// healthcheck asks the server at FEEDBACKS_ADDR, or the address that is given, whether
// it serves, and returns the exit status: for a container that has no other program.
func healthcheck(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) int {
	addr := cmp.Or(getenv("FEEDBACKS_ADDR"), "127.0.0.1:8080")
	if len(args) > 0 {
		addr = args[0]
	}
	if err := serves(ctx, addr); err != nil {
		fmt.Fprintln(stderr, "example:", err)
		return 1
	}
	return 0
}

// serves returns nil if a server that listens on an address is healthy.
func serves(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", addr, resp.Status)
	}
	return nil
}
