package main

import (
	"encoding/base64"
	"strings"
	"testing"
)

func secret(letter string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

func TestSeveralServersAcceptEachOthersTokens(t *testing.T) {
	keys := func(keys string) map[string]string { return map[string]string{"FEEDBACKS_TOKEN_KEYS": keys} }
	older := start(t, keys("a:"+secret("a")))
	newer := start(t, keys("b:"+secret("b")+", a:"+secret("a")))
	session := newID("aia_sess_")
	ask := `{"session_id":"` + session + `","user_id":"ann"}`
	vote := "/v1/Assistants/aia_asst_demo/Sessions/" + session + "/Messages/m/Feedback"
	for _, c := range []struct {
		name     string
		from, to *running
		want     int
	}{
		{"the older to the newer", older, newer, 404}, // no vote yet
		{"the newer to the older", newer, older, 401},
		{"one of its own", newer, newer, 404},
		{"another process's", start(t, nil), newer, 401},
	} {
		token := c.from.post("/simulator/token", ask, "token")
		if resp, answer := c.to.page("GET", vote, "", "Authorization", "Bearer "+token); resp.StatusCode != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, resp.StatusCode, answer, c.want)
		}
	}
}

func TestBadTokenKeys(t *testing.T) {
	short := base64.StdEncoding.EncodeToString([]byte("secret"))
	for keys, want := range map[string]string{
		"x":                                      "key 1 has no colon",
		"a:" + secret("s") + ",":                 "key 2 has no colon",
		":" + secret("s"):                        "key 1 has a bad id: id is required",
		"a:secret!":                              "key 1 is not base64",
		"a:" + short:                             "key 1 has 6 bytes, at least 32 are needed",
		"a:" + secret("s") + ",a:" + secret("t"): `key 2 has the id "a" again`,
	} {
		_, err := newTokens(keys)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret!") || strings.Contains(err.Error(), short) {
			t.Errorf("%s: %v, want %s", keys, err, want)
		}
	}
}
