package handler_test

import (
	"testing"

	"github.com/humanfeedback/feedbacks/internal/httptests"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestHTTP(t *testing.T) {
	httptests.Run(t, func(testing.TB) store.Store { return memory.New() })
}
