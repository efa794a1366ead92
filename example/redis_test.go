package main

import (
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/testserver"
)

func TestRedisOfEveryKind(t *testing.T) {
	tls, _ := testserver.StartRedisTLS(t)
	master, sentinels := testserver.RedisSentinel(t)
	nodes := testserver.RedisCluster(t)
	for kind, url := range map[string]string{
		"server":   testserver.Redis(t),
		"TLS":      tls.URL + "?skip_verify=true", // its certificate is its own
		"sentinel": "redis://" + sentinels[0] + "?master_name=" + master + "&addr=" + strings.Join(sentinels[1:], "&addr="),
		"cluster":  "redis://" + nodes[0] + "?addr=" + strings.Join(nodes[1:], "&addr="),
	} {
		t.Run(kind, func(t *testing.T) {
			r := start(t, nil, "-store", url)
			if status, body := r.do("POST", r.url, strings.NewReader(`{"session_id":"s","score":1}`)); status != 201 {
				t.Errorf("POST: %d %s", status, body)
			}
			if status, list := r.do("GET", r.url, nil); status != 200 || strings.Count(list, `"id"`) != 1 {
				t.Errorf("GET: %d %s, want the record", status, list)
			}
			root, _, _ := strings.Cut(r.url, "/v1/")
			if status, body := r.do("GET", root+"/readyz", nil); status != 200 {
				t.Errorf("/readyz: %d %s", status, body)
			}
		})
	}
}
