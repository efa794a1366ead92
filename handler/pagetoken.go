package handler

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// A pageToken says where a page starts. The zero token is the first page.
type pageToken struct {
	after string // the position, exclusive; "" is the start
	page  int    // its number, which clients show
	back  bool   // the page ends before the position instead of starting after it
}

// A pageKeyHash is a fingerprint of the list that a token belongs to. It is no
// secret: what a caller may see follows from the credentials alone. It keeps a
// token from being used on another list, where it would silently skip records.
type pageKeyHash [sha256.Size]byte

// pageKey returns the fingerprint of the list with the given parameters, those
// about paging left out.
func pageKey(s store.Scope, list url.Values) pageKeyHash {
	var b []byte
	for _, part := range []string{s.Account, s.Assistant, list.Encode()} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}

// tokenVersion changes when the form or meaning of a token does.
const tokenVersion = "1"

// format returns the token's form for a PageToken: version, direction, page
// number, position, and a checksum of these and of the list's fingerprint. It is
// in base64, since twilio-go 1.30.9 loses a dot and the digits after it from the
// values of a query.
func (t pageToken) format(key pageKeyHash) string {
	direction := "n"
	if t.back {
		direction = "p"
	}
	s := strings.Join([]string{tokenVersion, direction, strconv.Itoa(t.page), t.after}, ".")
	sum := sha256.Sum256(append(key[:], s...))
	return base64.RawURLEncoding.EncodeToString([]byte(s + "." + hex.EncodeToString(sum[:8])))
}

// parsePageToken returns the token that was made for the list with this
// fingerprint, or a 400.
func parsePageToken(s string, key pageKeyHash) (pageToken, error) {
	inner, _ := base64.RawURLEncoding.DecodeString(s)
	parts := strings.Split(string(inner), ".")
	if len(parts) == 5 {
		page, err := strconv.Atoi(parts[2])
		t := pageToken{after: parts[3], page: page, back: parts[1] == "p"}
		ref := store.Ref{ID: t.after}
		if err == nil && page >= 0 && page <= params.Named("Page").Max && ref.Check() == nil && t.format(key) == s {
			return t, nil
		}
	}
	return pageToken{}, badParam("PageToken", "is damaged or belongs to another list: take it from a next_page_url or previous_page_url as it is")
}
