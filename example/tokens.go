package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// newTokens returns what makes and checks browsers' tokens, with keys like
// "2026-11:base64secret,2026-10:base64secret", the one that signs in front.
func newTokens(keys string) (*handler.Tokens, error) {
	var parsed []handler.TokenKey
	seen := map[string]bool{}
	for i, part := range strings.Split(keys, ",") {
		key, err := parseTokenKey(strings.TrimSpace(part))
		if err == nil && seen[key.ID] {
			err = fmt.Errorf("has the id %q again", key.ID)
		}
		if err != nil { // never with the secret
			return nil, fmt.Errorf("FEEDBACKS_TOKEN_KEYS must be like id:base64,id2:base64: key %d %w", i+1, err)
		}
		seen[key.ID] = true
		parsed = append(parsed, key)
	}
	return handler.NewTokens(parsed...), nil
}

func parseTokenKey(s string) (handler.TokenKey, error) {
	id, encoded, ok := strings.Cut(s, ":")
	if !ok {
		return handler.TokenKey{}, errors.New("has no colon")
	}
	if err := store.CheckID("id", id); err != nil {
		return handler.TokenKey{}, fmt.Errorf("has a bad id: %w", err)
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return handler.TokenKey{}, errors.New("is not base64, as `openssl rand -base64 32` makes it")
	}
	if len(secret) < 32 {
		return handler.TokenKey{}, fmt.Errorf("has %d bytes, at least 32 are needed", len(secret))
	}
	return handler.TokenKey{ID: id, Secret: secret}, nil
}
