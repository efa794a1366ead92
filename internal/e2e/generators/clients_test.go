//go:build generated

package generators

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ogen-go/ogen/ogenerrors"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/e2e/generators/oapi"
	"github.com/humanfeedback/feedbacks/internal/e2e/generators/ogen"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "00000000000000000000000000000001"
)

func serve(t *testing.T) string {
	h := handler.New(memory.New(), &handler.Options{Authenticate: handler.BasicAuth(func(context.Context, string) ([]string, error) { return []string{token}, nil })})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestOapiCodegen(t *testing.T) {
	credentials := func(_ context.Context, r *http.Request) error { r.SetBasicAuth(account, token); return nil }
	c, err := oapi.NewClientWithResponses(serve(t), oapi.WithRequestEditorFn(credentials))
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateFeedbackWithResponse(t.Context(), "a", nil, oapi.CreateFeedbackJSONRequestBody{SessionId: "s", Score: 1})
	if err != nil || made.JSON201 == nil || made.JSON201.SessionId != "s" || made.JSON201.Score != 1 {
		t.Fatalf("%+v, %v", made, err)
	}
	sum, err := c.FetchFeedbackSummaryWithResponse(t.Context(), "a", nil)
	if err != nil || sum.JSON200 == nil || sum.JSON200.Count != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

type credentials struct{}

func (credentials) AccountSidAuthToken(context.Context, ogen.OperationName) (ogen.AccountSidAuthToken, error) {
	return ogen.AccountSidAuthToken{Username: account, Password: token}, nil
}

func (credentials) VisitorToken(context.Context, ogen.OperationName) (ogen.VisitorToken, error) {
	return ogen.VisitorToken{}, ogenerrors.ErrSkipClientSecurity
}

func TestOgen(t *testing.T) {
	c, err := ogen.NewClient(serve(t), credentials{})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.CreateFeedback(t.Context(), &ogen.CreateFeedbackRequest{SessionID: "s", Score: 1}, ogen.CreateFeedbackParams{AssistantID: "a"})
	made, ok := answer.(*ogen.FeedbackHeaders)
	if err != nil || !ok || made.Response.SessionID != "s" || made.Response.Score != 1 {
		t.Fatalf("CreateFeedback: %+v, %v", answer, err)
	}
	sum, err := c.FetchFeedbackSummary(t.Context(), ogen.FetchFeedbackSummaryParams{AssistantID: "a"})
	if s, ok := sum.(*ogen.FeedbackSummary); err != nil || !ok || s.Count != 1 {
		t.Errorf("FetchFeedbackSummary: %+v, %v", sum, err)
	}
}
