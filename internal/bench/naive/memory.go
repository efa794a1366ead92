package naive

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// Memory keeps feedback in a slice.
func Memory() http.Handler {
	var mu sync.Mutex
	var all []Feedback
	return routes(func(_ *http.Request, f Feedback) error {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, f)
		return nil
	}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		mu.Lock()
		list := all[:len(all):len(all)]
		mu.Unlock()
		enc := json.NewEncoder(w)
		fmt.Fprint(w, "[")
		for i := len(list) - 1; i >= 0; i-- {
			enc.Encode(list[i])
			if i > 0 {
				fmt.Fprint(w, ",")
			}
		}
		fmt.Fprint(w, "]")
	})
}
