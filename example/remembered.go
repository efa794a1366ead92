package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A secrets is what the example makes for itself, where nobody has set it.
type secrets struct {
	Account   string `json:"account"`
	Token     string `json:"token"`
	TokenKeys string `json:"token_keys"` // as in FEEDBACKS_TOKEN_KEYS
}

func newSecrets() secrets {
	key := make([]byte, 32)
	rand.Read(key) // never fails (crypto/rand)
	return secrets{
		Account: "AC" + randomHex(16), Token: randomHex(16), // twilio-go insists on letters and digits
		TokenKeys: "1:" + base64.StdEncoding.EncodeToString(key),
	}
}

// remembered returns the secrets in a file, which it makes if there is none, for its
// owner alone: what was signed in, and what a curl was printed with, is good after a
// restart.
func remembered(path string) (secrets, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if b, err = json.MarshalIndent(newSecrets(), "", "\t"); err != nil {
			return secrets{}, err
		}
		if err := writeNew(path, append(b, '\n')); err != nil && !errors.Is(err, fs.ErrExist) {
			return secrets{}, err
		}
		b, err = os.ReadFile(path) // another process may have been first
	}
	if err != nil {
		return secrets{}, err
	}
	var s secrets
	if err := json.Unmarshal(b, &s); err != nil || s.Account == "" || s.Token == "" || s.TokenKeys == "" {
		return secrets{}, fmt.Errorf("%s does not hold what the example has written there; without it, it makes a new account", path)
	}
	return s, nil
}

// writeNew makes a file that is there when it is whole, unless there is one.
func writeNew(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}
