package clients

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/example"
)

// Requests byte for byte as Twilio's libraries for Python, Ruby and Java send
// them, with {auth}, {length} and {path} filled in. What each then needs of the
// answer is checked: the status it insists on, and the names and forms it parses.
var recorded = []struct {
	library, name, head, body string
	status                    int
	check                     func(t *testing.T, answer map[string]any)
}{
	{"Python", "create, with what is not set as null",
		"POST {path} HTTP/1.1\r\nHost: assistants.twilio.com\r\nUser-Agent: twilio-python/9.10.2 (Linux x86_64) Python/3.11.7\r\nAccept-Encoding: gzip, deflate\r\nAccept: application/json\r\nConnection: keep-alive\r\n" +
			"X-Twilio-Client: python-9.10.2\r\nAccept-Charset: utf-8\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nAuthorization: {auth}\r\n\r\n",
		`{"message_id": null, "score": 0.0, "session_id": "demo", "text": null}`, 201, checkRecord(0, "")},
	{"Python", "create, non-ASCII text",
		"POST {path} HTTP/1.1\r\nHost: assistants.twilio.com\r\nUser-Agent: twilio-python/9.10.2 (Linux x86_64) Python/3.11.7\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nAuthorization: {auth}\r\n\r\n",
		`{"message_id": "aia_msg_1", "score": 1, "session_id": "demo", "text": "\u00e9\ud83d\ude00"}`, 201, checkRecord(1, "é😀")},
	{"Python", "list",
		"GET {path}?PageSize=50 HTTP/1.1\r\nHost: assistants.twilio.com\r\nUser-Agent: twilio-python/9.10.2 (Linux x86_64) Python/3.11.7\r\nAccept-Encoding: gzip, deflate\r\nAccept: application/json\r\nConnection: keep-alive\r\n" +
			"X-Twilio-Client: python-9.10.2\r\nAccept-Charset: utf-8\r\nAuthorization: {auth}\r\n\r\n", "", 200, checkPage},
	{"Python", "an error",
		"POST {path} HTTP/1.1\r\nHost: assistants.twilio.com\r\nUser-Agent: twilio-python/9.10.2 (Linux x86_64) Python/3.11.7\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nAuthorization: {auth}\r\n\r\n",
		`{"message_id": null, "score": null, "session_id": "demo", "text": null}`, 400, checkError},
	{"Ruby", "create, with what is not set as null",
		"POST {path} HTTP/1.1\r\nUser-Agent: twilio-ruby/7.10.5 (linux x86_64) Ruby/3.3.0\r\nAccept-Charset: utf-8\r\nContent-Type: application/json\r\nAccept: application/json\r\nAuthorization: {auth}\r\n" +
			"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nHost: assistants.twilio.com\r\nContent-Length: {length}\r\n\r\n",
		`{"message_id":null,"score":0.5,"session_id":"demo","text":null}`, 201, checkRecord(0.5, "")},
	{"Ruby", "list",
		"GET {path} HTTP/1.1\r\nUser-Agent: twilio-ruby/7.10.5 (linux x86_64) Ruby/3.3.0\r\nAccept-Charset: utf-8\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\nAuthorization: {auth}\r\n" +
			"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nHost: assistants.twilio.com\r\n\r\n", "", 200, checkPage},
	{"Java", "create",
		"POST {path} HTTP/1.1\r\nX-Twilio-Client: java-11.3.0\r\nUser-Agent: twilio-java/11.3.0 (Linux amd64) java/17.0.15\r\nAccept: application/json\r\nAccept-Encoding: utf-8\r\nAuthorization: {auth}\r\n" +
			"Content-Type: application/json\r\nContent-Length: {length}\r\nHost: assistants.twilio.com\r\nConnection: Keep-Alive\r\n\r\n",
		`{"session_id":"demo","score":0.25,"text":"ok"}`, 201, checkRecord(0.25, "ok")},
	{"Java", "list",
		"GET {path}?PageSize=2 HTTP/1.1\r\nX-Twilio-Client: java-11.3.0\r\nUser-Agent: twilio-java/11.3.0 (Linux amd64) java/17.0.15\r\nAccept: application/json\r\nAccept-Encoding: utf-8\r\nAuthorization: {auth}\r\n" +
			"Host: assistants.twilio.com\r\nConnection: Keep-Alive\r\n\r\n", "", 200, checkPage},
}

func TestRecordedRequests(t *testing.T) { example.OnEveryStore(t, testRecordedRequests) }

func testRecordedRequests(t *testing.T, s example.Server) {
	auth := "Basic " + base64.StdEncoding.EncodeToString([]byte(s.Account+":"+s.Token))
	path := "/v1/Assistants/" + assistant + "/Feedbacks"
	for _, r := range recorded {
		t.Run(r.library+", "+r.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(time.Minute))
			io.WriteString(conn, strings.NewReplacer("{path}", path, "{auth}", auth, "{length}", fmt.Sprint(len(r.body))).Replace(r.head)+r.body)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != r.status || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Content-Encoding") != "" {
				t.Fatalf("%d %v %s, want %d", resp.StatusCode, resp.Header, b, r.status)
			}
			var answer map[string]any
			if err := json.Unmarshal(b, &answer); err != nil {
				t.Fatalf("%v in %s", err, b)
			}
			r.check(t, answer)
		})
	}
}

// pythonTime is the only form that the library for Python parses.
const pythonTime = "2006-01-02T15:04:05Z"

func checkRecord(score float64, text string) func(*testing.T, map[string]any) {
	return func(t *testing.T, f map[string]any) {
		t.Helper()
		if metadata, ok := f["metadata"].(map[string]any); !ok || len(metadata) > 0 || f["correction"] != nil {
			t.Errorf("metadata is %v and the correction %v, want {} and none", f["metadata"], f["correction"])
		}
		if f["score"] != score || f["text"] != text || f["session_id"] != "demo" {
			t.Errorf("the record is %v, want score %v and text %q", f, score, text)
		}
		for _, name := range []string{"date_created", "date_updated"} {
			v, _ := f[name].(string)
			if at, err := time.Parse(pythonTime, v); err != nil || at.Format(pythonTime) != v {
				t.Errorf("%s is %q, which Python cannot parse", name, v)
			}
		}
		for _, name := range []string{"id", "assistant_id", "message_id", "account_sid"} {
			if _, ok := f[name].(string); !ok {
				t.Errorf("%s is %v, want a string", name, f[name])
			}
		}
	}
}

func checkPage(t *testing.T, page map[string]any) {
	t.Helper()
	meta, _ := page["meta"].(map[string]any)
	for _, key := range []string{"first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url"} {
		if _, ok := meta[key]; !ok {
			t.Errorf("meta lacks %s: %v", key, meta)
		}
	}
	if _, ok := page["uri"]; ok {
		t.Error("a top-level uri makes Java switch its parser")
	}
	key, _ := meta["key"].(string)
	if fs, ok := page[key].([]any); !ok || len(fs) == 0 {
		t.Errorf("there are no records under meta.key, %q", key)
	}
}

func checkError(t *testing.T, e map[string]any) {
	t.Helper()
	if e["code"] != 20001.0 || e["status"] != 400.0 || e["message"] == "" || e["more_info"] == "" {
		t.Errorf("the error is %v", e)
	}
	if e["type"] != nil && e["title"] != nil {
		t.Error("type and title make Python take another class")
	}
}
