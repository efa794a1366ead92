package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
)

// naive is the rival: gorilla/mux, encoding/json, a mutex and a slice; no
// authentication, no checks.
type naive struct {
	mu   sync.Mutex
	list []naiveFeedback
}

type naiveFeedback struct {
	ID          string    `json:"id"`
	AssistantID string    `json:"assistant_id"`
	SessionID   string    `json:"session_id"`
	MessageID   string    `json:"message_id"`
	Score       float64   `json:"score"`
	Text        string    `json:"text"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func newNaive() http.Handler {
	n := &naive{}
	r := mux.NewRouter()
	r.HandleFunc("/v1/Assistants/{id}/Feedbacks", n.create).Methods("POST")
	r.HandleFunc("/v1/Assistants/{id}/Feedbacks", n.all).Methods("GET")
	return r
}

func (n *naive) create(w http.ResponseWriter, r *http.Request) {
	var f naiveFeedback
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.AssistantID = mux.Vars(r)["id"]
	f.CreatedAt = time.Now().UTC()
	f.UpdatedAt = f.CreatedAt
	n.mu.Lock()
	f.ID = fmt.Sprintf("aia_fdbk_%d", len(n.list)+1)
	n.list = append(n.list, f)
	n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(f)
}

func (n *naive) all(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	n.mu.Lock()
	list := n.list[:len(n.list):len(n.list)]
	n.mu.Unlock()
	enc := json.NewEncoder(w)
	fmt.Fprint(w, "[")
	for i := len(list) - 1; i >= 0; i-- {
		enc.Encode(list[i])
		if i > 0 {
			fmt.Fprint(w, ",")
		}
	}
	fmt.Fprint(w, "]")
}
