package handler

import (
	"bytes"
	_ "embed"
	"net/http"

	"github.com/humanfeedback/feedbacks/internal/wire"
)

// description is the OpenAPI document of all that this package serves. Tests hold
// the handler's requests and answers against it.
//
//go:embed openapi.json
var description []byte

// openapi answers GET …/v1/openapi.json: the description, with the URL that the
// API is mounted at as its server.
func (c *call) openapi() error {
	if _, _, err := c.params(); err != nil {
		return err
	}
	server := wire.AppendString(nil, c.baseURL())
	doc := bytes.Replace(description, []byte(`"servers": [{ "url": "/" }]`), append(append([]byte(`"servers": [{ "url": `), server...), " }]"...), 1)
	c.write(http.StatusOK, jsonType, doc)
	return nil
}
