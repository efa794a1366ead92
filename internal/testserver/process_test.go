package testserver

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// A program that takes the port between the check and the start is worked around.
func TestPortCollision(t *testing.T) {
	var taken []string
	args := func(_, port string) ([]string, error) {
		if len(taken) < 2 {
			l, err := net.Listen("tcp", "127.0.0.1:"+port)
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { l.Close() })
		}
		taken = append(taken, port)
		return []string{"--bind", "127.0.0.1", "--port", port}, nil
	}
	s, err := startRedisKind(t, nil, args)
	check(t, err)
	if len(taken) != 3 || !strings.HasSuffix(s.Addr, taken[2]) {
		t.Errorf("%s, after %v", s.Addr, taken)
	}
}

func TestMissing(t *testing.T) {
	_, err := find("no-such-server", "no-such-package")
	if !errors.Is(err, errMissing) {
		t.Fatal(err)
	}
	for ci, want := range map[string]bool{"": true, "true": false} {
		t.Setenv("CI", ci)
		t.Run("", func(t *testing.T) {
			tb := &recorder{TB: t}
			check(tb, err)
			if tb.skipped != want {
				t.Errorf("CI=%s: skipped is %v", ci, tb.skipped)
			}
		})
	}
}

type recorder struct {
	testing.TB
	skipped bool
}

func (r *recorder) Skip(...any)  { r.skipped = true }
func (r *recorder) Fatal(...any) {}
