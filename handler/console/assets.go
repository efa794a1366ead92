package console

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"time"
)

var (
	//go:embed console.css
	css []byte
	//go:embed icon.svg
	icon []byte
	//go:embed feedback-buttons.js
	buttons []byte
)

// assets are the public files, by name.
var assets = map[string]*asset{
	"console.css":         newAsset("console.css", "text/css; charset=utf-8", css, "public, max-age=31536000, immutable"),     // pages name its version
	"feedback-buttons.js": newAsset("feedback-buttons.js", "text/javascript; charset=utf-8", buttons, "public, max-age=3600"), // pages of the host's name it
	"icon.svg":            newAsset("icon.svg", "image/svg+xml", icon, "public, max-age=31536000, immutable"),
}

// An asset is a file that browsers may keep.
type asset struct {
	name, contentType, cache string
	body                     []byte
	version                  string // changes with the body
}

func newAsset(name, contentType string, body []byte, cache string) *asset {
	sum := sha256.Sum256(body)
	return &asset{name, contentType, cache, body, hex.EncodeToString(sum[:8])}
}

// link returns the relative address of the asset as it is now.
func (a *asset) link() string { return a.name + "?v=" + a.version }

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this is a file to read", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Set("ETag", `"`+a.version+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'") // an SVG is a document too
	// Pages of other origins may have it: it is public, and a module that is
	// loaded from elsewhere asks.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.body))
}
