package naive

import (
	"context"
	"encoding/json"
	"net/http"

	goredis "github.com/redis/go-redis/v9"
)

// Keys keep feedback in Redis: one MULTI each.
type Keys struct{ client *goredis.Client }

// NewKeys returns what keeps feedback on the server that client connects to.
func NewKeys(client *goredis.Client) *Keys { return &Keys{client} }

// Set adds a record.
func (k *Keys) Set(ctx context.Context, f Feedback) error {
	value, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = k.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.HSet(ctx, "naive:"+f.AssistantID, f.ID, value)
		p.ZAdd(ctx, "naive:list:"+f.AssistantID, goredis.Z{Score: float64(f.CreatedAt.UnixMicro()), Member: f.ID})
		return nil
	})
	return err
}

// Handler serves the keys.
func (k *Keys) Handler() http.Handler {
	return routes(func(r *http.Request, f Feedback) error { return k.Set(r.Context(), f) }, http.NotFound)
}
