// Package naive is the rival: the Feedbacks API as a team writes it by hand in an
// afternoon. gorilla/mux, encoding/json, and one write a request; a primary key
// and one index; no checks, no authentication, no rollups, no votes.
package naive

import (
	"encoding/json"
	"log"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
)

type Feedback struct {
	ID          string    `json:"id"`
	AssistantID string    `json:"assistant_id"`
	SessionID   string    `json:"session_id"`
	MessageID   string    `json:"message_id"`
	Score       float64   `json:"score"`
	Text        string    `json:"text"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// routes serves POST with save, and GET with list.
func routes(save func(*http.Request, Feedback) error, list http.HandlerFunc) http.Handler {
	r := mux.NewRouter()
	r.HandleFunc("/v1/Assistants/{id}/Feedbacks", list).Methods("GET")
	r.HandleFunc("/v1/Assistants/{id}/Feedbacks", func(w http.ResponseWriter, r *http.Request) {
		var f Feedback
		if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f.ID = "aia_fdbk_" + uuid.NewString()
		f.AssistantID = mux.Vars(r)["id"]
		f.CreatedAt = time.Now().UTC()
		f.UpdatedAt = f.CreatedAt
		if err := save(r, f); err != nil {
			log.Print(err)
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(f)
	}).Methods("POST")
	return r
}

// Bare reads the body and writes a constant of the size of an answer: the least
// that a handler of net/http can do.
func Bare() http.Handler {
	answer, _ := json.Marshal(Feedback{
		ID: "aia_fdbk_" + uuid.NewString(), AssistantID: "aia_asst_" + uuid.NewString(), SessionID: "demo",
		Score: 1, Text: "problem resolved", CreatedAt: time.Now().UTC(), UpdatedAt: time.Now().UTC(),
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body [1024]byte
		for {
			if _, err := r.Body.Read(body[:]); err != nil {
				break
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		w.Write(answer)
	})
}
