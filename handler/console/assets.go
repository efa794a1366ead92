package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"time"
)

//go:embed console.css timezone.js keys.js review.js icon.svg feedback-buttons/*.js
var assetFiles embed.FS

// assets are the public files, by the last segment of their paths.
var assets = map[string]*asset{}

// The element's modules import each other by links with a version, one for all, so
// that a browser never joins those of two versions.
func init() {
	add := func(file, contentType string, body []byte, version string) {
		assets[path.Base(file)] = &asset{path.Base(file), contentType, version, body}
	}
	for file, contentType := range map[string]string{
		"console.css": "text/css; charset=utf-8", "timezone.js": "text/javascript; charset=utf-8", "keys.js": "text/javascript; charset=utf-8", "review.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		add(file, contentType, read(file), versionOf(file))
	}
	files, _ := fs.Glob(assetFiles, "feedback-buttons/*.js")
	version := versionOf(files...)
	for _, file := range files {
		add(file, "text/javascript; charset=utf-8", imports.ReplaceAll(read(file), []byte("${1}?v="+version+`"`)), version)
	}
}

var imports = regexp.MustCompile(`(?m)^(import .* from "\./[^"]+)"`)

func read(file string) []byte {
	body, err := assetFiles.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return body
}

// versionOf returns what changes with any of the files.
func versionOf(files ...string) string {
	sum := sha256.New()
	for _, file := range files {
		sum.Write(read(file))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// An asset is a file that browsers may keep.
type asset struct {
	name, contentType, version string
	body                       []byte
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
	h.Set("Cache-Control", "no-cache") // ask each time, by the ETag
	if r.URL.Query().Get("v") == a.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", `"`+a.version+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'") // an SVG is a document too
	// Pages of other origins may have it: it is public, and a module that is
	// loaded from elsewhere asks.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.body))
}
