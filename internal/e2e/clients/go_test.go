package clients

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	assistants "github.com/twilio/twilio-go/rest/assistants/v1"

	"github.com/humanfeedback/feedbacks/internal/e2e/example"
)

const assistant = "aia_asst_11111111-aaaa-bbbb-cccc-222222222222"

// elsewhere sends what is meant for Twilio to our server: all that an
// application changes.
type elsewhere struct{ host string }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "http", e.host, e.host
	return http.DefaultTransport.RoundTrip(r)
}

func newGoClient(t *testing.T, s example.Server, token string) *assistants.ApiService {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &client.Client{Credentials: client.NewCredentials(s.Account, token), HTTPClient: &http.Client{Transport: elsewhere{u.Host}}}
	c.SetAccountSid(s.Account)
	return twilio.NewRestClientWithParams(twilio.ClientParams{Client: c}).AssistantsV1
}

func createParams(score float32) *assistants.CreateFeedbackParams {
	return (&assistants.CreateFeedbackParams{}).SetAssistantsV1CreateFeedbackRequest(assistants.AssistantsV1CreateFeedbackRequest{
		SessionId: "demo", MessageId: "aia_msg_1", Score: score, Text: "from Go",
	})
}

func TestTwilioGo(t *testing.T) { example.OnEveryStore(t, testTwilioGo) }

func testTwilioGo(t *testing.T, s example.Server) {
	api := newGoClient(t, s, s.Token)

	var created []string // newest first
	for _, score := range []float32{1, 0, 0.1, 0.5} {
		f, err := api.CreateFeedback(assistant, createParams(score))
		if err != nil {
			t.Fatalf("CreateFeedback with score %v: %v", score, err)
		}
		if f.Score != score || f.SessionId != "demo" || f.MessageId != "aia_msg_1" || f.Text != "from Go" || f.AssistantId != assistant || f.AccountSid != s.Account {
			t.Errorf("CreateFeedback with score %v returned %+v", score, f)
		}
		if f.DateCreated.IsZero() || !f.DateUpdated.Equal(f.DateCreated) {
			t.Errorf("the dates are %v and %v", f.DateCreated, f.DateUpdated)
		}
		created = slices.Insert(created, 0, f.Id)
	}
	m, err := api.CreateFeedbackWithMetadata(assistant, createParams(1))
	if err != nil || m.GetStatusCode() != http.StatusCreated {
		t.Fatalf("CreateFeedbackWithMetadata: %+v, %v, want 201", m, err)
	}
	created = slices.Insert(created, 0, m.GetResource().Id)

	for name, params := range map[string]*assistants.ListFeedbackParams{
		"default":     nil,
		"PageSize 2":  (&assistants.ListFeedbackParams{}).SetPageSize(2),
		"Limit 3":     (&assistants.ListFeedbackParams{}).SetLimit(3),
		"both":        (&assistants.ListFeedbackParams{}).SetPageSize(2).SetLimit(3),
		"more":        (&assistants.ListFeedbackParams{}).SetLimit(100),
		"a large one": (&assistants.ListFeedbackParams{}).SetPageSize(1000),
	} {
		want := created
		if params != nil && params.Limit != nil && *params.Limit < len(want) {
			want = want[:*params.Limit]
		}
		fs, err := api.ListFeedback(assistant, params)
		if err != nil {
			t.Errorf("ListFeedback, %s: %v", name, err)
		}
		var got []string
		for _, f := range fs {
			got = append(got, f.Id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("ListFeedback, %s: %v, want %v", name, got, want)
		}
	}

	first, err := api.PageFeedback(assistant, (&assistants.ListFeedbackParams{}).SetPageSize(2), "", "")
	if err != nil || len(first.Feedbacks) != 2 || first.Feedbacks[0].Id != created[0] || first.Meta.PageSize != 2 {
		t.Fatalf("PageFeedback: %+v, %v", first, err)
	}
	next, err := url.Parse(*first.Meta.NextPageUrl)
	if err != nil {
		t.Fatal(err)
	}
	second, err := api.PageFeedback(assistant, (&assistants.ListFeedbackParams{}).SetPageSize(2), next.Query().Get("PageToken"), next.Query().Get("Page"))
	if err != nil || len(second.Feedbacks) != 2 || second.Feedbacks[0].Id != created[2] || second.Meta.Page != 1 {
		t.Fatalf("the second PageFeedback: %+v, %v", second, err)
	}
	back, err := url.Parse(*second.Meta.PreviousPageUrl)
	if err != nil {
		t.Fatal(err)
	}
	again, err := api.PageFeedback(assistant, (&assistants.ListFeedbackParams{}).SetPageSize(2), back.Query().Get("PageToken"), back.Query().Get("Page"))
	if err != nil || len(again.Feedbacks) != 2 || again.Feedbacks[0].Id != created[0] || again.Meta.PreviousPageUrl != nil {
		t.Fatalf("back to the first PageFeedback: %+v, %v", again, err)
	}
}

func TestTwilioGoDecodesErrors(t *testing.T) { example.OnEveryStore(t, testTwilioGoDecodesErrors) }

func testTwilioGoDecodesErrors(t *testing.T, s example.Server) {
	api, stranger := newGoClient(t, s, s.Token), newGoClient(t, s, "wrong")
	for name, c := range map[string]struct {
		call         func() error
		status, code int
	}{
		"score": {func() error { _, err := api.CreateFeedback(assistant, createParams(2)); return err }, 400, 20001},
		"no session": {func() error {
			_, err := api.CreateFeedback(assistant, (&assistants.CreateFeedbackParams{}).SetAssistantsV1CreateFeedbackRequest(assistants.AssistantsV1CreateFeedbackRequest{Score: 1}))
			return err
		}, 400, 20001},
		"no body": {func() error { _, err := api.CreateFeedback(assistant, nil); return err }, 400, 20001},
		"page size": {func() error {
			_, err := api.ListFeedback(assistant, (&assistants.ListFeedbackParams{}).SetPageSize(1001))
			return err
		}, 400, 20001},
		"page token": {func() error { _, err := api.PageFeedback(assistant, nil, "x", "1"); return err }, 400, 20001},
		"token":      {func() error { _, err := stranger.CreateFeedback(assistant, createParams(1)); return err }, 401, 20003},
		"assistant":  {func() error { _, err := api.ListFeedback("a/b", nil); return err }, 404, 20404},
	} {
		e, ok := errors.AsType[*client.TwilioRestError](c.call())
		if !ok || e.Status != c.status || e.Code != c.code || e.Message == "" || e.MoreInfo == "" {
			t.Errorf("%s: %+v, want status %d and code %d", name, e, c.status, c.code)
		}
	}
}
